# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent register, on the fake store and on a real vault: checked, written once, folded the same again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from clinicam.consent.draft import ConsentDraft
from clinicam.consent.events import Asked, EnteredInError, PaperScanned, encode_event
from clinicam.consent.model import ConsentAnswer, IdentityCheck, Method
from clinicam.consent.optional import decide, optional_decision, sign_purposes
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.consent.steps import (
    answer,
    ask,
    care_decision,
    expect_paper,
    nothing_found,
    reaffirm,
    sign_care,
    withdraw,
)
from clinicam.consent.wording import render
from clinicam.errors import ConsentRefused, Corrupt, NotFound
from clinicam.identity import ConsentId, EpisodeId, ImageId, Role, Staff, new_id
from clinicam.permits import BodySite, Purpose
from clinicam.practice.store import What, entry
from clinicam.practice.tasks import TaskKind
from tests.consent.build import (
    DENTIST,
    ENGLAND,
    FORMS,
    INK,
    MOUTH,
    NOW,
    ORLA,
    PAD,
    PER,
    POLICY,
    care_form,
    context,
    draft,
    identity,
)
from tests.practice.conftest import Practice


def question(practice: Practice, made: ConsentDraft | None = None, **more: Any) -> Asked:
    made = made or draft(discussion_by=practice.me)
    return ask(made, care_form(made), ENGLAND, POLICY, me=practice.me, now_ms=NOW, **more)


def yes(practice: Practice, asked: Asked, at_ms: int = NOW, **more: Any) -> ConsentState:
    decision = care_decision(ConsentAnswer.GIVEN, at_ms)
    if "method" not in more:
        more["signature"] = sign_care(asked, decision, INK, signed_ms=at_ms, **PAD)
    return practice.consents.record(answer(asked, decision, me=practice.me, now_ms=at_ms, **more))


def opened(practice: Practice, **changes: Any) -> ConsentState:
    asked = question(practice, draft(discussion_by=practice.me, **changes))
    practice.consents.record(asked)
    return yes(practice, asked)


def check(me: Staff) -> IdentityCheck:
    return msgspec.structs.replace(identity(), verified_by=me.staff)


def test_asked_answered_and_read_again(practice: Practice) -> None:
    asked = question(practice)
    assert practice.consents.record(asked).status is ConsentStatus.WITH_PATIENT
    state = yes(practice, asked)
    assert state.status is ConsentStatus.ACTIVE
    register = practice.consents
    assert register.current(PER.patient) == (state,)
    assert register.state(PER.patient, asked.consent) == state
    assert register.state_for(PER.patient, asked.episode) == state
    assert register.state_for(PER.patient, EpisodeId(new_id())) is None
    assert len(register.history(PER.patient, asked.consent)) == 2
    assert register.current(ORLA.patient) == ()
    for call in (register.state, register.history):
        with pytest.raises(NotFound):
            call(PER.patient, ConsentId(new_id()))


def test_what_is_refused_is_not_written(practice: Practice) -> None:
    asked = question(practice)
    with pytest.raises(ConsentRefused, match="not-asked"):
        yes(practice, asked)
    assert practice.consents.current(PER.patient) == ()


def test_what_the_history_would_not_count_is_not_written(rehearsal: Practice) -> None:
    """A signature that this history has counted already is never used again."""
    state = opened(rehearsal)
    form = FORMS.find(Purpose.TEACHING)
    assert form is not None
    shown = [render(form, context(draft()))]
    decisions = [optional_decision(shown[0], ConsentAnswer.GIVEN, NOW)]
    ink = sign_purposes(state, shown, decisions, INK, signed_ms=NOW, **PAD)
    event = decide(state, shown, decisions, me=rehearsal.me, now_ms=NOW, signature=ink)
    assert rehearsal.consents.record(event).usable(Purpose.TEACHING, NOW)
    with pytest.raises(ConsentRefused, match="signature-wrong"):
        rehearsal.consents.record(event)
    assert len(rehearsal.consents.history(PER.patient, state.consent)) == 3


def test_still_happy_and_withdrawn(practice: Practice) -> None:
    state = opened(practice)
    later = practice.consents.record(
        reaffirm(state, ConsentAnswer.GIVEN, me=practice.me, now_ms=NOW + 9, identity=check(practice.me))
    )
    assert later.affirmed_ms == NOW + 9
    gone = practice.consents.record(withdraw(later, me=practice.me, now_ms=NOW + 10))
    assert gone.status is ConsentStatus.WITHDRAWN
    with pytest.raises(ConsentRefused):
        practice.consents.record(
            reaffirm(gone, ConsentAnswer.GIVEN, me=practice.me, now_ms=NOW + 11, identity=check(practice.me))
        )


def test_asked_again_the_same_day_needs_a_reason(rehearsal: Practice) -> None:
    asked = question(rehearsal)
    rehearsal.consents.record(asked)
    said_no = care_decision(ConsentAnswer.REFUSED, NOW)
    rehearsal.consents.record(answer(asked, said_no, me=rehearsal.me, now_ms=NOW))
    with pytest.raises(ConsentRefused, match="asked-again"):
        rehearsal.consents.record(question(rehearsal))
    again = question(rehearsal, asked_again_because="he asked for it himself")
    assert rehearsal.consents.record(again).status is ConsentStatus.WITH_PATIENT


def test_a_visit_goes_by_the_consent_that_covers_it(rehearsal: Practice) -> None:
    register = rehearsal.consents
    assert register.for_visit(PER.patient, MOUTH) is None
    mouth = opened(rehearsal)
    face = opened(rehearsal, body_sites=frozenset({BodySite.FACE}))
    assert register.for_visit(PER.patient, MOUTH) == mouth
    assert register.for_visit(PER.patient, frozenset({BodySite.FACE})) == face
    both = register.for_visit(PER.patient, frozenset({BodySite.SKIN}))
    assert both in (mouth, face)
    for state in (mouth, face):
        register.record(withdraw(state, me=rehearsal.me, now_ms=NOW))
    assert register.for_visit(PER.patient, MOUTH) is None


def test_spoken_is_recorded_by_the_clinician_only(rehearsal: Practice) -> None:
    asked = question(rehearsal)
    rehearsal.consents.record(asked)
    rehearsal.become(frozenset({Role.NURSE}))
    with pytest.raises(ConsentRefused, match="not-the-holder"):
        yes(rehearsal, asked, method=Method.SPOKEN)
    rehearsal.become(frozenset({Role.CLINICIAN}))
    assert yes(rehearsal, asked, method=Method.SPOKEN).status is ConsentStatus.ACTIVE


def test_paper_signed_before_the_clinician_opens_and_leaves_a_scan_to_do(practice: Practice) -> None:
    asked = question(practice)
    practice.consents.record(asked)
    state = yes(practice, asked, method=Method.PAPER)
    assert state.status is ConsentStatus.ACTIVE
    (task,) = practice.tasks.pending(PER.patient)
    assert (task.kind, task.record.consent, task.record.wanted_from) == (
        TaskKind.PAPER_TO_SCAN,
        asked.consent,
        practice.me.staff,
    )
    scan = PaperScanned(
        consent=asked.consent,
        patient=PER.patient,
        at_ms=NOW + 9,
        recorded_by=practice.me.staff,
        image=ImageId(new_id()),
        sha256=b"h" * 32,
    )
    assert not practice.consents.record(scan).is_paper_pending
    assert practice.tasks.pending() == ()


def test_expected_paper_opens_nothing_and_makes_one_task(rehearsal: Practice) -> None:
    asked = question(rehearsal)
    rehearsal.consents.record(asked)
    for at_ms in (NOW, NOW + 1):
        state = rehearsal.consents.record(expect_paper(asked, me=rehearsal.me, now_ms=at_ms))
        assert state.status is ConsentStatus.PAPER_EXPECTED
    assert len(rehearsal.tasks.pending()) == 1
    assert yes(rehearsal, asked, method=Method.PAPER).status is ConsentStatus.ACTIVE
    assert len(rehearsal.tasks.pending()) == 1


def test_old_pictures_are_for_viewing(practice: Practice) -> None:
    found = nothing_found(PER.patient, "card index and attic", me=practice.me, now_ms=NOW)
    assert practice.consents.record(found).status is ConsentStatus.VIEWING_ONLY
    assert practice.consents.for_visit(PER.patient, MOUTH) is None


def test_entered_in_error_is_not_shown(rehearsal: Practice) -> None:
    state = opened(rehearsal)
    wrong = EnteredInError(
        consent=state.consent,
        patient=PER.patient,
        at_ms=NOW,
        recorded_by=rehearsal.me.staff,
        second=DENTIST.staff,
        reason="wrong patient",
    )
    rehearsal.consents.record(wrong)
    assert rehearsal.consents.current(PER.patient) == ()


def test_the_policy_of_the_practice_counts(rehearsal: Practice) -> None:
    policy = rehearsal.policy.current()
    strict = msgspec.structs.replace(policy.consent, spoken_allowed=False)
    rehearsal.policy.put(msgspec.structs.replace(policy, consent=strict))
    asked = question(rehearsal)
    rehearsal.consents.record(asked)
    with pytest.raises(ConsentRefused, match="spoken-not-allowed"):
        yes(rehearsal, asked, method=Method.SPOKEN)


@pytest.mark.parametrize("change", [{"patient": ORLA.patient}, {"recorded_by": DENTIST.staff}, {"consent": b"?" * 16}])
def test_a_record_must_be_of_its_row(rehearsal: Practice, change: dict[str, Any]) -> None:
    asked = question(rehearsal)
    body = encode_event(msgspec.structs.replace(asked, **change))
    rehearsal.vault.append([entry(What.CONSENT_RECORDED, "consent", asked.consent, body, patient=PER.patient)])
    with pytest.raises(Corrupt):
        rehearsal.consents.current(PER.patient)
