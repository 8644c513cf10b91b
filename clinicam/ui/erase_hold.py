# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds: records that must stay whatever their date, set and lifted with a reason."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QButtonGroup, QWidget

from clinicam.identity import Patient
from clinicam.practice.retention import HoldKind, HoldRegister
from clinicam.ui.bridge import Bridge
from clinicam.ui.erase_data import HeldRecords
from clinicam.ui.kit import Field, RadioCard, TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart


class HoldSheet(StaffSheet):
    """Sets one. Signals as of `StaffSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, holds: HoldRegister, patient: Patient, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("HoldSheet", "Keep these records"),
            translate("HoldSheet", "Set the hold"),
            support=translate(
                "HoldSheet", "Nothing of this patient can be destroyed or moved until a manager lifts it."
            ),
            parent=parent,
        )
        self._holds = holds
        self._patient = patient
        self.body.addWidget(TextLabel(theme, apart(patient.shown_name), "row"))
        self.legal = RadioCard(theme, self.tr("Legal"), self.tr("A claim, a complaint, an inquiry, a court."))
        self.safeguarding = RadioCard(theme, self.tr("Safeguarding"), self.tr("Somebody may need protection."))
        group = QButtonGroup(self)
        for name, card in (("hold.legal", self.legal), ("hold.safeguarding", self.safeguarding)):
            card.setObjectName(name)
            group.addButton(card)
            self.body.addWidget(card)
        self.legal.setChecked(True)
        self.reason = Field(theme, self.tr("Why"), self.tr("Claim 2026/17"))
        self.reason.edit.setObjectName("hold.reason")
        self.body.addWidget(self.reason)
        self.confirmed.connect(self._set)

    def _set(self) -> None:
        if not self.reason.text():
            self.reason.set_problem(self.tr("A reason is needed."))
            return
        kind = HoldKind.LEGAL if self.legal.isChecked() else HoldKind.SAFEGUARDING
        self.request(
            self.tr("Setting the hold"),
            self.tr("The records stay until the hold is lifted."),
            self._holds.set,
            self._patient.patient,
            kind,
            self.reason.text(),
        )


class LiftSheet(StaffSheet):
    """Lifts one. Signals as of `StaffSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, holds: HoldRegister, held: HeldRecords, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("LiftSheet", "Lift this hold"),
            translate("LiftSheet", "Lift it"),
            support=translate("LiftSheet", "The records then follow their period again."),
            parent=parent,
        )
        self._holds = holds
        self._held = held
        self.body.addWidget(TextLabel(theme, apart(held.patient.shown_name), "row"))
        self.body.addWidget(TextLabel(theme, held.hold.record.reason, "body", "ink2"))
        self.reason = Field(theme, self.tr("Why it is over"))
        self.reason.edit.setObjectName("lift.reason")
        self.body.addWidget(self.reason)
        self.confirmed.connect(self._lift)

    def _lift(self) -> None:
        if not self.reason.text():
            self.reason.set_problem(self.tr("A reason is needed."))
            return
        self.request(
            self.tr("Lifting the hold"),
            self.tr("The hold is lifted."),
            self._holds.lift,
            self._held.hold.hold,
            self.reason.text(),
        )
