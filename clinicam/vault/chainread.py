# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading chains as they lie: where one ends, whether a bad end is a torn batch or damage. Needs no key but public ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clinicam.errors import Corrupt, Forked, RolledBack, UnsupportedFormat
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.rows import HEADER, Row, check_signature, parse_row
from clinicam.vault.segment import MAGIC, scan_pieces
from clinicam.vault.stores.port import LedgerStore, Spot

_WRITER_AT = 8
"""Offset of the writer's id in a row."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole batches of one segment, some thousand rows at most. Offsets in `rows` count from `base` in the file."""

    segment: int
    base: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class BadEnd:
    """Bytes behind the last whole batch of a chain's last segment."""

    spot: Spot
    torn: bool
    """nothing behind the bad place shows that it was not the last append"""
    problem: Corrupt | UnsupportedFormat


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The last row known good, and where it lies (segment 0: the chain is empty)."""

    head: Head
    segment: int
    start: int
    stop: int


class ChainReader:
    """Walks one chain from a known place to its end.

    After `stretches` is used up, `end` is the chain's end and `bad` what lies behind it, if anything does.

    Args:
        public: the writer's Ed25519 key; None where it is not known.
        after: a row already trusted, and where it lies; the walk begins behind it.
    """

    def __init__(
        self, ledger: LedgerStore, *, vault: bytes, writer: bytes, public: bytes | None, after: ChainEnd | None = None
    ) -> None:
        self._ledger = ledger
        self._vault = vault
        self._writer = writer
        self._public = public
        self.end = after if after is not None else ChainEnd(chain_start(vault, writer), 0, 0, 0)
        self.bad: BadEnd | None = None

    def stretches(self) -> Iterator[Stretch]:
        """Whole batches, a piece of a segment at a time.

        Raises:
            Corrupt, UnsupportedFormat: damage before the last segment, or a segment missing.
            RolledBack: the segment to go on from is gone or shorter than it was.
        """
        numbers = self._ledger.segments(self._writer)
        first = max(self.end.segment, 1)
        if self.end.segment and self.end.segment not in numbers:
            raise RolledBack("ledger: a segment is gone")
        numbers = tuple(number for number in numbers if number >= first)
        if numbers != tuple(range(first, first + len(numbers))):
            raise Corrupt("ledger: a segment is missing")
        for number in numbers:
            yield from self._one(number, is_last=number == numbers[-1])

    def _one(self, number: int, *, is_last: bool) -> Iterator[Stretch]:
        begins = self.end.stop if number == self.end.segment else 0
        data = self._ledger.read(self._writer, number, begins)
        base = 0
        if begins:
            if self._ledger.size(self._writer, number) < begins:
                raise RolledBack("ledger: a segment is shorter than it was")
            # The scan wants a segment's magic in front; the offsets are put right by the base.
            data = MAGIC + data
            base = begins - len(MAGIC)
        for found in scan_pieces(data, vault=self._vault, head=self.end.head):
            if found.rows:
                last = found.rows[-1]
                self.end = ChainEnd(last.head, number, base + last.start, base + last.end)
            if found.problem is not None and not is_last:
                yield Stretch(number, base, found.rows)
                raise found.problem
            if found.problem is not None:
                torn = not self._goes_on_behind(data, found.end)
                self.bad = BadEnd(Spot(number, base + found.end), torn, found.problem)
            yield Stretch(number, base, found.rows)

    def _goes_on_behind(self, data: bytes, position: int) -> bool:
        """Whether a whole signed batch end is followed by more: then what is bad was not the last append."""
        at = data.find(self._writer, position)
        while at >= 0:
            row = self._signed_row(data, at - _WRITER_AT, position)
            if row is not None and not row.more and row.end < len(data):
                return True
            at = data.find(self._writer, at + 1)
        return False

    def _signed_row(self, data: bytes, start: int, position: int) -> Row | None:
        if start < position or self._public is None or start + HEADER > len(data):
            return None
        try:
            row = parse_row(data, start, self._vault)
            check_signature(row, self._public)
        except (Corrupt, UnsupportedFormat):
            return None
        return row


def row_at(ledger: LedgerStore, vault: bytes, writer: bytes, segment: int, start: int) -> Row | None:
    """The row that begins there, if one does; signature unchecked."""
    if segment not in ledger.segments(writer) or ledger.size(writer, segment) <= start or start < len(MAGIC):
        return None
    try:
        row = parse_row(ledger.read(writer, segment, start), 0, vault)
    except (Corrupt, UnsupportedFormat):
        return None
    return row if row.writer == writer else None


def find_end(
    ledger: LedgerStore, *, vault: bytes, writer: bytes, public: bytes, marked: Head | None, hint: Spot | None
) -> tuple[ChainEnd, BadEnd | None]:
    """Where this workstation's own chain ends, and what lies behind it.

    A power cut may keep all of the last append but the sector with its signature; that is a torn end like any other.

    Args:
        marked: its head in the marks: must be there.
        hint: where that row lay.

    Raises:
        RolledBack: the marked row is missing.
        Forked: another row stands in its place, signed by the same writer.
        Corrupt, UnsupportedFormat: damage below the marks, or behind them but not of the last append.
    """
    after: ChainEnd | None = None
    if marked is not None and hint is not None:
        row = row_at(ledger, vault, writer, hint.segment, hint.offset)
        if row is not None and row.head == marked:
            after = ChainEnd(row.head, hint.segment, hint.offset, hint.offset + row.end)
    reader = ChainReader(ledger, vault=vault, writer=writer, public=public, after=after)
    seen = after is not None or marked is None
    last: Row | None = None
    before = place = reader.end
    for stretch in reader.stretches():
        for row in stretch.rows:
            if last is None or not last.more:
                before = place
            last = row
            place = ChainEnd(row.head, stretch.segment, stretch.base + row.start, stretch.base + row.end)
            if marked is not None and row.seq == marked.seq:
                check_marked(row, marked, public)
                seen = True
    if not seen:
        if reader.bad is not None and not reader.bad.torn:
            raise reader.bad.problem
        raise RolledBack("ledger: shorter than this workstation has seen it")
    if reader.bad is not None and not reader.bad.torn:
        raise reader.bad.problem
    if last is not None:
        try:
            check_signature(last, public)
        except Corrupt as error:
            # Not torn: below the marks, not the last append, or the first of a segment, which appears whole.
            below = marked is not None and before.head.seq < marked.seq
            if below or reader.bad is not None or before.segment != place.segment:
                raise
            return before, BadEnd(Spot(before.segment, before.stop), True, error)
    return reader.end, reader.bad


def check_marked(row: Row, marked: Head, public: bytes) -> None:
    """Return if `row` is the marked one.

    Raises:
        Forked: the writer signed another row of this number.
        Corrupt: it is not signed: damage.
    """
    if row.row_hash != marked.row_hash:
        check_signature(row, public)
        raise Forked("ledger: another row of the same number")
