# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains as files ``ledger/<writer>/NNNNNN.rows``: one append is one write and one flush.

A failed append is undone before the next: after a failed write the segment is cut back; after a failed flush the kernel
may have forgotten pages, so the good rows are copied to a new file that takes the old one's name.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from clinicam.errors import NotFound
from clinicam.vault.stores.calls import REAL, Calls, folder, make_folder, translated, write_all, write_whole
from clinicam.vault.stores.port import SEGMENT_LIMIT, SEGMENT_MAGIC, Spot


@dataclass(slots=True)
class _Tail:
    """The open last segment of a chain. `size`: bytes known to be durable and whole."""

    segment: int
    fd: int
    size: int
    torn: bool = False
    """bytes behind `size` may be there"""
    distrusted: bool = False
    """a flush failed"""


class EmbeddedLedger:
    """A `LedgerStore` in a local directory; what is cut goes to `quarantine`."""

    def __init__(self, root: Path, quarantine: Path, calls: Calls = REAL, *, limit: int = SEGMENT_LIMIT) -> None:
        self._root = root
        self._quarantine = quarantine
        self._calls = calls
        self._limit = limit
        self._tails: dict[bytes, _Tail] = {}

    def _folder(self, writer: bytes) -> Path:
        return self._root / writer.hex()

    def _file(self, writer: bytes, segment: int) -> Path:
        return self._folder(writer) / f"{segment:06d}.rows"

    def writers(self) -> tuple[bytes, ...]:
        """See `LedgerStore.writers`."""
        found = []
        for entry in os.scandir(self._root):
            with suppress(ValueError):
                writer = bytes.fromhex(entry.name)
                if len(writer) == 16 and entry.name == writer.hex():
                    found.append(writer)
        return tuple(sorted(found))

    def segments(self, writer: bytes) -> tuple[int, ...]:
        """See `LedgerStore.segments`."""
        path = self._folder(writer)
        if not path.is_dir():
            return ()
        stems = (entry.name.removesuffix(".rows") for entry in os.scandir(path) if entry.name.endswith(".rows"))
        return tuple(sorted(int(stem) for stem in stems if len(stem) == 6 and stem.isdecimal()))

    def size(self, writer: bytes, segment: int) -> int:
        """See `LedgerStore.size`."""
        try:
            return self._file(writer, segment).stat().st_size
        except FileNotFoundError as error:
            raise NotFound("no such segment") from error

    def read(self, writer: bytes, segment: int, offset: int = 0) -> bytes:
        """See `LedgerStore.read`."""
        try:
            with self._file(writer, segment).open("rb", buffering=0) as file:
                file.seek(offset)
                return file.readall()
        except FileNotFoundError as error:
            raise NotFound("no such segment") from error

    def append(self, writer: bytes, batch: bytes) -> Spot:
        """See `LedgerStore.append`."""
        with translated("ledger"):
            tail = self._tail(writer)
            if tail is None or tail.size >= self._limit:
                return self._begin(writer, 1 if tail is None else tail.segment + 1, batch)
            self._mend(writer, tail)
            start = tail.size
            tail.torn = True
            try:
                write_all(self._calls, tail.fd, batch, start)
            except OSError:
                with suppress(OSError):
                    self._mend(writer, tail)
                raise
            try:
                self._calls.fsync(tail.fd)
            except OSError:
                tail.distrusted = True
                with suppress(OSError):
                    self._mend(writer, tail)
                raise
            tail.size = start + len(batch)
            tail.torn = False
            return Spot(tail.segment, start)

    def _tail(self, writer: bytes) -> _Tail | None:
        tail = self._tails.get(writer)
        if tail is None:
            numbers = self.segments(writer)
            if not numbers:
                return None
            tail = self._tails[writer] = self._open(writer, numbers[-1])
        return tail

    def _open(self, writer: bytes, segment: int) -> _Tail:
        fd = self._calls.open(str(self._file(writer, segment)), os.O_RDWR | os.O_NOFOLLOW)
        return _Tail(segment, fd, os.fstat(fd).st_size)

    def _begin(self, writer: bytes, segment: int, batch: bytes) -> Spot:
        """A new segment appears whole, its first batch inside."""
        make_folder(self._calls, self._folder(writer))
        path = self._file(writer, segment)
        try:
            write_whole(self._calls, path.parent, path.name, SEGMENT_MAGIC + batch)
        except OSError:
            # Named but its directory not flushed: rows nobody was told about would come before the retry's.
            with suppress(OSError), folder(self._calls, path.parent) as dir_fd:
                self._calls.unlink(path.name, dir_fd=dir_fd)
            raise
        self._forget(writer)
        self._tails[writer] = self._open(writer, segment)
        return Spot(segment, len(SEGMENT_MAGIC))

    def _mend(self, writer: bytes, tail: _Tail) -> None:
        """Undo what a failed append left, or raise OSError and stay to be mended."""
        if tail.distrusted:
            good = os.pread(tail.fd, tail.size, 0)
            path = self._file(writer, tail.segment)
            write_whole(self._calls, path.parent, path.name, good)
            fresh = self._open(writer, tail.segment)
            with suppress(OSError):
                self._calls.close(tail.fd)
            tail.fd, tail.distrusted, tail.torn = fresh.fd, False, False
        if tail.torn:
            self._calls.truncate(tail.fd, tail.size)
            tail.torn = False

    def cut(self, writer: bytes, spot: Spot) -> str:
        """See `LedgerStore.cut`. A segment of which nothing but its magic would be left goes whole."""
        self._forget(writer)
        name = f"{writer.hex()}-{spot.segment:06d}-{spot.offset}"
        with translated("ledger"):
            make_folder(self._calls, self._quarantine)
            write_whole(self._calls, self._quarantine, name, self.read(writer, spot.segment, spot.offset))
            path = self._file(writer, spot.segment)
            if spot.offset <= len(SEGMENT_MAGIC):
                with folder(self._calls, path.parent) as dir_fd:
                    self._calls.unlink(path.name, dir_fd=dir_fd)
                    self._calls.fsync(dir_fd)
            else:
                tail = self._tails[writer] = self._open(writer, spot.segment)
                self._calls.truncate(tail.fd, spot.offset)
                tail.size = spot.offset
                self._calls.fsync(tail.fd)
        return name

    def quarantine(self) -> tuple[str, ...]:
        """See `LedgerStore.quarantine`."""
        return tuple(sorted(os.listdir(self._quarantine))) if self._quarantine.is_dir() else ()

    def _forget(self, writer: bytes) -> None:
        tail = self._tails.pop(writer, None)
        if tail is not None:
            with suppress(OSError):
                self._calls.close(tail.fd)

    def close(self) -> None:
        """See `LedgerStore.close`."""
        for writer in tuple(self._tails):
            self._forget(writer)
