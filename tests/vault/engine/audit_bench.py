# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the ledger stand on: a practice with an auditor, and acts to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clinicam.identity import NOBODY, Patient, StaffId
from clinicam.vault.acts import What
from clinicam.vault.auditvault import AuditVault
from clinicam.vault.keyref import subject_of
from clinicam.vault.model import NewRow
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import Rank
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Practice, patient_row, someone
from tests.vault.engine.people_bench import OTHER, by_kit

AUDITOR = "Ravi Auditor"


def with_auditor(practice: Practice) -> StaffId:
    """Let an auditor in, whose password is `OTHER`; and leave a few acts of two patients."""
    with by_kit(practice) as desk:
        auditor = desk.people.add(Rank.AUDITOR, OTHER, shown=AUDITOR)
        some_acts(desk.opened)
        return auditor


def some_acts(opened: OpenVault) -> None:
    """Two patients in the register, a refused capture of each, a change of the clock."""
    for patient in (someone(), someone(family="Okafor")):
        opened.append([patient_row(patient)])
        opened.append([NewRow(What.CAPTURE_REFUSED, patient.patient, None, "", NOBODY, None, "no-consent")])
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", NOBODY, None)])


def everybody(opened: OpenVault) -> list[Patient]:
    """Every patient of `some_acts`."""
    return [hit.patient for name in ("Marsh", "Okafor") for hit in opened.search_patients(name)]


def pseudonyms(opened: OpenVault) -> set[bytes]:
    """Theirs."""
    locator = opened.inside.book.table.locator
    return {subject_of(locator, patient.patient) for patient in everybody(opened)}


@contextmanager
def audited(practice: Practice, auditor: StaffId, password: str = OTHER) -> Iterator[tuple[Vault, AuditVault]]:
    """The auditor's vault."""
    vault = practice.open()
    try:
        yield vault, vault.unlock_audit(auditor, password)
    finally:
        vault.close()
