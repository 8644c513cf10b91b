# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what the consent screens found out: each function is one go on the vault thread and answers with the new state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clinicam.camera.port import CameraStatus
from clinicam.consent import optional, steps
from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.draft import ConsentDraft
from clinicam.consent.events import Asked
from clinicam.consent.model import ConsentAnswer, Decision, IdentityCheck, Method, Signer, SignerRelation, WhoDecides
from clinicam.consent.profile import keep_until
from clinicam.consent.status import CareToday, ConsentState, care_today
from clinicam.consent.wording import ShownForm
from clinicam.identity import Patient, Staff
from clinicam.ui.chart_data import ChartSurgery, state_today
from clinicam.ui.consent_patient import PatientAnswer


class ConsentSurgery(ChartSurgery, Protocol):
    """What the consent screens need of `compose.Surgery`."""

    def camera_status(self) -> CameraStatus: ...


@dataclass(frozen=True, slots=True)
class ConsentStart:
    """What is known when the question comes up. `happy`: the consent to ask "still happy today?" about."""

    today: CareToday
    happy: ConsentState | None
    clinicians: tuple[Staff, ...]


def read_start(surgery: ConsentSurgery, patient: Patient) -> ConsentStart:
    """Where this patient's consents stand today. Vault thread."""
    now = surgery.clock.wall_ms()
    states = surgery.consents.current(patient.patient)
    return ConsentStart(
        today=care_today(states, clock_day(now), now),
        happy=state_today(states, CareToday.ASK_TODAY, now) or state_today(states, CareToday.YES_TODAY, now),
        clinicians=surgery.staff.clinicians(),
    )


def ask(surgery: ConsentSurgery, draft: ConsentDraft, shown: ShownForm, because: str) -> Asked:
    """Record that the question goes to the person who decides. Vault thread.

    Raises:
        ConsentRefused: a point is open, or they said no today and `because` is empty.
    """
    event = steps.ask(
        draft,
        shown,
        surgery.profile,
        surgery.policy.consent,
        me=surgery.me,
        now_ms=surgery.clock.wall_ms(),
        asked_again_because=because,
    )
    surgery.consents.record(event)
    return event


def answer(surgery: ConsentSurgery, asked: Asked, patient: Patient, given: PatientAnswer) -> ConsentState:
    """Record what came back from the patient's screen. Vault thread.

    Raises:
        ConsentRefused: the signature is none, or somebody recorded a no meanwhile.
    """
    decision = steps.care_decision(given.answer, given.at_ms)
    signature = None
    if given.answer is ConsentAnswer.GIVEN:
        signature = steps.sign_care(
            asked, decision, given.strokes, width=given.width, height=given.height, signed_ms=given.at_ms
        )
    now = surgery.clock.wall_ms()
    event = steps.answer(
        asked,
        decision,
        me=surgery.me,
        now_ms=now,
        signature=signature,
        own_yes=given.own_yes,
        items=given.items,
        retention=keep_until(surgery.profile, patient.born, clock_day(now).date),
    )
    return surgery.consents.record(event)


def answer_by_staff(
    surgery: ConsentSurgery, asked: Asked, patient: Patient, said: ConsentAnswer, method: Method, own_yes: bool | None
) -> ConsentState:
    """Record an answer that staff heard, or saw signed on paper. Vault thread.

    Raises:
        ConsentRefused: this user cannot record a yes given that way.
    """
    now = surgery.clock.wall_ms()
    event = steps.answer(
        asked,
        steps.care_decision(said, now),
        me=surgery.me,
        now_ms=now,
        method=method,
        own_yes=own_yes if said is ConsentAnswer.GIVEN else None,
        retention=keep_until(surgery.profile, patient.born, clock_day(now).date),
    )
    return surgery.consents.record(event)


def expect_paper(surgery: ConsentSurgery, asked: Asked) -> ConsentState:
    """Record that a paper form exists or is to come; opens nothing but a task. Vault thread."""
    return surgery.consents.record(steps.expect_paper(asked, me=surgery.me, now_ms=surgery.clock.wall_ms()))


def still_happy(
    surgery: ConsentSurgery,
    state: ConsentState,
    said: ConsentAnswer,
    identity: IdentityCheck,
    own_yes: bool | None,
    because: str,
) -> ConsentState:
    """Record the answer to "still happy today?". Vault thread.

    Raises:
        ConsentRefused: the consent is not active any more, or a child's own yes is missing.
    """
    asked = state.asked
    signer = Signer(relation=SignerRelation.SELF)
    if asked is not None and asked.who is not WhoDecides.SELF:
        signer = asked.signer
    event = steps.reaffirm(
        state,
        said,
        me=surgery.me,
        now_ms=surgery.clock.wall_ms(),
        identity=identity,
        signer=signer,
        own_yes=own_yes,
        asked_again_because=because,
    )
    return surgery.consents.record(event)


@dataclass(frozen=True, slots=True)
class OptionalAnswers:
    """The answers about other uses, in the order shown, with one signature under them if one of them is yes."""

    shown: tuple[ShownForm, ...]
    decisions: tuple[Decision, ...]
    signed: PatientAnswer


def decide(surgery: ChartSurgery, state: ConsentState, answers: OptionalAnswers) -> ConsentState:
    """Record the answers about other uses. Vault thread.

    Raises:
        ConsentRefused: a yes without a signature, or for a use this patient cannot be asked about.
    """
    given = answers.signed
    signature = None
    if given.strokes:
        signature = optional.sign_purposes(
            state,
            answers.shown,
            answers.decisions,
            given.strokes,
            width=given.width,
            height=given.height,
            signed_ms=given.at_ms,
        )
    event = optional.decide(
        state,
        answers.shown,
        answers.decisions,
        me=surgery.me,
        now_ms=surgery.clock.wall_ms(),
        signature=signature,
    )
    return surgery.consents.record(event)
