# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role may look at and sign, where keys do not say. All of this is policy: the program asks, a debugger would not.

A nurse sees the earlier visits of today's patients. Who is today's: on the day's list, asked or photographed today, or opened for
a reason given, which is a row in the ledger. Clinicians and managers see every chart they open; each picture leaves a row anyway.

A single-handed practice names somebody outside as its second person for acts that need two: an identity with an auditor's
keys, which signs and reads the ledger but opens no picture. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from clinicam.consent.clock import Day, day_of
from clinicam.consent.packing import pack, unpack
from clinicam.errors import RoleRefused
from clinicam.identity import PatientId, Role, Staff, StaffId
from clinicam.practice.consents import CONSENT
from clinicam.practice.locums import LOCUM
from clinicam.practice.patients import PatientRegister
from clinicam.practice.sessions import SESSION
from clinicam.practice.store import Store, What, entry

ACCESS = "access"
SECOND = "second-person"


class Earlier(Enum):
    """Whether somebody sees the earlier visits of a patient."""

    FREE = "free"
    """their role sees every chart"""
    TODAY = "today"
    """the patient is one of today's"""
    CLOSED = "closed"
    """not today's: open it for a reason"""


class Reason(Enum):
    """Why a chart outside the day's list is opened. The code is in the ledger, for the auditor."""

    HERE = "here"
    """the patient is here, or on the telephone"""
    ASKED = "asked"
    """a clinician asked for it"""
    URGENT = "urgent"
    """somebody needs it now"""


class AccessRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A chart opened for a reason, as kept."""

    reason: Reason


class SecondRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody outside the practice who signs with it, as kept. `works_at`: where, in the practice's words."""

    works_at: str
    active: bool


class Access:
    """See the module. `me`: who is signed in, as the program knows them."""

    def __init__(self, vault: Store, me: Staff, patients: PatientRegister, *, wall_ms: Callable[[], int]) -> None:
        self._vault = vault
        self._me = me
        self._patients = patients
        self._wall_ms = wall_ms

    def earlier(self, patient: PatientId) -> Earlier:
        """Whether whoever is signed in sees this patient's earlier visits."""
        if self._me.roles & {Role.CLINICIAN, Role.MANAGER}:
            return Earlier.FREE
        return Earlier.TODAY if self._is_todays(patient) else Earlier.CLOSED

    def open_for(self, patient: PatientId, reason: Reason) -> None:
        """Make this patient today's for whoever asks, with the reason in the ledger.

        Raises:
            DiskFull, WriteFailed: not recorded, so not opened.
        """
        body = pack(AccessRecord(reason))
        self._vault.append([entry(What.CHART_OPENED, ACCESS, patient, body, patient=patient, detail=reason.value)])

    def _is_todays(self, patient: PatientId) -> bool:
        day = day_of(self._wall_ms())
        if any(line.patient.patient == patient for line in self._patients.today(day.date)):
            return True
        return any(self._touched(topic, patient, day) for topic in (ACCESS, CONSENT, SESSION))

    def _touched(self, topic: str, patient: PatientId, day: Day) -> bool:
        return any(day.has(one.wall_ms) for one in self._vault.entries(topic, patient=patient))


class SecondPersons:
    """Those outside the practice who may be the second of two. Their identity is made by `StaffOffice.add`."""

    def __init__(self, vault: Store) -> None:
        self._vault = vault

    def all(self) -> dict[StaffId, str]:
        """Who is named now, and where they work."""
        latest: dict[StaffId, SecondRecord] = {}
        for one in self._vault.entries(SECOND):
            latest[StaffId(one.subject)] = unpack(one.body, SecondRecord, what="second person")
        return {staff: kept.works_at for staff, kept in latest.items() if kept.active}

    def name(self, staff: Staff, works_at: str) -> None:
        """Let an auditor of the register be the second person.

        Raises:
            RoleRefused: they hold another role too: somebody outside opens no picture.
        """
        if staff.roles != frozenset({Role.AUDITOR}):
            raise RoleRefused(Role.AUDITOR.value)
        self._put(staff.staff, SecondRecord(works_at, active=True))

    def drop(self, staff: StaffId) -> None:
        """They are it no more; their identity stays until somebody takes it back."""
        works_at = self.all().get(staff)
        if works_at is not None:
            self._put(staff, SecondRecord(works_at, active=False))

    def may_sign(self, staff: Staff) -> bool:
        """Whether somebody may be the second of two: a manager or clinician who works here, or one named from outside.

        A locum never: any clinician lets one in with a slip of paper, and would have the other half of every act of two.
        """
        inside = bool(staff.roles & {Role.MANAGER, Role.CLINICIAN})
        if not staff.active or any(one.subject == staff.staff for one in self._vault.entries(LOCUM)):
            return False
        return inside or staff.staff in self.all()

    def _put(self, staff: StaffId, kept: SecondRecord) -> None:
        self._vault.append([entry(What.STAFF_CHANGED, SECOND, staff, pack(kept), detail=SECOND)])
