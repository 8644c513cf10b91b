# SPDX-License-Identifier: GPL-3.0-or-later
"""For any history: folding is deterministic, a no is never undone by what did not know it, nothing withdrawn comes back."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.consent.events import ConsentEvent, Resumed, Suspended, Withdrawn, decode_event, encode_event
from clinicam.consent.model import ConsentAnswer, Method, SuspensionCause, WithdrawalScope
from clinicam.consent.state import fold
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.consent.steps import expect_paper, object_to, withdraw
from clinicam.permits import Purpose
from tests.consent.build import CONSENT, DENTIST, NOW, NURSE, PER, active, asked, happy, no, teaching, yes

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}
QUESTION = asked()

POOL: list[ConsentEvent] = [
    QUESTION,
    yes(QUESTION),
    yes(QUESTION, me=DENTIST, method=Method.SPOKEN, seen=1),
    yes(QUESTION, me=DENTIST, method=Method.SPOKEN, seen=3),
    yes(QUESTION, signature=None),
    no(QUESTION),
    no(QUESTION, ConsentAnswer.DISMISSED),
    teaching(active()),
    teaching(active(), ConsentAnswer.REFUSED),
    happy(active()),
    happy(active(), ConsentAnswer.REFUSED),
    object_to(active(), "no", me=NURSE, now_ms=NOW),
    withdraw(active(), me=NURSE, now_ms=NOW),
    withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(Purpose.TEACHING,)),
    Suspended(**HEAD, cause=SuspensionCause.DISPUTE),
    Resumed(**HEAD, seen=2, note=""),
    expect_paper(QUESTION, me=NURSE, now_ms=NOW),
]
HISTORIES = st.lists(st.sampled_from(POOL), min_size=1, max_size=12)


def usable(state: ConsentState) -> set[Purpose]:
    return {one.purpose for one in state.purposes if state.usable(one.purpose, NOW)}


@given(HISTORIES)
def test_folding_is_deterministic_and_survives_storage(events: list[ConsentEvent]) -> None:
    assert fold(events) == fold([decode_event(encode_event(one)) for one in events])


@given(HISTORIES)
def test_what_was_left_out_changes_nothing(events: list[ConsentEvent]) -> None:
    state = fold(events)
    kept = [one for at, one in enumerate(events) if at not in state.ignored]
    if kept:
        again = fold(kept)
        assert (again.status, again.purposes, again.affirmed_ms) == (state.status, state.purposes, state.affirmed_ms)


@given(HISTORIES, HISTORIES)
def test_after_a_whole_withdrawal_nothing_is_ever_usable(before: list[ConsentEvent], after: list[ConsentEvent]) -> None:
    gone = withdraw(active(), me=NURSE, now_ms=NOW)
    state = fold([*before, gone, *after])
    assert state.status is ConsentStatus.WITHDRAWN
    assert usable(state) == set()
    assert state.affirmed_ms is None


@given(HISTORIES, HISTORIES)
@settings(max_examples=200)
def test_a_purpose_taken_back_needs_a_new_signature(before: list[ConsentEvent], after: list[ConsentEvent]) -> None:
    back = withdraw(active(), me=NURSE, now_ms=NOW, scope=WithdrawalScope.PURPOSES, purposes=(Purpose.TEACHING,))
    history = [*before, back, *after]
    assert Purpose.TEACHING not in usable(fold(history))
    state = fold(history)
    anew = fold([*history, teaching(state)])
    assert (Purpose.TEACHING in usable(anew)) == (state.status is ConsentStatus.ACTIVE)


@given(HISTORIES, st.data())
def test_putting_a_no_anywhere_never_opens_anything(events: list[ConsentEvent], data: st.DataObject) -> None:
    refusals = [one for one in POOL if isinstance(one, Withdrawn | Suspended)] + [no(QUESTION)]
    at = data.draw(st.integers(0, len(events)))
    refusal = data.draw(st.sampled_from(refusals))
    assert usable(fold([*events[:at], refusal, *events[at:]])) <= usable(fold(events))


@given(HISTORIES)
def test_care_is_usable_only_with_a_sound_yes_and_no_end(events: list[ConsentEvent]) -> None:
    state = fold(events)
    if state.usable(Purpose.CARE_RECORD, NOW):
        assert state.answered in (POOL[1], POOL[2], POOL[3])
        assert not any(one is POOL[5] or one is POOL[12] for one in events)
