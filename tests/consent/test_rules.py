# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture blockers: each has its case, all are told together, and the defaults are shut."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent import causes
from clinicam.consent.causes import Blocker, Cause, Lift, standing
from clinicam.consent.clock import day_of
from clinicam.consent.events import Abandoned, EnteredInError, Superseded, Suspended
from clinicam.consent.model import (
    Chaperone,
    ConsentAnswer,
    Interpreter,
    Sedation,
    Signer,
    SignerRelation,
    Subject,
    SuspensionCause,
)
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact, capture_blockers, codes
from clinicam.consent.state import fold
from clinicam.consent.status import ConsentState
from clinicam.consent.steps import expect_paper, nothing_found, object_to, withdraw
from clinicam.identity import ConsentId, Staff
from clinicam.permits import BodySite
from tests.consent.build import (
    CONSENT,
    DAY,
    DAY_MS,
    DENTIST,
    ENGLAND,
    MANAGER,
    NOW,
    NURSE,
    ORLA,
    PER,
    active,
    asked,
    draft,
    facts,
    happy,
    history,
    no,
    signed,
    yes,
)

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}


def told(**changes: Any) -> set[Cause]:
    return {one.detail for one in capture_blockers(facts(**changes))}


def test_nothing_stands_when_all_is_well() -> None:
    assert capture_blockers(facts()) == ()
    assert capture_blockers(facts(patient=ORLA, consent=active(ORLA))) == ()


def test_knowing_nothing_everything_is_shut() -> None:
    found = capture_blockers(CaptureFacts(now_ms=NOW, day=DAY, profile=ENGLAND))
    assert codes(found) == ("C1", "C2", "C3", "C11", "C12", "C14", "C15", "C17")


def past(*events: Any) -> ConsentState:
    return fold([*history(), *events])


def asked_with(**changes: Any) -> ConsentState:
    """An active consent whose question had these fields."""
    question = msgspec.structs.replace(asked(), **changes)
    return fold([question, yes(question, signature=signed(question))])


def expired() -> ConsentState:
    question = asked()
    answered = yes(question)
    decision = msgspec.structs.replace(answered.decision, expires_ms=NOW - 1)
    return fold([question, msgspec.structs.replace(answered, decision=decision, signature=signed(question, decision))])


OLD = NOW - 40 * DAY_MS
BEFORE = [asked(now_ms=OLD), yes(asked(now_ms=OLD), now_ms=OLD)]

CASES: list[tuple[dict[str, Any], Cause]] = [
    ({"patient": None}, Cause.NO_PATIENT),
    ({"identifiers": 1}, Cause.NOT_CONFIRMED),
    ({"has_context_changed": True}, Cause.CONTEXT_CHANGED),
    ({"consent": None}, Cause.NOT_ASKED),
    ({"consent": fold([Abandoned(**HEAD)])}, Cause.NOT_ASKED),
    ({"consent": fold([asked()])}, Cause.NO_ANSWER_YET),
    ({"consent": fold([asked(), no(asked(), ConsentAnswer.DISMISSED)])}, Cause.NO_ANSWER_YET),
    ({"consent": fold([asked(), expect_paper(asked(), me=NURSE, now_ms=NOW)])}, Cause.PAPER_ONLY),
    ({"consent": fold([asked(), no(asked())])}, Cause.DECLINED),
    ({"consent": past(withdraw(active(), me=NURSE, now_ms=NOW))}, Cause.WITHDRAWN),
    ({"consent": expired()}, Cause.EXPIRED),
    ({"consent": past(Superseded(**HEAD, by=ConsentId(b"n" * 16)))}, Cause.SUPERSEDED),
    ({"consent": past(EnteredInError(**HEAD, second=DENTIST.staff, reason="x"))}, Cause.IN_ERROR),
    ({"consent": fold([nothing_found(PER.patient, "x", me=NURSE, now_ms=NOW)])}, Cause.VIEWING_ONLY),
    ({"patient": msgspec.structs.replace(PER, patient=b"?" * 16)}, Cause.OTHER_PATIENT),
    ({"consent": fold(BEFORE)}, Cause.ASK_TODAY),
    ({"consent": past(happy(active(), ConsentAnswer.DISMISSED))}, Cause.ASK_TODAY),
    ({"consent": past(happy(active(), ConsentAnswer.REFUSED))}, Cause.REFUSED_TODAY),
    ({"body_sites": frozenset({BodySite.MOUTH, BodySite.FACE})}, Cause.OTHER_SITE),
    ({"body_sites": frozenset()}, Cause.OTHER_SITE),
    ({"is_form_usable": False}, Cause.FORM_WITHDRAWN),
    ({"is_language_understood": False}, Cause.OTHER_LANGUAGE),
    ({"patient": msgspec.structs.replace(PER, born=ORLA.born)}, Cause.CHILD_ALONE),
    ({"consent": past(Suspended(**HEAD, cause=SuspensionCause.CAPACITY_DOUBT))}, Cause.CAPACITY_DOUBT),
    ({"consent": past(Suspended(**HEAD, cause=SuspensionCause.AGE_REVIEW))}, Cause.AGE_REVIEW),
    ({"consent": past(Suspended(**HEAD, cause=SuspensionCause.DISPUTE))}, Cause.DISPUTE),
    ({"consent": past(Suspended(**HEAD, cause=SuspensionCause.IDENTITY_QUERY))}, Cause.IDENTITY_QUERY),
    ({"consent": past(Suspended(**HEAD, cause=SuspensionCause.DECEASED))}, Cause.DECEASED),
    ({"consent": past(object_to(active(), "no", me=NURSE, now_ms=NOW))}, Cause.OBJECTED),
    ({"consent": asked_with(sedation=Sedation.SEDATED)}, Cause.SEDATED),
    ({"consent": asked_with(sedation=Sedation.SEDATED, sedated_ms=NOW - 1)}, Cause.SEDATED),
    (
        {"consent": asked_with(subject=Subject(body_sites=(BodySite.MOUTH,), is_intimate=True))},
        Cause.NO_CHAPERONE_DECISION,
    ),
    ({"staff": None}, Cause.NOT_SIGNED_IN),
    ({"staff": MANAGER}, Cause.NO_ROLE),
    ({"staff": Staff(NURSE.staff, "x", "", NURSE.roles, active=False)}, Cause.NO_ROLE),
    ({"is_locked": True}, Cause.LOCKED),
    ({"camera": CameraFact.ABSENT}, Cause.CAMERA_ABSENT),
    ({"camera": CameraFact.CLAIMED}, Cause.CAMERA_CLAIMED),
    ({"camera": CameraFact.RESTARTING}, Cause.CAMERA_RESTARTING),
    ({"camera": CameraFact.WRONG_KIND}, Cause.CAMERA_WRONG_KIND),
    ({"camera": CameraFact.CARD_ONLY}, Cause.CARD_ONLY),
    ({"camera": CameraFact.SENDS_ITSELF}, Cause.SENDS_ITSELF),
    ({"vault": VaultFact.LOCKED}, Cause.VAULT_LOCKED),
    ({"vault": VaultFact.FULL}, Cause.VAULT_FULL),
    ({"vault": VaultFact.DAMAGED}, Cause.VAULT_DAMAGED),
    ({"has_clock_jumped": True}, Cause.CLOCK_JUMPED),
    ({"is_vault_place_allowed": False}, Cause.VAULT_PLACE),
    ({"idle_ms": 180_001}, Cause.IDLE),
    ({"is_handed_over": True}, Cause.HANDED_OVER),
    ({"pictures": 60}, Cause.LIMIT),
    ({"is_stopped": True}, Cause.STOPPED),
]


@pytest.mark.parametrize(("changes", "cause"), CASES, ids=lambda one: one.value if isinstance(one, Cause) else None)
def test_each_cause_stands_alone(changes: dict[str, Any], cause: Cause) -> None:
    assert told(**changes) == {cause}


def test_no_discussion_stands_beside_what_follows_from_it() -> None:
    question = msgspec.structs.replace(asked(), discussion_by=None)
    assert told(consent=fold([question, yes(question)])) == {Cause.NO_ANSWER_YET, Cause.NO_DISCUSSION}


def test_who_decided_without_authority() -> None:
    question = msgspec.structs.replace(asked(draft(ORLA)), signer=Signer(relation=SignerRelation.PARENT, name="M"))
    assert Cause.AUTHORITY in told(patient=ORLA, consent=fold([question, yes(question)]))


def test_a_parents_yes_rests_from_the_sixteenth_birthday() -> None:
    eve = NOW + 392 * DAY_MS
    for now_ms, expected in ((eve, {Cause.ASK_TODAY}), (eve + DAY_MS, {Cause.ASK_TODAY, Cause.AGE_REVIEW})):
        assert told(patient=ORLA, consent=active(ORLA), now_ms=now_ms, day=day_of(now_ms, UTC)) == expected


def test_what_lifts_some_of_them() -> None:
    assert told(pictures=60, has_extra_reason=True) == set()
    assert told(consent=asked_with(sedation=Sedation.SEDATED, sedated_ms=NOW + 1)) == set()
    intimate = Subject(body_sites=(BodySite.MOUTH,), is_intimate=True)
    assert told(consent=asked_with(subject=intimate, chaperone=Chaperone(offered=True, accepted=False))) == set()
    interpreted = asked_with(interpreter=Interpreter(language="pl", name="K. Nowak"))
    assert told(is_language_understood=False, consent=interpreted) == set()
    assert told(consent=fold([*BEFORE, happy(fold(BEFORE))])) == set()


def test_every_blocker_and_cause_has_a_case_and_a_row() -> None:
    rows = {standing(cause) for cause in Cause}
    assert {one.blocker for one in rows} == set(Blocker)
    covered = {cause for _, cause in CASES} | {Cause.AUTHORITY, Cause.NO_DISCUSSION}
    assert covered == set(Cause)
    assert {one.code for one in Blocker} == {f"C{number}" for number in range(1, 19)}
    assert standing(Cause.DECEASED).liftable_by is Lift.NOBODY


def test_all_are_told_those_that_can_be_lifted_here_first() -> None:
    found = capture_blockers(facts(consent=None, camera=CameraFact.CARD_ONLY, staff=None, is_vault_place_allowed=False))
    assert [one.code for one in found] == ["C3", "C11", "C13", "C15"]
    assert [one.is_here for one in found] == [True, True, False, False]
    assert codes(found) == ("C3", "C11", "C13", "C15")


@given(st.lists(st.sampled_from([change for change, cause in CASES]), min_size=1, max_size=6))
def test_facts_add_up_never_cancel(changes: list[dict[str, Any]]) -> None:
    merged: dict[str, Any] = {}
    for change in changes:
        merged |= change
    assert capture_blockers(facts(**merged)) != ()


def test_machine_causes_are_about_things() -> None:
    assert not {Cause.VAULT_LOCKED, Cause.CLOCK_JUMPED, Cause.STOPPED, Cause.IDLE} & causes.MACHINE
    assert standing(Cause.CAMERA_ABSENT).is_of_machine
    assert not standing(Cause.LOCKED).is_of_machine
