# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be written down: staff, ages, policy and the order of things, each refusal with its reason."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent.events import (
    Abandoned,
    ConsentEvent,
    EnteredInError,
    Resumed,
    Superseded,
    Suspended,
)
from clinicam.consent.model import (
    Capacity,
    CapacityRoute,
    ConsentAnswer,
    IdentityCheck,
    Method,
    Signer,
    SignerRelation,
    Subject,
    SuspensionCause,
    WhoDecides,
)
from clinicam.consent.optional import decide, offered, optional_decision, sign_purposes
from clinicam.consent.record import RecordContext, check
from clinicam.consent.refusal import Refusal
from clinicam.consent.state import fold
from clinicam.consent.status import ConsentState
from clinicam.consent.steps import expect_paper, nothing_found, object_to, withdraw
from clinicam.consent.wording import render
from clinicam.errors import ConsentRefused
from clinicam.identity import ConsentId
from clinicam.permits import BodySite, Purpose
from tests.consent.build import (
    CONSENT,
    DAY_MS,
    DENTIST,
    ENGLAND,
    FORMS,
    INK,
    MANAGER,
    NOW,
    NURSE,
    ORLA,
    OTHER_DENTIST,
    PAD,
    PER,
    POLICY,
    STRICT,
    TODAY,
    active,
    asked,
    context,
    draft,
    happy,
    history,
    identity,
    no,
    record_context,
    signed,
    teaching,
    yes,
)

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}


def refusal(event: ConsentEvent, state: ConsentState | None, where: RecordContext | None = None) -> Refusal | None:
    try:
        check(event, state, where or record_context())
    except ConsentRefused as error:
        return Refusal(str(error))
    return None


def changed(event: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(event, **changes)


WAITING = fold([asked()])


def test_the_whole_way_through_is_allowed() -> None:
    question = asked()
    assert refusal(question, None) is None
    assert refusal(yes(question), WAITING) is None
    state = active()
    for event in (
        teaching(state),
        happy(state),
        withdraw(state, me=NURSE, now_ms=NOW),
        object_to(state, "x", me=NURSE, now_ms=NOW),
    ):
        assert refusal(event, state) is None


def test_only_about_this_patient_and_only_under_ones_own_name() -> None:
    assert refusal(asked(), None, record_context(ORLA)) is Refusal.OTHER_PATIENT
    assert refusal(happy(active()), active(ORLA)) is Refusal.OTHER_PATIENT
    assert refusal(asked(me=DENTIST), None) is Refusal.STAFF_MAY_NOT
    by_manager = changed(asked(), recorded_by=MANAGER.staff)
    assert refusal(by_manager, None, record_context(me=MANAGER)) is Refusal.STAFF_MAY_NOT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"identity": IdentityCheck(confirmed=(), verified_by=NURSE.staff, at_ms=NOW)}, Refusal.IDENTITY_UNCONFIRMED),
        ({"subject": Subject(body_sites=())}, Refusal.SITE_MISSING),
        ({"subject": Subject(body_sites=(BodySite.OTHER,))}, Refusal.SITE_MISSING),
        ({"discussion_by": None}, Refusal.NO_DISCUSSION),
        ({"discussion_by": NURSE.staff}, Refusal.DISCUSSION_NOT_CLINICIAN),
        ({"discussion_by": b"?" * 16}, Refusal.DISCUSSION_NOT_CLINICIAN),
        ({"who": WhoDecides.CANNOT_WAIT}, Refusal.CANNOT_WAIT),
        ({"who": WhoDecides.SOMEONE_FOR}, Refusal.ADULT_BY_OTHER),
        ({"signer": Signer(relation=SignerRelation.CARER)}, Refusal.ADULT_BY_OTHER),
        ({"capacity": Capacity(route=CapacityRoute.BEST_INTERESTS, age=47)}, Refusal.ADULT_BY_OTHER),
    ],
)
def test_a_question_must_be_complete(change: dict[str, Any], why: Refusal) -> None:
    assert refusal(changed(asked(), **change), None) is why


def test_a_question_is_asked_once_and_about_the_words_that_were_shown() -> None:
    assert refusal(asked(), WAITING) is Refusal.ALREADY_ASKED
    form = changed(asked().form, texts=("other words",))
    assert refusal(changed(asked(), form=form), None) is Refusal.FORM_CHANGED
    assert refusal(yes(asked()), None) is Refusal.NOT_ASKED


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"who": WhoDecides.SELF}, Refusal.CHILD_ALONE),
        (
            {"signer": Signer(relation=SignerRelation.RELATIVE, name="Gran", authority_declared=True)},
            Refusal.NOT_A_PARENT,
        ),
        ({"capacity": Capacity(route=CapacityRoute.GUARDIAN, age=14)}, Refusal.NOT_A_PARENT),
        ({"signer": Signer(relation=SignerRelation.PARENT, authority_declared=True)}, Refusal.SIGNER_UNNAMED),
        ({"signer": Signer(relation=SignerRelation.PARENT, name="Maeve")}, Refusal.AUTHORITY_NOT_DECLARED),
    ],
)
def test_below_sixteen_in_words(change: dict[str, Any], why: Refusal) -> None:
    where = record_context(ORLA)
    assert refusal(asked(draft(ORLA)), None, where) is None
    assert refusal(changed(asked(draft(ORLA)), **change), None, where) is why


def test_the_childs_own_yes() -> None:
    question = asked(draft(ORLA))
    state, where = fold([question]), record_context(ORLA)
    assert refusal(yes(question), state, where) is None
    assert refusal(yes(question, own_yes=False), state, where) is Refusal.OWN_YES_MISSING
    assert refusal(yes(question, own_yes=None), state, where) is Refusal.OWN_YES_MISSING


def test_asking_again_after_no_needs_a_reason_that_day_only() -> None:
    refused = fold([asked(), no(asked())])
    where = record_context(others=(refused,))
    again = changed(asked(), consent=ConsentId(b"2" * 16))
    assert refusal(again, None, where) is Refusal.ASKED_AGAIN
    assert refusal(changed(again, asked_again_because="asked for it himself"), None, where) is None
    old = NOW - 2 * DAY_MS
    earlier = fold([asked(now_ms=old), no(asked(now_ms=old), now_ms=old)])
    assert refusal(again, None, record_context(others=(earlier,))) is None
    dismissed = fold([asked(), no(asked(), ConsentAnswer.DISMISSED)])
    assert refusal(again, None, record_context(others=(dismissed,))) is None


def test_an_answer_needs_an_open_question() -> None:
    answered = yes(asked())
    assert refusal(answered, active()) is Refusal.OVER
    assert refusal(answered, fold([asked(), no(asked())])) is Refusal.OVER
    assert refusal(answered, fold([Abandoned(**HEAD)])) is Refusal.NOT_ASKED
    about = changed(answered.decision, purpose=Purpose.TEACHING)
    assert refusal(changed(answered, decision=about), WAITING) is Refusal.CARE_IS_NOT_OPTIONAL
    assert refusal(no(asked()), WAITING) is None
    assert refusal(no(asked(), ConsentAnswer.DISMISSED), WAITING) is None


def test_how_care_may_be_answered() -> None:
    question = asked()
    by_dentist = record_context(me=DENTIST)
    for method in (Method.SPOKEN, Method.PAPER):
        spoken = yes(question, me=DENTIST, method=method)
        assert refusal(spoken, WAITING, by_dentist) is None
        assert refusal(yes(question, method=method), WAITING) is Refusal.NOT_THE_HOLDER
        other = yes(question, me=OTHER_DENTIST, method=method)
        assert refusal(other, WAITING, record_context(me=OTHER_DENTIST)) is Refusal.NOT_THE_HOLDER
    spoken, paper = (yes(question, me=DENTIST, method=one) for one in (Method.SPOKEN, Method.PAPER))
    strict = record_context(me=DENTIST, policy=STRICT)
    assert refusal(spoken, WAITING, strict) is Refusal.SPOKEN_NOT_ALLOWED
    assert refusal(paper, WAITING, strict) is Refusal.PAPER_OPENS_NOTHING
    law = msgspec.structs.replace(ENGLAND, spoken_for_care=False)
    assert refusal(spoken, WAITING, record_context(me=DENTIST, profile=law)) is Refusal.SPOKEN_NOT_ALLOWED
    assert refusal(yes(question, method=Method.TYPED_WITNESSED), WAITING) is Refusal.METHOD_LATER


def test_a_drawn_yes_needs_its_own_signature() -> None:
    question = asked()
    assert refusal(yes(question, signature=None), WAITING) is Refusal.SIGNATURE_MISSING
    other = signed(asked(draft(body_sites=frozenset({BodySite.FACE}))))
    assert refusal(yes(question, signature=other), WAITING) is Refusal.SIGNATURE_WRONG


def test_a_yes_must_know_every_no() -> None:
    question = asked()
    moved = fold([question, Suspended(**HEAD, cause=SuspensionCause.DISPUTE)])
    assert refusal(yes(question), moved) is Refusal.HISTORY_MOVED
    state = fold([*history(), object_to(active(), "no", me=NURSE, now_ms=NOW)])
    for stale in (teaching(active()), happy(active())):
        assert refusal(stale, state) is Refusal.HISTORY_MOVED


def test_a_birthday_between_question_and_answer_counts() -> None:
    question = asked(draft(ORLA))
    grown = record_context(msgspec.structs.replace(ORLA, born=TODAY.replace(year=2000)))
    assert refusal(yes(question), fold([question]), grown) is Refusal.ADULT_BY_OTHER
    assert refusal(happy(active(ORLA)), active(ORLA), grown) is Refusal.ADULT_BY_OTHER


def optional(purpose: Purpose, named: str = "x", state: ConsentState | None = None, signs: bool = True) -> Any:
    state = state or active()
    form = FORMS.find(purpose)
    assert form is not None
    shown = [render(form, context(draft(), named=named))]
    decisions = [optional_decision(shown[0], ConsentAnswer.GIVEN, NOW)]
    ink = sign_purposes(state, shown, decisions, INK, signed_ms=NOW, **PAD) if signs else None
    return decide(state, shown, decisions, me=NURSE, now_ms=NOW, signature=ink)


def test_optional_purposes_are_for_those_old_enough_and_used_here() -> None:
    state = active()
    assert refusal(optional(Purpose.SOCIAL_MEDIA), state) is None
    assert refusal(optional(Purpose.SOCIAL_MEDIA), state, record_context(policy=STRICT)) is Refusal.PURPOSE_NOT_USED
    seventeen = record_context(msgspec.structs.replace(PER, born=TODAY.replace(year=2009)))
    assert refusal(optional(Purpose.TEACHING), state, seventeen) is None
    for purpose in (Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA):
        assert refusal(optional(purpose), state, seventeen) is Refusal.TOO_YOUNG_FOR_PURPOSE
    child = changed(teaching(active()), patient=ORLA.patient)
    assert refusal(child, active(ORLA), record_context(ORLA)) is Refusal.CHILD_BEYOND_CARE


def test_optional_purposes_need_active_care_a_name_and_a_signature() -> None:
    made = optional(Purpose.PUBLICATION)
    assert refusal(made, WAITING) is Refusal.NOT_ACTIVE
    unnamed = changed(made.decisions[0], named=" ")
    assert refusal(changed(made, decisions=(unnamed,)), active()) is Refusal.NAMED_MISSING
    assert refusal(changed(made, signature=None), active()) is Refusal.SIGNATURE_MISSING
    renamed = changed(made.decisions[0], named="another journal")
    assert refusal(changed(made, decisions=(renamed,)), active()) is Refusal.SIGNATURE_WRONG
    assert refusal(changed(made, method=Method.SPOKEN), active()) is Refusal.SIGNATURE_NEEDED_BEYOND_CARE
    assert refusal(changed(made, method=Method.PAPER), active()) is Refusal.NOT_THE_HOLDER
    paper = changed(made, method=Method.PAPER, recorded_by=DENTIST.staff)
    assert refusal(paper, active(), record_context(me=DENTIST)) is None
    form = changed(made.form, texts=("other",))
    assert refusal(changed(made, form=form), active()) is Refusal.FORM_CHANGED


def test_optional_answers_one_each_never_about_care_and_no_needs_nothing() -> None:
    made = teaching(active())
    care = changed(made.decisions[0], purpose=Purpose.CARE_RECORD)
    assert refusal(changed(made, decisions=(care,)), active()) is Refusal.CARE_IS_NOT_OPTIONAL
    assert refusal(changed(made, decisions=made.decisions * 2), active()) is Refusal.ASKED_TWICE
    for said in (ConsentAnswer.REFUSED, ConsentAnswer.DISMISSED):
        assert refusal(teaching(active(), said), active(), record_context(policy=STRICT)) is None


def test_what_is_offered_after_the_pictures() -> None:
    state = active()
    everything = POLICY.purposes_used
    assert offered(POLICY, ENGLAND, PER, state, TODAY) == everything
    assert offered(STRICT, ENGLAND, PER, state, TODAY) == ()
    assert offered(POLICY, ENGLAND, PER, WAITING, TODAY) == ()
    assert offered(POLICY, ENGLAND, ORLA, active(ORLA), TODAY) == ()
    seventeen = msgspec.structs.replace(PER, born=TODAY.replace(year=2009))
    assert offered(POLICY, ENGLAND, seventeen, state, TODAY) == (Purpose.TEACHING,)
    answered = fold([*history(), teaching(state, ConsentAnswer.REFUSED)])
    assert Purpose.TEACHING not in offered(POLICY, ENGLAND, PER, answered, TODAY)


def test_an_optional_yes_has_the_expiry_its_form_states() -> None:
    (decision,) = teaching(active()).decisions
    assert decision.expires_ms is not None
    assert 4.9 < (decision.expires_ms - NOW) / (365.25 * DAY_MS) < 5.1
    assert teaching(active(), ConsentAnswer.REFUSED).decisions[0].expires_ms is None
    single = optional(Purpose.PUBLICATION).decisions[0]
    assert single.single_use
    assert single.expires_ms is None


def test_still_happy() -> None:
    state = active()
    carer = Signer(relation=SignerRelation.CARER, name="Aunt")
    assert refusal(happy(state), WAITING) is Refusal.NOT_ACTIVE
    assert refusal(happy(state, ConsentAnswer.REFUSED), state) is None
    nobody = IdentityCheck(confirmed=(), verified_by=NURSE.staff, at_ms=NOW)
    assert refusal(happy(state, identity=nobody), state) is Refusal.IDENTITY_UNCONFIRMED
    assert refusal(happy(state, signer=carer), state) is Refusal.ADULT_BY_OTHER
    orla, where = active(ORLA), record_context(ORLA)
    assert refusal(happy(orla), orla, where) is None
    assert refusal(happy(orla, signer=carer), orla, where) is None
    relative = Signer(relation=SignerRelation.RELATIVE, name="Gran")
    assert refusal(happy(orla, signer=relative), orla, where) is Refusal.NOT_A_PARENT
    assert refusal(happy(orla, own_yes=False), orla, where) is Refusal.OWN_YES_MISSING


def test_still_happy_after_a_no_today_needs_a_reason() -> None:
    state = fold([*history(), happy(active(), ConsentAnswer.REFUSED)])
    assert refusal(happy(state), state) is Refusal.ASKED_AGAIN
    assert refusal(happy(state, asked_again_because="changed his mind"), state) is None
    objected = fold([*history(), object_to(active(), "no", me=NURSE, now_ms=NOW - 3 * DAY_MS)])
    assert refusal(happy(objected), objected) is Refusal.ASKED_AGAIN


def test_paper_nothing_found_and_other_small_things() -> None:
    waiting = expect_paper(asked(), me=NURSE, now_ms=NOW)
    assert refusal(waiting, WAITING) is None
    assert refusal(waiting, active()) is Refusal.NOT_ASKED
    found = nothing_found(PER.patient, "card index", me=NURSE, now_ms=NOW)
    assert refusal(found, None) is None
    assert refusal(found, active()) is Refusal.ALREADY_ASKED
    with pytest.raises(ConsentRefused, match="reason-missing"):
        nothing_found(PER.patient, " ", me=NURSE, now_ms=NOW)
    assert refusal(Superseded(**HEAD, by=CONSENT), active()) is None


def test_entered_in_error_takes_two_people() -> None:
    for second, why in ((DENTIST, None), (NURSE, Refusal.TWO_PEOPLE)):
        assert refusal(EnteredInError(**HEAD, second=second.staff, reason="x"), active()) is why
    assert refusal(EnteredInError(**HEAD, second=b"?" * 16, reason="x"), active()) is Refusal.TWO_PEOPLE


def test_resuming_is_for_clinicians_who_know() -> None:
    rests = fold([*history(), Suspended(**HEAD, cause=SuspensionCause.DISPUTE)])
    resumed = Resumed(**{**HEAD, "recorded_by": DENTIST.staff}, seen=1, note="settled")
    by_dentist = record_context(me=DENTIST)
    assert refusal(resumed, rests, by_dentist) is None
    assert refusal(changed(resumed, seen=0), rests, by_dentist) is Refusal.HISTORY_MOVED
    assert refusal(Resumed(**HEAD, seen=1, note=""), rests) is Refusal.CANNOT_RESUME
    assert refusal(resumed, active(), by_dentist) is Refusal.CANNOT_RESUME
    dead = fold([*history(), Suspended(**HEAD, cause=SuspensionCause.DECEASED)])
    assert refusal(resumed, dead, by_dentist) is Refusal.CANNOT_RESUME


@given(st.sampled_from([PER, ORLA]), st.data())
def test_what_may_be_recorded_always_counts(patient: Any, data: st.DataObject) -> None:
    question = asked(draft(patient))
    state = fold(history(patient))
    events = [
        question,
        yes(question),
        yes(question, me=DENTIST, method=Method.SPOKEN),
        yes(question, own_yes=False),
        no(question),
        teaching(state),
        happy(state),
        happy(state, identity=identity(NOW + 1)),
        withdraw(state, me=NURSE, now_ms=NOW),
    ]
    said: list[ConsentEvent] = []
    for _ in range(6):
        event = data.draw(st.sampled_from(events))
        now = fold(said) if said else None
        by = DENTIST if event.recorded_by == DENTIST.staff else NURSE
        if refusal(event, now, record_context(patient, by)) is None:
            said.append(event)
            assert len(said) - 1 not in fold(said).ignored


def test_a_signature_counts_once() -> None:
    """Found by hypothesis: the same answers with the same signature a second time."""
    question = asked(draft(PER))
    first = teaching(fold(history(PER)))
    said: list[ConsentEvent] = [question, yes(question), first]
    assert fold(said).nonces >= {first.signature.nonce}
    assert refusal(first, fold(said), record_context(PER, NURSE)) is Refusal.SIGNATURE_WRONG
