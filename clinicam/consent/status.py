# SPDX-License-Identifier: GPL-3.0-or-later
"""What one consent says now: its status and where each purpose stands. Made by `state.fold`, never by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from clinicam.consent.clock import Day
from clinicam.consent.events import Answered, Asked, NothingFound
from clinicam.consent.model import ConsentAnswer, Decision, Method, SuspensionCause
from clinicam.identity import ConsentId, EpisodeId, ImageId, PatientId, StaffId
from clinicam.permits import BodySite, Purpose


class ConsentStatus(Enum):
    """Where a consent stands (clinical.md 2d). Expiry is a matter of time, not of history: ask `status_at`."""

    DRAFT = "draft"
    """nothing asked yet"""
    WITH_PATIENT = "with-patient"
    """asked; no answer yet, or the window was closed"""
    PAPER_EXPECTED = "paper-expected"
    """asked; a paper form is said to exist"""
    ACTIVE = "active"
    """yes to care"""
    DECLINED = "declined"
    """no to care; care goes on without pictures"""
    ABANDONED = "abandoned"
    """never put to the person"""
    SUSPENDED = "suspended"
    """rests"""
    EXPIRED = "expired"
    """its time is over"""
    WITHDRAWN = "withdrawn"
    """taken back"""
    SUPERSEDED = "superseded"
    """a newer consent took its place"""
    ENTERED_IN_ERROR = "entered-in-error"
    """should not exist"""
    VIEWING_ONLY = "viewing-only"
    """old pictures without a consent: viewing for care"""


class PurposeStanding(Enum):
    """Where one purpose stands."""

    GIVEN = "given"
    REFUSED = "refused"
    NOT_ASKED = "not-asked"
    """means no, and never blocks"""
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PurposeState:
    """The last word about one purpose. `decision` is None only if it was withdrawn without ever being asked."""

    purpose: Purpose
    standing: PurposeStanding
    decision: Decision | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class ConsentState:
    """What one consent says. `affirmed_ms` is the last yes to care, None if a later answer was not yes.

    `noes` is what the next yes must carry as `seen`; `nonces` are of signatures that have counted. `ignored` are positions of events that did not fit.
    """

    consent: ConsentId
    patient: PatientId
    status: ConsentStatus
    asked: Asked | None = None
    answered: Answered | None = None
    nothing_found: NothingFound | None = None
    purposes: tuple[PurposeState, ...] = ()
    body_sites: frozenset[BodySite] = frozenset()
    affirmed_ms: int | None = None
    last_answer: ConsentAnswer | None = None
    last_answer_ms: int | None = None
    has_objection: bool = False
    suspensions: tuple[SuspensionCause, ...] = ()
    discussion_by: StaffId | None = None
    images_withdrawn: frozenset[ImageId] = frozenset()
    recipients_withdrawn: tuple[str, ...] = ()
    superseded_by: ConsentId | None = None
    scan: ImageId | None = None
    is_paper_pending: bool = False
    noes: int = 0
    nonces: frozenset[bytes] = frozenset()
    ignored: tuple[int, ...] = ()
    updated_ms: int = 0

    @property
    def episode(self) -> EpisodeId | None:
        """The episode of care it covers; None for old pictures."""
        return self.asked.episode if self.asked else None

    @property
    def method(self) -> Method | None:
        """How care was answered."""
        return self.answered.method if self.answered else None

    @property
    def signed_ms(self) -> int | None:
        """When care was first answered with yes."""
        return self.answered.at_ms if self.answered else None

    @property
    def conditions(self) -> tuple[str, ...]:
        """In the patient's own words, each once, in the order said."""
        said = [one.decision.conditions for one in self.purposes if one.decision and one.decision.conditions]
        return tuple(dict.fromkeys(said))

    def decision(self, purpose: Purpose) -> Decision | None:
        """The last recorded answer about a purpose."""
        return next((one.decision for one in self.purposes if one.purpose is purpose), None)

    def standing(self, purpose: Purpose, at_ms: int) -> PurposeStanding:
        """Where a purpose stands at a moment, everything considered."""
        found = next((one for one in self.purposes if one.purpose is purpose), None)
        if found is None:
            return PurposeStanding.NOT_ASKED
        if found.standing is not PurposeStanding.GIVEN or found.decision is None:
            return found.standing
        if self.status is ConsentStatus.SUSPENDED:
            return PurposeStanding.SUSPENDED
        if self.status is not ConsentStatus.ACTIVE:
            return PurposeStanding.WITHDRAWN
        if _outside(found.decision, at_ms):
            return PurposeStanding.EXPIRED
        return PurposeStanding.GIVEN

    def usable(self, purpose: Purpose, at_ms: int) -> bool:
        """Whether the purpose may be acted on at that moment."""
        return self.standing(purpose, at_ms) is PurposeStanding.GIVEN

    def status_at(self, at_ms: int) -> ConsentStatus:
        """The status at a moment: an active consent whose care answer ran out is EXPIRED."""
        if self.status is ConsentStatus.ACTIVE and not self.usable(Purpose.CARE_RECORD, at_ms):
            return ConsentStatus.EXPIRED
        return self.status


def _outside(decision: Decision, at_ms: int) -> bool:
    early = decision.valid_from_ms is not None and at_ms < decision.valid_from_ms
    late = decision.expires_ms is not None and at_ms >= decision.expires_ms
    return early or late


class CareToday(Enum):
    """What the chip in the banner says about care."""

    NOT_ASKED = "not-asked"
    WITH_PATIENT = "with-patient"
    PAPER_EXPECTED = "paper-expected"
    YES_TODAY = "yes-today"
    ASK_TODAY = "ask-today"
    """valid for this episode; "still happy today?" is open"""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    VIEWING_ONLY = "viewing-only"


_CHIP = {
    ConsentStatus.WITH_PATIENT: CareToday.WITH_PATIENT,
    ConsentStatus.PAPER_EXPECTED: CareToday.PAPER_EXPECTED,
    ConsentStatus.DECLINED: CareToday.REFUSED,
    ConsentStatus.WITHDRAWN: CareToday.WITHDRAWN,
    ConsentStatus.SUSPENDED: CareToday.SUSPENDED,
    ConsentStatus.VIEWING_ONLY: CareToday.VIEWING_ONLY,
}


def care_today(states: Iterable[ConsentState], day: Day, now_ms: int) -> CareToday:
    """What a patient's consents, newest first, amount to on this day: a valid one if there is one, else the newest."""
    chips = [_chip(state, day, now_ms) for state in states]
    for wanted in (CareToday.YES_TODAY, CareToday.ASK_TODAY):
        if wanted in chips:
            return wanted
    return next((chip for chip in chips if chip is not CareToday.NOT_ASKED), CareToday.NOT_ASKED)


def _chip(state: ConsentState, day: Day, now_ms: int) -> CareToday:
    status = state.status_at(now_ms)
    if status is not ConsentStatus.ACTIVE:
        return _CHIP.get(status, CareToday.NOT_ASKED)
    if state.has_objection:
        return CareToday.REFUSED
    if day.has(state.affirmed_ms):
        return CareToday.YES_TODAY
    refused = state.last_answer is ConsentAnswer.REFUSED and day.has(state.last_answer_ms)
    return CareToday.REFUSED if refused else CareToday.ASK_TODAY
