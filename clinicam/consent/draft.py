# SPDX-License-Identifier: GPL-3.0-or-later
"""The staff part of a consent while it is being filled in, and the list of what is done and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from clinicam.consent.model import (
    Chaperone,
    IdentityCheck,
    Interpreter,
    Method,
    Reason,
    Sedation,
    SignerRelation,
    WhoDecides,
)
from clinicam.consent.policy import ConsentPolicy
from clinicam.consent.profile import Profile
from clinicam.consent.refusal import Refusal
from clinicam.consent.rules import ENOUGH_IDENTIFIERS
from clinicam.identity import Patient, Role, Staff, StaffId
from clinicam.permits import BodySite


@dataclass(frozen=True, slots=True)
class ConsentDraft:
    """What has been filled in so far. `signer_name`, `relation` and `authority_declared` count when somebody decides for the patient."""

    patient: Patient
    today: date
    identity: IdentityCheck | None = None
    reason: Reason | None = None
    body_sites: frozenset[BodySite] = frozenset()
    site_words: str = ""
    series: str = ""
    who: WhoDecides = WhoDecides.SELF
    signer_name: str = ""
    relation: SignerRelation = SignerRelation.PARENT
    authority_declared: bool = False
    discussion_by: Staff | None = None
    discussion_note: str = ""
    method: Method = Method.DRAWN
    language: str = "en"
    asked_for_by: StaffId | None = None
    interpreter: Interpreter | None = None
    chaperone: Chaperone | None = None
    sedation: Sedation = Sedation.NONE
    sedated_ms: int | None = None
    is_intimate: bool = False


class PointKind(Enum):
    """One line of the list beside the form."""

    IDENTITY = "identity"
    """right patient, two identifiers"""
    REASON = "reason"
    """reason and body area"""
    WHO = "who"
    """who decides may decide"""
    DISCUSSION = "discussion"
    """who held the discussion"""
    METHOD = "method"
    """how the answer is given"""
    FORM = "form"
    """the form is there, in the right language"""
    STAFF = "staff"
    """the signed-in user may do this"""


CODES = {
    PointKind.IDENTITY: "C2",
    PointKind.REASON: "C3",
    PointKind.WHO: "C5",
    PointKind.DISCUSSION: "C10",
    PointKind.METHOD: "C10",
    PointKind.FORM: "C4",
    PointKind.STAFF: "C11",
}
"""The capture blocker that would stand if the point were left open."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point. `refusal` says why it is open, None when it is done."""

    kind: PointKind
    refusal: Refusal | None

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do about it."""
        return self.refusal is None

    @property
    def code(self) -> str:
        """``C10``: the blocker it belongs to."""
        return CODES[self.kind]


def open_points(
    draft: ConsentDraft, profile: Profile, policy: ConsentPolicy, me: Staff, *, has_form: bool = True
) -> tuple[Point, ...]:
    """Every point, done or open, in the order of the screen. `me` is the signed-in user; `has_form`: in the draft's language."""
    return (
        Point(PointKind.IDENTITY, _identity(draft)),
        Point(PointKind.REASON, _reason(draft)),
        Point(PointKind.WHO, _who(draft, profile)),
        Point(PointKind.DISCUSSION, _discussion(draft)),
        Point(PointKind.METHOD, _method(draft, profile, policy, me)),
        Point(PointKind.FORM, None if has_form else Refusal.NO_FORM),
        Point(PointKind.STAFF, None if may_record(me) else Refusal.STAFF_MAY_NOT),
    )


def may_record(me: Staff) -> bool:
    """Whether somebody may record consent at all: nurses and clinicians in service."""
    return me.active and bool(me.roles & {Role.NURSE, Role.CLINICIAN})


def is_clinician(staff: Staff | None) -> bool:
    """Whether somebody may hold the discussion."""
    return staff is not None and staff.active and Role.CLINICIAN in staff.roles


def _identity(draft: ConsentDraft) -> Refusal | None:
    enough = draft.identity is not None and len(set(draft.identity.confirmed)) >= ENOUGH_IDENTIFIERS
    return None if enough else Refusal.IDENTITY_UNCONFIRMED


def _reason(draft: ConsentDraft) -> Refusal | None:
    if draft.reason is None or not draft.reason.text.strip():
        return Refusal.REASON_MISSING
    if not draft.body_sites or (BodySite.OTHER in draft.body_sites and not draft.site_words.strip()):
        return Refusal.SITE_MISSING
    return None


def _who(draft: ConsentDraft, profile: Profile) -> Refusal | None:
    is_of_age = draft.patient.age_on(draft.today) >= profile.ages.care.value
    if draft.who is WhoDecides.CANNOT_WAIT:
        return Refusal.CANNOT_WAIT
    if draft.who is WhoDecides.SELF:
        return None if is_of_age else Refusal.CHILD_ALONE
    if is_of_age:
        return Refusal.ADULT_BY_OTHER
    if draft.relation is not SignerRelation.PARENT:
        return Refusal.NOT_A_PARENT
    if not draft.signer_name.strip():
        return Refusal.SIGNER_UNNAMED
    return None if draft.authority_declared else Refusal.AUTHORITY_NOT_DECLARED


def _discussion(draft: ConsentDraft) -> Refusal | None:
    if draft.discussion_by is None:
        return Refusal.NO_DISCUSSION
    return None if is_clinician(draft.discussion_by) else Refusal.DISCUSSION_NOT_CLINICIAN


def _method(draft: ConsentDraft, profile: Profile, policy: ConsentPolicy, me: Staff) -> Refusal | None:
    holder = draft.discussion_by.staff if draft.discussion_by else None
    return method_refusal(draft.method, profile, policy, is_holder=holder == me.staff)


def method_refusal(method: Method, profile: Profile, policy: ConsentPolicy, *, is_holder: bool) -> Refusal | None:
    """Why care cannot be answered that way by this user, None if it can. `is_holder`: of the discussion."""
    if method is Method.DRAWN:
        return None
    if method is Method.SPOKEN:
        if not (policy.spoken_allowed and profile.spoken_for_care):
            return Refusal.SPOKEN_NOT_ALLOWED
    elif method is Method.PAPER:
        if not policy.paper_opens_shutter:
            return Refusal.PAPER_OPENS_NOTHING
    else:
        return Refusal.METHOD_LATER
    return None if is_holder else Refusal.NOT_THE_HOLDER
