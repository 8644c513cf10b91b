# SPDX-License-Identifier: GPL-3.0-or-later
"""One act as an auditor reads it, what may be asked of acts, and the few columns of them that stay in memory. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.identity import NOBODY
from clinicam.vault.acts import Act, What, read_what
from clinicam.vault.heads import Head


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act and the row it stands in. Nothing of a patient but `act.subject`, a pseudonym."""

    head: Head
    rid: bytes
    act: Act

    @property
    def order(self) -> tuple[int, bytes, int]:
        """By what acts of all chains are put in order: Lamport time, then writer, then number."""
        return self.act.lamport, self.head.writer, self.head.seq

    @property
    def what(self) -> What | None:
        """The act; None for one of a later version."""
        return read_what(self.act.what)[0]

    @property
    def code(self) -> str:
        """The act's code as it is written, known or not."""
        return self.act.what.partition(" ")[0]

    @property
    def detail(self) -> str:
        """What stands behind the code."""
        return self.act.what.partition(" ")[2]

    @property
    def who(self) -> bytes | None:
        """The user in whose name it was written; None when nobody was unlocked."""
        return self.act.who if self.act.who != NOBODY else None


@dataclass(frozen=True, slots=True)
class ActFilter:
    """What to keep; what is not given keeps all.

    Args:
        subject: a pseudonym. who: a user, or `NOBODY` for acts of nobody. codes: of acts; empty for all.
        since_ms: the first millisecond. until_ms: the first one no longer.
        writer: a workstation.
    """

    subject: bytes | None = None
    who: bytes | None = None
    codes: frozenset[str] = frozenset()
    since_ms: int | None = None
    until_ms: int | None = None
    writer: bytes | None = None

    def takes(self, row: ActRow) -> bool:
        """Whether to keep it."""
        act = row.act
        return (
            (self.subject is None or act.subject == self.subject)
            and (self.who is None or (act.who or NOBODY) == self.who)
            and (not self.codes or row.code in self.codes)
            and (self.since_ms is None or act.wall >= self.since_ms)
            and (self.until_ms is None or act.wall < self.until_ms)
            and (self.writer is None or row.head.writer == self.writer)
        )


class Names:
    """Ids and codes as small numbers, so that a million acts can be filtered without opening them again."""

    def __init__(self) -> None:
        self._numbers: dict[bytes | str | None, int] = {}

    def number(self, name: bytes | str | None) -> int:
        """The number of `name`, a new one if it has none."""
        return self._numbers.setdefault(name, len(self._numbers))

    def known(self, name: bytes | str | None) -> int:
        """The number of `name`; -1 if it was never met."""
        return self._numbers.get(name, -1)


class Columns:
    """What filters ask of the acts of one block, in 20 bytes a row.

    `rows`: the oldest first, at least one. `last` and `before` are the heads at the two ends, `oldest` and `newest` the
    Lamport times there.
    """

    def __init__(self, names: Names, rows: Iterable[ActRow], *, last: Head, before: Head) -> None:
        self.last = last
        self.before = before
        self._who = array("I")
        self._code = array("I")
        self._subject = array("I")
        self._wall = array("Q")
        times = []
        for row in rows:
            times.append(row.act.lamport)
            self._who.append(names.number(row.act.who or NOBODY))
            self._code.append(names.number(row.code))
            self._subject.append(names.number(row.act.subject))
            self._wall.append(row.act.wall)
        self.oldest, self.newest = times[0], times[-1]

    def __len__(self) -> int:
        return len(self._wall)

    def places(self, wanted: ActFilter, names: Names) -> list[int]:
        """Places in the block, rising, of the rows that `wanted` keeps, its `writer` aside."""
        found: Iterable[int] = range(len(self))
        if wanted.subject is not None:
            found = _equal(found, self._subject, names.known(wanted.subject))
        if wanted.who is not None:
            found = _equal(found, self._who, names.known(wanted.who))
        if wanted.codes:
            codes = {names.known(code) for code in wanted.codes}
            found = [i for i in found if self._code[i] in codes]
        wall = self._wall
        if wanted.since_ms is not None:
            found = [i for i in found if wall[i] >= wanted.since_ms]
        if wanted.until_ms is not None:
            found = [i for i in found if wall[i] < wanted.until_ms]
        return list(found)


def _equal(places: Iterable[int], column: array[int], number: int) -> list[int]:
    if number < 0 or number not in column:
        return []
    return [i for i in places if column[i] == number]
