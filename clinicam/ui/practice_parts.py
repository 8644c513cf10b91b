# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the practice screen: the seal of the last check, and a person's initials."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import draw_initials, fix, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.words import initials


class Seal(QWidget):
    """The round shield, 52 px: petrol when proved, plain while unknown, amber when something is wrong."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = "unknown"
        fix(theme, self, width=52, height=52)
        theme.changed.connect(self.update)

    def set_state(self, state: str) -> None:
        """``proved``, ``unknown`` or ``wrong``."""
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        ground, ink, icon = {
            "proved": ("accent", "on_accent", "shield-check"),
            "wrong": ("attention_soft", "attention", "shield-alert"),
        }.get(self._state, ("sunken", "ink2", "shield-question-mark"))
        box = QRectF(self.rect())
        rounded(painter, box, box.height() / 2, color(ground))
        inset = box.height() * 0.25
        draw_icon(painter, icon, color(ink).name(), box.adjusted(inset, inset, -inset, -inset))
        painter.end()


class Initials(QWidget):
    """A member of staff's initials, 36 px."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letters = initials(name)
        fix(theme, self, width=36, height=36)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_initials(painter, self._theme, QRectF(self.rect()), self._letters, on=False)
        painter.end()
