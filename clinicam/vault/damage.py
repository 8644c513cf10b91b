# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage that a check or a reader met: in the ledger, and in the way of new pictures until a manager has decided.

A finding names ids only. What was found once, decided or not, is not found again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinicam.errors import Corrupt, RoleRefused, VaultError
from clinicam.identity import NOBODY, Role, new_id
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.inside import Inside
from clinicam.vault.scribe import Draft

DAMAGE_TOPIC = "damage"
"""Entries under the practice's own key; the subject is one finding's id, or of a decision its own."""
MOST_FINDINGS = 100
"""Kept of one check; the number of all is in the act."""


class DamageNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``damage``. With `decision` a manager has decided about all that was found before."""

    findings: tuple[str, ...] = ()
    source: str = ""
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Damage:
    """One finding that nobody has decided about. `source`: ``verify``, ``scrub`` or ``read``."""

    finding: str
    source: str
    found_ms: int


class Damages:
    """Vault thread, but `is_open` and `met`: any thread."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._lock = threading.Lock()
        self._met: list[str] = []
        self._open, self._known = self._read()

    @property
    def is_open(self) -> bool:
        """Whether there is damage about which no manager has decided."""
        with self._lock:
            return bool(self._open or self._met)

    def open(self) -> tuple[Damage, ...]:
        """What nobody has decided about, oldest first."""
        with self._lock:
            return tuple(self._open)

    def findings(self) -> frozenset[str]:
        """All that was ever found, decided or not."""
        with self._lock:
            return frozenset(self._known)

    def met(self, finding: str) -> None:
        """A reader met damage: it is in the way from now on, and written by the next `write_met`."""
        with self._lock:
            if finding not in self._known and finding not in self._met:
                self._met.append(finding)

    def write_met(self) -> None:
        """Record what readers met. Raises DiskFull, WriteFailed: it waits."""
        with self._lock:
            met = tuple(self._met)
        if met:
            self.record(met, "read")
            with self._lock:
                self._met = self._met[len(met) :]

    def record(self, findings: Iterable[str], source: str) -> tuple[str, ...]:
        """Keep what is new of `findings`; those. Raises DiskFull, WriteFailed: nothing was kept."""
        with self._lock:
            fresh = tuple(one for one in dict.fromkeys(findings) if one not in self._known)
        if fresh:
            kept = fresh[:MOST_FINDINGS]
            self._write(What.DAMAGE_FOUND, f"{source} {len(fresh)}", DamageNote(kept, source))
            with self._lock:
                self._known |= set(fresh)
                now = self._inside.host.wall_ms()
                self._open += [Damage(one, source, now) for one in kept]
        return fresh

    def note(self, findings: Iterable[str], source: str) -> None:
        """As `record`; what cannot be written now is in the way all the same, and is written by `write_met`."""
        given = tuple(findings)
        try:
            self.record(given, source)
        except VaultError:
            for one in given:
                self.met(one)

    def decide(self, decision: str) -> None:
        """A manager has looked at all that is open, and goes on.

        Args:
            decision: what they decided, in their words; sealed with the practice's records.

        Raises:
            RoleRefused: no manager. DiskFull, WriteFailed: not decided.
        """
        if not self._inside.book.is_manager:
            raise RoleRefused(Role.MANAGER.value)
        self.write_met()
        self._write(What.DAMAGE_DECIDED, str(len(self.open())), DamageNote(decision=decision))
        with self._lock:
            self._open = []

    def _write(self, what: What, detail: str, note: DamageNote) -> None:
        key = self._inside.book.sealing_key(self._inside.scribe.writer)
        content = EntryContent(NOBODY, None, DAMAGE_TOPIC, new_id(), encode(note))
        self._inside.write([Draft(spell(what, detail), None, content, key)])

    def _read(self) -> tuple[list[Damage], set[str]]:
        found: list[Damage] = []
        known: set[str] = set()
        entries = lookups.entries(self._inside.index, DAMAGE_TOPIC, patient=None, session=None, subject=None)
        for entry in entries:
            try:
                note = decode(entry.body, DamageNote)
            except Corrupt:
                # A vault that does not open for it would help nobody: it is one more thing to decide about.
                note = DamageNote((f"damage note {entry.row.rid.hex()}: cannot be read",), "read")
            if note.decision:
                found = []
            found += [Damage(one, note.source, entry.wall_ms) for one in note.findings]
            known |= set(note.findings)
        return found, known


def is_damage(findings: Sequence[str]) -> tuple[str, ...]:
    """Of a report's findings those that are damage: not that somebody stopped it."""
    return tuple(one for one in findings if one != "cancelled")
