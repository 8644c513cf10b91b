# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures: forging the form text, a decision, the patient or the strokes afterwards is detected."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent import signature as ink
from clinicam.consent.model import ConsentAnswer, Decision, Signature, Stroke, StrokePoint
from clinicam.consent.sound import answer_is_sound
from clinicam.consent.steps import care_decision
from clinicam.errors import ConsentRefused, Corrupt
from clinicam.identity import ConsentId, PatientId
from clinicam.permits import Purpose
from tests.consent.build import CONSENT, INK, NOW, PAD, PER, asked, yes

SHOWN = b"s" * 32
DECISION = care_decision(ConsentAnswer.GIVEN, NOW)


def signature(strokes: tuple[Stroke, ...] = INK) -> Signature:
    return ink.sign(
        strokes,
        signed_ms=NOW,
        shown_sha256=SHOWN,
        decisions=(DECISION,),
        patient=PER.patient,
        consent=CONSENT,
        **PAD,
    )


def check(
    made: Signature,
    shown: bytes = SHOWN,
    decisions: tuple[Decision, ...] = (DECISION,),
    patient: PatientId = PER.patient,
    consent: ConsentId = CONSENT,
) -> None:
    ink.verify(made, shown_sha256=shown, decisions=decisions, patient=patient, consent=consent)


def test_a_signature_belongs_to_what_was_signed() -> None:
    check(signature())


def test_two_signatures_of_the_same_hand_differ() -> None:
    assert signature().binding != signature().binding


@pytest.mark.parametrize(
    "forged",
    [
        {"shown": b"t" * 32},
        {"decisions": (msgspec.structs.replace(DECISION, purpose=Purpose.SOCIAL_MEDIA),)},
        {"decisions": (msgspec.structs.replace(DECISION, conditions="anything goes"),)},
        {"decisions": (DECISION, DECISION)},
        {"decisions": ()},
        {"patient": PatientId(b"q" * 16)},
        {"consent": ConsentId(b"d" * 16)},
    ],
)
def test_a_signature_belongs_to_nothing_else(forged: dict[str, Any]) -> None:
    with pytest.raises(Corrupt):
        check(signature(), **forged)


@given(st.integers(0, len(INK[0]) - 1), st.sampled_from(["x", "y", "t_ms", "pressure"]))
def test_no_stroke_can_be_changed(at: int, field: str) -> None:
    made = signature()
    stroke = list(made.strokes[0])
    stroke[at] = msgspec.structs.replace(stroke[at], **{field: getattr(stroke[at], field) + 1})
    with pytest.raises(Corrupt):
        check(msgspec.structs.replace(made, strokes=(tuple(stroke), *made.strokes[1:])))


@pytest.mark.parametrize("change", [{"width": 501}, {"nonce": b"n" * 16}, {"binding": b"b" * 32}, {"strokes": INK[:1]}])
def test_no_other_part_can_be_changed(change: dict[str, Any]) -> None:
    with pytest.raises(Corrupt):
        check(msgspec.structs.replace(signature(), **change))


def point(x: int, y: int, t_ms: int) -> StrokePoint:
    return StrokePoint(x, y, t_ms, 0, 0, 0)


@pytest.mark.parametrize(
    ("strokes", "reason"),
    [
        ((), "signature-empty"),
        (((),), "signature-empty"),
        (((point(10, 10, 0), point(10, 10, 1)),), "signature-empty"),
        (tuple((point(i, 1, i),) for i in range(100)), "signature-empty"),
        (tuple((point(i, 1, i),) for i in range(ink.MOST_STROKES + 1)), "signature-too-long"),
        ((tuple(point(1, 1, 0) for _ in range(ink.MOST_POINTS + 1)),), "signature-too-long"),
        (((point(10, 10, 0), point(60_000, 10, 1)),), "signature-outside"),
        (((point(10, 10, 0), point(10, 19_601, 1)),), "signature-outside"),
        (((point(10, 10, 5), point(5_000, 10, 4)),), "signature-outside"),
        (((point(10, 10, 5), point(5_000, 10, 6)), (point(10, 10, 5),)), "signature-outside"),
    ],
)
def test_what_is_no_signature_is_refused(strokes: tuple[Stroke, ...], reason: str) -> None:
    with pytest.raises(ConsentRefused, match=reason):
        signature(strokes)


def test_a_cross_is_enough() -> None:
    cross = ((point(1000, 1000, 0), point(3000, 3000, 90)), (point(3000, 1000, 200), point(1000, 3000, 290)))
    check(signature(cross))


def test_a_stored_signature_without_strokes_is_none() -> None:
    with pytest.raises(Corrupt):
        check(msgspec.structs.replace(signature(), strokes=()))


def test_a_form_text_changed_afterwards_unmakes_the_yes() -> None:
    question = asked()
    answered = yes(question)
    assert answer_is_sound(question, answered)
    texts = ("May we do as we like?", *question.form.texts[1:])
    forged = msgspec.structs.replace(question, form=msgspec.structs.replace(question.form, texts=texts))
    assert not answer_is_sound(forged, answered)
    again = msgspec.structs.replace(forged.form, shown_sha256=ink.hash_shown(forged.form.form_sha256, texts))
    assert not answer_is_sound(msgspec.structs.replace(forged, form=again), answered)
