# SPDX-License-Identifier: GPL-3.0-or-later
"""What `OpenVault` takes and gives. All times are milliseconds of the UTC wall clock unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from clinicam.identity import (
    ConsentId,
    FrameId,
    ImageId,
    Patient,
    PatientId,
    PermitId,
    SessionId,
    StaffId,
    WorkstationId,
)
from clinicam.permits import Admission
from clinicam.vault.acts import What
from clinicam.vault.content import Rendition
from clinicam.vault.roster import Rank

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Login:
    """Who may unlock here. `shown` is a name of staff."""

    user: StaffId
    shown: str
    has_pin: bool = False
    """they gave themselves a PIN on this workstation, and it counts still"""
    rank: Rank = Rank.MANAGER
    """what the roster says their keys are for: auditors go by another door (`Vault.unlock_audit`)"""


@dataclass(frozen=True, slots=True)
class CreatedVault:
    """A fresh vault. The 24 kit words exist here and on the sheet the manager prints, nowhere else."""

    vault_id: bytes
    user: StaffId
    kit_words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class RowRef:
    """Where a row is in the ledger: writer, sequence number from 1, and the row's own id (16 bytes)."""

    writer: WorkstationId
    seq: int
    rid: bytes


@dataclass(frozen=True, slots=True)
class NewFile:
    """One file of a frame as it came out of the camera. `data` is not copied and must not change until `add` returns."""

    rendition: Rendition
    media_type: str
    data: Buffer = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewFrame:
    """What one press of the shutter gave: one file, or RAW and JPEG. `proof` says how the camera kept it off its card."""

    permit: PermitId
    frame: FrameId
    captured_ms: int
    camera: str
    proof: str
    view: str
    files: tuple[NewFile, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame that is durable: one image id a file, in the order given."""

    frame: FrameId
    images: tuple[ImageId, ...]
    admission: Admission
    rows: tuple[RowRef, ...]


@dataclass(frozen=True, slots=True)
class NewRow:
    """One row to append. With `body` (strict MessagePack of whoever writes it) it is an entry of `topic`, sealed under
    the patient's key (the practice's, if None); without, only the act is written. `detail` goes into the act, which
    auditors read: words and codes, never a patient.
    """

    what: What
    patient: PatientId | None
    session: SessionId | None
    topic: str
    subject: bytes
    body: bytes | None = field(repr=False)
    detail: str = ""


class Entry(msgspec.Struct, frozen=True):
    """One entry as the ledger keeps it. `who` is the member of staff in whose name it was written."""

    patient: PatientId | None
    session: SessionId | None
    topic: str
    subject: bytes
    body: bytes
    who: StaffId
    wall_ms: int
    row: RowRef
    lamport: int


class ImageEntry(msgspec.Struct, frozen=True):
    """One image (original, second file of its frame, or derivative) with its renditions, where they exist."""

    image: ImageId
    frame: FrameId | None
    patient: PatientId
    session: SessionId | None
    rendition: Rendition
    parent: ImageId | None
    media_type: str
    view: str
    captured_ms: int
    admission: Admission
    consent: ConsentId | None
    permit: PermitId | None
    preview: ImageId | None
    thumbnail: ImageId | None
    row: RowRef


@dataclass(frozen=True, slots=True)
class PatientHit:
    """One patient found. `last_seen_ms`: the newest picture or session, None if there was none."""

    patient: Patient
    last_seen_ms: int | None
    image_count: int


@dataclass(frozen=True, slots=True)
class VaultCounts:
    """Sums over the whole vault. `images` counts frames (originals); `acts` has a count for each code of `What`."""

    rows: int
    objects: int
    images: int
    patients: int
    acts: dict[str, int]


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a check of the vault found. `findings` make it not ok; `alarms` are to be looked at by a manager."""

    ok: bool
    rows: int
    objects: int
    findings: tuple[str, ...]
    alarms: tuple[str, ...]
