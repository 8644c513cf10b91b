# SPDX-License-Identifier: GPL-3.0-or-later
"""A card, a notice, a hair line: the grounds other things lie on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.layout import Column, Margins, Row, fix
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import Run, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CARD, RADIUS_CONTROL


class Card(QFrame):
    """Surface with a hair line and rounded corners. `marked` draws the 2 px accent edge of the thing to do now.

    `card.body` is the column to fill.
    """

    def __init__(
        self,
        theme: Theme,
        margins: Margins = (20, 18, 20, 18),
        spacing: float = 12,
        *,
        marked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._marked = marked
        self.body = Column(theme, self, margins, spacing)
        theme.changed.connect(self.update)

    def set_marked(self, marked: bool) -> None:
        """Whether this is the thing to do now."""
        self._marked = marked
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        scale = max(1.0, round(self._theme.scale))
        edge = self._theme.color("accent" if self._marked else "line")
        rounded(
            painter,
            QRectF(self.rect()),
            self._theme.px(RADIUS_CARD),
            self._theme.color("surface"),
            edge,
            2 * scale if self._marked else scale,
        )
        painter.end()


class Divider(QWidget):
    """A hair line, one px high (or wide)."""

    def __init__(self, theme: Theme, *, upright: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        if upright:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("line"))
        painter.end()


class Icon(QWidget):
    """One icon in a token's colour; says nothing aloud."""

    def __init__(
        self, theme: Theme, name: str, color: str = "ink", size: float = 20, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._color = color
        self._size = size
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fix(theme, self, width=size, height=size)
        theme.changed.connect(self.update)

    def set_icon(self, name: str, color: str) -> None:
        """Another drawing."""
        self._name, self._color = name, color
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = self._theme.px(self._size)
        draw_icon(painter, self._name, self._theme.color(self._color).name(), QRectF(0, 0, size, size))
        painter.end()


class Notice(QFrame):
    """A sentence on a soft ground with its icon: attention, stopped, work, safe or neutral."""

    def __init__(
        self, theme: Theme, text: str = "", meaning: str = "attention", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._meaning = meaning
        self._icon = Icon(theme, "info", "ink", 22)
        middle = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        self.words = TextLabel(theme, text, "body", align=middle)
        row = Row(theme, self, (16, 10, 16, 10), 12)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        self.buttons = Row(theme, spacing=8)
        row.addLayout(self.buttons)
        theme.changed.connect(self.update)
        self.show_notice(text, meaning, icon)

    def show_notice(self, text: str, meaning: str = "attention", icon: str = "", lead: str = "") -> None:
        """Show `text`, after an optional bold `lead`."""
        shapes = {
            "attention": "triangle-alert",
            "stopped": "octagon-alert",
            "work": "hourglass",
            "safe": "circle-check",
        }
        ink = {"safe": "accent", "neutral": "ink2"}.get(meaning, meaning)
        self._meaning = meaning
        self._icon.set_icon(icon or shapes.get(meaning, "info"), ink)
        words = "ink2" if meaning in {"neutral", "safe"} else ink
        self.words.set_color(words)
        self.words.set_runs(([Run(f"{lead} ", 600)] if lead else []) + [Run(text)])
        self.setAccessibleName(f"{lead} {text}".strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        ground = {"safe": "accent_soft", "neutral": "sunken"}.get(self._meaning, f"{self._meaning}_soft")
        rounded(painter, QRectF(self.rect()), self._theme.px(RADIUS_CONTROL - 2), self._theme.color(ground))
        painter.end()
