# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture that may be of somebody else: set aside at once, by one person, with a word why."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import Patient
from clinicam.practice.misfiled import Misfiled
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column, Field, PatientBand, Row, TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, day_of, shown_date, shown_time
from clinicam.vault.model import ImageEntry


class AsideSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        misfiled: Misfiled,
        patient: Patient,
        entry: ImageEntry,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("AsideSheet", "Not this patient?"),
            translate("AsideSheet", "Set it aside"),
            support=translate(
                "AsideSheet",
                "The picture leaves the chart at once and waits under To do. Nothing of it is changed: "
                "one person puts it back, two people move it to the right chart.",
            ),
            parent=parent,
        )
        self._misfiled = misfiled
        self._patient = patient
        self._entry = entry
        who = Row(theme, spacing=12)
        band = PatientBand(theme, 8)
        band.show_patient(patient.patient)
        who.addWidget(band)
        words = Column(theme, spacing=2)
        words.addWidget(TextLabel(theme, apart(patient.shown_name), "row"))
        taken = self.tr("taken {day}, {time}").format(
            day=shown_date(day_of(entry.captured_ms)), time=shown_time(entry.captured_ms)
        )
        words.addWidget(TextLabel(theme, taken, "small", "ink2"))
        who.addLayout(words, 1)
        self.body.addLayout(who)
        self.why = Field(theme, self.tr("What is wrong"), self.tr("Two rows of that name on the list"))
        self.why.edit.setObjectName("aside.why")
        self.body.addWidget(self.why)
        self.confirmed.connect(self._set_aside)

    def _set_aside(self) -> None:
        if not self.why.text():
            self.why.set_problem(self.tr("A word why is needed."))
            return
        self.request(
            self.tr("Setting the picture aside"),
            self.tr("It is set aside and waits under To do."),
            self._misfiled.set_aside,
            self._patient.patient,
            [self._entry.image],
            self.why.text(),
        )
