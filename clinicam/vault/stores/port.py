# SPDX-License-Identifier: GPL-3.0-or-later
"""What the vault asks of a place that keeps rows, and of one that keeps objects. Sealed bytes only.

Implementations: `embedded_ledger`, `embedded_objects`. One contract suite (tests/vault/engine) holds for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

SEGMENT_LIMIT = 64 * 1024 * 1024
"""A new segment is begun once the last holds this many bytes."""

BRANCHES = 256
"""Parts that objects can be listed by: the first byte of their ids."""

SEGMENT_MAGIC = b"CCROWS\0\x01"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where bytes lie in a chain: segment number from 1, byte offset in its file."""

    segment: int
    offset: int


Part = tuple[int, memoryview]
"""Offset in the file, and the bytes that stand there."""


class LedgerStore(Protocol):
    """Append-only segments of sealed rows, one chain a writer (16 bytes). One thread.

    What the place will not show raises Corrupt.
    """

    def writers(self) -> tuple[bytes, ...]:
        """Every chain there is, sorted."""
        ...

    def segments(self, writer: bytes) -> tuple[int, ...]:
        """Numbers of the chain's segments, rising; empty for an unknown writer."""
        ...

    def size(self, writer: bytes, segment: int) -> int:
        """Bytes in one segment, its magic included. Raises NotFound."""
        ...

    def read(self, writer: bytes, segment: int, offset: int = 0, length: int = -1) -> bytes:
        """One segment from `offset` to its end, or at most `length` bytes of it. Raises NotFound."""
        ...

    def append(self, writer: bytes, batch: bytes) -> Spot:
        """Add whole rows behind the last; when this returns they are durable.

        Raises:
            DiskFull, WriteFailed: nothing was added; the next append starts where this one did.
        """
        ...

    def cut(self, writer: bytes, spot: Spot) -> str:
        """Take everything from `spot` on out of the last segment into the quarantine; the quarantine's name for it.

        Raises:
            DiskFull, WriteFailed: the chain is as it was.
        """
        ...

    def quarantine(self) -> tuple[str, ...]:
        """Names of what was cut, sorted."""
        ...

    def close(self) -> None:
        """Let go of open files."""
        ...


class ObjectStore(Protocol):
    """Immutable sealed objects by random id (16 bytes). Reading: any thread; putting: one."""

    def put(self, object_id: bytes, parts: Iterable[Part]) -> None:
        """Keep what `parts` make up under `object_id`; when this returns file and name are durable.

        Each part is written as it comes, so that the next can be made meanwhile; what making one raises goes through.

        Raises:
            VaultExists: the id is taken; what is there was not touched.
            DiskFull, WriteFailed: nothing is kept under the id.
        """
        ...

    def get(self, object_id: bytes) -> bytes:
        """The whole object. Raises NotFound; Corrupt when the disk cannot give it back."""
        ...

    def head(self, object_id: bytes, length: int) -> tuple[bytes, int]:
        """The first `length` bytes at most, and the whole size. Raises NotFound, Corrupt."""
        ...

    def ids(self, branch: int | None = None) -> Iterator[bytes]:
        """Every id there is, or those that begin with one byte, in no order. Raises Corrupt when the disk will not say."""
        ...

    def remove(self, object_ids: Iterable[bytes]) -> int:
        """Take objects away: for erasure and moving alone; how many were there. When this returns they stay away.

        Raises:
            DiskFull, WriteFailed: some may be gone; call it again.
        """
        ...

    def sweep(self) -> int:
        """Remove what a crash left unpublished, but nothing that is being written; how many."""
        ...

    def free_bytes(self) -> int:
        """Room left where objects lie. Raises WriteFailed when the disk will not say."""
        ...
