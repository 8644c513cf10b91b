# SPDX-License-Identifier: GPL-3.0-or-later
"""Who and what: the ids, the patient, the staff. The lowest floor of the house; imports nothing of ours but errors.

All ids are 16 random bytes (`new_id`). They are shown and logged as lower-case hex; nothing else of a patient ever is.
"""

from __future__ import annotations

import os
from datetime import date
from enum import Enum
from typing import NewType

import msgspec

from clinicam.errors import BadPatientData

PatientId = NewType("PatientId", bytes)
StaffId = NewType("StaffId", bytes)
"""The same 16 bytes as the vault's user id."""
WorkstationId = NewType("WorkstationId", bytes)
"""The same 16 bytes as the ledger writer of this workstation."""
EpisodeId = NewType("EpisodeId", bytes)
SessionId = NewType("SessionId", bytes)
ConsentId = NewType("ConsentId", bytes)
PermitId = NewType("PermitId", bytes)
FrameId = NewType("FrameId", bytes)
ImageId = NewType("ImageId", bytes)
"""The vault object id of one file of a frame (original, second file, preview, thumbnail)."""

NOBODY = b"\0" * 16
"""Sixteen zero bytes: no patient (the practice's own records), no session."""

EARLIEST_BIRTH = date(1890, 1, 1)
"""Nobody born before this is alive; an earlier date is a slip of the keyboard."""


def new_id() -> bytes:
    """Sixteen bytes from the operating system's generator."""
    return os.urandom(16)


class Role(Enum):
    """What a member of staff may do. A person may hold several."""

    AUDITOR = "auditor"
    """reads acts, never a patient"""
    NURSE = "nurse"
    """photographs, records consent that a clinician discussed"""
    CLINICIAN = "clinician"
    """a registered dentist, doctor or nurse who holds the discussion"""
    MANAGER = "manager"
    """answers for staff, policy and records"""


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number a patient is known by, e.g. system ``NHS``, value ``9434765919`` (no blanks)."""

    system: str
    value: str


class Patient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The identity of one patient as the practice knows it.

    Construct through `make_patient`, which checks; decoding a stored record trusts the vault's authentication.
    """

    patient: PatientId
    family: str
    given: str
    title: str
    born: date
    identifiers: tuple[Identifier, ...] = ()
    language: str = "en"

    @property
    def shown_name(self) -> str:
        """``MARSH, Eleanor (Ms)``: the form of every banner and list."""
        title = f" ({self.title})" if self.title else ""
        return f"{self.family.upper()}, {self.given}{title}"

    def age_on(self, day: date) -> int:
        """Whole years on `day`; a 29 February birthday falls on 1 March in common years."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


class Staff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member of staff. `registration` is the GMC, GDC, NMC or AHPRA number, empty if none."""

    staff: StaffId
    name: str
    post: str
    roles: frozenset[Role]
    registration: str = ""
    active: bool = True


def clean_text(raw: str, *, what: str, longest: int) -> str:
    """One line of text fit to keep and show: stripped, inner blanks folded, without control or bidi-override characters.

    Raises:
        BadPatientData: longer than `longest` characters, or holding a character no name or number has.
    """
    text = " ".join(raw.split())
    if len(text) > longest:
        raise BadPatientData(what, "too long")
    if any(not c.isprintable() or 0x202A <= ord(c) <= 0x202E or 0x2066 <= ord(c) <= 0x2069 for c in text):
        raise BadPatientData(what, "has a character that cannot be shown")
    return text


def make_patient(
    *,
    family: str,
    given: str,
    born: date,
    today: date,
    title: str = "",
    identifiers: tuple[Identifier, ...] = (),
    language: str = "en",
    patient: PatientId | None = None,
) -> Patient:
    """A checked patient with a fresh id unless one is given.

    Raises:
        BadPatientData: no family name, a birth date in the future or before 1890, an unusable identifier.
    """
    family = clean_text(family, what="family name", longest=120)
    given = clean_text(given, what="given name", longest=120)
    title = clean_text(title, what="title", longest=40)
    if not family:
        raise BadPatientData("family name", "is missing")
    if born > today:
        raise BadPatientData("date of birth", "lies in the future")
    if born < EARLIEST_BIRTH:
        raise BadPatientData("date of birth", "lies before 1890")
    checked = []
    for one in identifiers:
        system = clean_text(one.system, what="identifier", longest=40)
        value = "".join(clean_text(one.value, what="identifier", longest=64).split())
        if not system or not value:
            raise BadPatientData("identifier", "is missing")
        checked.append(Identifier(system, value))
    return Patient(
        patient if patient is not None else PatientId(new_id()), family, given, title, born, tuple(checked), language
    )
