# SPDX-License-Identifier: GPL-3.0-or-later
"""The people, forms and histories that tests of consent are made of. Real forms and profiles, nothing stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from clinicam.consent.clock import day_of
from clinicam.consent.draft import ConsentDraft
from clinicam.consent.events import Answered, Asked, ConsentEvent, PurposesDecided, Reaffirmed
from clinicam.consent.model import (
    Confirmed,
    ConsentAnswer,
    Decision,
    IdentityCheck,
    Method,
    Reason,
    Signature,
    Signer,
    SignerRelation,
    Stroke,
    StrokePoint,
    WhoDecides,
)
from clinicam.consent.optional import decide, optional_decision, sign_purposes
from clinicam.consent.policy import ConsentPolicy
from clinicam.consent.profile import load_profile
from clinicam.consent.record import RecordContext
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact
from clinicam.consent.state import ConsentState, fold
from clinicam.consent.steps import answer, ask, care_decision, reaffirm, sign_care
from clinicam.consent.wording import ShowContext, ShownForm, load_forms, render
from clinicam.identity import ConsentId, EpisodeId, Patient, PatientId, Role, Staff, StaffId, make_patient
from clinicam.permits import BodySite, Purpose

RESOURCES = Path(__file__).parents[2] / "resources"
FORMS = load_forms(RESOURCES / "forms")
ENGLAND = load_profile(RESOURCES / "profiles", "england-wales")
IRELAND = load_profile(RESOURCES / "profiles", "ireland")
POLICY = ConsentPolicy(True, True, (Purpose.TEACHING, Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA))
STRICT = ConsentPolicy(False, False, ())

NOW = int(datetime(2026, 11, 21, 14, 16, tzinfo=UTC).timestamp() * 1000)
TODAY = date(2026, 11, 21)
DAY = day_of(NOW, UTC)
DAY_MS = 86_400_000

MOUTH = frozenset({BodySite.MOUTH})

NURSE = Staff(StaffId(b"N" * 16), "J. Pryce", "Nurse", frozenset({Role.NURSE}))
DENTIST = Staff(StaffId(b"D" * 16), "Dr Demir", "Dentist", frozenset({Role.CLINICIAN}), "GDC 1")
OTHER_DENTIST = Staff(StaffId(b"K" * 16), "Dr Khanna", "Dentist", frozenset({Role.CLINICIAN}), "GDC 2")
MANAGER = Staff(StaffId(b"M" * 16), "A. Cole", "Manager", frozenset({Role.MANAGER}))
STAFF = {one.staff: one for one in (NURSE, DENTIST, OTHER_DENTIST, MANAGER)}

PER = make_patient(
    family="Lindqvist", given="Per", title="Mr", born=date(1979, 7, 7), today=TODAY, patient=PatientId(b"p" * 16)
)
ORLA = make_patient(family="Brennan", given="Orla", born=date(2011, 12, 19), today=TODAY, patient=PatientId(b"o" * 16))
"""Fifteen; sixteen in 28 days."""

CONSENT = ConsentId(b"c" * 16)
EPISODE = EpisodeId(b"e" * 16)


def identity(at_ms: int = NOW) -> IdentityCheck:
    return IdentityCheck(
        confirmed=(Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED), verified_by=NURSE.staff, at_ms=at_ms
    )


def draft(patient: Patient = PER, **changes: Any) -> ConsentDraft:
    made = ConsentDraft(
        patient=patient,
        today=TODAY,
        identity=identity(),
        reason=Reason(text="Chipped upper front tooth, before repair", code="tooth-repair"),
        body_sites=MOUTH,
        discussion_by=DENTIST,
    )
    if patient is ORLA:
        made = replace(made, who=WhoDecides.SOMEONE_FOR, signer_name="Maeve Brennan", authority_declared=True)
    return replace(made, **changes)


def care_form(made: ConsentDraft) -> ShownForm:
    return render(FORMS.care(), context(made))


def context(made: ConsentDraft, named: str = "") -> ShowContext:
    return ShowContext(
        made.patient,
        made.who,
        made.reason or Reason(text="-"),
        made.body_sites,
        TODAY,
        ENGLAND,
        site_words=made.site_words,
        named=named,
    )


def asked(made: ConsentDraft | None = None, *, me: Staff = NURSE, now_ms: int = NOW, **changes: Any) -> Asked:
    made = made or draft()
    return ask(
        made,
        care_form(made),
        ENGLAND,
        POLICY,
        me=me,
        now_ms=now_ms,
        consent=CONSENT,
        episode=EPISODE,
        **changes,
    )


INK: tuple[Stroke, ...] = (
    tuple(StrokePoint(1000 + 400 * i, 2000 + 100 * (i % 5), 10 * i, 500, 0, 0) for i in range(20)),
    (StrokePoint(9000, 2000, 300, 400, 10, -10), StrokePoint(12000, 2600, 330, 0, 0, 0)),
)
PAD = {"width": 500, "height": 196}


def signed(question: Asked, decision: Decision | None = None, now_ms: int = NOW) -> Signature:
    chosen = decision or care_decision(ConsentAnswer.GIVEN, now_ms)
    return sign_care(question, chosen, INK, signed_ms=now_ms, **PAD)


def yes(question: Asked, *, me: Staff = NURSE, now_ms: int = NOW, seen: int = 0, **changes: Any) -> Answered:
    decision = care_decision(ConsentAnswer.GIVEN, now_ms)
    given: dict[str, Any] = {"own_yes": True if question.who is WhoDecides.SOMEONE_FOR else None}
    if changes.get("method", question.method) is Method.DRAWN:
        given["signature"] = signed(question, decision, now_ms)
    given.update(changes)
    return answer(question, decision, me=me, now_ms=now_ms, seen=seen, **given)


def no(question: Asked, said: ConsentAnswer = ConsentAnswer.REFUSED, now_ms: int = NOW) -> Answered:
    return answer(question, care_decision(said, now_ms), me=NURSE, now_ms=now_ms)


def active(patient: Patient = PER) -> ConsentState:
    return fold(history(patient))


def history(patient: Patient = PER) -> list[ConsentEvent]:
    question = asked(draft(patient))
    return [question, yes(question)]


def teaching(state: ConsentState, said: ConsentAnswer = ConsentAnswer.GIVEN, now_ms: int = NOW) -> PurposesDecided:
    form = FORMS.find(Purpose.TEACHING)
    assert form is not None
    shown = [render(form, context(draft()))]
    decisions = [optional_decision(shown[0], said, now_ms, "Not my tattoo, please.")]
    signature = None
    if said is ConsentAnswer.GIVEN:
        signature = sign_purposes(state, shown, decisions, INK, signed_ms=now_ms, **PAD)
    return decide(state, shown, decisions, me=NURSE, now_ms=now_ms, signature=signature)


def happy(state: ConsentState, said: ConsentAnswer = ConsentAnswer.GIVEN, **changes: Any) -> Reaffirmed:
    given: dict[str, Any] = {"me": NURSE, "now_ms": NOW, "identity": identity()}
    if state.asked is not None and state.asked.who is WhoDecides.SOMEONE_FOR:
        given["signer"] = Signer(relation=SignerRelation.PARENT, name="Maeve Brennan", authority_declared=True)
        given["own_yes"] = True
    given.update(changes)
    return reaffirm(state, said, **given)


def record_context(patient: Patient = PER, me: Staff = NURSE, **changes: Any) -> RecordContext:
    made = RecordContext(patient, me, STAFF, ENGLAND, POLICY, DAY)
    return replace(made, **changes)


def facts(**changes: Any) -> CaptureFacts:
    """Everything in order, for Per, with a nurse at the camera."""
    made = CaptureFacts(
        now_ms=NOW,
        day=DAY,
        profile=ENGLAND,
        patient=PER,
        identifiers=2,
        consent=active(),
        body_sites=MOUTH,
        staff=NURSE,
        camera=CameraFact.READY,
        vault=VaultFact.READY,
        is_vault_place_allowed=True,
        idle_limit_ms=180_000,
        pictures_limit=60,
    )
    return replace(made, **changes)
