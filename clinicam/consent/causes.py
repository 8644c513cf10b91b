# SPDX-License-Identifier: GPL-3.0-or-later
"""What can stand between a patient and the shutter (clinical.md 2e), and who can lift it. Sentences are in ui/messages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Blocker(Enum):
    """One member a code. `code` is what a screen shows small, for support."""

    NO_PATIENT = "C1"
    NOT_CONFIRMED = "C2"
    NO_CARE_CONSENT = "C3"
    FORM_UNUSABLE = "C4"
    NO_AUTHORITY = "C5"
    SUSPENDED = "C6"
    OBJECTED = "C7"
    SEDATED = "C8"
    NO_CHAPERONE_DECISION = "C9"
    NO_DISCUSSION = "C10"
    STAFF_MAY_NOT = "C11"
    CAMERA_NOT_USABLE = "C12"
    CAMERA_MIGHT_KEEP = "C13"
    VAULT_NOT_READY = "C14"
    VAULT_PLACE = "C15"
    IDLE = "C16"
    LIMIT = "C17"
    STOPPED = "C18"

    @property
    def code(self) -> str:
        """``C10``."""
        return self.value

    @property
    def number(self) -> int:
        """10 for ``C10``; for sorting."""
        return int(self.value[1:])


class Lift(Enum):
    """Who can lift a blocker."""

    STAFF = "staff"
    """whoever is signed in"""
    CLINICIAN = "clinician"
    PATIENT = "patient"
    """or the person who decides for them"""
    MANAGER = "manager"
    IT = "it"
    """the person who looks after the machines"""
    NOBODY = "nobody"


class Cause(Enum):
    """Why exactly a blocker stands."""

    NO_PATIENT = "no-patient"
    NOT_CONFIRMED = "not-confirmed"
    """fewer than two identifiers"""
    CONTEXT_CHANGED = "context-changed"
    """the surgery program has another patient open since"""
    NOT_ASKED = "not-asked"
    NO_ANSWER_YET = "no-answer-yet"
    """asked, or the window was closed"""
    PAPER_ONLY = "paper-only"
    """a paper form is said to exist; nobody has recorded a yes"""
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    IN_ERROR = "in-error"
    VIEWING_ONLY = "viewing-only"
    OTHER_PATIENT = "other-patient"
    """the consent is about somebody else"""
    ASK_TODAY = "ask-today"
    """valid, not yet affirmed today: "still happy today?" """
    REFUSED_TODAY = "refused-today"
    OTHER_SITE = "other-site"
    """the consent does not cover what the series shows"""
    FORM_WITHDRAWN = "form-withdrawn"
    OTHER_LANGUAGE = "other-language"
    AUTHORITY = "authority"
    """who decided has not declared that they may"""
    CHILD_ALONE = "child-alone"
    CAPACITY_DOUBT = "capacity-doubt"
    AGE_REVIEW = "age-review"
    """old enough now to decide: the consent was a parent's"""
    DISPUTE = "dispute"
    IDENTITY_QUERY = "identity-query"
    DECEASED = "deceased"
    OBJECTED = "objected"
    """the patient said or showed no"""
    SEDATED = "sedated"
    """given something before saying yes"""
    NO_CHAPERONE_DECISION = "no-chaperone-decision"
    NO_DISCUSSION = "no-discussion"
    NOT_SIGNED_IN = "not-signed-in"
    LOCKED = "locked"
    NO_ROLE = "no-role"
    CAMERA_ABSENT = "camera-absent"
    CAMERA_CLAIMED = "camera-claimed"
    CAMERA_RESTARTING = "camera-restarting"
    CAMERA_WRONG_KIND = "camera-wrong-kind"
    """a phone, or a body not meant for this"""
    CARD_ONLY = "card-only"
    """the body cannot keep frames off its card"""
    SENDS_ITSELF = "sends-itself"
    """Wi-Fi, upload or position is switched on in the body"""
    VAULT_LOCKED = "vault-locked"
    VAULT_FULL = "vault-full"
    VAULT_DAMAGED = "vault-damaged"
    CLOCK_JUMPED = "clock-jumped"
    VAULT_PLACE = "vault-place"
    IDLE = "idle"
    HANDED_OVER = "handed-over"
    LIMIT = "limit"
    STOPPED = "stopped"


MACHINE = frozenset({
    Cause.CAMERA_ABSENT,
    Cause.CAMERA_CLAIMED,
    Cause.CAMERA_RESTARTING,
    Cause.CAMERA_WRONG_KIND,
    Cause.CARD_ONLY,
    Cause.SENDS_ITSELF,
    Cause.VAULT_FULL,
    Cause.VAULT_DAMAGED,
    Cause.VAULT_PLACE,
    Cause.LIMIT,
})
"""About things, not people: when they are put right the session goes on without asking for the patient again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One blocker that stands now. `is_here`: can be lifted at this workstation, in this minute."""

    blocker: Blocker
    detail: Cause
    liftable_by: Lift
    is_here: bool

    @property
    def code(self) -> str:
        """``C10``."""
        return self.blocker.code

    @property
    def is_of_machine(self) -> bool:
        """Whether it is about a thing, not about the patient, the staff or the time."""
        return self.detail in MACHINE


_B, _L = Blocker, Lift

_TABLE: dict[Cause, tuple[Blocker, Lift, bool]] = {
    Cause.NO_PATIENT: (_B.NO_PATIENT, _L.STAFF, True),
    Cause.NOT_CONFIRMED: (_B.NOT_CONFIRMED, _L.STAFF, True),
    Cause.CONTEXT_CHANGED: (_B.NOT_CONFIRMED, _L.STAFF, True),
    Cause.NOT_ASKED: (_B.NO_CARE_CONSENT, _L.STAFF, True),
    Cause.NO_ANSWER_YET: (_B.NO_CARE_CONSENT, _L.PATIENT, True),
    Cause.PAPER_ONLY: (_B.NO_CARE_CONSENT, _L.CLINICIAN, True),
    Cause.DECLINED: (_B.NO_CARE_CONSENT, _L.PATIENT, False),
    Cause.WITHDRAWN: (_B.NO_CARE_CONSENT, _L.PATIENT, False),
    Cause.EXPIRED: (_B.NO_CARE_CONSENT, _L.STAFF, True),
    Cause.SUPERSEDED: (_B.NO_CARE_CONSENT, _L.STAFF, True),
    Cause.IN_ERROR: (_B.NO_CARE_CONSENT, _L.MANAGER, False),
    Cause.VIEWING_ONLY: (_B.NO_CARE_CONSENT, _L.STAFF, True),
    Cause.OTHER_PATIENT: (_B.NO_CARE_CONSENT, _L.STAFF, True),
    Cause.ASK_TODAY: (_B.NO_CARE_CONSENT, _L.PATIENT, True),
    Cause.REFUSED_TODAY: (_B.NO_CARE_CONSENT, _L.PATIENT, False),
    Cause.OTHER_SITE: (_B.NO_CARE_CONSENT, _L.PATIENT, True),
    Cause.FORM_WITHDRAWN: (_B.FORM_UNUSABLE, _L.STAFF, True),
    Cause.OTHER_LANGUAGE: (_B.FORM_UNUSABLE, _L.STAFF, True),
    Cause.AUTHORITY: (_B.NO_AUTHORITY, _L.PATIENT, True),
    Cause.CHILD_ALONE: (_B.NO_AUTHORITY, _L.PATIENT, True),
    Cause.CAPACITY_DOUBT: (_B.SUSPENDED, _L.CLINICIAN, True),
    Cause.AGE_REVIEW: (_B.SUSPENDED, _L.PATIENT, True),
    Cause.DISPUTE: (_B.SUSPENDED, _L.MANAGER, False),
    Cause.IDENTITY_QUERY: (_B.SUSPENDED, _L.MANAGER, False),
    Cause.DECEASED: (_B.SUSPENDED, _L.NOBODY, False),
    Cause.OBJECTED: (_B.OBJECTED, _L.PATIENT, False),
    Cause.SEDATED: (_B.SEDATED, _L.CLINICIAN, False),
    Cause.NO_CHAPERONE_DECISION: (_B.NO_CHAPERONE_DECISION, _L.STAFF, True),
    Cause.NO_DISCUSSION: (_B.NO_DISCUSSION, _L.STAFF, True),
    Cause.NOT_SIGNED_IN: (_B.STAFF_MAY_NOT, _L.STAFF, True),
    Cause.LOCKED: (_B.STAFF_MAY_NOT, _L.STAFF, True),
    Cause.NO_ROLE: (_B.STAFF_MAY_NOT, _L.MANAGER, False),
    Cause.CAMERA_ABSENT: (_B.CAMERA_NOT_USABLE, _L.STAFF, True),
    Cause.CAMERA_CLAIMED: (_B.CAMERA_NOT_USABLE, _L.STAFF, True),
    Cause.CAMERA_RESTARTING: (_B.CAMERA_NOT_USABLE, _L.STAFF, True),
    Cause.CAMERA_WRONG_KIND: (_B.CAMERA_NOT_USABLE, _L.STAFF, True),
    Cause.CARD_ONLY: (_B.CAMERA_MIGHT_KEEP, _L.IT, False),
    Cause.SENDS_ITSELF: (_B.CAMERA_MIGHT_KEEP, _L.IT, False),
    Cause.VAULT_LOCKED: (_B.VAULT_NOT_READY, _L.STAFF, True),
    Cause.VAULT_FULL: (_B.VAULT_NOT_READY, _L.IT, False),
    Cause.VAULT_DAMAGED: (_B.VAULT_NOT_READY, _L.IT, False),
    Cause.CLOCK_JUMPED: (_B.VAULT_NOT_READY, _L.STAFF, True),
    Cause.VAULT_PLACE: (_B.VAULT_PLACE, _L.IT, False),
    Cause.IDLE: (_B.IDLE, _L.STAFF, True),
    Cause.HANDED_OVER: (_B.IDLE, _L.STAFF, True),
    Cause.LIMIT: (_B.LIMIT, _L.STAFF, True),
    Cause.STOPPED: (_B.STOPPED, _L.STAFF, True),
}


def standing(cause: Cause) -> Standing:
    """The blocker a cause belongs to, with who lifts it."""
    blocker, lift, is_here = _TABLE[cause]
    return Standing(blocker, cause, lift, is_here)
