# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody for one day, let in by any clinician although no manager is there.

Only a manager's keys can make keys, so a manager makes them ahead: a place with a pass phrase on a slip of paper that lies in
the safe. A clinician then writes down who comes today and hands over the slip. That a place opens only for whom and on the day a
clinician wrote down is policy: the program asks at every unlock. The keys behind the slip open the vault like any clinician's,
which is why a place is used once and its keys are taken back afterwards. Vault thread only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from clinicam.consent.clock import day_of
from clinicam.consent.packing import pack, unpack
from clinicam.errors import NotFound, RoleRefused
from clinicam.identity import Role, Staff, StaffId, new_id
from clinicam.practice.people import Keys
from clinicam.practice.staff import StaffRegister, make_staff
from clinicam.practice.store import Store, What, entry
from clinicam.vault.aead import KEY, system_randomness
from clinicam.vault.kit import words_of
from clinicam.vault.people import Rank

LOCUM = "locum"
WORDS_ON_A_SLIP = 6
"""Of 2,048 each: 66 bits."""


class LocumRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A place for a locum as kept. `from_ms` and `until_ms` are None until somebody is let in."""

    number: int
    from_ms: int | None = None
    until_ms: int | None = None
    admitted_by: StaffId | None = None


@dataclass(frozen=True, slots=True)
class LocumPlace:
    """A place: waiting (nobody let in yet), today's, or over."""

    staff: StaffId
    record: LocumRecord

    @property
    def is_waiting(self) -> bool:
        """Whether somebody may still be let in with it."""
        return self.record.until_ms is None

    def is_open(self, now_ms: int) -> bool:
        """Whether whoever was let in may unlock now."""
        start, end = self.record.from_ms, self.record.until_ms
        return start is not None and end is not None and start <= now_ms < end

    def is_over(self, now_ms: int) -> bool:
        """Whether the day has passed: its keys wait for a manager to take them back."""
        return self.record.until_ms is not None and now_ms >= self.record.until_ms


@dataclass(frozen=True, slots=True)
class LocumSlip:
    """What goes on paper. The words exist here and there only."""

    staff: StaffId
    number: int
    words: tuple[str, ...] = field(repr=False)


class LocumRegister:
    """See the module."""

    def __init__(self, vault: Store, keys: Keys, register: StaffRegister) -> None:
        self._vault = vault
        self._keys = keys
        self._register = register

    def places(self) -> tuple[LocumPlace, ...]:
        """Places whose keys were not taken back, by number."""
        latest: dict[StaffId, LocumRecord] = {}
        for one in self._vault.entries(LOCUM):
            latest[StaffId(one.subject)] = unpack(one.body, LocumRecord, what="locum")
        found = (LocumPlace(staff, kept) for staff, kept in latest.items() if self._keys.is_active(staff))
        return tuple(sorted(found, key=lambda place: place.record.number))

    def prepare(self, name: str) -> LocumSlip:
        """A place ahead of time; `name` is how it is called until somebody is let in, with its number behind. Slow.

        Raises:
            RoleRefused: whoever is signed in is no manager.
            BadPatientData: a name that cannot be kept.
            Forked, DiskFull, WriteFailed: there is no such place.
        """
        self._keys.check_manager()
        numbers = [unpack(one.body, LocumRecord, what="locum").number for one in self._vault.entries(LOCUM)]
        number = max([0, *numbers]) + 1
        words = words_of(system_randomness(KEY))[:WORDS_ON_A_SLIP]
        staff = make_staff(
            StaffId(new_id()), name=f"{name} {number}", post="", roles=frozenset({Role.CLINICIAN}), active=False
        )
        self._vault.append([
            self._register.row(staff, keyed=True),
            entry(What.STAFF_CHANGED, LOCUM, staff.staff, pack(LocumRecord(number)), detail=LOCUM),
        ])
        self._keys.add(Rank.CLINICIAN, " ".join(words), shown=staff.name, user=staff.staff)
        return LocumSlip(staff.staff, number, words)

    def admit(self, place: StaffId, *, name: str, post: str, registration: str, now_ms: int) -> Staff:
        """Let somebody in until the end of this day.

        Raises:
            RoleRefused: whoever is signed in is neither clinician nor manager, or a locum too.
            NotFound: no such place is waiting.
            BadPatientData: a name, post or registration that cannot be kept, or none of the first and last.
            DiskFull, WriteFailed: nobody was let in.
        """
        me = self._register.get(self._vault.user)
        may = me is None or bool(me.roles & {Role.CLINICIAN, Role.MANAGER})
        if not may or any(one.staff == self._vault.user for one in self.places()):
            raise RoleRefused(Role.CLINICIAN.value)
        found = next((one for one in self.places() if one.staff == place and one.is_waiting), None)
        if found is None:
            raise NotFound("no such place is waiting")
        staff = make_staff(place, name=name, post=post, roles=frozenset({Role.CLINICIAN}), registration=registration)
        kept = msgspec.structs.replace(
            found.record, from_ms=now_ms, until_ms=day_of(now_ms).end_ms, admitted_by=self._vault.user
        )
        self._vault.append([
            self._register.row(staff),
            entry(What.LOCUM_ADMITTED, LOCUM, place, pack(kept), detail=place.hex()),
        ])
        self._keys.keep_names({place: f"{staff.name} · {staff.post}" if staff.post else staff.name})
        return staff

    def check_unlock(self, now_ms: int) -> None:
        """Return if whoever is signed in is no locum, or one who was let in for now. Policy: asked by the program.

        Raises:
            RoleRefused: ``admission``.
        """
        mine = next((one for one in self.places() if one.staff == self._vault.user), None)
        if mine is not None and not mine.is_open(now_ms):
            raise RoleRefused("admission")
