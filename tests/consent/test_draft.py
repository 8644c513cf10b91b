# SPDX-License-Identifier: GPL-3.0-or-later
"""The staff part: what is done, what is open, and who may decide and answer how."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from clinicam.consent.draft import ConsentDraft, PointKind, open_points
from clinicam.consent.model import Confirmed, IdentityCheck, Method, Reason, SignerRelation, WhoDecides
from clinicam.consent.refusal import Refusal
from clinicam.errors import ConsentRefused
from clinicam.identity import Staff, make_patient
from clinicam.permits import BodySite
from tests.consent.build import (
    DENTIST,
    ENGLAND,
    MANAGER,
    NOW,
    NURSE,
    ORLA,
    OTHER_DENTIST,
    PER,
    POLICY,
    STRICT,
    TODAY,
    asked,
    draft,
)


def opened(made: ConsentDraft, me: Staff = NURSE, policy: Any = POLICY, **more: Any) -> dict[PointKind, Refusal]:
    points = open_points(made, ENGLAND, policy, me, **more)
    assert [one.kind for one in points] == list(PointKind)
    return {one.kind: one.refusal for one in points if one.refusal is not None}


def test_a_complete_draft_has_nothing_open() -> None:
    assert opened(draft()) == {}
    assert opened(draft(ORLA)) == {}


def test_an_empty_draft_lists_everything_at_once() -> None:
    assert opened(ConsentDraft(PER, TODAY)) == {
        PointKind.IDENTITY: Refusal.IDENTITY_UNCONFIRMED,
        PointKind.REASON: Refusal.REASON_MISSING,
        PointKind.DISCUSSION: Refusal.NO_DISCUSSION,
    }


def test_the_one_thing_open_on_the_screen_is_c10() -> None:
    points = open_points(draft(discussion_by=None), ENGLAND, POLICY, NURSE)
    assert [(one.code, one.is_done) for one in points if not one.is_done] == [("C10", False)]


@pytest.mark.parametrize(
    ("changes", "kind", "refusal"),
    [
        (
            {"identity": IdentityCheck(confirmed=(Confirmed.NAME_SAID,) * 2, verified_by=NURSE.staff, at_ms=NOW)},
            PointKind.IDENTITY,
            Refusal.IDENTITY_UNCONFIRMED,
        ),
        ({"reason": Reason(text="  ")}, PointKind.REASON, Refusal.REASON_MISSING),
        ({"body_sites": frozenset()}, PointKind.REASON, Refusal.SITE_MISSING),
        ({"body_sites": frozenset({BodySite.OTHER})}, PointKind.REASON, Refusal.SITE_MISSING),
        ({"who": WhoDecides.CANNOT_WAIT}, PointKind.WHO, Refusal.CANNOT_WAIT),
        ({"who": WhoDecides.SOMEONE_FOR}, PointKind.WHO, Refusal.ADULT_BY_OTHER),
        ({"discussion_by": NURSE}, PointKind.DISCUSSION, Refusal.DISCUSSION_NOT_CLINICIAN),
        ({"method": Method.SPOKEN}, PointKind.METHOD, Refusal.NOT_THE_HOLDER),
        ({"method": Method.PAPER}, PointKind.METHOD, Refusal.NOT_THE_HOLDER),
        ({"method": Method.MARK_WITNESSED}, PointKind.METHOD, Refusal.METHOD_LATER),
    ],
)
def test_each_open_point_says_why(changes: dict[str, Any], kind: PointKind, refusal: Refusal) -> None:
    assert opened(draft(**changes)) == {kind: refusal}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"who": WhoDecides.SELF}, Refusal.CHILD_ALONE),
        ({"relation": SignerRelation.RELATIVE}, Refusal.NOT_A_PARENT),
        ({"relation": SignerRelation.GUARDIAN}, Refusal.NOT_A_PARENT),
        ({"signer_name": " "}, Refusal.SIGNER_UNNAMED),
        ({"authority_declared": False}, Refusal.AUTHORITY_NOT_DECLARED),
    ],
)
def test_below_sixteen_a_named_parent_with_declared_authority(changes: dict[str, Any], refusal: Refusal) -> None:
    assert opened(draft(ORLA, **changes)) == {PointKind.WHO: refusal}


def test_sixteen_is_the_birthday_itself() -> None:
    made = draft(ORLA, who=WhoDecides.SELF)
    assert opened(replace(made, today=date(2027, 12, 18))) == {PointKind.WHO: Refusal.CHILD_ALONE}
    assert opened(replace(made, today=date(2027, 12, 19))) == {}
    leap = draft(make_patient(family="Leap", given="A", born=date(2012, 2, 29), today=TODAY), who=WhoDecides.SELF)
    assert PointKind.WHO in opened(replace(leap, today=date(2028, 2, 28)))
    assert opened(replace(leap, today=date(2028, 2, 29))) == {}


def test_spoken_is_for_the_clinician_who_held_the_discussion() -> None:
    spoken = draft(method=Method.SPOKEN)
    assert opened(spoken, DENTIST) == {}
    assert opened(spoken, OTHER_DENTIST) == {PointKind.METHOD: Refusal.NOT_THE_HOLDER}
    assert opened(spoken, DENTIST, STRICT) == {PointKind.METHOD: Refusal.SPOKEN_NOT_ALLOWED}
    assert opened(draft(method=Method.SPOKEN, discussion_by=None), DENTIST)[PointKind.METHOD] is Refusal.NOT_THE_HOLDER
    paper = draft(method=Method.PAPER)
    assert opened(paper, DENTIST) == {}
    assert opened(paper, DENTIST, STRICT) == {PointKind.METHOD: Refusal.PAPER_OPENS_NOTHING}


def test_who_may_record_at_all_and_in_which_language() -> None:
    assert opened(draft(), MANAGER) == {PointKind.STAFF: Refusal.STAFF_MAY_NOT}
    gone = Staff(NURSE.staff, "x", "", NURSE.roles, active=False)
    assert opened(draft(), gone) == {PointKind.STAFF: Refusal.STAFF_MAY_NOT}
    assert opened(draft(), has_form=False) == {PointKind.FORM: Refusal.NO_FORM}


def test_an_open_draft_cannot_be_handed_over() -> None:
    with pytest.raises(ConsentRefused, match="no-discussion"):
        asked(draft(discussion_by=None))


def test_what_is_handed_over_is_what_was_filled_in() -> None:
    question = asked(draft(ORLA))
    assert question.signer.name == "Maeve Brennan"
    assert question.signer.authority_declared
    assert question.capacity.age == 14
    assert question.discussion_by == DENTIST.staff
    assert question.subject.body_sites == (BodySite.MOUTH,)
    fresh = asked(draft())
    assert fresh.signer.relation is SignerRelation.SELF
