# SPDX-License-Identifier: GPL-3.0-or-later
"""The second of two people: who they are, and their own password, typed by themself. Any sheet may hold it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from clinicam.identity import Staff, StaffId
from clinicam.ui.kit import ChoiceField, Column, Field, Option, TextLabel
from clinicam.ui.theme import Theme


class SecondFields(QWidget):
    """A choice of names and a password. Where nobody may sign it says what to do instead."""

    def __init__(self, theme: Theme, people: Sequence[Staff], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._people = {one.staff.hex(): one for one in people}
        column = Column(theme, self, spacing=10)
        column.addWidget(TextLabel(theme, self.tr("This takes two people"), "strong"))
        words = self.tr("Somebody else who may sign reads this with you and types their own password.")
        if not people:
            words = self.tr(
                "Nobody else here may sign. A manager adds a clinician or manager, or names somebody outside, under Staff."
            )
        column.addWidget(TextLabel(theme, words, "small", "ink2"))
        options = [Option(key, one.name, one.post) for key, one in self._people.items()]
        self.who = ChoiceField(theme, self.tr("Second person"), options, self.tr("Choose"))
        self.who.setObjectName("second.who")
        self.password = Field(theme, self.tr("Their password"), secret=True, longest=256)
        self.password.edit.setObjectName("second.password")
        column.addWidget(self.who)
        column.addWidget(self.password)
        self.problem = TextLabel(theme, "", "small", "attention")
        self.problem.hide()
        column.addWidget(self.problem)
        for one in (self.who, self.password):
            one.setVisible(bool(people))
        self.who.chosen.connect(lambda _key: self._tell(""))
        if len(people) == 1:
            self.who.choose(next(iter(self._people)))

    def answer(self) -> tuple[StaffId, str] | None:
        """Who, and what they typed; None while something is missing, which is said."""
        chosen = self._people.get(self.who.key or "")
        if chosen is None:
            self._tell(self.tr("Choose who signs with you."))
            return None
        if not self.password.text():
            self.password.set_problem(self.tr("They type their own password here."))
            return None
        return chosen.staff, self.password.text()

    def forget(self) -> None:
        """Empty the password."""
        self.password.set_text("")

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
