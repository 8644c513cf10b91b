# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an event may be written down now, by this user, in this practice. Asked before every record.

`state.fold` judges a history without knowing staff, policy or ages; this knows them, and is therefore the stricter one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clinicam.consent.clock import Day
from clinicam.consent.draft import is_clinician, may_record, method_refusal
from clinicam.consent.events import (
    Answered,
    Asked,
    ConsentEvent,
    EnteredInError,
    NothingFound,
    PaperExpected,
    PurposesDecided,
    Reaffirmed,
    Resumed,
)
from clinicam.consent.form import NAMED
from clinicam.consent.model import CapacityRoute, ConsentAnswer, Decision, Method, SignerRelation, WhoDecides
from clinicam.consent.policy import ConsentPolicy
from clinicam.consent.profile import Profile
from clinicam.consent.refusal import Refusal, refuse
from clinicam.consent.rules import ENOUGH_IDENTIFIERS
from clinicam.consent.signature import hash_shown
from clinicam.consent.sound import is_signed
from clinicam.consent.state import NEVER_RESUMED
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.identity import Patient, Staff, StaffId
from clinicam.permits import BodySite, Purpose

_OPEN = frozenset({ConsentStatus.WITH_PATIENT, ConsentStatus.PAPER_EXPECTED})


@dataclass(frozen=True, slots=True)
class RecordContext:
    """Who writes, about whom, where and when. `others` are the patient's other consents."""

    patient: Patient
    me: Staff
    staff: Mapping[StaffId, Staff]
    profile: Profile
    policy: ConsentPolicy
    day: Day
    others: tuple[ConsentState, ...] = field(default=())


def check(event: ConsentEvent, state: ConsentState | None, context: RecordContext) -> None:
    """Returns if `event` may be added to the consent that stands at `state` (None: a new one).

    Raises:
        ConsentRefused: it may not; the text is a `Refusal`.
    """
    reason = _common(event, state, context) or _special(event, state, context)
    if reason is not None:
        raise refuse(reason)


def _common(event: ConsentEvent, state: ConsentState | None, context: RecordContext) -> Refusal | None:
    if event.patient != context.patient.patient or (state is not None and state.patient != event.patient):
        return Refusal.OTHER_PATIENT
    if event.recorded_by != context.me.staff or not may_record(context.me):
        return Refusal.STAFF_MAY_NOT
    return None


def _special(event: ConsentEvent, state: ConsentState | None, context: RecordContext) -> Refusal | None:
    if isinstance(event, Asked):
        return _asked(event, state, context)
    if isinstance(event, NothingFound):
        return None if state is None else Refusal.ALREADY_ASKED
    if state is None:
        return Refusal.NOT_ASKED
    match event:
        case Answered():
            return _answered(event, state, context)
        case PurposesDecided():
            return _purposes(event, state, context)
        case Reaffirmed():
            return _reaffirmed(event, state, context)
        case PaperExpected():
            return None if state.status in _OPEN else Refusal.NOT_ASKED
        case Resumed():
            return _resumed(event, state, context)
        case EnteredInError():
            second = context.staff.get(event.second)
            is_another = second is not None and second.active and second.staff != context.me.staff
            return None if is_another else Refusal.TWO_PEOPLE
        case _:
            return None


def _asked(event: Asked, state: ConsentState | None, context: RecordContext) -> Refusal | None:
    if state is not None:
        return Refusal.ALREADY_ASKED
    if len(set(event.identity.confirmed)) < ENOUGH_IDENTIFIERS:
        return Refusal.IDENTITY_UNCONFIRMED
    sites = event.subject.body_sites
    if not sites or (BodySite.OTHER in sites and not event.subject.site_words.strip()):
        return Refusal.SITE_MISSING
    if event.form.shown_sha256 != hash_shown(event.form.form_sha256, event.form.texts):
        return Refusal.FORM_CHANGED
    if event.discussion_by is None:
        return Refusal.NO_DISCUSSION
    if not is_clinician(context.staff.get(event.discussion_by)):
        return Refusal.DISCUSSION_NOT_CLINICIAN
    refused = any(_refused_today(one, context.day) for one in context.others)
    if refused and not event.asked_again_because.strip():
        return Refusal.ASKED_AGAIN
    return _decider(event, context)


def _refused_today(state: ConsentState, day: Day) -> bool:
    return state.last_answer is ConsentAnswer.REFUSED and day.has(state.last_answer_ms)


def _decider(event: Asked, context: RecordContext) -> Refusal | None:
    is_of_age = _age(context) >= context.profile.ages.care.value
    if event.who is WhoDecides.CANNOT_WAIT:
        return Refusal.CANNOT_WAIT
    if event.who is WhoDecides.SELF:
        if not is_of_age:
            return Refusal.CHILD_ALONE
        fits = event.capacity.route is CapacityRoute.ADULT and event.signer.relation is SignerRelation.SELF
        return None if fits else Refusal.ADULT_BY_OTHER
    if is_of_age:
        return Refusal.ADULT_BY_OTHER
    if event.signer.relation is not SignerRelation.PARENT or event.capacity.route is not CapacityRoute.PARENTAL:
        return Refusal.NOT_A_PARENT
    if not event.signer.name.strip():
        return Refusal.SIGNER_UNNAMED
    return None if event.signer.authority_declared else Refusal.AUTHORITY_NOT_DECLARED


def _answered(event: Answered, state: ConsentState, context: RecordContext) -> Refusal | None:
    if state.asked is None or state.status not in _OPEN:
        return Refusal.NOT_ASKED if state.asked is None else Refusal.OVER
    if event.decision.purpose is not Purpose.CARE_RECORD:
        return Refusal.CARE_IS_NOT_OPTIONAL
    if event.decision.answer is not ConsentAnswer.GIVEN:
        return None
    if event.seen < state.noes:
        return Refusal.HISTORY_MOVED
    if state.asked.who is not WhoDecides.SELF and event.own_yes is not True:
        return Refusal.OWN_YES_MISSING
    unfit = _decider(state.asked, context)
    if unfit is not None:
        return unfit
    is_holder = state.discussion_by == context.me.staff and is_clinician(context.me)
    reason = method_refusal(event.method, context.profile, context.policy, is_holder=is_holder)
    if reason is not None or event.method is not Method.DRAWN:
        return reason
    if event.signature is None:
        return Refusal.SIGNATURE_MISSING
    is_right = is_signed(event, state.asked.form.shown_sha256, (event.decision,))
    return None if is_right else Refusal.SIGNATURE_WRONG


def _purposes(event: PurposesDecided, state: ConsentState, context: RecordContext) -> Refusal | None:
    purposes = [one.purpose for one in event.decisions]
    if Purpose.CARE_RECORD in purposes:
        return Refusal.CARE_IS_NOT_OPTIONAL
    if len(set(purposes)) != len(purposes):
        return Refusal.ASKED_TWICE
    given = [one for one in event.decisions if one.answer is ConsentAnswer.GIVEN]
    if not given:
        return None
    if state.status is not ConsentStatus.ACTIVE:
        return Refusal.NOT_ACTIVE
    if event.seen < state.noes:
        return Refusal.HISTORY_MOVED
    for decision in given:
        reason = _given_purpose(decision, state, context)
        if reason is not None:
            return reason
    return _purposes_method(event, state, context)


def _given_purpose(decision: Decision, state: ConsentState, context: RecordContext) -> Refusal | None:
    if decision.purpose not in context.policy.purposes_used:
        return Refusal.PURPOSE_NOT_USED
    if state.asked is None or state.asked.who is not WhoDecides.SELF:
        return Refusal.CHILD_BEYOND_CARE
    if _age(context) < context.profile.age_for(decision.purpose):
        return Refusal.TOO_YOUNG_FOR_PURPOSE
    return Refusal.NAMED_MISSING if decision.purpose in NAMED and not decision.named.strip() else None


def _purposes_method(event: PurposesDecided, state: ConsentState, context: RecordContext) -> Refusal | None:
    if event.form.shown_sha256 != hash_shown(event.form.form_sha256, event.form.texts):
        return Refusal.FORM_CHANGED
    if event.method is Method.SPOKEN:
        return Refusal.SIGNATURE_NEEDED_BEYOND_CARE
    is_holder = state.discussion_by == context.me.staff and is_clinician(context.me)
    reason = method_refusal(event.method, context.profile, context.policy, is_holder=is_holder)
    if reason is not None or event.method is not Method.DRAWN:
        return reason
    if event.signature is None:
        return Refusal.SIGNATURE_MISSING
    is_fresh = event.signature.nonce not in state.nonces  # one signature, one set of answers: never used again
    is_right = is_fresh and is_signed(event, event.form.shown_sha256, event.decisions)
    return None if is_right else Refusal.SIGNATURE_WRONG


def _reaffirmed(event: Reaffirmed, state: ConsentState, context: RecordContext) -> Refusal | None:
    if state.status is not ConsentStatus.ACTIVE or state.asked is None:
        return Refusal.NOT_ACTIVE
    if event.answer is not ConsentAnswer.GIVEN:
        return None
    if event.seen < state.noes:
        return Refusal.HISTORY_MOVED
    if len(set(event.identity.confirmed)) < ENOUGH_IDENTIFIERS:
        return Refusal.IDENTITY_UNCONFIRMED
    unfit = _decider(state.asked, context)
    if unfit is not None:
        return unfit
    if state.asked.who is WhoDecides.SELF:
        if event.signer.relation is not SignerRelation.SELF:
            return Refusal.ADULT_BY_OTHER
    elif event.signer.relation not in {SignerRelation.PARENT, SignerRelation.CARER}:
        return Refusal.NOT_A_PARENT
    elif event.own_yes is not True:
        return Refusal.OWN_YES_MISSING
    refused = state.has_objection or _refused_today(state, context.day)
    return Refusal.ASKED_AGAIN if refused and not event.asked_again_because.strip() else None


def _resumed(event: Resumed, state: ConsentState, context: RecordContext) -> Refusal | None:
    if event.seen < state.noes:
        return Refusal.HISTORY_MOVED
    known = bool(state.suspensions) and not NEVER_RESUMED & set(state.suspensions)
    return None if known and is_clinician(context.me) else Refusal.CANNOT_RESUME


def _age(context: RecordContext) -> int:
    return context.patient.age_on(context.day.date)
