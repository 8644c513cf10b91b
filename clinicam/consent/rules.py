# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the shutter may open: every blocker that stands, never only the first. Pure; the defaults of the facts are shut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from clinicam.consent.causes import Blocker, Cause, Lift, Standing, standing
from clinicam.consent.clock import Day
from clinicam.consent.model import ConsentAnswer, Sedation, SuspensionCause, WhoDecides
from clinicam.consent.profile import Profile
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.identity import Patient, Role, Staff
from clinicam.permits import BodySite

ENOUGH_IDENTIFIERS = 2


class CameraFact(Enum):
    """What is known of the camera before it is armed. Its proof for each frame comes later."""

    READY = "ready"
    ABSENT = "absent"
    CLAIMED = "claimed"
    RESTARTING = "restarting"
    WRONG_KIND = "wrong-kind"
    CARD_ONLY = "card-only"
    SENDS_ITSELF = "sends-itself"


class VaultFact(Enum):
    """What is known of the vault."""

    READY = "ready"
    LOCKED = "locked"
    FULL = "full"
    """less room than the reserve"""
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFacts:
    """Everything the rules look at, at one moment. `idle_ms` counts since the last touch; `pictures` of this session.

    `identifiers`: how many were confirmed with the patient for this visit. `body_sites`: what the series shows.
    """

    now_ms: int
    day: Day
    profile: Profile
    patient: Patient | None = None
    identifiers: int = 0
    has_context_changed: bool = False
    consent: ConsentState | None = None
    body_sites: frozenset[BodySite] = frozenset()
    is_form_usable: bool = True
    is_language_understood: bool = True
    staff: Staff | None = None
    is_locked: bool = False
    camera: CameraFact = CameraFact.ABSENT
    vault: VaultFact = VaultFact.LOCKED
    is_vault_place_allowed: bool = False
    has_clock_jumped: bool = False
    idle_ms: int = 0
    idle_limit_ms: int = 0
    is_handed_over: bool = False
    pictures: int = 0
    pictures_limit: int = 0
    has_extra_reason: bool = False
    is_stopped: bool = False


def capture_blockers(facts: CaptureFacts) -> tuple[Standing, ...]:
    """All blockers that stand, those that can be lifted here first, then by code. Empty: the shutter may open."""
    found = {cause: standing(cause) for look in _LOOKS for cause in look(facts)}
    return tuple(sorted(found.values(), key=lambda one: (not one.is_here, one.blocker.number, one.detail.value)))


def codes(standings: tuple[Standing, ...]) -> tuple[str, ...]:
    """Their codes, each once, in numerical order."""
    blockers = {one.blocker for one in standings}
    return tuple(one.code for one in sorted(blockers, key=lambda one: one.number))


def _patient(facts: CaptureFacts) -> Iterator[Cause]:
    if facts.patient is None:
        yield Cause.NO_PATIENT
    if facts.identifiers < ENOUGH_IDENTIFIERS:
        yield Cause.NOT_CONFIRMED
    if facts.has_context_changed:
        yield Cause.CONTEXT_CHANGED


_BY_STATUS = {
    ConsentStatus.DRAFT: Cause.NOT_ASKED,
    ConsentStatus.ABANDONED: Cause.NOT_ASKED,
    ConsentStatus.WITH_PATIENT: Cause.NO_ANSWER_YET,
    ConsentStatus.PAPER_EXPECTED: Cause.PAPER_ONLY,
    ConsentStatus.DECLINED: Cause.DECLINED,
    ConsentStatus.WITHDRAWN: Cause.WITHDRAWN,
    ConsentStatus.EXPIRED: Cause.EXPIRED,
    ConsentStatus.SUPERSEDED: Cause.SUPERSEDED,
    ConsentStatus.ENTERED_IN_ERROR: Cause.IN_ERROR,
    ConsentStatus.VIEWING_ONLY: Cause.VIEWING_ONLY,
}


def _care(facts: CaptureFacts) -> Iterator[Cause]:
    consent = facts.consent
    if consent is None:
        yield Cause.NOT_ASKED
        return
    if facts.patient is not None and consent.patient != facts.patient.patient:
        yield Cause.OTHER_PATIENT
    status = consent.status_at(facts.now_ms)
    if status in _BY_STATUS:
        yield _BY_STATUS[status]
        return
    if not facts.body_sites or not facts.body_sites <= consent.body_sites:
        yield Cause.OTHER_SITE
    if consent.has_objection or facts.day.has(consent.affirmed_ms):
        return
    refused = consent.last_answer is ConsentAnswer.REFUSED and facts.day.has(consent.last_answer_ms)
    yield Cause.REFUSED_TODAY if refused else Cause.ASK_TODAY


def _form(facts: CaptureFacts) -> Iterator[Cause]:
    if not facts.is_form_usable:
        yield Cause.FORM_WITHDRAWN
    interpreted = facts.consent is not None and facts.consent.asked is not None and facts.consent.asked.interpreter
    if not facts.is_language_understood and not interpreted:
        yield Cause.OTHER_LANGUAGE


_SUSPENDED = {
    SuspensionCause.CAPACITY_DOUBT: Cause.CAPACITY_DOUBT,
    SuspensionCause.AGE_REVIEW: Cause.AGE_REVIEW,
    SuspensionCause.DISPUTE: Cause.DISPUTE,
    SuspensionCause.IDENTITY_QUERY: Cause.IDENTITY_QUERY,
    SuspensionCause.DECEASED: Cause.DECEASED,
}


def _person(facts: CaptureFacts) -> Iterator[Cause]:
    consent = facts.consent
    if consent is None or consent.asked is None:
        return
    asked = consent.asked
    if asked.who is not WhoDecides.SELF and not asked.signer.authority_declared:
        yield Cause.AUTHORITY
    if facts.patient is not None:
        is_of_age = facts.patient.age_on(facts.day.date) >= facts.profile.ages.care.value
        if asked.who is WhoDecides.SELF and not is_of_age:
            yield Cause.CHILD_ALONE
        if asked.who is WhoDecides.SOMEONE_FOR and is_of_age:
            yield Cause.AGE_REVIEW
    for cause in consent.suspensions:
        yield _SUSPENDED[cause]
    if consent.has_objection:
        yield Cause.OBJECTED
    if asked.sedation is not Sedation.NONE:
        answered = consent.signed_ms
        if answered is None or asked.sedated_ms is None or answered >= asked.sedated_ms:
            yield Cause.SEDATED
    if asked.subject.is_intimate and asked.chaperone is None:
        yield Cause.NO_CHAPERONE_DECISION
    if consent.discussion_by is None:
        yield Cause.NO_DISCUSSION


def _staff(facts: CaptureFacts) -> Iterator[Cause]:
    if facts.staff is None:
        yield Cause.NOT_SIGNED_IN
    elif not facts.staff.active or not facts.staff.roles & {Role.NURSE, Role.CLINICIAN}:
        yield Cause.NO_ROLE
    if facts.is_locked:
        yield Cause.LOCKED


_CAMERA = {
    CameraFact.ABSENT: Cause.CAMERA_ABSENT,
    CameraFact.CLAIMED: Cause.CAMERA_CLAIMED,
    CameraFact.RESTARTING: Cause.CAMERA_RESTARTING,
    CameraFact.WRONG_KIND: Cause.CAMERA_WRONG_KIND,
    CameraFact.CARD_ONLY: Cause.CARD_ONLY,
    CameraFact.SENDS_ITSELF: Cause.SENDS_ITSELF,
}

_VAULT = {
    VaultFact.LOCKED: Cause.VAULT_LOCKED,
    VaultFact.FULL: Cause.VAULT_FULL,
    VaultFact.DAMAGED: Cause.VAULT_DAMAGED,
}


def _machine(facts: CaptureFacts) -> Iterator[Cause]:
    if facts.camera in _CAMERA:
        yield _CAMERA[facts.camera]
    if facts.vault in _VAULT:
        yield _VAULT[facts.vault]
    if facts.has_clock_jumped:
        yield Cause.CLOCK_JUMPED
    if not facts.is_vault_place_allowed:
        yield Cause.VAULT_PLACE


def _session(facts: CaptureFacts) -> Iterator[Cause]:
    if facts.idle_ms > facts.idle_limit_ms:
        yield Cause.IDLE
    if facts.is_handed_over:
        yield Cause.HANDED_OVER
    if facts.pictures >= facts.pictures_limit and not facts.has_extra_reason:
        yield Cause.LIMIT
    if facts.is_stopped:
        yield Cause.STOPPED


_LOOKS = (_patient, _care, _form, _person, _staff, _machine, _session)

__all__ = [
    "Blocker",
    "CameraFact",
    "CaptureFacts",
    "Cause",
    "Lift",
    "Standing",
    "VaultFact",
    "capture_blockers",
    "codes",
]
