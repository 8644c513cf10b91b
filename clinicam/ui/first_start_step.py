# SPDX-License-Identifier: GPL-3.0-or-later
"""What the five steps of the first start have in common: a headline, a sentence, a body, and what is still missing."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Column, TextLabel, fix
from clinicam.ui.theme import Theme


class Step(QWidget):
    """One page. `body` is the column to fill; `lacks` says what keeps the primary button shut.

    Signals:
        changed(): what was typed or chosen is different; ask `lacks` again.
        entered(): Enter in the last field.
    """

    changed = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, headline: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setAccessibleName(headline)
        page = Column(theme, self, (40, 28, 40, 8), 0)
        page.addWidget(TextLabel(theme, headline, "name"))
        page.gap(4)
        words = TextLabel(theme, sentence, "plainrow", "ink2")
        fix(theme, words, max_width=830)
        page.addWidget(words)
        page.gap(16)
        self.body = Column(theme, spacing=16)
        page.addLayout(self.body)
        page.addStretch(1)

    def lacks(self) -> tuple[str, ...]:
        """What is still needed, in the reader's words; empty when the step is done."""
        return ()

    def note(self) -> str:
        """What the list of steps shows under a step that is done."""
        return ""

    def first_focus(self) -> QWidget | None:
        """What takes the focus when the step opens."""
        return None
