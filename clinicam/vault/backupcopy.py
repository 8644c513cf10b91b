# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving sealed bytes into a backup place: read and hashed on one thread while another writes, flushes and compares.

What is there already is not copied again. A part of it is read again each day, so that all of it is within 32; what is found
missing or damaged is then not there, and is copied like anything new.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from clinicam.errors import Corrupt
from clinicam.vault.blobshelf import BlobShelf

BATCH_BYTES = 32 * 1024 * 1024
BATCH_FILES = 64
SLICES = 32
"""Days within which every blob is read again."""

Source = Callable[[], bytes | None]
"""Reads one blob-to-be where it comes from; None if it is gone meanwhile."""

Job = tuple[Source, Callable[[bytes, int], None]]
"""A source, and who is told of SHA-256 and size once the blob is durable."""


@dataclass(slots=True)
class Counted:
    """What a backup did. Bytes are of sealed files."""

    copied: int = 0
    copied_bytes: int = 0
    reread: int = 0
    reread_bytes: int = 0
    alarms: list[str] = field(default_factory=list)


class Copier:
    """Puts blobs on a shelf. One thread, and one helper that reads ahead by a batch.

    `have` are the blobs that are there. Those that the newest backup names were proved when it was made; any other (left by
    a backup that was not completed) is read again before it is relied on.
    """

    def __init__(self, shelf: BlobShelf, counted: Counted) -> None:
        self._shelf = shelf
        self._counted = counted
        self.have: set[bytes] = set()
        self._proved: set[bytes] = set()

    def look(self, named: Iterable[bytes]) -> None:
        """List what is there. `named`: by the newest backup. Raises BackupRefused."""
        self.have = set(self._shelf.names())
        self._proved = set(named)

    def reread(self, blobs: dict[bytes, int], *, slot: int | None) -> Iterator[int]:
        """Read again those of `blobs` (SHA-256 to size) that are there and of this `slot` of SLICES (None: all); yields their
        sizes. One that is not whole counts as not there.

        Raises:
            BackupRefused: the place cannot be read.
        """
        for sha256 in sorted(blobs):
            if sha256 not in self.have or (slot is not None and sha256[0] % SLICES != slot):
                continue
            try:
                self._shelf.get(sha256, blobs[sha256])
            except Corrupt as error:
                self.have.discard(sha256)
                self._counted.alarms.append(f"{error}: {sha256.hex()[:12]}, copied again")
            self._counted.reread += 1
            self._counted.reread_bytes += blobs[sha256]
            yield blobs[sha256]

    def copy(self, sources: Iterable[Job]) -> Iterator[int]:
        """Copy what each source gives and tell its callback SHA-256 and size, once it is durable; yields bytes after each batch.

        Raises:
            BackupRefused, or what a source raises. Only what callbacks were told of is there for certain.
        """
        waiting = iter(sources)
        with ThreadPoolExecutor(1, "backup-read") as reader:
            ahead = reader.submit(_gather, waiting)
            while batch := ahead.result():
                ahead = reader.submit(_gather, waiting)
                yield self._put(batch)

    def _put(self, batch: list[_Read]) -> int:
        fresh = {one.sha256: one.data for one in batch if not self._is_there(one)}
        self._shelf.put(tuple(fresh.items()))
        self.have |= fresh.keys()
        self._proved |= {one.sha256 for one in batch}
        self._counted.copied += len(fresh)
        self._counted.copied_bytes += sum(len(data) for data in fresh.values())
        for one in batch:
            one.told(one.sha256, len(one.data))
        return sum(len(one.data) for one in batch)

    def _is_there(self, one: _Read) -> bool:
        if one.sha256 not in self.have:
            return False
        if one.sha256 not in self._proved:
            try:
                self._shelf.get(one.sha256, len(one.data))
            except Corrupt:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Read:
    sha256: bytes
    data: bytes
    told: Callable[[bytes, int], None]


def _gather(sources: Iterator[Job]) -> list[_Read]:
    """The next batch; empty when there is no more."""
    batch: list[_Read] = []
    size = 0
    while size < BATCH_BYTES and len(batch) < BATCH_FILES:
        try:
            source, told = next(sources)
        except StopIteration:
            break
        data = source()
        if data is not None:
            batch.append(_Read(hashlib.sha256(data).digest(), data, told))
            size += len(data)
    return batch
