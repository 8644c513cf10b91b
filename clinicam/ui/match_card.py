# SPDX-License-Identifier: GPL-3.0-or-later
"""The patient the surgery's program asks for. The day of birth is hidden: the patient says it, somebody types it."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Qt, Signal
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.identity import Patient
from clinicam.ui.kit import Button, Card, Column, Icon, PatientBand, Row, TextLabel, fix
from clinicam.ui.patient_rows import list_number
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, hidden_date, shown_age, shown_date, today


class MatchCard(Card):
    """Two identifiers, said by the patient: the name, and the day of birth.

    Signals:
        confirmed(object): the `Patient`; name said, day right.
        add_wanted(object): the `Patient` the call describes, who is not in the register.
        refused(): not this patient.
    """

    confirmed = Signal(object)
    add_wanted = Signal(object)
    refused = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, (20, 18, 20, 14), 8, marked=True, parent=parent)
        self._patient: Patient | None = None
        self._known = True
        head = Row(theme, spacing=10)
        head.addWidget(Icon(theme, "monitor", "accent", 20))
        self._source = TextLabel(theme, "", "strong", "accent")
        head.addWidget(self._source, 1)
        self.body.addLayout(head)
        row = Row(theme, spacing=14)
        self._band = PatientBand(theme, 8)
        row.addWidget(self._band)
        words = Column(theme, spacing=2)
        self._name = TextLabel(theme, "", "title")
        self._facts = TextLabel(theme, "", "body", "ink2")
        words.addWidget(self._name)
        words.addWidget(self._facts)
        row.addLayout(words, 1)
        self.body.addLayout(row)
        self.body.gap(2)
        self._ask = TextLabel(theme, "", "plainrow", weight=500)
        self.body.addWidget(self._ask)
        act = Row(theme, spacing=12)
        self.day = QLineEdit()
        self.day.setProperty("tall", True)
        self.day.setPlaceholderText(self.tr("DD"))
        self.day.setAccessibleName(self.tr("Day of birth, as the patient says it"))
        self.day.setMaxLength(2)
        self.day.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.day.setValidator(QRegularExpressionValidator(QRegularExpression("[0-9]{0,2}"), self))
        fix(theme, self.day, width=96)
        self.button = Button(theme, self.tr("Same person, open chart"), "primary", size="large")
        act.addWidget(self.day)
        act.addWidget(self.button, 1)
        self.body.addLayout(act)
        self._wrong = TextLabel(theme, "", "body", "attention")
        self._wrong.hide()
        self.body.addWidget(self._wrong)
        last = Row(theme)
        self._not = Button(theme, self.tr("Not this patient"), "quiet")
        self._more = TextLabel(theme, "", "small", "ink2", wrap=False)
        last.addWidget(self._not)
        last.addStretch(1)
        last.addWidget(self._more)
        self.body.addLayout(last)
        self.day.setObjectName("match.day")
        self.button.setObjectName("match.same")
        self._not.setObjectName("match.not_this")
        self.day.textChanged.connect(self._typed)
        self.day.returnPressed.connect(self._go)
        self.button.clicked.connect(self._go)
        self._not.clicked.connect(self.refused)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_match(self, patient: Patient, source: str, *, known: bool, waiting: int = 0) -> None:
        """Show whom the program asks for. `known`: found in the register; `waiting`: calls behind this one."""
        self._patient = patient
        self._known = known
        self._source.setText(source)
        self._band.show_patient(patient.patient if known else None)
        self._name.setText(apart(patient.shown_name))
        born = hidden_date(patient.born) if known else shown_date(patient.born)
        number = f"  ·  {apart(list_number(patient.identifiers[0]))}" if patient.identifiers else ""
        self._facts.setText(self.tr("Born {day} ({age})").format(day=born, age=shown_age(patient, today())) + number)
        if known:
            self._ask.setText(self.tr("Ask the patient for name and date of birth, then type the day they say."))
            self.button.set_words(self.tr("Same person, open chart"))
        else:
            self._ask.setText(self.tr("Not in CliniCam yet. Look at the details, then add the patient."))
            self.button.set_words(self.tr("Add this patient"))
        self.day.setVisible(known)
        self._more.setText(self.tr("{count} more waiting").format(count=waiting) if waiting else "")
        self._wrong.hide()
        self.day.clear()
        self._typed()
        self.setAccessibleName(f"{source}. {patient.shown_name}")

    def first_focus(self) -> QWidget:
        """The day, or the button where no day is asked."""
        return self.day if self._known else self.button

    def _typed(self) -> None:
        self._wrong.hide()
        self.button.setEnabled(not self._known or bool(self.day.text()))

    def _go(self) -> None:
        if self._patient is None or not self.button.isEnabled():
            return
        if not self._known:
            self.add_wanted.emit(self._patient)
        elif int(self.day.text() or "0") == self._patient.born.day:
            self.day.clear()
            self.confirmed.emit(self._patient)
        else:
            self._wrong.setText(self.tr("That is not the day kept here. Ask again, or choose Not this patient."))
            self._wrong.show()
            self.day.selectAll()
            self.day.setFocus()

    def _restyle(self) -> None:
        self.day.setFont(self._theme.font("name", 400))
