# SPDX-License-Identifier: GPL-3.0-or-later
"""A numbered step of a form: a card whose number becomes a tick when the step is done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Card, Row, TextLabel, draw_step, fix
from clinicam.ui.theme import Theme

BADGE = 28


class StepBadge(QWidget):
    """The number, or the tick."""

    def __init__(self, theme: Theme, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = number
        self.done = False
        fix(theme, self, width=BADGE, height=BADGE)

    def set_done(self, done: bool) -> None:
        """Whether the step is done."""
        self.done = done
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_step(painter, self._theme, QRectF(self.rect()), self._number, done=self.done, now=False)
        painter.end()


class StepCard(Card):
    """Badge and title on the first line, a word at its end, the step's controls below (`body`)."""

    def __init__(self, theme: Theme, number: int, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, (18, 10, 18, 14), 10, parent=parent)
        self._title = title
        self._badge = StepBadge(theme, number)
        self._words = TextLabel(theme, title, "row")
        self.head = Row(theme, spacing=12)
        self.head.addWidget(self._badge)
        self.head.addWidget(self._words, 1, Qt.AlignmentFlag.AlignVCenter)
        self.note = TextLabel(theme, "", "small", "ink2", wrap=False)
        self.head.addWidget(self.note, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(self.head)
        self.set_done(False)

    @property
    def is_done(self) -> bool:
        """Whether the tick is shown."""
        return self._badge.done

    def set_done(self, done: bool) -> None:
        """Tick or number."""
        self._badge.set_done(done)
        state = self.tr("done") if done else self.tr("open")
        self.setAccessibleName(f"{self._title}, {state}")

    def set_title(self, title: str) -> None:
        """Another title."""
        self._title = title
        self._words.setText(title)
        self.set_done(self._badge.done)
