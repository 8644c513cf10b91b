# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of a leave to act. Types only: nobody mints here; `consent.gate` is the only minter.

A permit is verified by its id with whoever minted it, never by mere possession: the camera host and `OpenVault`
are given a `PermitCheck` and ask it every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from clinicam.identity import ConsentId, EpisodeId, PatientId, PermitId, SessionId, StaffId, WorkstationId


class Purpose(Enum):
    """What a picture may be used for (clinical.md 2b, P1 to P14)."""

    CARE_RECORD = "P1"
    """assessment, treatment, baseline; the only purpose that opens the shutter"""
    CARE_SHARE = "P2"
    """referral, second opinion, laboratory, within care"""
    PATIENT_COPY = "P3"
    """a copy for the patient"""
    AUDIT_TRAINING = "P4"
    """practice audit and peer review, de-identified"""
    TEACHING = "P5"
    """lectures to health professionals"""
    RESEARCH = "P6"
    """a named study"""
    EXAM_PORTFOLIO = "P7"
    """assessment of staff"""
    PUBLICATION = "P8"
    """one named journal or book"""
    PATIENT_EDUCATION = "P9"
    """shown to other patients"""
    WEBSITE = "P10"
    """the practice's website or other marketing"""
    SOCIAL_MEDIA = "P11"
    """one post on one named account"""
    INSURER_LEGAL = "P12"
    """a named body or authority"""
    AI_DATASET = "P13"
    """development of software, one named set"""
    SAFEGUARDING = "P14"
    """evidence of injury"""


class BodySite(Enum):
    """The part of the body a consent and a permit are about."""

    MOUTH = "mouth"
    """mouth and teeth"""
    FACE = "face"
    """face and neck"""
    SKIN = "skin"
    """skin elsewhere, wounds included"""
    OTHER = "other"
    """named in words on the form"""


@dataclass(frozen=True, slots=True)
class CapturePermit:
    """Short-lived leave to photograph one patient in one session. Times are milliseconds of the UTC wall clock."""

    permit: PermitId
    patient: PatientId
    episode: EpisodeId
    session: SessionId
    consent: ConsentId
    purposes: frozenset[Purpose]
    staff: StaffId
    workstation: WorkstationId
    body_site: BodySite
    minted_ms: int
    expires_ms: int
    pausable: bool = True


@dataclass(frozen=True, slots=True)
class ReleasePermit:
    """Leave for named images to leave the vault for one recipient and purpose. Minted from the release issue on."""

    permit: PermitId
    patient: PatientId
    images: frozenset[bytes]
    purpose: Purpose
    recipient: str
    staff: StaffId
    expires_ms: int


class PermitState(Enum):
    """What the gate knows of one permit id."""

    LIVE = "live"
    """may be acted on"""
    PAUSED = "paused"
    """lock, idle, hand-over, clock jump or the nurse's own pause; may be resumed"""
    ENDED = "ended"
    """stopped, finished, or the patient changed; never resumes"""
    EXPIRED = "expired"
    """its time ran out"""
    UNKNOWN = "unknown"
    """this gate never minted it"""


class Admission(Enum):
    """How a frame that was exposed under a permit may be stored."""

    FILED = "filed"
    """the permit was live when the frame was exposed and still is"""
    UNFILED = "unfiled"
    """exposed while live, paused since: kept, shown as unfiled until a person files it"""


class PermitCheck(Protocol):
    """Asked by id before every act. Thread-safe; never blocks on I/O."""

    def live(self, permit: PermitId) -> CapturePermit:
        """The permit, if it may be acted on now.

        Raises:
            PermitRefused: paused, ended, expired or never minted; `state` says which.
        """
        ...

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        """The permit and how a frame exposed at `exposed_ms` (UTC wall clock) may be stored.

        Raises:
            PermitRefused: the frame was exposed while the permit was not live, or the permit has ended.
        """
        ...
