# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a yes carries what makes it one. Asked when it is recorded and again whenever the history is folded."""

from __future__ import annotations

from clinicam.consent import signature as ink
from clinicam.consent.events import Answered, Asked, PurposesDecided
from clinicam.consent.model import CapacityRoute, Decision, Method, SignerRelation, WhoDecides
from clinicam.errors import Corrupt
from clinicam.permits import Purpose


def answer_is_sound(asked: Asked, event: Answered) -> bool:
    """Whether a yes to care carries what its method and its giver need."""
    if event.decision.purpose is not Purpose.CARE_RECORD or asked.discussion_by is None:
        return False
    if asked.form.shown_sha256 != ink.hash_shown(asked.form.form_sha256, asked.form.texts):
        return False
    if not _may_decide(asked, event):
        return False
    if event.method is Method.DRAWN:
        return is_signed(event, asked.form.shown_sha256, (event.decision,))
    return event.method in {Method.SPOKEN, Method.PAPER} and event.recorded_by == asked.discussion_by


def _may_decide(asked: Asked, event: Answered) -> bool:
    if asked.who is WhoDecides.SELF:
        return asked.capacity.route is CapacityRoute.ADULT and asked.signer.relation is SignerRelation.SELF
    parental = asked.who is WhoDecides.SOMEONE_FOR and asked.capacity.route is CapacityRoute.PARENTAL
    return parental and asked.signer.authority_declared and event.own_yes is True


def is_signed(event: Answered | PurposesDecided, shown_sha256: bytes, decisions: tuple[Decision, ...]) -> bool:
    """Whether the event carries a signature that belongs to this form, these decisions, this patient and consent."""
    if event.signature is None:
        return False
    try:
        ink.verify(
            event.signature,
            shown_sha256=shown_sha256,
            decisions=decisions,
            patient=event.patient,
            consent=event.consent,
        )
    except Corrupt:
        return False
    return True
