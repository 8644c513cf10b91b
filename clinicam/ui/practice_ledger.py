# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger for a manager: who did what, with names of staff, and a way from a patient to the acts about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import PatientId, Role
from clinicam.practice.ledger import LedgerBook
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column
from clinicam.ui.ledger_pane import LedgerPane
from clinicam.ui.ledger_patient_sheet import LedgerPatientSheet
from clinicam.ui.messages import message_for
from clinicam.ui.practice_section import Section
from clinicam.ui.theme import Theme

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class LedgerSection(Section):
    """Signals as of `Section`."""

    name = "ledger"
    icon = "scroll-text"
    roles = frozenset({Role.MANAGER})

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("LedgerSection", "Ledger"), parent)
        self._surgery = surgery
        self._bridge = bridge
        self._book: LedgerBook | None = None
        page = Column(theme, self)
        self.pane = LedgerPane(self._open, bridge, theme, practice=surgery.practice_name, knows_patients=True)
        page.addWidget(self.pane, 1)
        self.pane.trouble.connect(self.trouble)
        self.pane.said.connect(self.said)
        self.pane.sheet_wanted.connect(self.sheet_wanted)
        self.pane.patient_wanted.connect(self._ask_patient)

    def enter(self) -> None:
        self.pane.enter()

    def leave(self) -> None:
        self.pane.leave()

    def _open(self) -> LedgerBook:
        """Vault thread."""
        self._book = self._surgery.ledger()
        return self._book

    def _ask_patient(self) -> None:
        sheet = LedgerPatientSheet(self.theme, self._bridge, self._surgery)
        sheet.found.connect(self._narrow)
        self.ask(sheet)

    def _narrow(self, patient: PatientId) -> None:
        book = self._book
        if book is not None:
            self._bridge.run(
                book.pseudonym,
                patient,
                done=self.pane.narrow_to,
                failed=lambda problem: self.trouble.emit(message_for(problem)),
                owner=self,
            )
