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
from clinicam.vault.stores.calls import (
    REAL,
    Calls,
    folder,
    make_folder,
    opened,
    readable,
    translated,
    write_all,
    write_whole,
)
from clinicam.vault.stores.port import SEGMENT_LIMIT, SEGMENT_MAGIC, Spot


@dataclass(slots=True)
class _Tail:
    """The last segment of a chain (0: none yet). `size`: bytes known to be durable and whole, whatever else lies there."""

    segment: int
    size: int
    fd: int = -1
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
        with readable("ledger"):
            names = os.listdir(self._root) if self._root.is_dir() else []
        found = []
        for name in names:
            with suppress(ValueError):
                writer = bytes.fromhex(name)
                if len(writer) == 16 and name == writer.hex():
                    found.append(writer)
        return tuple(sorted(found))

    def segments(self, writer: bytes) -> tuple[int, ...]:
        """See `LedgerStore.segments`."""
        path = self._folder(writer)
        with readable("ledger"):
            names = os.listdir(path) if path.is_dir() else []
        stems = (name.removesuffix(".rows") for name in names if name.endswith(".rows"))
        return tuple(sorted(int(stem) for stem in stems if len(stem) == 6 and stem.isdecimal()))

    def size(self, writer: bytes, segment: int) -> int:
        """See `LedgerStore.size`."""
        try:
            with readable("ledger"):
                return self._file(writer, segment).stat().st_size
        except FileNotFoundError as error:
            raise NotFound("no such segment") from error

    def read(self, writer: bytes, segment: int, offset: int = 0, length: int = -1) -> bytes:
        """See `LedgerStore.read`."""
        try:
            with readable("ledger"), self._file(writer, segment).open("rb", buffering=0) as file:
                file.seek(offset)
                return file.readall() if length < 0 else file.read(length)
        except FileNotFoundError as error:
            raise NotFound("no such segment") from error

    def append(self, writer: bytes, batch: bytes) -> Spot:
        """See `LedgerStore.append`."""
        with translated("ledger"):
            tail = self._tail(writer)
            if tail.segment == 0 or tail.size >= self._limit:
                return self._begin(writer, tail, batch)
            self._mend(writer, tail)
            start = tail.size
            tail.torn = True
            try:
                write_all(self._calls, tail.fd, batch, start)
                try:
                    self._calls.fsync(tail.fd)
                except OSError:
                    tail.distrusted = True
                    raise
            except OSError:
                with suppress(OSError):
                    self._mend(writer, tail)
                raise
            tail.size = start + len(batch)
            tail.torn = False
            return Spot(tail.segment, start)

    def _tail(self, writer: bytes) -> _Tail:
        """Looked up once: after a failure only what we know to be good counts, not what may lie there."""
        tail = self._tails.get(writer)
        if tail is None:
            segment = max(self.segments(writer), default=0)
            size = self._file(writer, segment).stat().st_size if segment else 0
            tail = self._tails[writer] = _Tail(segment, size)
        return tail

    def _begin(self, writer: bytes, tail: _Tail, batch: bytes) -> Spot:
        """A new segment appears whole, its first batch inside, over anything that a failed try left."""
        make_folder(self._calls, self._folder(writer))
        path = self._file(writer, tail.segment + 1)
        try:
            write_whole(self._calls, path.parent, path.name, SEGMENT_MAGIC + batch)
        except OSError:
            # Named but its directory not flushed: rows nobody was told about.
            with suppress(OSError), folder(self._calls, path.parent) as dir_fd:
                self._calls.unlink(path.name, dir_fd=dir_fd)
            raise
        self._close(tail)
        self._tails[writer] = _Tail(tail.segment + 1, len(SEGMENT_MAGIC) + len(batch))
        return Spot(tail.segment + 1, len(SEGMENT_MAGIC))

    def _mend(self, writer: bytes, tail: _Tail) -> None:
        """Open the segment and undo what a failed append left, or raise OSError and stay to be mended."""
        path = self._file(writer, tail.segment)
        if tail.fd < 0:
            tail.fd = self._calls.open(str(path), os.O_RDWR | os.O_NOFOLLOW)
        if tail.distrusted:
            write_whole(self._calls, path.parent, path.name, os.pread(tail.fd, tail.size, 0))
            self._close(tail)
            tail.distrusted = tail.torn = False
            tail.fd = self._calls.open(str(path), os.O_RDWR | os.O_NOFOLLOW)
        if tail.torn:
            self._calls.truncate(tail.fd, tail.size)
            tail.torn = False

    def _close(self, tail: _Tail) -> None:
        if tail.fd >= 0:
            with suppress(OSError):
                self._calls.close(tail.fd)
            tail.fd = -1

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
                with opened(self._calls, str(path), os.O_RDWR | os.O_NOFOLLOW) as fd:
                    self._calls.truncate(fd, spot.offset)
                    self._calls.fsync(fd)
        return name

    def quarantine(self) -> tuple[str, ...]:
        """See `LedgerStore.quarantine`."""
        with readable("quarantine"):
            return tuple(sorted(os.listdir(self._quarantine))) if self._quarantine.is_dir() else ()

    def _forget(self, writer: bytes) -> None:
        tail = self._tails.pop(writer, None)
        if tail is not None:
            self._close(tail)

    def close(self) -> None:
        """See `LedgerStore.close`."""
        for writer in tuple(self._tails):
            self._forget(writer)
