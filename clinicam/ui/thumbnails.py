# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of the vault's pictures, decrypted and decoded in the pool, kept in memory only, the latest used longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from clinicam.identity import ImageId
from clinicam.vault.model import ImageEntry

KEPT = 400
"""Thumbnails kept in memory; at 176 px and twice the resolution about 100 MB."""

AT_WORK = 3
"""Thumbnails asked of the pool at a time, so that what is scrolled past does not stand in the queue."""

WAITING = 120
"""Thumbnails waiting; of those beyond, the ones asked for longest ago are forgotten until they are painted again."""


class RunInPool(Protocol):
    """What the loader needs of the bridge: do `work` in the pool, then call one of the others on the UI thread."""

    def __call__(
        self,
        work: Callable[[], QImage],
        done: Callable[[QImage], None],
        failed: Callable[[BaseException], None],
        /,
    ) -> None: ...


class Thumbnails(QObject):
    """A least-recently-used store of pixmaps that fills itself. UI thread.

    Signals:
        ready(bytes): the thumbnail of this image id has arrived, or is known not to be readable.
    """

    ready = Signal(bytes)

    def __init__(self, load: Callable[[ImageEntry], QImage], run: RunInPool, parent: QObject | None = None) -> None:
        """`load` reads, decodes and scales one thumbnail; it is called in the pool only."""
        super().__init__(parent)
        self._load = load
        self._run = run
        self._kept: OrderedDict[ImageId, QPixmap] = OrderedDict()
        self._unreadable: set[ImageId] = set()
        self._waiting: OrderedDict[ImageId, ImageEntry] = OrderedDict()
        self._at_work: set[ImageId] = set()
        self._generation = 0

    def pixmap(self, entry: ImageEntry) -> QPixmap | None:
        """The thumbnail if it is here; if not, it is sent for and `ready` tells of it."""
        image = entry.image
        held = self._kept.get(image)
        if held is not None:
            self._kept.move_to_end(image)
            return held
        if image not in self._unreadable and image not in self._at_work:
            self._waiting[image] = entry
            self._waiting.move_to_end(image)
            while len(self._waiting) > WAITING:
                self._waiting.popitem(last=False)
            self._start()
        return None

    def is_unreadable(self, image: ImageId) -> bool:
        """Whether the vault could not give this picture."""
        return image in self._unreadable

    def forget(self) -> None:
        """Drop everything: the screen was left, or the size has changed. What is still at work is dropped on arrival."""
        self._generation += 1
        self._kept.clear()
        self._unreadable.clear()
        self._waiting.clear()
        self._at_work.clear()

    @property
    def held(self) -> int:
        """How many thumbnails are in memory."""
        return len(self._kept)

    def _start(self) -> None:
        while self._waiting and len(self._at_work) < AT_WORK:
            # The latest asked for is the one being looked at.
            image, entry = self._waiting.popitem()
            self._at_work.add(image)
            self._send(entry, self._generation)

    def _send(self, entry: ImageEntry, generation: int) -> None:
        image = entry.image

        def arrived(thumbnail: QImage) -> None:
            self._arrived(image, generation, thumbnail)

        def failed(_error: BaseException) -> None:
            self._failed(image, generation)

        self._run(lambda: self._load(entry), arrived, failed)

    def _arrived(self, image: ImageId, generation: int, thumbnail: QImage) -> None:
        if generation != self._generation:
            return
        self._at_work.discard(image)
        self._kept[image] = QPixmap.fromImage(thumbnail)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(image)
        self._start()

    def _failed(self, image: ImageId, generation: int) -> None:
        if generation != self._generation:
            return
        self._at_work.discard(image)
        self._unreadable.add(image)
        self.ready.emit(image)
        self._start()
