# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures at full size for viewer and compare. Nothing is shown before the vault has recorded that it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from clinicam.errors import NotFound
from clinicam.identity import ImageId
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.picture import Picture, can_decode, decode, decode_small
from clinicam.ui.thumbnails import RunInPool
from clinicam.vault.model import ImageEntry

PREVIEW_TYPE = "image/jpeg"
"""Previews and thumbnails are always this."""


class Shelf(Protocol):
    """The part of an unlocked vault that pictures are read from."""

    def note_view(self, image: ImageId) -> None:
        """Record that the signed-in person looks at this image. Vault thread."""
        ...

    def read(self, image: ImageId) -> bytes:
        """The image, checked in full. Any thread."""
        ...


class Opening:
    """One picture on its way to a pane. `cancel` when something else is wanted there."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Nothing more arrives."""
        self.cancelled = True
        if self._job is not None:
            self._job.cancel()

    def follow(self, job: Job) -> None:
        """The step under way."""
        self._job = job


class PictureSource:
    """Opens pictures: recorded on the vault thread, read and decoded in the pool, handed over on the UI thread."""

    def __init__(self, shelf: Shelf, bridge: Bridge, owner: QObject) -> None:
        self._shelf = shelf
        self._bridge = bridge
        self._owner = owner

    def open(
        self,
        entry: ImageEntry,
        shown: Callable[[Picture], None],
        failed: Callable[[BaseException], None],
    ) -> Opening:
        """Calls `shown` once or twice: with the preview as soon as it is there, then with the full picture.

        `failed` gets whatever the vault or the decoder raised; `NotFound` also where only a RAW file exists.
        """
        opening = Opening()

        def recorded(_: None) -> None:
            first = entry.preview is not None and can_decode(entry.media_type)
            self._fetch(opening, entry, shown, failed, preview_first=first)

        note = self._bridge.run(
            self._shelf.note_view, entry.image, done=recorded, failed=failed, owner=self._owner, what=""
        )
        opening.follow(note)
        return opening

    def _fetch(
        self,
        opening: Opening,
        entry: ImageEntry,
        shown: Callable[[Picture], None],
        failed: Callable[[BaseException], None],
        *,
        preview_first: bool,
    ) -> None:
        if opening.cancelled:
            return

        def arrived(picture: Picture) -> None:
            if opening.cancelled:
                return
            shown(picture)
            if preview_first:
                self._fetch(opening, entry, shown, failed, preview_first=False)

        work = read_preview if preview_first else read_full
        opening.follow(self._bridge.run_pool(work, self._shelf, entry, done=arrived, failed=failed, owner=self._owner))


def in_pool(bridge: Bridge, owner: QObject) -> RunInPool:
    """The bridge's pool as `Thumbnails` wants it."""

    def run(
        work: Callable[[], QImage], done: Callable[[QImage], None], failed: Callable[[BaseException], None], /
    ) -> None:
        bridge.run_pool(work, done=done, failed=failed, owner=owner)

    return run


def read_full(shelf: Shelf, entry: ImageEntry) -> Picture:
    """The picture at full size, or its preview where the file itself cannot be decoded. Pool thread.

    Raises:
        NotFound: neither can be decoded. Corrupt: what is stored is not a picture.
    """
    if can_decode(entry.media_type):
        return decode(shelf.read(entry.image), entry.media_type)
    return read_preview(shelf, entry)


def read_preview(shelf: Shelf, entry: ImageEntry) -> Picture:
    """The preview. Pool thread.

    Raises:
        NotFound: there is none. Corrupt: what is stored is not a picture.
    """
    if entry.preview is None:
        raise NotFound
    return decode(shelf.read(entry.preview), PREVIEW_TYPE)


def read_small(shelf: Shelf, entry: ImageEntry, long_side: int) -> QImage:
    """The picture with its long side at most `long_side` pixels, from the smallest file that will do. Pool thread.

    Raises:
        NotFound: none of its files can be decoded. Corrupt: what is stored is not a picture.
    """
    for small in (entry.thumbnail, entry.preview):
        if small is not None:
            return decode_small(shelf.read(small), PREVIEW_TYPE, long_side)
    if not can_decode(entry.media_type):
        raise NotFound
    return decode_small(shelf.read(entry.image), entry.media_type, long_side)
