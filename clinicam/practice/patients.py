# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice's patients and who is expected today. Vault thread only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import msgspec

from clinicam.consent.packing import pack, unpack
from clinicam.errors import BadPatientData
from clinicam.identity import NOBODY, Patient, PatientId, StaffId, clean_text, new_id
from clinicam.practice.store import NewRow, PatientHit, Store, What, entry

PATIENT = "patient"
TODAY = "today"

_TIME = re.compile(r"(|([01][0-9]|2[0-3]):[0-5][0-9])")


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a day's list as it is kept. `at` is ``HH:MM`` or empty; `is_off`: taken off the list again."""

    line: bytes
    at: str
    reason: str = ""
    asked_by: StaffId | None = None
    series: str = ""
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class TodayEntry:
    """One line of a day's list. `entry` is its id, for taking it off."""

    entry: bytes
    patient: Patient
    day: date
    at: str
    reason: str
    asked_by: StaffId | None
    series: str


class PatientRegister:
    """Patients, as records of the vault; the latest record of each counts."""

    def __init__(self, vault: Store) -> None:
        self._vault = vault

    def add(self, patient: Patient) -> Patient:
        """Adds a patient made with `identity.make_patient`."""
        return self._put(patient, What.PATIENT_ADDED)

    def change(self, patient: Patient) -> Patient:
        """Corrects a patient's identity; the earlier record stays in the ledger.

        Raises:
            NotFound: no such patient.
        """
        self._vault.patient(patient.patient)
        return self._put(patient, What.PATIENT_CHANGED)

    def get(self, patient: PatientId) -> Patient:
        """One patient.

        Raises:
            NotFound: no such patient.
        """
        return self._vault.patient(patient)

    def note_chart(self, patient: PatientId) -> None:
        """Records that somebody looked at a patient's chart, whether or not they open a picture."""
        self._vault.append([NewRow(What.CHART_VIEWED, patient, None, "", NOBODY, None)])

    def note_launch(self) -> None:
        """Records that the surgery's program named a patient; not whom, for nobody has confirmed them yet."""
        self._vault.append([NewRow(What.LAUNCH_RECEIVED, None, None, "", NOBODY, None)])

    def search(self, text: str, limit: int = 50) -> tuple[PatientHit, ...]:
        """Patients by beginnings of name words, date of birth or number; all of them, up to `limit`, for an empty text."""
        return self._vault.search_patients(text, limit)

    def mark_today(
        self,
        patient: PatientId,
        day: date,
        at: str,
        reason: str,
        asked_by: StaffId | None = None,
        series: str = "",
    ) -> None:
        """Puts a patient on a day's list, e.g. because a clinician wants pictures.

        Raises:
            NotFound: no such patient.
            BadPatientData: `at` is not ``HH:MM``, or a text that cannot be shown.
        """
        self._vault.patient(patient)
        if not _TIME.fullmatch(at):
            raise BadPatientData("time", "is not like 10:45")
        reason = clean_text(reason, what="reason", longest=200)
        self._expect(patient, day, Expected(new_id(), at, reason, asked_by, series))

    def unmark_today(self, line: TodayEntry) -> None:
        """Takes a line off its day's list."""
        kept = Expected(line.entry, line.at, line.reason, line.asked_by, line.series, is_off=True)
        self._expect(line.patient.patient, line.day, kept)

    def today(self, day: date) -> tuple[TodayEntry, ...]:
        """The day's list by time, lines without a time last."""
        latest: dict[bytes, tuple[PatientId, Expected]] = {}
        for one in self._vault.entries(TODAY, subject=_subject(day)):
            expected: Expected = unpack(one.body, Expected, what="day's list")
            if one.patient is not None:
                latest[expected.line] = (one.patient, expected)
        lines = [
            TodayEntry(line, self.get(patient), day, kept.at, kept.reason, kept.asked_by, kept.series)
            for line, (patient, kept) in latest.items()
            if not kept.is_off
        ]
        return tuple(sorted(lines, key=lambda line: (line.at or "~", line.patient.shown_name)))

    def _put(self, patient: Patient, what: What) -> Patient:
        body = msgspec.msgpack.encode(patient)
        self._vault.append([entry(what, PATIENT, patient.patient, body, patient=patient.patient)])
        return patient

    def _expect(self, patient: PatientId, day: date, expected: Expected) -> None:
        self._vault.append([entry(What.TASK_RECORDED, TODAY, _subject(day), pack(expected), patient=patient)])


def _subject(day: date) -> bytes:
    """The day as the sixteen bytes under which its lines are kept, so that a day is read without the others."""
    return day.isoformat().encode("ascii").ljust(16, b"\0")
