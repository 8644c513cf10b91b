# SPDX-License-Identifier: GPL-3.0-or-later
"""Good news for four seconds, bottom left. Trouble is never a toast: it stays until it is solved."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.ui.kit.card import Icon
from clinicam.ui.kit.layout import Row
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL

SHOWN_MS = 4000


class Toast(QFrame):
    """Lies over its parent's bottom left corner; takes no focus."""

    def __init__(self, theme: Theme, parent: QWidget, icon: str = "circle-check", color: str = "accent") -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        self.left = 0
        """Pixels at the left that belong to somebody else: the rail, whose Lock must never be covered."""
        self._words = TextLabel(theme, "", "strong", wrap=False)
        row = Row(theme, self, (16, 12, 20, 12), 10)
        row.addWidget(Icon(theme, icon, color, 20))
        row.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self._restyle)
        self.hide()

    def say(self, text: str) -> None:
        """Show `text` for four seconds."""
        self._words.setText(text)
        self.setAccessibleName(text)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._timer.start()

    def _restyle(self) -> None:
        self.adjustSize()
        self.place()
        self.update()

    def place(self) -> None:
        """To the corner again (the window changed its size)."""
        parent = self.parentWidget()
        if parent is not None:
            gap = self._theme.px(16)
            self.move(self.left + gap, parent.height() - self.height() - gap)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        box = QRectF(self.rect())
        rounded(
            painter,
            box,
            self._theme.px(RADIUS_CONTROL),
            color("surface"),
            color(self._color),
            max(1.0, self._theme.scale),
        )
        painter.end()
