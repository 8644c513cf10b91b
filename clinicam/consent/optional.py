# SPDX-License-Identifier: GPL-3.0-or-later
"""Optional purposes: which to ask about, and building the answers. They come after the pictures and never block anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clinicam.consent import signature as ink
from clinicam.consent.events import (
    PurposesDecided,
)
from clinicam.consent.model import (
    ConsentAnswer,
    Decision,
    Identifiability,
    Method,
    Signature,
    Stroke,
    WhoDecides,
)
from clinicam.consent.policy import OPTIONAL, ConsentPolicy
from clinicam.consent.profile import Profile, months_later
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.consent.wording import ShownForm, together
from clinicam.identity import Patient, SessionId, Staff
from clinicam.permits import Purpose

EXPLICIT_BASIS = "GDPR 6(1)(a), 9(2)(a)"


def offered(
    policy: ConsentPolicy, profile: Profile, patient: Patient, state: ConsentState, today: date
) -> tuple[Purpose, ...]:
    """The optional purposes that may be asked about now, in order: used here, of age, care agreed to, no answer yet."""
    is_ready = state.status is ConsentStatus.ACTIVE and state.asked is not None and state.asked.who is WhoDecides.SELF
    if not is_ready:
        return ()
    age = patient.age_on(today)
    return tuple(
        purpose
        for purpose in OPTIONAL
        if purpose in policy.purposes_used and age >= profile.age_for(purpose) and state.decision(purpose) is None
    )


def optional_decision(
    shown: ShownForm,
    answer: ConsentAnswer,
    now_ms: int,
    conditions: str = "",
    identifiable: Identifiability = Identifiability.DE_IDENTIFIED,
) -> Decision:
    """One answer about one optional purpose, with the expiry its form states."""
    is_given = answer is ConsentAnswer.GIVEN
    return Decision(
        purpose=shown.purpose,
        answer=answer,
        decided_ms=now_ms,
        identifiable=identifiable,
        conditions=conditions.strip(),
        named=shown.named,
        expires_ms=months_later(now_ms, shown.expires_months) if is_given and shown.expires_months else None,
        lawful_basis=EXPLICIT_BASIS if is_given else "",
        single_use=shown.is_single_use,
    )


def sign_purposes(
    state: ConsentState,
    shown: Sequence[ShownForm],
    decisions: Sequence[Decision],
    strokes: tuple[Stroke, ...],
    *,
    width: int,
    height: int,
    signed_ms: int,
    device: str = "",
) -> Signature:
    """One signature under all answers about optional purposes.

    Raises:
        ConsentRefused: ``signature-empty``, ``signature-too-long`` or ``signature-outside``.
    """
    return ink.sign(
        strokes,
        width=width,
        height=height,
        signed_ms=signed_ms,
        shown_sha256=together(shown).shown_sha256,
        decisions=decisions,
        patient=state.patient,
        consent=state.consent,
        device=device,
    )


def decide(
    state: ConsentState,
    shown: Sequence[ShownForm],
    decisions: Sequence[Decision],
    *,
    me: Staff,
    now_ms: int,
    method: Method = Method.DRAWN,
    signature: Signature | None = None,
    session: SessionId | None = None,
) -> PurposesDecided:
    """The answers about optional purposes, in the order shown. A signature is needed if one of them is yes."""
    return PurposesDecided(
        consent=state.consent,
        patient=state.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        decisions=tuple(decisions),
        form=together(shown),
        method=method,
        seen=state.noes,
        signature=signature,
        session=session,
    )
