# SPDX-License-Identifier: GPL-3.0-or-later
"""The small parts of a consent record (clinical.md 2c), with the words of `terms`. The events that hold them are in `events`.

Fields with a default belong to later chapters of the record (interpreter, witness, assessment): absent until filled.
All times are milliseconds of the UTC wall clock. Texts are what people typed; their lengths are bounded on decoding.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from clinicam.consent.terms import (
    CapacityRoute,
    Confirmed,
    ConsentAnswer,
    Identifiability,
    Method,
    Sedation,
    SignerRelation,
    SuspensionCause,
    WhoDecides,
    WithdrawalScope,
)
from clinicam.identity import EpisodeId, PatientId, SessionId, StaffId
from clinicam.permits import BodySite, Purpose

Millis = Annotated[int, Meta(ge=0, le=2**53)]
Line = Annotated[str, Meta(max_length=200)]
Words = Annotated[str, Meta(max_length=4000)]
Sha256 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Id = Annotated[bytes, Meta(min_length=16, max_length=16)]
PatientRef = Annotated[PatientId, Meta(min_length=16, max_length=16)]
StaffRef = Annotated[StaffId, Meta(min_length=16, max_length=16)]
EpisodeRef = Annotated[EpisodeId, Meta(min_length=16, max_length=16)]
SessionRef = Annotated[SessionId, Meta(min_length=16, max_length=16)]


class Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of everything inside an event."""


class StrokePoint(Struct, frozen=True, forbid_unknown_fields=True, array_like=True):
    """One point of a stroke. `x`, `y`: hundredths of a surface pixel; `t_ms`: since the first point; `pressure` 0 to 1024."""

    x: Annotated[int, Meta(ge=0, le=10_000_000)]
    y: Annotated[int, Meta(ge=0, le=10_000_000)]
    t_ms: Annotated[int, Meta(ge=0, le=3_600_000)]
    pressure: Annotated[int, Meta(ge=0, le=1024)]
    tilt_x: Annotated[int, Meta(ge=-90, le=90)]
    tilt_y: Annotated[int, Meta(ge=-90, le=90)]


Stroke = tuple[StrokePoint, ...]


class Signature(Part, frozen=True, kw_only=True):
    """A drawn signature. `binding` ties it to what was shown and decided; `signature.verify` checks it."""

    strokes: tuple[Stroke, ...]
    width: Annotated[int, Meta(ge=1, le=100_000)]
    height: Annotated[int, Meta(ge=1, le=100_000)]
    nonce: Id
    binding: Sha256
    signed_ms: Millis
    device: Line = ""


class Decision(Part, frozen=True, kw_only=True):
    """One answer about one purpose. Conditions are the patient's own words."""

    purpose: Purpose
    answer: ConsentAnswer
    decided_ms: Millis
    identifiable: Identifiability = Identifiability.RECOGNISABLE
    recipients: tuple[Line, ...] = ()
    conditions: Words = ""
    named: Line = ""
    discussion_note: Words = ""
    valid_from_ms: Millis | None = None
    expires_ms: Millis | None = None
    lawful_basis: Line = ""
    single_use: bool = False


class IdentityCheck(Part, frozen=True, kw_only=True):
    """Who made sure of the patient, and by what."""

    confirmed: tuple[Confirmed, ...]
    verified_by: StaffRef
    at_ms: Millis


class Reason(Part, frozen=True, kw_only=True):
    """Why pictures are needed. `code` is one of the form's reasons, empty for free text."""

    text: Annotated[str, Meta(min_length=1, max_length=400)]
    code: Line = ""


class FormShown(Part, frozen=True, kw_only=True):
    """Exactly what was put before the person. `shown_sha256` covers `form_sha256` and `texts` in order."""

    form: Line
    version: int
    language: Line
    form_sha256: Sha256
    shown_sha256: Sha256
    texts: tuple[Words, ...]
    profile: Line
    profile_version: int
    policy_version: int = 0
    pdf_sha256: Sha256 | None = None


class ItemShown(Part, frozen=True, kw_only=True):
    """One item of information, and when it was on the screen."""

    item: Line
    shown_ms: Millis
    explained_by: StaffRef | None = None
    notes: Words = ""
    leaflet: Line = ""


class Capacity(Part, frozen=True, kw_only=True):
    """How it was judged that this person may decide, for this decision at this time."""

    route: CapacityRoute
    age: int
    assessed_by: StaffRef | None = None
    assessed_ms: Millis | None = None
    understands: bool | None = None
    retains: bool | None = None
    weighs: bool | None = None
    communicates: bool | None = None
    findings: Words = ""
    supports: tuple[Line, ...] = ()
    consulted: tuple[Line, ...] = ()
    affirmations: tuple[Line, ...] = ()


class Signer(Part, frozen=True, kw_only=True):
    """The person who answers. `authority_declared`: says they may decide for the patient."""

    relation: SignerRelation
    name: Line = ""
    authority_declared: bool = False
    authority: Line = ""
    evidence_seen: Line = ""
    id_seen: Line = ""


class Witness(Part, frozen=True, kw_only=True):
    """Who saw it, where the method needs one."""

    name: Line
    role: Line
    reason: Line = ""
    signature: Signature | None = None


class Interpreter(Part, frozen=True, kw_only=True):
    """Who put it into the patient's language."""

    language: Line
    name: Line
    agency: Line = ""
    mode: Line = ""
    declared: bool = False
    is_family: bool = False


class Chaperone(Part, frozen=True, kw_only=True):
    """Whether one was offered, and the answer."""

    offered: bool
    accepted: bool
    name: Line = ""


class Retention(Part, frozen=True, kw_only=True):
    """How long at least, by which rule, worked out when it was said."""

    rule: Line
    until: date


class Review(Part, frozen=True, kw_only=True):
    """A day on which somebody has to look again."""

    kind: Line
    on: date


class Subject(Part, frozen=True, kw_only=True):
    """What the pictures are to show."""

    body_sites: tuple[BodySite, ...]
    site_words: Line = ""
    series: Line = ""
    is_intimate: bool = False
    is_rare: bool = False


__all__ = [
    "Capacity",
    "CapacityRoute",
    "Chaperone",
    "Confirmed",
    "ConsentAnswer",
    "Decision",
    "EpisodeRef",
    "FormShown",
    "Id",
    "Identifiability",
    "IdentityCheck",
    "Interpreter",
    "ItemShown",
    "Line",
    "Method",
    "Millis",
    "Part",
    "PatientRef",
    "Reason",
    "Retention",
    "Review",
    "Sedation",
    "SessionRef",
    "Sha256",
    "Signature",
    "Signer",
    "SignerRelation",
    "StaffRef",
    "Stroke",
    "StrokePoint",
    "Subject",
    "SuspensionCause",
    "WhoDecides",
    "WithdrawalScope",
    "Witness",
    "Words",
]
