# SPDX-License-Identifier: GPL-3.0-or-later
"""How long records are kept, and what keeps them longer. Nothing is ever destroyed by itself: a date only allows a review.

The periods are the profile's; what comes on top of them lies in resources/retention, dated and with sources. A hold stands
above every date. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path

from msgspec import Struct

from clinicam.consent import resource
from clinicam.consent.model import SuspensionCause
from clinicam.consent.packing import pack, unpack
from clinicam.consent.profile import Number, Profile, keep_until, months_later
from clinicam.errors import BadPatientData, FormInvalid, NotFound, RoleRefused
from clinicam.identity import Patient, PatientId, Role, Staff, StaffId, clean_text, new_id
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.patients import PATIENT
from clinicam.practice.store import Store, What, entry

HOLD = "hold"


class Remark(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to know before deciding, with its source."""

    text: str
    source: str
    confirmed: bool = False


class Schedule(Struct, frozen=True, forbid_unknown_fields=True):
    """What comes on top of a profile's periods. `deceased_months` count from the death."""

    id: str
    version: int
    checked: date
    deceased_months: Number
    certificate_years: Number
    notes: tuple[Remark, ...] = ()

    def __post_init__(self) -> None:
        if self.version < 1 or not 0 <= self.deceased_months.value <= 1200:
            raise ValueError("version or months")
        if not 1 <= self.certificate_years.value <= 100:
            raise ValueError("years")
        sources = [self.deceased_months.source, self.certificate_years.source, *(note.source for note in self.notes)]
        if not all(source.strip() for source in sources):
            raise ValueError("value without a source")


def load_schedule(folder: Path, profile: str) -> Schedule:
    """The schedule of a profile.

    Raises:
        FormInvalid: there is none, or not a usable one.
    """
    found = resource.load(folder / f"{profile}.toml", Schedule)
    if found.id != profile:
        raise FormInvalid(f"{profile}.toml: holds another schedule")
    return found


class HoldKind(Enum):
    """Why records must stay whatever their date."""

    LEGAL = "legal"
    """a claim, a complaint, an inquiry, a court"""
    SAFEGUARDING = "safeguarding"
    """somebody may need protection"""


class HoldRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A hold as kept, under the patient's own key. `lifted_ms` None: it stands."""

    kind: HoldKind
    reason: str
    set_by: StaffId
    set_ms: int
    lifted_by: StaffId | None = None
    lifted_ms: int | None = None
    lifted_why: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold."""

    hold: bytes
    patient: PatientId
    record: HoldRecord

    @property
    def stands(self) -> bool:
        """Whether it was not lifted."""
        return self.record.lifted_ms is None


class HoldRegister:
    """Who keeps what, and why. `me`: who is signed in."""

    def __init__(self, vault: Store, me: Callable[[], Staff], *, wall_ms: Callable[[], int]) -> None:
        self._vault = vault
        self._me = me
        self._wall_ms = wall_ms

    def set(self, patient: PatientId, kind: HoldKind, reason: str) -> Hold:
        """Keep a patient's records until somebody lifts it.

        Raises:
            RoleRefused: neither clinician nor manager.
            BadPatientData: no reason, or one that is too long or cannot be shown.
        """
        me = self._me()
        if not me.roles & {Role.CLINICIAN, Role.MANAGER}:
            raise RoleRefused(Role.CLINICIAN.value)
        record = HoldRecord(kind, checked_reason(reason), me.staff, self._wall_ms())
        return self._put(Hold(new_id(), patient, record))

    def lift(self, hold: bytes, reason: str) -> Hold:
        """Let one hold go.

        Raises:
            RoleRefused: not a manager. NotFound: no such hold, or it was lifted.
            BadPatientData: no reason, or one that is too long or cannot be shown.
        """
        me = self._me()
        if Role.MANAGER not in me.roles:
            raise RoleRefused(Role.MANAGER.value)
        found = next((one for one in self._all(None) if one.hold == hold and one.stands), None)
        if found is None:
            raise NotFound("no such hold")
        kept = found.record
        lifted = HoldRecord(
            kept.kind, kept.reason, kept.set_by, kept.set_ms, me.staff, self._wall_ms(), checked_reason(reason)
        )
        return self._put(Hold(hold, found.patient, lifted))

    def standing(self, patient: PatientId | None = None) -> tuple[Hold, ...]:
        """Holds that stand, of one patient or of all, the oldest first."""
        return tuple(one for one in self._all(patient) if one.stands)

    def _all(self, patient: PatientId | None) -> tuple[Hold, ...]:
        latest: dict[bytes, Hold] = {}
        for one in self._vault.entries(HOLD, patient=patient):
            if one.patient is not None:
                latest[one.subject] = Hold(one.subject, one.patient, unpack(one.body, HoldRecord, what="hold"))
        return tuple(sorted(latest.values(), key=lambda hold: hold.record.set_ms))

    def _put(self, hold: Hold) -> Hold:
        state = "set" if hold.stands else "lifted"
        detail = f"{hold.record.kind.value} {state}"
        self._vault.append([
            entry(What.HOLD_CHANGED, HOLD, hold.hold, pack(hold.record), patient=hold.patient, detail=detail)
        ])
        return hold


def checked_reason(reason: str) -> str:
    """A reason fit to keep. Raises BadPatientData."""
    text = clean_text(reason, what="reason", longest=200)
    if not text:
        raise BadPatientData("reason", "is missing")
    return text


@dataclass(frozen=True, slots=True)
class Due:
    """When a patient's records may be looked at for erasing. `rule`: ``adult``, ``child`` or ``deceased``."""

    patient: Patient
    last_visit: date
    until: date
    rule: str
    holds: tuple[Hold, ...]

    def is_over(self, today: date) -> bool:
        """Whether the period is over and nothing holds the records."""
        return today >= self.until and not self.holds


class Retention:
    """Computes it. `last_seen` gives, for each patient, the newest picture or session in UTC milliseconds."""

    def __init__(
        self,
        vault: Store,
        consents: ConsentRegister,
        holds: HoldRegister,
        profile: Profile,
        schedule: Schedule,
        *,
        last_seen: Callable[[], Mapping[PatientId, int]],
    ) -> None:
        self._vault = vault
        self._consents = consents
        self._holds = holds
        self._profile = profile
        self.schedule = schedule
        self._last_seen = last_seen

    def due(self, patient: PatientId) -> Due:
        """One patient.

        Raises:
            NotFound: no such patient.
        """
        return self._due(self._vault.patient(patient), self._last_seen(), self._registered(patient))

    def over(self, today: date) -> tuple[Due, ...]:
        """Patients whose period is over, held ones too; who has waited longest in front."""
        seen = self._last_seen()
        registered: dict[PatientId, int] = {}
        patients: dict[PatientId, Patient] = {}
        for one in self._vault.entries(PATIENT):
            patient: Patient = unpack(one.body, Patient, what="patient")
            registered.setdefault(patient.patient, one.wall_ms)
            patients[patient.patient] = patient
        # Deaths only make periods longer: consents are read of those alone whose period would be over without.
        likely = (
            patient
            for name, patient in patients.items()
            if keep_until(self._profile, patient.born, _last_visit(name, seen, registered[name])).until <= today
        )
        found = [self._due(patient, seen, registered[patient.patient]) for patient in likely]
        over = [due for due in found if due.until <= today]
        return tuple(sorted(over, key=lambda due: (due.until, due.patient.family.casefold(), due.patient.patient)))

    def _registered(self, patient: PatientId) -> int:
        return self._vault.entries(PATIENT, patient=patient)[0].wall_ms

    def _due(self, patient: Patient, seen: Mapping[PatientId, int], registered: int) -> Due:
        name = patient.patient
        last_visit = _last_visit(name, seen, registered)
        kept = keep_until(self._profile, patient.born, last_visit)
        until, rule = kept.until, str(kept.rule)
        died = self._died(name)
        if died is not None:
            # The claims window runs from the death; it never makes the period shorter.
            longer = _day(months_later(died, self.schedule.deceased_months.value))
            if longer > until:
                until, rule = longer, "deceased"
        return Due(patient, last_visit, until, rule, self._holds.standing(name))

    def _died(self, patient: PatientId) -> int | None:
        """When it was recorded that the patient has died; the death itself came before."""
        states = self._consents.current(patient)
        found = [one.updated_ms for one in states if SuspensionCause.DECEASED in one.suspensions]
        return min(found, default=None)


def _last_visit(patient: PatientId, seen: Mapping[PatientId, int], registered: int) -> date:
    """The day of the newest picture or session; of the registration where there is none."""
    return _day(max(seen.get(patient, 0), registered))


def _day(at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date()
