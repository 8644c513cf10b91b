# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registers need of an unlocked vault. `vault.openvault.OpenVault` fits; so does any other careful store.

Every call happens on the vault thread, except `read` and `counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from clinicam.identity import NOBODY, ConsentId, FrameId, ImageId, Patient, PatientId, SessionId, StaffId
from clinicam.permits import Admission


class What(str, Enum):
    """The fixed vocabulary of acts."""

    PATIENT_ADDED = "patient.added"
    PATIENT_CHANGED = "patient.changed"
    CONSENT_RECORDED = "consent.recorded"
    SESSION_OPENED = "session.opened"
    SESSION_EVENT = "session.event"
    SESSION_CLOSED = "session.closed"
    IMAGE_STORED = "image.stored"
    IMAGE_UNFILED = "image.kept-unfiled"
    STAFF_CHANGED = "staff.changed"
    POLICY_CHANGED = "policy.changed"
    TASK_RECORDED = "task.recorded"


class Rendition(int, Enum):
    """What a stored file is to its frame."""

    ORIGINAL = 1
    SECOND = 2
    PREVIEW = 3
    THUMBNAIL = 4
    DERIVATIVE = 5


@dataclass(frozen=True, slots=True)
class RowRef:
    """Where a row is: whose chain, which place in it."""

    writer: bytes
    seq: int


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to append. `body` None means an act without content."""

    what: What
    patient: PatientId | None = None
    session: SessionId | None = None
    topic: str = ""
    subject: bytes = NOBODY
    body: bytes | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored record."""

    patient: PatientId | None
    session: SessionId | None
    topic: str
    subject: bytes
    body: bytes
    who: StaffId
    wall_ms: int
    row: RowRef


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """One original or second file of a frame, with its renditions."""

    image: ImageId
    patient: PatientId
    session: SessionId
    frame: FrameId
    rendition: Rendition
    media_type: str
    view: str
    captured_ms: int
    admission: Admission
    consent: ConsentId
    preview: ImageId | None
    thumbnail: ImageId | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class PatientHit:
    """One row of a search."""

    patient: Patient
    last_seen_ms: int | None
    image_count: int


class Store(Protocol):
    """The part of an unlocked vault that the registers use."""

    @property
    def user(self) -> StaffId:
        """Who is signed in."""
        ...

    def append(self, rows: Sequence[NewRow], /) -> tuple[RowRef, ...]:
        """Writes `rows` as one durable batch."""
        ...

    def entries(
        self,
        topic: str,
        *,
        patient: PatientId | None = None,
        session: SessionId | None = None,
        subject: bytes | None = None,
    ) -> tuple[Entry, ...]:
        """Records of one topic in ledger order; None does not filter."""
        ...

    def images(self, *, patient: PatientId | None = None, session: SessionId | None = None) -> tuple[ImageEntry, ...]:
        """Originals and second files in order of capture; None does not filter."""
        ...

    def search_patients(self, text: str, limit: int = 50) -> tuple[PatientHit, ...]:
        """Patients by prefix of name words, date of birth or number."""
        ...

    def patient(self, patient: PatientId) -> Patient:
        """One patient.

        Raises:
            NotFound: no such patient.
        """
        ...

    def free_bytes(self) -> int:
        """Room left where the vault lies."""
        ...
