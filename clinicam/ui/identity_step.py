# SPDX-License-Identifier: GPL-3.0-or-later
"""The right patient, by two identifiers: what the match card found, or the same two questions here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.model import Confirmed, IdentityCheck
from clinicam.identity import Patient, Staff
from clinicam.ui.kit import Field, Icon, RadioCard, Row, TextLabel, fix
from clinicam.ui.step_card import StepCard
from clinicam.ui.theme import Theme
from clinicam.ui.words import shown_time


class IdentityStep(StepCard):
    """Holds the `IdentityCheck` of this visit once there is one.

    Signals:
        changed(): the check is there, or is gone.
    """

    changed = Signal()

    def __init__(
        self, theme: Theme, me: Staff, wall_ms: Callable[[], int], prefix: str, parent: QWidget | None = None
    ) -> None:
        """`prefix` of the object names, e.g. ``consent``."""
        super().__init__(theme, 1, "", parent)
        self.set_title(self.tr("This is the right patient"))
        self._me = me
        self._wall_ms = wall_ms
        self._patient: Patient | None = None
        self.check: IdentityCheck | None = None
        self._ticks = QWidget()
        ticks = Row(theme, self._ticks, spacing=8)
        ticks.addWidget(Icon(theme, "check", "accent", 18))
        self._how = TextLabel(theme, "", "body", wrap=False)
        ticks.addWidget(self._how)
        self.head.insertWidget(2, self._ticks)
        self._ask = QWidget()
        row = Row(theme, self._ask, spacing=10)
        self._said = RadioCard(
            theme, self.tr("They said this name"), self.tr("asked openly: “What is your name?”"), check=True
        )
        self._said.setObjectName(f"{prefix}.name_said")
        self._said.toggled.connect(self._look)
        self._day = Field(theme, self.tr("Day of birth they say"), "DD", tall=True, longest=2)
        self._day.edit.setObjectName(f"{prefix}.birthday")
        self._day.changed.connect(self._look)
        fix(theme, self._day, min_width=180)
        row.addWidget(self._said, 2)
        row.addWidget(self._day, 1)
        self.body.addWidget(self._ask)

    def begin(self, patient: Patient, identity: IdentityCheck | None) -> None:
        """A new visit; `identity` is the match card's result, if it was used."""
        self._patient = patient
        self._said.setChecked(False)
        self._day.set_text("")
        self._day.set_problem("")
        self._set(identity)

    def first_control(self) -> QWidget:
        """Where the focus goes while this is open."""
        return self._day if self._said.isChecked() else self._said

    def _look(self) -> None:
        if self._patient is None:
            return
        typed = self._day.text()
        right = typed.isdecimal() and int(typed) == self._patient.born.day
        if len(typed) == 2 and not right:
            self._day.set_problem(self.tr("Not the day in this chart. Is it the right patient?"))
            return
        if self._said.isChecked() and right and (len(typed) == 2 or self._patient.born.day < 10):
            confirmed = (Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED)
            self._set(IdentityCheck(confirmed=confirmed, verified_by=self._me.staff, at_ms=self._wall_ms()))

    def _set(self, check: IdentityCheck | None) -> None:
        self.check = check
        self._ask.setVisible(check is None)
        self._ticks.setVisible(check is not None)
        self.set_done(check is not None)
        words = self._words_for()
        self._how.setText(", ".join(words[one] for one in check.confirmed) if check is not None else "")
        self.note.setText(shown_time(check.at_ms) if check is not None else "")
        self.changed.emit()

    def _words_for(self) -> dict[Confirmed, str]:
        return {
            Confirmed.NAME_SAID: self.tr("name said"),
            Confirmed.BIRTHDAY_TYPED: self.tr("birthday typed"),
            Confirmed.NUMBER_READ: self.tr("number read"),
            Confirmed.PHOTO_MATCHED: self.tr("photo matched"),
            Confirmed.WRISTBAND: self.tr("wristband"),
        }
