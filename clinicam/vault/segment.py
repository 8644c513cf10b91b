# SPDX-License-Identifier: GPL-3.0-or-later
"""A segment file: `CCROWS`, then rows; and the rules that rows of one chain keep among themselves. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.acts import Act
from clinicam.vault.heads import Head
from clinicam.vault.labels import Cursor
from clinicam.vault.rows import Row, SealedRow, check_link, parse_row

MAGIC = b"CCROWS\0\1"
FULL = 64 * 1024 * 1024
"""A new segment starts once the last is at least this long."""


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
    try:
        Cursor(data[: len(MAGIC)], "segment").magic(MAGIC)
    except (Corrupt, UnsupportedFormat) as error:
        return Segment((), 0, len(data), error, head)
    whole: list[Row] = []
    batch: list[Row] = []
    problem: Corrupt | UnsupportedFormat | None = None
    last, position, size = head, len(MAGIC), len(data)
    while position < size:
        try:
            row = parse_row(data, position, vault)
            check_link(row, last)
        except (Corrupt, UnsupportedFormat) as error:
            problem = error
            break
        batch.append(row)
        last, position = row.head, row.end
        if not row.more:
            whole += batch
            batch = []
    if batch and problem is None:
        problem = Corrupt("segment: the last batch is incomplete")
    end = whole[-1].end if whole else len(MAGIC)
    return Segment(tuple(whole), end, size - end, problem, whole[-1].head if whole else head)


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
