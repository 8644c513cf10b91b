# SPDX-License-Identifier: GPL-3.0-or-later
"""The 64 px bar over a screen without a patient: title, what it is about, and chips of the true state at the right."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from clinicam.ui.kit.chip import Chip, Meaning
from clinicam.ui.kit.layout import Column, Row
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
        outer = Column(theme, self, (24, 8, 24, 8))
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        outer.addLayout(self._box, 1)
        words = Row(theme, spacing=12)
        words.addWidget(self._title)
        words.addWidget(self.support, 1)
        self._box.addLayout(words, 1)
        self._chips = Row(theme, spacing=12)
        self._box.addLayout(self._chips)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)
        self._restyle()

    def add_chip(self, icon: str, text: str, meaning: Meaning) -> Chip:
        """A chip at the right end."""
        chip = Chip(self._theme, icon, text, meaning)
        self._chips.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading)
        return chip

    def _restyle(self) -> None:
        self.setMinimumHeight(self._theme.px(64))
        self._arrange()
        self.update()

    def _arrange(self) -> None:
        """Chips under the title when they do not fit beside it."""
        px = self._theme.px
        need = self._title.sizeHint().width() + self._chips.sizeHint().width() + px(24 + 24 + 12 + 100)
        stacked = 0 < self.width() < need
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != way:
            self._box.setDirection(way)
            self.updateGeometry()
        self._box.setSpacing(px(8 if stacked else 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(240), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), self._theme.color("line"))
        painter.end()
