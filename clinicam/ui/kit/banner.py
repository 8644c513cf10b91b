# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the patient is, on every screen with a patient. Never scrolls, never elided: it wraps."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from clinicam.identity import Patient
from clinicam.ui.kit.band import PatientBand
from clinicam.ui.kit.chip import Chip, Meaning
from clinicam.ui.kit.layout import Column, Row
from clinicam.ui.kit.text import Run, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, grouped, number_label, shown_age, shown_date
from clinicam.ui.words import today as today_here


class IdentityBanner(QWidget):
    """Band, SURNAME, Given (Title), birth date with age, numbers, consent chip, then what `add_action` was given.

    80 high, `compact` (Session) 72; taller when it wraps.
    """

    def __init__(self, theme: Theme, *, compact: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._compact = compact
        self.patient: Patient | None = None
        self._band = PatientBand(theme)
        self._name = TextLabel(theme, "", "name")
        self._facts = TextLabel(theme, "", "plainrow", "ink2")
        self.chip = Chip(theme, "", "", "neutral", "banner")
        self.chip.hide()
        self._actions = Row(theme, spacing=16)
        self._row = Row(theme, self)
        self._row.addWidget(self._band)
        text = Column(theme, margins=(16, 6 if compact else 10, 8, 6 if compact else 8))
        text.addStretch(1)
        text.addWidget(self._name)
        text.addWidget(self._facts)
        text.addStretch(1)
        self._row.addLayout(text, 1)
        self._side: QBoxLayout = QHBoxLayout()
        self._side.addWidget(self.chip, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignTrailing)
        self._side.addLayout(self._actions)
        self._row.addLayout(self._side)
        self._row.gap(0 if compact else 20)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_patient(
        self,
        patient: Patient,
        chip_icon: str = "",
        chip_text: str = "",
        chip_meaning: Meaning = "neutral",
        *,
        today: date | None = None,
    ) -> None:
        """Show `patient`; without `chip_text` no chip. `today` for the age, by default this workstation's day."""
        day = today or today_here()
        self.patient = patient
        self._band.show_patient(patient.patient)
        self._name.setText(apart(patient.shown_name))
        facts = [
            Run(self.tr("Born") + " "),
            Run(shown_date(patient.born), 600, "ink"),
            Run(f" ({shown_age(patient, day)})"),
        ]
        for one in patient.identifiers:
            label = number_label(one)
            facts.append(Run(f"  ·  {label} " if label else "  ·  "))
            facts.append(Run(apart(grouped(one.value)), 600 if label else None, "ink" if label else None))
        self._facts.set_runs(facts)
        self.set_chip(chip_icon, chip_text, chip_meaning)
        self.setAccessibleName(f"{patient.shown_name}. {self._facts.text()}. {chip_text}")

    def set_chip(self, icon: str, text: str, meaning: Meaning) -> None:
        """The consent's state; an empty text hides it."""
        self.chip.set_state(icon, text, meaning)
        self.chip.setVisible(bool(text))
        self._arrange()

    def add_action(self, widget: QWidget, *, flush: bool = False) -> None:
        """Put a button at the right end. `flush` (STOP) fills the banner's height."""
        if flush:
            widget.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Expanding)
            self._actions.addWidget(widget)
        else:
            self._actions.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._arrange()

    def _restyle(self) -> None:
        self.setMinimumHeight(self._theme.px(72 if self._compact else 80))
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        """Chip above the actions when there is no room beside the name."""
        room = self.width() - self._theme.px(320)
        need = self.chip.sizeHint().width() * (not self.chip.isHidden()) + self._actions.sizeHint().width()
        stacked = need > max(room, 1) and self.width() > 0 and self._actions.count() > 0
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._side.direction() != way:
            self._side.setDirection(way)
        air = self._theme.px(8) if stacked else 0
        self._side.setSpacing(self._theme.px(8 if stacked else 16))
        self._side.setContentsMargins(0, air, 0, air)
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        line = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(line, self._theme.color("line"))
        painter.end()
