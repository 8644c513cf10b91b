# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds events from what screens know, so that no screen has to know the record. `record.check` judges what is built.

Every step raises `ConsentRefused` with a `Refusal` when something is missing; nothing here writes.
"""

from __future__ import annotations

from clinicam.consent import signature as ink
from clinicam.consent.draft import ConsentDraft, open_points
from clinicam.consent.events import (
    Answered,
    Asked,
    NothingFound,
    Objected,
    PaperExpected,
    Reaffirmed,
    Withdrawn,
)
from clinicam.consent.model import (
    Capacity,
    CapacityRoute,
    ConsentAnswer,
    Decision,
    IdentityCheck,
    ItemShown,
    Method,
    Reason,
    Retention,
    Signature,
    Signer,
    SignerRelation,
    Stroke,
    Subject,
    WhoDecides,
    WithdrawalScope,
)
from clinicam.consent.policy import ConsentPolicy
from clinicam.consent.profile import Profile
from clinicam.consent.refusal import Refusal, refuse
from clinicam.consent.status import ConsentState
from clinicam.consent.wording import ShownForm
from clinicam.identity import ConsentId, EpisodeId, ImageId, PatientId, SessionId, Staff, new_id
from clinicam.permits import BodySite, Purpose

CARE_BASIS = "GDPR 6(1)(e) or (f), 9(2)(h)"


def ask(
    draft: ConsentDraft,
    shown: ShownForm,
    profile: Profile,
    policy: ConsentPolicy,
    *,
    me: Staff,
    now_ms: int,
    consent: ConsentId | None = None,
    episode: EpisodeId | None = None,
    asked_again_because: str = "",
) -> Asked:
    """The staff part, complete: the question goes to the person who decides. New ids unless given.

    Raises:
        ConsentRefused: the first point that is still open.
    """
    for point in open_points(draft, profile, policy, me):
        if point.refusal is not None:
            raise refuse(point.refusal)
    is_self = draft.who is WhoDecides.SELF
    route = CapacityRoute.ADULT if is_self else CapacityRoute.PARENTAL
    signer = Signer(relation=SignerRelation.SELF)
    if not is_self:
        signer = Signer(
            relation=draft.relation, name=draft.signer_name.strip(), authority_declared=draft.authority_declared
        )
    return Asked(
        consent=consent if consent is not None else ConsentId(new_id()),
        patient=draft.patient.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        episode=episode if episode is not None else EpisodeId(new_id()),
        identity=draft.identity or IdentityCheck(confirmed=(), verified_by=me.staff, at_ms=now_ms),
        reason=draft.reason or Reason(text="-"),
        subject=Subject(
            body_sites=tuple(site for site in BodySite if site in draft.body_sites),
            site_words=draft.site_words.strip(),
            series=draft.series,
            is_intimate=draft.is_intimate,
        ),
        who=draft.who,
        signer=signer,
        capacity=Capacity(route=route, age=draft.patient.age_on(draft.today)),
        form=shown.shown,
        method=draft.method,
        discussion_by=draft.discussion_by.staff if draft.discussion_by else None,
        discussion_note=draft.discussion_note,
        asked_for_by=draft.asked_for_by,
        interpreter=draft.interpreter,
        chaperone=draft.chaperone,
        sedation=draft.sedation,
        sedated_ms=draft.sedated_ms,
        asked_again_because=asked_again_because,
    )


def care_decision(answer: ConsentAnswer, now_ms: int, conditions: str = "") -> Decision:
    """The answer about care."""
    return Decision(
        purpose=Purpose.CARE_RECORD,
        answer=answer,
        decided_ms=now_ms,
        conditions=conditions.strip(),
        lawful_basis=CARE_BASIS,
    )


def sign_care(
    asked: Asked,
    decision: Decision,
    strokes: tuple[Stroke, ...],
    *,
    width: int,
    height: int,
    signed_ms: int,
    device: str = "",
) -> Signature:
    """The signature under the care form.

    Raises:
        ConsentRefused: ``signature-empty``, ``signature-too-long`` or ``signature-outside``.
    """
    return ink.sign(
        strokes,
        width=width,
        height=height,
        signed_ms=signed_ms,
        shown_sha256=asked.form.shown_sha256,
        decisions=(decision,),
        patient=asked.patient,
        consent=asked.consent,
        device=device,
    )


def answer(
    asked: Asked,
    decision: Decision,
    *,
    me: Staff,
    now_ms: int,
    method: Method | None = None,
    signature: Signature | None = None,
    own_yes: bool | None = None,
    items: tuple[ItemShown, ...] = (),
    seen: int = 0,
    retention: Retention | None = None,
) -> Answered:
    """What was answered about care. `method` is the one asked for unless given."""
    return Answered(
        consent=asked.consent,
        patient=asked.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        decision=decision,
        method=method if method is not None else asked.method,
        seen=seen,
        signature=signature,
        own_yes=own_yes,
        items=items,
        retention=retention,
    )


def expect_paper(asked: Asked, *, me: Staff, now_ms: int, note: str = "") -> PaperExpected:
    """There is, or will be, a paper form that nobody here saw being signed. Opens nothing."""
    return PaperExpected(
        consent=asked.consent, patient=asked.patient, at_ms=now_ms, recorded_by=me.staff, note=note.strip()
    )


def reaffirm(
    state: ConsentState,
    answer: ConsentAnswer,
    *,
    me: Staff,
    now_ms: int,
    identity: IdentityCheck,
    signer: Signer | None = None,
    own_yes: bool | None = None,
    body_sites_added: frozenset[BodySite] = frozenset(),
    asked_again_because: str = "",
) -> Reaffirmed:
    """ "Still happy today?" Answered by the patient unless `signer` says who else."""
    return Reaffirmed(
        consent=state.consent,
        patient=state.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        answer=answer,
        identity=identity,
        signer=signer if signer is not None else Signer(relation=SignerRelation.SELF),
        seen=state.noes,
        own_yes=own_yes,
        body_sites_added=tuple(site for site in BodySite if site in body_sites_added),
        asked_again_because=asked_again_because.strip(),
    )


def withdraw(
    state: ConsentState,
    *,
    me: Staff,
    now_ms: int,
    scope: WithdrawalScope = WithdrawalScope.WHOLE,
    purposes: tuple[Purpose, ...] = (),
    images: tuple[ImageId, ...] = (),
    recipient: str = "",
    signer: Signer | None = None,
    session: SessionId | None = None,
    reason: str = "",
    route: str = "",
    told_what_stays: bool = True,
    destroy_session: bool = False,
) -> Withdrawn:
    """Taken back, by the patient unless `signer` says who else."""
    return Withdrawn(
        consent=state.consent,
        patient=state.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        scope=scope,
        signer=signer if signer is not None else Signer(relation=SignerRelation.SELF),
        purposes=purposes,
        images=images,
        recipient=recipient,
        route=route,
        reason=reason.strip(),
        session=session,
        told_what_stays=told_what_stays,
        destroy_session=destroy_session,
    )


def object_to(state: ConsentState, how: str, *, me: Staff, now_ms: int, session: SessionId | None = None) -> Objected:
    """The patient said or showed no."""
    return Objected(
        consent=state.consent,
        patient=state.patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        how=how.strip(),
        session=session,
    )


def nothing_found(
    patient: PatientId, looked_in: str, *, me: Staff, now_ms: int, images: tuple[ImageId, ...] = ()
) -> NothingFound:
    """No consent was found for old pictures: viewing for care only.

    Raises:
        ConsentRefused: ``reason-missing``: not said where somebody looked.
    """
    if not looked_in.strip():
        raise refuse(Refusal.REASON_MISSING)
    return NothingFound(
        consent=ConsentId(new_id()),
        patient=patient,
        at_ms=now_ms,
        recorded_by=me.staff,
        looked_in=looked_in.strip(),
        images=images,
    )
