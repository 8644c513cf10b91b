# SPDX-License-Identifier: GPL-3.0-or-later
"""A segment file: `CCROWS`, then rows; and the rules that rows of one chain keep among themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.acts import Act
from clinicam.vault.heads import Head
from clinicam.vault.labels import Cursor
from clinicam.vault.rows import Row, SealedRow, check_link, parse_row

MAGIC = b"CCROWS\0\1"
FULL = 64 * 1024 * 1024
"""A new segment starts once the last is at least this long."""
PIECE = 4096
"""Rows held at a time when chains are walked."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What a segment file holds up to the first thing wrong.

    `rows` are those of whole batches; `end` is the offset after the last of them. `left` counts the bytes beyond, and
    `problem` says what is wrong with them (None: nothing is left). Whether a tail is a torn last batch to be cut, or
    damage, is for the engine to judge by its marks.
    """

    rows: tuple[Row, ...]
    end: int
    left: int
    problem: Corrupt | UnsupportedFormat | None
    head: Head

    def whole(self) -> tuple[Row, ...]:
        """All rows of a file that must have no torn end.

        Raises:
            Corrupt, UnsupportedFormat: as `problem`.
        """
        if self.problem is not None:
            raise self.problem
        return self.rows


def scan_segment(data: bytes | memoryview, *, vault: bytes, head: Head) -> Segment:
    """The rows of a segment whose first row follows `head`: lengths, hashes and links checked, signatures not."""
    (found,) = scan_pieces(data, vault=vault, head=head, most=len(data))
    return found


def scan_pieces(data: bytes | memoryview, *, vault: bytes, head: Head, most: int = PIECE) -> Iterator[Segment]:
    """As `scan_segment`, but a piece of about `most` rows at a time, so that no whole file has to be held as rows.

    Only the last piece has a problem; the `left` of the others are still to come.
    """
    try:
        Cursor(data[: len(MAGIC)], "segment").magic(MAGIC)
    except (Corrupt, UnsupportedFormat) as error:
        yield Segment((), 0, len(data), error, head)
        return
    whole: list[Row] = []
    batch: list[Row] = []
    problem: Corrupt | UnsupportedFormat | None = None
    position, end, size = len(MAGIC), len(MAGIC), len(data)
    writer, seq, last = head.writer, head.seq, head.row_hash
    while position < size:
        try:
            row = parse_row(data, position, vault)
            if row.writer != writer or row.seq != seq + 1 or row.prev != last:
                check_link(row, Head(writer, seq, last))
        except (Corrupt, UnsupportedFormat) as error:
            problem = error
            break
        batch.append(row)
        seq, last, position = row.seq, row.row_hash, row.end
        if not row.more:
            whole += batch
            batch = []
            end = position
            if len(whole) >= most and position < size:
                head = whole[-1].head
                yield Segment(tuple(whole), end, size - end, None, head)
                whole = []
    if batch and problem is None:
        problem = Corrupt("segment: the last batch is incomplete")
    yield Segment(tuple(whole), end, size - end, problem, whole[-1].head if whole else head)


def join(rows: Iterable[SealedRow], *, new_segment: bool) -> bytes:
    """The bytes of one append: the rows of one batch, with the magic before them if the segment is new."""
    return (MAGIC if new_segment else b"") + b"".join(row.data for row in rows)


class ActOrder:
    """What acts of one chain must keep to: Lamport time strictly rises, batches are numbered as their flags say.

    Feed every row of a chain in order, from a batch's first row. One thread.
    """

    def __init__(self, lamport: int = -1) -> None:
        self.lamport = lamport
        self._batch: tuple[bytes, int, int] | None = None

    def see(self, row: Row, act: Act) -> None:
        """Take the next row and its opened act.

        Raises:
            Corrupt: time stands still or a batch is not what its rows say.
        """
        if act.lamport <= self.lamport:
            raise Corrupt("act: Lamport time does not rise")
        name, i, n = act.batch
        expected = (name, 1, n) if self._batch is None else (self._batch[0], self._batch[1] + 1, self._batch[2])
        if act.batch != expected or row.more != (i < n):
            raise Corrupt("act: batch does not add up")
        self.lamport = act.lamport
        self._batch = act.batch if row.more else None
