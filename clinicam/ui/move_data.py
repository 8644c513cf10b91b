# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sheet about pictures in the wrong chart shows, read at once on the vault thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinicam.identity import Patient, Role, Staff
from clinicam.vault.model import ImageEntry

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


@dataclass(frozen=True, slots=True)
class MisfiledView:
    """Pictures set aside of one patient; `people` may be the second of two; `may_move`: clinicians and managers.

    `is_held`: a hold keeps this patient's records as they are.
    """

    patient: Patient
    entries: tuple[ImageEntry, ...]
    people: tuple[Staff, ...]
    may_move: bool
    is_held: bool = False


def load_misfiled(surgery: Surgery, patient: Patient) -> MisfiledView:
    """Vault thread."""
    records = surgery.records
    return MisfiledView(
        patient,
        records.misfiled.held(patient.patient),
        records.erasing.may_sign(),
        bool(surgery.me.roles & {Role.CLINICIAN, Role.MANAGER}),
        bool(records.holds.standing(patient.patient)),
    )


def find_others(surgery: Surgery, text: str, patient: Patient) -> tuple[Patient, ...]:
    """Whom a typed text may mean, without `patient`. Vault thread."""
    if not text.strip():
        return ()
    hits = surgery.patients.search(text, 6)
    return tuple(hit.patient for hit in hits if hit.patient.patient != patient.patient)[:5]
