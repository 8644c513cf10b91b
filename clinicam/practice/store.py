# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registers need of an unlocked vault. `vault.openvault.OpenVault` fits; so does any other careful store.

Every call happens on the vault thread, except `read` and `counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from clinicam.identity import Patient, PatientId, SessionId, StaffId
from clinicam.vault.acts import What
from clinicam.vault.model import Entry, ImageEntry, NewRow, PatientHit, RowRef


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


def entry(
    what: What,
    topic: str,
    subject: bytes,
    body: bytes,
    *,
    patient: PatientId | None = None,
    session: SessionId | None = None,
    detail: str = "",
) -> NewRow:
    """A row with content. `patient` None: one of the practice's own records."""
    return NewRow(what, patient, session, topic, subject, body, detail)


__all__ = ["Entry", "ImageEntry", "NewRow", "PatientHit", "RowRef", "Store", "What", "entry"]
