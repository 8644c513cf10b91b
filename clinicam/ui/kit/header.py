# SPDX-License-Identifier: GPL-3.0-or-later
"""The 64 px bar over a screen without a patient: title, what it is about, and chips of the true state at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.kit.chip import Chip, Meaning
from clinicam.ui.kit.layout import Row
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme

_MIDDLE = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter


class HeaderBar(QWidget):
    """`add_chip` returns the chip, so that its state can be set later."""

    def __init__(self, theme: Theme, title: str, support: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = TextLabel(theme, title, "title", wrap=False)
        self.support = TextLabel(theme, support, "plainrow", "ink2", align=_MIDDLE)
        self.setAccessibleName(title)
        row = Row(theme, self, (24, 8, 24, 8), 12)
        row.addWidget(self._title)
        row.addWidget(self.support, 1)
        self._chips = Row(theme, spacing=12)
        row.addLayout(self._chips)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)
        self._restyle()

    def add_chip(self, icon: str, text: str, meaning: Meaning) -> Chip:
        """A chip at the right end."""
        chip = Chip(self._theme, icon, text, meaning)
        self._chips.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        return chip

    def _restyle(self) -> None:
        self.setMinimumHeight(self._theme.px(64))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), self._theme.color("line"))
        painter.end()
