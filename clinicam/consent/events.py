# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen to a consent: immutable events, one vault record each. `state.fold` makes a state of them.

A yes carries `seen`, the number of noes (refusals, withdrawals, objections, suspensions) in the history its writer
knew. It counts only if it knew them all: so a withdrawal beats a grant made at the same time on another workstation,
whichever of the two comes first in the ledger's order.
"""

from __future__ import annotations

from typing import Annotated, cast

from msgspec import Meta

from clinicam.consent.model import (
    Capacity,
    Chaperone,
    ConsentAnswer,
    Decision,
    EpisodeRef,
    FormShown,
    Id,
    IdentityCheck,
    Interpreter,
    ItemShown,
    Line,
    Method,
    Millis,
    Part,
    PatientRef,
    Reason,
    Retention,
    Review,
    Sedation,
    SessionRef,
    Sha256,
    Signature,
    Signer,
    StaffRef,
    Subject,
    SuspensionCause,
    WhoDecides,
    WithdrawalScope,
    Witness,
    Words,
)
from clinicam.consent.packing import pack, unpack
from clinicam.identity import ConsentId
from clinicam.permits import BodySite, Purpose

ConsentRef = Annotated[ConsentId, Meta(min_length=16, max_length=16)]
Count = Annotated[int, Meta(ge=0, le=2**31)]


class _Event(Part, frozen=True, kw_only=True, tag_field="kind"):
    """What every event has. `recorded_by` is the signed-in user who wrote it down."""

    consent: ConsentRef
    patient: PatientRef
    at_ms: Millis
    recorded_by: StaffRef


class Asked(_Event, frozen=True, kw_only=True, tag="asked"):
    """The staff part is complete and the question goes to the person who decides."""

    episode: EpisodeRef
    identity: IdentityCheck
    reason: Reason
    subject: Subject
    who: WhoDecides
    signer: Signer
    capacity: Capacity
    form: FormShown
    method: Method
    discussion_by: StaffRef | None = None
    discussion_note: Words = ""
    asked_for_by: StaffRef | None = None
    chart_system: Line = ""
    chart_id: Line = ""
    encounter: Line = ""
    interpreter: Interpreter | None = None
    chaperone: Chaperone | None = None
    sedation: Sedation = Sedation.NONE
    sedated_ms: Millis | None = None
    supersedes: ConsentRef | None = None
    asked_again_because: Words = ""
    record_version: int = 1


class Answered(_Event, frozen=True, kw_only=True, tag="answered"):
    """The answer about care. `own_yes` is the child's own, where somebody else decides."""

    decision: Decision
    method: Method
    seen: Count = 0
    signature: Signature | None = None
    own_yes: bool | None = None
    items: tuple[ItemShown, ...] = ()
    witness: Witness | None = None
    retention: Retention | None = None
    reviews: tuple[Review, ...] = ()
    care_only_objection: bool = False
    copy_given: Line = ""


class PurposesDecided(_Event, frozen=True, kw_only=True, tag="purposes-decided"):
    """Answers about optional purposes, each asked by itself; one signature may cover several yeses.

    `form` is what was shown, all purposes together; the signature binds its `shown_sha256` and exactly `decisions`.
    """

    decisions: tuple[Decision, ...]
    form: FormShown
    method: Method
    seen: Count = 0
    signature: Signature | None = None
    signer: Signer | None = None
    session: SessionRef | None = None


class Reaffirmed(_Event, frozen=True, kw_only=True, tag="reaffirmed"):
    """ "Still happy today?", with the answer; also how a further body site joins."""

    answer: ConsentAnswer
    identity: IdentityCheck
    signer: Signer
    seen: Count = 0
    own_yes: bool | None = None
    body_sites_added: tuple[BodySite, ...] = ()
    asked_again_because: Words = ""
    discussion_by: StaffRef | None = None


class Objected(_Event, frozen=True, kw_only=True, tag="objected"):
    """The patient said or showed no: word, action or distress. Stops, whoever else said yes."""

    how: Words
    session: SessionRef | None = None


class Withdrawn(_Event, frozen=True, kw_only=True, tag="withdrawn"):
    """Taken back. Taking back care takes back everything."""

    scope: WithdrawalScope
    signer: Signer
    purposes: tuple[Purpose, ...] = ()
    images: tuple[Id, ...] = ()
    recipient: Line = ""
    route: Line = ""
    reason: Words = ""
    session: SessionRef | None = None
    told_what_stays: bool = False
    destroy_session: bool = False


class Suspended(_Event, frozen=True, kw_only=True, tag="suspended"):
    """Rests until somebody has looked into it."""

    cause: SuspensionCause
    note: Words = ""


class Resumed(_Event, frozen=True, kw_only=True, tag="resumed"):
    """Looked into; goes on."""

    seen: Count
    note: Words


class Superseded(_Event, frozen=True, kw_only=True, tag="superseded"):
    """A newer consent takes its place."""

    by: ConsentRef


class Abandoned(_Event, frozen=True, kw_only=True, tag="abandoned"):
    """Never put to the person."""

    reason: Words = ""


class EnteredInError(_Event, frozen=True, kw_only=True, tag="entered-in-error"):
    """Should not exist: wrong patient, for one. Takes two people."""

    second: StaffRef
    reason: Words


class PaperExpected(_Event, frozen=True, kw_only=True, tag="paper-expected"):
    """Somebody says there is, or will be, a paper form. Opens nothing."""

    note: Words = ""


class PaperScanned(_Event, frozen=True, kw_only=True, tag="paper-scanned"):
    """The paper form is in the vault."""

    image: Id
    sha256: Sha256
    pages: Annotated[int, Meta(ge=1, le=50)] = 1


class NothingFound(_Event, frozen=True, kw_only=True, tag="nothing-found"):
    """Somebody looked for a consent for old pictures and found none: viewing for care only, never a permit."""

    looked_in: Words
    images: tuple[Id, ...] = ()


ConsentEvent = (
    Asked
    | Answered
    | PurposesDecided
    | Reaffirmed
    | Objected
    | Withdrawn
    | Suspended
    | Resumed
    | Superseded
    | Abandoned
    | EnteredInError
    | PaperExpected
    | PaperScanned
    | NothingFound
)


def encode_event(event: ConsentEvent) -> bytes:
    """The one encoding of an event.

    Raises:
        Corrupt: it cannot be encoded.
    """
    return pack(event)


def decode_event(data: bytes) -> ConsentEvent:
    """The event that `data` is the one encoding of.

    Raises:
        Corrupt: anything else.
    """
    return cast("ConsentEvent", unpack(data, ConsentEvent, what="consent event"))
