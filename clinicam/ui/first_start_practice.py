# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 1: the practice's name."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.ui.first_start_step import Step
from clinicam.ui.kit import Card, Field, fix
from clinicam.ui.theme import Theme


class PracticeStep(Step):
    """The name of the practice, as patients know it. Signals as of `Step`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("PracticeStep", "What is the practice called?"),
            translate("PracticeStep", "The name patients know. It stands on consent forms and on this screen."),
            parent,
        )
        card = Card(theme, (24, 20, 24, 24))
        fix(theme, card, max_width=640)
        self.name = Field(theme, self.tr("Name of the practice"), tall=True, longest=80)
        self.name.edit.setObjectName("first.practice_name")
        card.body.addWidget(self.name)
        self.body.addWidget(card)
        self.name.changed.connect(self.changed)
        self.name.entered.connect(self.entered)

    def lacks(self) -> tuple[str, ...]:
        return () if self.name.text() else (self.tr("the practice's name"),)

    def note(self) -> str:
        return self.name.text()

    def first_focus(self) -> QWidget | None:
        return self.name.edit
