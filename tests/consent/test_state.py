# SPDX-License-Identifier: GPL-3.0-or-later
"""Folding: a no always counts, a yes only when it is sound and knew every no before it."""

from __future__ import annotations

import msgspec
import pytest

from clinicam.consent.events import (
    Abandoned,
    ConsentEvent,
    EnteredInError,
    PaperScanned,
    Resumed,
    Superseded,
    Suspended,
)
from clinicam.consent.model import (
    ConsentAnswer,
    Method,
    Signer,
    SignerRelation,
    SuspensionCause,
    WhoDecides,
    WithdrawalScope,
)
from clinicam.consent.state import fold
from clinicam.consent.status import CareToday, ConsentStatus, PurposeStanding, care_today
from clinicam.consent.steps import expect_paper, nothing_found, object_to, withdraw
from clinicam.errors import Corrupt
from clinicam.identity import ConsentId, ImageId, PatientId
from clinicam.permits import BodySite, Purpose
from tests.consent.build import (
    CONSENT,
    DAY,
    DAY_MS,
    DENTIST,
    NOW,
    NURSE,
    ORLA,
    OTHER_DENTIST,
    PER,
    active,
    asked,
    draft,
    happy,
    history,
    no,
    signed,
    teaching,
    yes,
)

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}
CARE = Purpose.CARE_RECORD


def folded(*events: ConsentEvent):
    return fold(events)


def test_a_yes_with_its_signature_is_active() -> None:
    state = active()
    assert state.status is ConsentStatus.ACTIVE
    assert state.usable(CARE, NOW)
    assert state.affirmed_ms == NOW
    assert state.signed_ms == NOW
    assert state.method is Method.DRAWN
    assert state.discussion_by == DENTIST.staff
    assert state.ignored == ()
    assert state.episode is not None


def test_asked_and_not_answered() -> None:
    state = folded(asked())
    assert state.status is ConsentStatus.WITH_PATIENT
    assert (state.method, state.signed_ms, state.affirmed_ms) == (None, None, None)
    assert state.standing(CARE, NOW) is PurposeStanding.NOT_ASKED
    assert state.decision(CARE) is None


def test_a_closed_window_is_no_answer_and_the_question_stays_open() -> None:
    question = asked()
    state = folded(question, no(question, ConsentAnswer.DISMISSED))
    assert state.status is ConsentStatus.WITH_PATIENT
    assert state.last_answer is ConsentAnswer.DISMISSED
    assert folded(question, no(question, ConsentAnswer.DISMISSED), yes(question)).status is ConsentStatus.ACTIVE


def test_a_no_is_final_for_this_consent_whatever_follows() -> None:
    question = asked()
    state = folded(question, no(question), yes(question), yes(question, seen=9))
    assert state.status is ConsentStatus.DECLINED
    assert state.ignored == (2, 3)
    assert not state.usable(CARE, NOW)
    assert folded(question, yes(question), no(question)).status is ConsentStatus.DECLINED


@pytest.mark.parametrize(
    "change",
    [
        {"signature": None},
        {"method": Method.SPOKEN},
        {"method": Method.PAPER},
        {"method": Method.TYPED_WITNESSED, "recorded_by": DENTIST.staff},
    ],
)
def test_a_yes_without_what_its_method_needs_is_none(change: dict[str, object]) -> None:
    question = asked()
    state = folded(question, msgspec.structs.replace(yes(question), **change))
    assert state.status is ConsentStatus.WITH_PATIENT
    assert state.ignored == (1,)


def test_spoken_and_paper_count_when_the_clinician_of_the_discussion_records_them() -> None:
    question = asked()
    for method in (Method.SPOKEN, Method.PAPER):
        assert folded(question, yes(question, me=DENTIST, method=method)).status is ConsentStatus.ACTIVE
        assert folded(question, yes(question, me=OTHER_DENTIST, method=method)).status is ConsentStatus.WITH_PATIENT
    assert folded(question, yes(question, me=DENTIST, method=Method.PAPER)).is_paper_pending


def test_a_yes_that_did_not_know_a_no_is_none() -> None:
    question = asked()
    objection = object_to(folded(question), "shook his head", me=NURSE, now_ms=NOW)
    assert folded(question, objection, yes(question)).status is ConsentStatus.WITH_PATIENT
    assert folded(question, objection, yes(question, seen=1)).status is ConsentStatus.ACTIVE


def test_a_signature_for_another_question_is_none() -> None:
    other = asked(draft(site_words="", body_sites=frozenset({BodySite.FACE})))
    question = asked()
    answered = yes(question, signature=signed(other))
    assert folded(question, answered).status is ConsentStatus.WITH_PATIENT


def test_nobody_explained_it() -> None:
    question = msgspec.structs.replace(asked(), discussion_by=None)
    assert folded(question, yes(question)).status is ConsentStatus.WITH_PATIENT


def test_an_answer_about_something_else_is_no_answer_about_care() -> None:
    question = asked()
    answered = yes(question)
    decision = msgspec.structs.replace(answered.decision, purpose=Purpose.TEACHING)
    assert folded(question, msgspec.structs.replace(answered, decision=decision)).ignored == (1,)


@pytest.mark.parametrize(
    "change",
    [
        {"who": WhoDecides.CANNOT_WAIT},
        {"who": WhoDecides.SOMEONE_FOR},
        {"signer": Signer(relation=SignerRelation.RELATIVE)},
    ],
)
def test_nobody_else_decides_for_an_adult(change: dict[str, object]) -> None:
    question = msgspec.structs.replace(asked(), **change)
    assert folded(question, yes(question, own_yes=True)).status is ConsentStatus.WITH_PATIENT


def test_a_parent_needs_the_childs_own_yes() -> None:
    question = asked(draft(ORLA))
    assert folded(question, yes(question)).status is ConsentStatus.ACTIVE
    for own in (None, False):
        assert folded(question, yes(question, own_yes=own)).status is ConsentStatus.WITH_PATIENT
    undeclared = msgspec.structs.replace(question, signer=Signer(relation=SignerRelation.PARENT, name="M"))
    assert folded(undeclared, yes(undeclared)).status is ConsentStatus.WITH_PATIENT


def test_withdrawal_is_final_and_beats_a_grant_made_at_the_same_time() -> None:
    question = asked()
    gone = withdraw(folded(question), me=NURSE, now_ms=NOW)
    assert folded(question, yes(question), gone).status is ConsentStatus.WITHDRAWN
    assert folded(question, gone, yes(question)).status is ConsentStatus.WITHDRAWN
    state = folded(question, yes(question), gone, happy(active(), now_ms=NOW + 1))
    assert state.status is ConsentStatus.WITHDRAWN
    assert state.standing(CARE, NOW) is PurposeStanding.WITHDRAWN
    assert state.affirmed_ms is None


def test_taking_back_care_takes_back_everything() -> None:
    events = [*history(), teaching(active())]
    care = withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(CARE,))
    state = folded(*events, care)
    assert state.status is ConsentStatus.WITHDRAWN
    assert state.standing(Purpose.TEACHING, NOW) is PurposeStanding.WITHDRAWN


def test_an_optional_purpose_is_given_refused_taken_back_and_given_anew() -> None:
    events = history()
    assert fold(events).standing(Purpose.TEACHING, NOW) is PurposeStanding.NOT_ASKED
    given = teaching(fold(events))
    events.append(given)
    state = fold(events)
    assert state.usable(Purpose.TEACHING, NOW)
    assert state.conditions == ("Not my tattoo, please.",)
    assert state.standing(Purpose.TEACHING, NOW + 6 * 366 * DAY_MS) is PurposeStanding.EXPIRED
    back = withdraw(state, me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(Purpose.TEACHING,))
    events.append(back)
    assert fold(events).standing(Purpose.TEACHING, NOW) is PurposeStanding.WITHDRAWN
    assert fold(events).usable(CARE, NOW)
    stale = msgspec.structs.replace(given, seen=fold(events).noes)
    assert not fold([*events, stale]).usable(Purpose.TEACHING, NOW)
    assert not fold([*events, msgspec.structs.replace(teaching(fold(events)), seen=0)]).usable(Purpose.TEACHING, NOW)
    assert fold([*events, teaching(fold(events))]).usable(Purpose.TEACHING, NOW)
    events.append(teaching(fold(events), ConsentAnswer.REFUSED))
    assert fold(events).standing(Purpose.TEACHING, NOW) is PurposeStanding.REFUSED


def test_taking_back_what_was_never_asked() -> None:
    back = withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(Purpose.RESEARCH,))
    state = folded(*history(), back)
    assert state.standing(Purpose.RESEARCH, NOW) is PurposeStanding.WITHDRAWN
    assert state.decision(Purpose.RESEARCH) is None


def test_a_dismissed_purpose_stays_not_asked() -> None:
    state = folded(*history(), teaching(active(), ConsentAnswer.DISMISSED))
    assert state.standing(Purpose.TEACHING, NOW) is PurposeStanding.NOT_ASKED
    assert state.ignored == (2,)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": None},
        {"method": Method.SPOKEN, "recorded_by": DENTIST.staff},
        {"method": Method.PAPER},
    ],
)
def test_beyond_care_takes_a_signature(change: dict[str, object]) -> None:
    state = folded(*history(), msgspec.structs.replace(teaching(active()), **change))
    assert not state.usable(Purpose.TEACHING, NOW)


def test_beyond_care_on_paper_before_the_clinician() -> None:
    paper = msgspec.structs.replace(teaching(active()), method=Method.PAPER, recorded_by=DENTIST.staff, signature=None)
    assert folded(*history(), paper).usable(Purpose.TEACHING, NOW)


def test_care_and_doubles_do_not_come_in_by_the_optional_door() -> None:
    made = teaching(active())
    for decisions in (
        (msgspec.structs.replace(made.decisions[0], purpose=CARE),),
        (made.decisions[0], made.decisions[0]),
    ):
        state = folded(*history(), msgspec.structs.replace(made, decisions=decisions))
        assert not state.usable(Purpose.TEACHING, NOW)
    question = asked()
    assert folded(question, teaching(folded(question))).ignored == (1,)


def test_still_happy_moves_the_day_and_adds_a_site() -> None:
    state = active()
    later = happy(state, now_ms=NOW + DAY_MS, body_sites_added=frozenset({BodySite.FACE}))
    again = folded(*history(), later)
    assert again.affirmed_ms == NOW + DAY_MS
    assert again.body_sites == {BodySite.MOUTH, BodySite.FACE}


@pytest.mark.parametrize("said", [ConsentAnswer.REFUSED, ConsentAnswer.DISMISSED])
def test_not_happy_today_shuts_until_a_later_yes(said: ConsentAnswer) -> None:
    state = folded(*history(), happy(active(), said))
    assert state.status is ConsentStatus.ACTIVE
    assert state.affirmed_ms is None
    assert folded(*history(), happy(active(), said), happy(state)).affirmed_ms == NOW
    concurrent = folded(*history(), happy(active(), said), happy(active()))
    assert (concurrent.affirmed_ms is None) == (said is ConsentAnswer.REFUSED)


def test_who_may_say_still_happy() -> None:
    carer = Signer(relation=SignerRelation.CARER, name="Aunt")
    assert folded(*history(), happy(active(), signer=carer)).ignored == (2,)
    orla = active(ORLA)
    assert folded(*history(ORLA), happy(orla, signer=carer)).ignored == ()
    assert folded(*history(ORLA), happy(orla, own_yes=None)).ignored == (2,)


def test_a_childs_no_stops_whoever_said_yes() -> None:
    orla = active(ORLA)
    objection = object_to(orla, "turned her head away", me=NURSE, now_ms=NOW + 1)
    state = folded(*history(ORLA), objection)
    assert state.has_objection
    assert state.affirmed_ms is None
    assert folded(*history(ORLA), objection, happy(orla)).has_objection
    assert not folded(*history(ORLA), objection, happy(state)).has_objection


def test_suspension_rests_and_resumes_only_with_knowledge() -> None:
    rests = Suspended(**HEAD, cause=SuspensionCause.DISPUTE)
    state = folded(*history(), rests)
    assert state.status is ConsentStatus.SUSPENDED
    assert state.standing(CARE, NOW) is PurposeStanding.SUSPENDED
    assert folded(*history(), rests, happy(active(), now_ms=NOW)).ignored == (3,)
    assert folded(*history(), rests, Resumed(**HEAD, seen=0, note="")).status is ConsentStatus.SUSPENDED
    assert folded(*history(), rests, Resumed(**HEAD, seen=1, note="settled")).status is ConsentStatus.ACTIVE
    assert folded(*history(), Resumed(**HEAD, seen=1, note="")).ignored == (2,)


@pytest.mark.parametrize("cause", [SuspensionCause.DECEASED, SuspensionCause.AGE_REVIEW])
def test_some_rests_never_end(cause: SuspensionCause) -> None:
    rests = Suspended(**HEAD, cause=cause)
    assert folded(*history(), rests, Resumed(**HEAD, seen=9, note="")).status is ConsentStatus.SUSPENDED


def test_the_graver_end_shows() -> None:
    newer, error = Superseded(**HEAD, by=ConsentId(b"n" * 16)), EnteredInError(**HEAD, second=DENTIST.staff, reason="x")
    gone = withdraw(active(), me=NURSE, now_ms=NOW)
    assert folded(*history(), newer).status is ConsentStatus.SUPERSEDED
    assert folded(*history(), newer).superseded_by == ConsentId(b"n" * 16)
    assert folded(*history(), newer, gone).status is ConsentStatus.WITHDRAWN
    assert folded(*history(), gone, newer).status is ConsentStatus.WITHDRAWN
    assert folded(*history(), gone, error).status is ConsentStatus.ENTERED_IN_ERROR


def test_abandoned_only_before_an_answer() -> None:
    left = Abandoned(**HEAD)
    question = asked()
    assert folded(left).status is ConsentStatus.ABANDONED
    assert folded(question, left, yes(question)).ignored == (2,)
    assert folded(*history(), left).ignored == (2,)
    assert folded(question, no(question), left).ignored == (2,)


def test_paper_expected_opens_nothing_and_the_scan_is_kept() -> None:
    question = asked()
    waiting = expect_paper(question, me=NURSE, now_ms=NOW)
    state = folded(question, waiting)
    assert state.status is ConsentStatus.PAPER_EXPECTED
    assert state.is_paper_pending
    assert not state.usable(CARE, NOW)
    scan = PaperScanned(**HEAD, image=ImageId(b"i" * 16), sha256=b"h" * 32)
    scanned = folded(question, waiting, scan)
    assert (scanned.status, scanned.is_paper_pending) == (ConsentStatus.PAPER_EXPECTED, False)
    assert scanned.scan == ImageId(b"i" * 16)
    assert folded(waiting).status is ConsentStatus.DRAFT
    assert folded(waiting).ignored == (0,)
    assert folded(question, yes(question), waiting).ignored == (2,)


def test_nothing_found_is_for_viewing() -> None:
    found = nothing_found(PER.patient, "card index", me=NURSE, now_ms=NOW)
    state = folded(found)
    assert state.status is ConsentStatus.VIEWING_ONLY
    assert state.episode is None
    assert not state.usable(CARE, NOW)
    assert folded(found, found).ignored == (1,)
    question = msgspec.structs.replace(asked(), consent=found.consent)
    assert folded(found, question).ignored == (1,)
    assert folded(question, found).ignored == (1,)


def test_one_question_a_consent() -> None:
    assert folded(asked(), asked()).ignored == (1,)
    assert folded(yes(asked())).status is ConsentStatus.DRAFT
    assert folded(*history(), yes(asked())).ignored == (2,)


def test_images_and_recipients_taken_back() -> None:
    images = withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.IMAGES, images=(ImageId(b"i" * 16),))
    lab = withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.RECIPIENT, recipient="Quayside")
    state = folded(*history(), images, lab)
    assert state.images_withdrawn == {ImageId(b"i" * 16)}
    assert state.recipients_withdrawn == ("Quayside",)
    assert state.status is ConsentStatus.ACTIVE


def test_care_that_runs_out() -> None:
    question = asked()
    answered = yes(question)
    decision = msgspec.structs.replace(answered.decision, expires_ms=NOW + 10, valid_from_ms=NOW)
    answered = msgspec.structs.replace(answered, decision=decision, signature=signed(question, decision))
    state = folded(question, answered)
    assert state.status_at(NOW) is ConsentStatus.ACTIVE
    assert state.status_at(NOW + 10) is ConsentStatus.EXPIRED
    assert state.status_at(NOW - 1) is ConsentStatus.EXPIRED


def test_two_histories_are_not_one() -> None:
    with pytest.raises(Corrupt):
        folded(asked(), msgspec.structs.replace(yes(asked()), consent=ConsentId(b"x" * 16)))
    with pytest.raises(Corrupt):
        folded(asked(), msgspec.structs.replace(yes(asked()), patient=PatientId(b"x" * 16)))
    with pytest.raises(Corrupt):
        folded()


def test_the_chip_of_a_patient() -> None:
    question, old = asked(), NOW - 30 * DAY_MS
    before = [asked(now_ms=old), yes(asked(now_ms=old), now_ms=old)]
    chip = {
        CareToday.NOT_ASKED: [folded(Abandoned(**HEAD))],
        CareToday.WITH_PATIENT: [folded(question)],
        CareToday.PAPER_EXPECTED: [folded(question, expect_paper(question, me=NURSE, now_ms=NOW))],
        CareToday.YES_TODAY: [folded(question, no(question)), active()],
        CareToday.ASK_TODAY: [fold(before)],
        CareToday.REFUSED: [folded(question, no(question))],
        CareToday.WITHDRAWN: [folded(*history(), withdraw(active(), me=NURSE, now_ms=NOW))],
        CareToday.SUSPENDED: [folded(*history(), Suspended(**HEAD, cause=SuspensionCause.DISPUTE))],
        CareToday.VIEWING_ONLY: [folded(nothing_found(PER.patient, "x", me=NURSE, now_ms=NOW))],
    }
    for wanted, states in chip.items():
        assert care_today(states, DAY, NOW) is wanted
    assert care_today([], DAY, NOW) is CareToday.NOT_ASKED
    refused = folded(*before, happy(fold(before), ConsentAnswer.REFUSED))
    assert care_today([refused], DAY, NOW) is CareToday.REFUSED
    objected = folded(*history(), object_to(active(), "no", me=NURSE, now_ms=NOW))
    assert care_today([objected], DAY, NOW) is CareToday.REFUSED
