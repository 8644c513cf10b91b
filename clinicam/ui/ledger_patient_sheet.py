# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager names a patient, to see the acts about them. What is kept of it is the pseudonym."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field
from clinicam.ui.messages import message_for
from clinicam.ui.patient_list import PatientList
from clinicam.ui.patient_rows import PatientRow, found_support
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.model import PatientHit

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

MOST = 6


class LedgerPatientSheet(Sheet):
    """Signals:

    found(object): the `PatientId` of who was meant. Otherwise as of `Sheet`.
    """

    found = Signal(object)

    def __init__(self, theme: Theme, bridge: Bridge, surgery: Surgery, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("LedgerPatientSheet", "Acts about one patient"),
            translate("LedgerPatientSheet", "Show the acts"),
            parent=parent,
        )
        self._bridge = bridge
        self._surgery = surgery
        self.search = Field(theme, self.tr("Name, date of birth or number"))
        self.search.edit.setObjectName("ledger.patient")
        self.list = PatientList(theme, self.tr("Patients found"), most=MOST)
        self.body.addWidget(self.search)
        self.body.addWidget(self.list)
        self.search.changed.connect(self._look)
        self.list.opened.connect(self._take)
        self.confirmed.connect(self.list.open_current)
        self.primary.setEnabled(False)

    def forget(self) -> None:
        self.search.set_text("")
        self.list.show_rows(())

    def _look(self, text: str) -> None:
        if not text.strip():
            self._show("", ())
            return
        self._bridge.run(
            self._surgery.patients.search,
            text,
            MOST,
            done=lambda hits: self._show(text, hits),
            failed=lambda problem: self.refused(message_for(problem)),
            owner=self,
        )

    def _show(self, text: str, hits: tuple[PatientHit, ...]) -> None:
        if text != self.search.edit.text():
            return
        born = self.tr("Born")
        self.list.show_rows([PatientRow(hit.patient, found_support(born, hit.patient)) for hit in hits], text)
        self.primary.setEnabled(bool(hits))
        self._fit()

    def _take(self, row: PatientRow) -> None:
        patient = row.patient.patient
        self.close_sheet()
        self.found.emit(patient)
