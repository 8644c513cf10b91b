# SPDX-License-Identifier: GPL-3.0-or-later
"""Who must not come back with an older backup: people and kits that had left by what the place or this workstation knows."""

from __future__ import annotations

from collections.abc import Iterable

from clinicam.vault.acts import What
from clinicam.vault.erasurelist import is_overruled
from clinicam.vault.hoststate import Marks
from clinicam.vault.inside import Inside
from clinicam.vault.roster import Roster
from clinicam.vault.rosterwork import RosterWork


class Leavers:
    """What is known beside the roster that is being restored. Of `rosters` those count that go on from it and that none of the
    others overrules."""

    def __init__(self, roster: Roster, rosters: Iterable[Roster], marks: Marks | None) -> None:
        known = tuple(rosters)
        self._roster = roster
        self._later = tuple(
            one
            for one in known
            if one.raw.startswith(roster.raw) and not any(is_overruled(one, other) for other in known)
        )
        self._disagree = any(is_overruled(one, other) for one in known for other in known)
        self._marks = marks

    def send_away(self, inside: Inside) -> tuple[str, ...]:
        """Take everybody out again who had left, each with a generation of keys of its own; what is to be told.

        Vault thread, by a manager. Raises DiskFull, WriteFailed, Forked.
        """
        work = RosterWork(inside)
        alarms = list(self._doubts())
        for user in sorted({user for one in self._later for user in one.former} & self._roster.users.keys()):
            if user == inside.book.user:
                alarms.append(f"user {user.hex()}, who restores this, had left")
            else:
                work.publish(work.removed(work.roster.raw, user), What.STAFF_LEFT, user.hex())
                alarms.append(f"user {user.hex()} had left, and was taken out again")
        for writer in sorted(self._removed_writers()):
            alarms.append(f"workstation {writer.hex()} had been taken out, and is in again")
        return tuple(alarms)

    def _doubts(self) -> Iterable[str]:
        if self._disagree:
            yield "people: backups there do not agree who has left"
        marks = self._marks
        if marks is not None and not any(
            one.extends(marks.roster_length, marks.roster_sha256) for one in (self._roster, *self._later)
        ):
            yield "people: this workstation has seen a later list of who may unlock; somebody who left may be back"

    def _removed_writers(self) -> set[bytes]:
        gone = {name for one in self._later for name, writer in one.writers.items() if writer.final is not None}
        return {name for name, writer in self._roster.writers.items() if writer.final is None} & gone
