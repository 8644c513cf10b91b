# SPDX-License-Identifier: GPL-3.0-or-later
"""One chain read from its end to its beginning, in blocks, each proved by the one after it.

A row names the hash of the row before. Whoever starts from a head that is known to be good and walks back has therefore
checked every byte they have seen, without reading what they did not ask for. Rows have no back pointers, so where the
blocks of a segment begin is found once by going through its headers; rows are read a block at a time.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass, field

from clinicam.errors import Corrupt, NotFound
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.labels import ID
from clinicam.vault.rows import HEADER, Row, parse_row
from clinicam.vault.segment import MAGIC
from clinicam.vault.sign import SIGNATURE
from clinicam.vault.stores.port import LedgerStore

BLOCK = 256
"""rows"""
WINDOW = 1 << 20
"""bytes read at once while looking for where blocks begin"""
_START = struct.Struct(f">HHI{ID}sQ")
"""version, flags, length of the body, writer, number: the beginning of a row's header"""
_BODY_LEN = struct.Struct(">4xI")


@dataclass(slots=True)
class _Map:
    """Where the blocks of one segment begin, as far as it was gone through."""

    starts: array[int] = field(default_factory=lambda: array("Q"))
    rows: int = 0
    at: int = len(MAGIC)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one segment, the oldest first. `last` is the head after them, `before` the head they follow."""

    segment: int
    number: int
    start: int
    stop: int
    last: Head


class ChainMap:
    """Where the blocks of one chain lie. Kept from one reading to the next; a segment that grew is gone through further."""

    def __init__(self, ledger: LedgerStore, vault: bytes, writer: bytes) -> None:
        self._ledger = ledger
        self._vault = vault
        self._writer = writer
        self._maps: dict[int, _Map] = {}

    def newest(self, end: ChainEnd) -> Block:
        """The block that ends with the chain's last row, of which there must be one.

        Raises:
            Corrupt: the segment does not hold whole rows up to there.
        """
        return self._last_of(end.segment, end.stop, end.head)

    def older(self, block: Block, before: Head) -> Block | None:
        """The block before `block`, whose first row follows `before`; None at the chain's beginning.

        Raises:
            Corrupt: the chain does not begin where it must, or a segment does not hold whole rows.
        """
        if block.number:
            starts = self._maps[block.segment].starts
            return Block(block.segment, block.number - 1, starts[block.number - 1], block.start, before)
        if before.seq == 0:
            if before != chain_start(self._vault, self._writer):
                raise Corrupt("ledger: a chain does not begin at its beginning")
            return None
        segment = block.segment - 1
        try:
            size = self._ledger.size(self._writer, segment)
        except NotFound as error:
            raise Corrupt("ledger: a segment is missing") from error
        return self._last_of(segment, size, before)

    def rows(self, block: Block) -> tuple[Row, ...]:
        """The rows of a block, the oldest first; the last is proved to be `block.last`, each other by the one after it.

        Raises:
            Corrupt, UnsupportedFormat: one of them is not the row that was written.
        """
        data = self._ledger.read(self._writer, block.segment, block.start, block.stop - block.start)
        rows: list[Row] = []
        position = 0
        while position < len(data):
            rows.append(parse_row(data, position, self._vault))
            position = rows[-1].end
        wanted = block.last
        for row in reversed(rows):
            if row.head != wanted:
                raise Corrupt("ledger: a row is not the one that was written")
            wanted = before(row)
        if not rows:
            raise Corrupt("ledger: rows are gone")
        return tuple(rows)

    def find(self, seq: int) -> ChainEnd | None:
        """Where the row of number `seq` lies, by the headers alone: nothing of it is proved. None if it is not there.

        Raises:
            Corrupt, UnsupportedFormat: the segments do not hold whole rows up to it.
        """
        segments = self._ledger.segments(self._writer)
        segment = next((number for number in reversed(segments) if self._first_seq(number) <= seq), 0)
        if not segment or seq < 1:
            return None
        place = seq - self._first_seq(segment)
        size = self._ledger.size(self._writer, segment)
        known = self._go_through(segment, size, upto=place + 1)
        if known.rows <= place:
            return None
        start = known.starts[place // BLOCK]
        data = self._ledger.read(self._writer, segment, start, known.at - start)
        position = 0
        for _ in range(place % BLOCK):
            position = _next(data, position)
        row = parse_row(data, position, self._vault)
        return ChainEnd(row.head, segment, start + row.start, start + row.end)

    def _first_seq(self, segment: int) -> int:
        data = self._ledger.read(self._writer, segment, len(MAGIC), _START.size)
        if len(data) < _START.size:
            raise Corrupt("ledger: a segment without rows")
        return int(_START.unpack(data)[4])

    def _last_of(self, segment: int, stop: int, last: Head) -> Block:
        known = self._go_through(segment, stop)
        if known.at != stop or not known.starts:
            self._maps.pop(segment)
            raise Corrupt("ledger: a segment does not hold whole rows")
        return Block(segment, len(known.starts) - 1, known.starts[-1], stop, last)

    def _go_through(self, segment: int, stop: int, *, upto: int | None = None) -> _Map:
        """The map of a segment up to offset `stop`, or at least to its row `upto`, counted from 1."""
        known = self._maps.setdefault(segment, _Map())
        if known.at > stop:
            known = self._maps[segment] = _Map()
        window, base = b"", known.at
        while known.at < stop and (upto is None or known.rows < upto):
            if known.at - base + _BODY_LEN.size > len(window):
                base, window = known.at, self._ledger.read(self._writer, segment, known.at, WINDOW)
            following = base + _next(window, known.at - base)
            if known.rows % BLOCK == 0:
                known.starts.append(known.at)
            known.rows += 1
            known.at = following
        return known


def before(row: Row) -> Head:
    """The head that `row` follows."""
    return Head(row.writer, row.seq - 1, row.prev)


def _next(data: bytes, position: int) -> int:
    """Where the row after the one at `position` begins."""
    if position + _BODY_LEN.size > len(data):
        raise Corrupt("ledger: ends in the middle of a row")
    return position + HEADER + int(_BODY_LEN.unpack_from(data, position)[0]) + SIGNATURE
