# SPDX-License-Identifier: GPL-3.0-or-later
"""What the patients screen asks of the registers, in one go on the vault thread, and how the answers become rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.status import CareToday, care_today
from clinicam.identity import Identifier, Patient, make_patient
from clinicam.practice.patients import TodayEntry
from clinicam.ui.kit import Meaning
from clinicam.ui.patient_rows import PatientRow, fold, found_support
from clinicam.ui.todo_rows import TodoRow, todo_rows
from clinicam.ui.words import day_of, shown_age, shown_date, today
from clinicam.vault.model import PatientHit

if TYPE_CHECKING:
    from clinicam.chart.call import LaunchCall
    from clinicam.surgery import Surgery


@dataclass(frozen=True, slots=True)
class DayLine:
    """One line of today's list with where care stands, and who asked for pictures."""

    entry: TodayEntry
    care: CareToday
    asked_by: str


@dataclass(frozen=True, slots=True)
class DayView:
    """Today's list and what is left to do."""

    lines: tuple[DayLine, ...]
    todo: tuple[TodoRow, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a call means: a patient of the register, or one who is not in it yet."""

    patient: Patient
    known: bool


def _tr(text: str) -> str:
    return QCoreApplication.translate("PatientsScreen", text)


def load_day(surgery: Surgery) -> DayView:
    """Today's list with each patient's consent. Vault thread."""
    now = surgery.clock.wall_ms()
    names = {staff: one.name for staff, one in surgery.staff.by_id().items()}
    lines = tuple(
        DayLine(
            one,
            care_today(surgery.consents.current(one.patient.patient), clock_day(now), now),
            names.get(one.asked_by, "") if one.asked_by is not None else "",
        )
        for one in surgery.patients.today(today())
    )
    return DayView(lines, todo_rows(surgery))


def find_match(surgery: Surgery, call: LaunchCall) -> Match | None:
    """The patient a call means: by number, else by names and birth date; not in the register: as the call says. Vault
    thread. None: the call says too little to find or add anybody.

    Raises:
        BadPatientData: what the call says cannot be a patient.
    """
    for wanted in call.identifiers:
        for hit in surgery.patients.search(wanted.value, 20):
            if any(_same(one, wanted) for one in hit.patient.identifiers):
                return Match(hit.patient, True)
    if call.family and call.born is not None:
        for hit in surgery.patients.search(f"{call.family} {call.given}".strip(), 50):
            one = hit.patient
            same_name = fold(one.family) == fold(call.family) and fold(one.given) == fold(call.given)
            if one.born == call.born and same_name:
                return Match(one, True)
        made = make_patient(
            family=call.family,
            given=call.given,
            title=call.title,
            born=call.born,
            today=today(),
            identifiers=tuple(call.identifiers),
        )
        return Match(made, False)
    return None


def _same(one: Identifier, other: Identifier) -> bool:
    return one.system.casefold() == other.system.casefold() and "".join(one.value.split()) == "".join(
        other.value.split()
    )


def found_row(hit: PatientHit) -> PatientRow:
    """A row of what a search found."""
    if hit.last_seen_ms is not None:
        note = _tr("last here {day}").format(day=shown_date(day_of(hit.last_seen_ms)))
    else:
        note = _tr("never photographed")
    return PatientRow(hit.patient, found_support(_tr("Born"), hit.patient), note)


def day_row(line: DayLine) -> PatientRow:
    """A row of today's list."""
    one = line.entry
    if one.reason and line.asked_by:
        support = _tr("{name} asks: {reason}").format(name=line.asked_by, reason=one.reason)
    else:
        support = one.reason or found_support(_tr("Born"), one.patient)
    icon, text, meaning = care_chip(line.care)
    return PatientRow(one.patient, support, "", one.at or "–", shown_age(one.patient, today()), text, icon, meaning)


def care_chip(care: CareToday) -> tuple[str, str, Meaning]:
    """Icon, short words and meaning for today's list. A no is not an error."""
    table: dict[CareToday, tuple[str, str, Meaning]] = {
        CareToday.NOT_ASKED: ("dashed", _tr("Not asked yet"), "neutral"),
        CareToday.WITH_PATIENT: ("dashed", _tr("No answer yet"), "neutral"),
        CareToday.PAPER_EXPECTED: ("file-check", _tr("Paper expected"), "attention"),
        CareToday.YES_TODAY: ("check", _tr("Care: yes"), "safe"),
        CareToday.ASK_TODAY: ("check", _tr("Care: yes"), "safe"),
        CareToday.REFUSED: ("hand", _tr("Care: no"), "neutral"),
        CareToday.WITHDRAWN: ("hand", _tr("Taken back"), "neutral"),
        CareToday.SUSPENDED: ("clock", _tr("Look again"), "attention"),
        CareToday.VIEWING_ONLY: ("eye", _tr("Viewing only"), "neutral"),
    }
    return table[care]


def asked_for(lines: Sequence[DayLine]) -> int:
    """How many of today's patients somebody wants pictures of."""
    return sum(bool(one.entry.reason) for one in lines)
