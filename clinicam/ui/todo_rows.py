# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to do, as rows: which task, for whom, since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clinicam.errors import NotFound
from clinicam.identity import Patient
from clinicam.practice.tasks import Task, TaskKind
from clinicam.ui.words import day_of, shown_date

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


@dataclass(frozen=True, slots=True)
class TodoRow:
    """One open task with its patient (None when the record is not readable any more)."""

    task: Task
    patient: Patient | None

    @property
    def icon(self) -> str:
        """The drawing of its kind."""
        return {
            TaskKind.PAPER_TO_SCAN: "file-check",
            TaskKind.DIAGNOSIS_TO_ADD: "stethoscope",
            TaskKind.PICTURES_UNFILED: "image",
            TaskKind.WITHDRAWN_PICTURES: "lock",
            TaskKind.WRONG_PATIENT: "user-x",
        }.get(self.task.kind, "list-checks")

    @property
    def color(self) -> str:
        """Token of its icon."""
        if self.is_decided_elsewhere:
            return "attention"
        return "work" if self.task.kind is TaskKind.PICTURES_UNFILED else "accent"

    @property
    def is_decided_elsewhere(self) -> bool:
        """Whether it is closed by a decision, never by ticking it off."""
        return self.task.kind in {TaskKind.WITHDRAWN_PICTURES, TaskKind.WRONG_PATIENT}

    @property
    def words(self) -> str:
        """What is to be done."""
        tr = QCoreApplication.translate
        return {
            TaskKind.PAPER_TO_SCAN: tr("TodoScreen", "Paper form to scan"),
            TaskKind.DIAGNOSIS_TO_ADD: tr("TodoScreen", "Diagnosis to add"),
            TaskKind.PICTURES_UNFILED: tr("TodoScreen", "Pictures not filed yet"),
            TaskKind.WITHDRAWN_PICTURES: tr("TodoScreen", "Consent was taken back: keep or destroy"),
            TaskKind.WRONG_PATIENT: tr("TodoScreen", "Pictures set aside: another patient?"),
        }.get(self.task.kind, tr("TodoScreen", "Something to look at"))

    @property
    def since(self) -> str:
        """``since 14-Nov-2026``."""
        day = shown_date(day_of(self.task.record.opened_ms))
        return QCoreApplication.translate("TodoScreen", "since {day}").format(day=day)


def todo_rows(surgery: Surgery) -> tuple[TodoRow, ...]:
    """Every open task, oldest first. Vault thread."""
    rows = []
    for task in surgery.tasks.pending():
        try:
            patient: Patient | None = surgery.patients.get(task.patient)
        except NotFound:
            patient = None
        rows.append(TodoRow(task, patient))
    return tuple(rows)


def todo_summary(rows: tuple[TodoRow, ...]) -> tuple[tuple[str, str, str], ...]:
    """At most three lines (icon, token, words): one for each kind of task."""
    tr = QCoreApplication.translate
    lines = []
    words = {
        TaskKind.PAPER_TO_SCAN: (
            tr("TodoScreen", "1 paper form to scan"),
            tr("TodoScreen", "{count} paper forms to scan"),
        ),
        TaskKind.DIAGNOSIS_TO_ADD: (
            tr("TodoScreen", "1 diagnosis to add"),
            tr("TodoScreen", "{count} diagnoses to add"),
        ),
        TaskKind.PICTURES_UNFILED: (
            tr("TodoScreen", "1 session with pictures not filed yet"),
            tr("TodoScreen", "{count} sessions with pictures not filed yet"),
        ),
        TaskKind.WITHDRAWN_PICTURES: (
            tr("TodoScreen", "1 session where consent was taken back"),
            tr("TodoScreen", "{count} sessions where consent was taken back"),
        ),
        TaskKind.WRONG_PATIENT: (
            tr("TodoScreen", "1 chart with pictures set aside"),
            tr("TodoScreen", "{count} charts with pictures set aside"),
        ),
    }
    for kind, (one, many) in words.items():
        mine = [row for row in rows if row.task.kind is kind]
        if mine:
            lines.append((mine[0].icon, mine[0].color, one if len(mine) == 1 else many.format(count=len(mine))))
    return tuple(lines)
