# SPDX-License-Identifier: GPL-3.0-or-later
"""The acts of all chains as one stream, the newest first, block by block as far as somebody reads. Vault thread only."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from clinicam.errors import Corrupt
from clinicam.vault.chainback import Block, ChainMap
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.ledgerfilter import ActFilter, ActRow, Columns


class Blocks(Protocol):
    """What the stream asks: `ledgerread.LedgerReader`."""

    def ends(self) -> dict[bytes, ChainEnd]:
        """Where each chain ends, by writer."""
        ...

    def map(self, writer: bytes) -> ChainMap:
        """The way back through one chain."""
        ...

    def matching(self, writer: bytes, block: Block, wanted: ActFilter) -> tuple[list[ActRow], Columns]:
        """The acts of a block that are wanted, the newest first, and what filters ask of all of them."""
        ...


@dataclass(slots=True)
class _Back:
    """One chain on the way back. `ahead`: the block to look at next, if there is one. What is in it is older than `bound`."""

    writer: bytes
    ahead: list[Block]
    bound: float
    waiting: deque[ActRow]

    @property
    def newest(self) -> tuple[float, bytes, int]:
        """What it may have next is not newer than this."""
        if self.waiting:
            return self.waiting[0].order
        return (self.bound if self.ahead else -1, b"", 0)

    @property
    def is_done(self) -> bool:
        """Whether it has nothing more."""
        return not self.waiting and not self.ahead


class ActStream:
    """Acts of a ledger, the newest first. `looked` of `of` rows were looked at."""

    def __init__(self, reader: Blocks, wanted: ActFilter) -> None:
        self._reader = reader
        self._wanted = wanted
        ends = reader.ends()
        mine = {writer: end for writer, end in ends.items() if wanted.writer in {None, writer}}
        self._chains = [
            _Back(writer, [reader.map(writer).newest(end)], math.inf, deque()) for writer, end in mine.items()
        ]
        self.of = sum(end.head.seq for end in mine.values())
        self.looked = 0

    @property
    def is_done(self) -> bool:
        """Whether the last act was given."""
        return all(chain.is_done for chain in self._chains)

    def take(
        self,
        limit: int,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> tuple[ActRow, ...]:
        """The next `limit` acts, fewer at the end or when it was cancelled; then it can be gone on with.

        Args:
            progress: told (rows looked at, rows) after each block.

        Raises:
            VaultClosed: locked. Corrupt, UnsupportedFormat: a row that is not what was written.
        """
        page: list[ActRow] = []
        while len(page) < limit and not self.is_done and not cancelled():
            chain = max(self._chains, key=lambda one: one.newest)
            if chain.waiting:
                page.append(chain.waiting.popleft())
            else:
                self._look(chain)
                progress(self.looked, self.of)
        return tuple(page)

    def _look(self, chain: _Back) -> None:
        """One block further back."""
        block = chain.ahead[0]
        found, columns = self._reader.matching(chain.writer, block, self._wanted)
        if columns.newest >= chain.bound:
            raise Corrupt("act: Lamport time does not rise")
        chain.waiting.extend(found)
        chain.bound = columns.oldest
        older = self._reader.map(chain.writer).older(block, columns.before)
        chain.ahead = [older] if older is not None else []
        self.looked += len(columns)
