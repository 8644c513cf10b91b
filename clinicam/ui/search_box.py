# SPDX-License-Identifier: GPL-3.0-or-later
"""The search line of the patients screen."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from clinicam.ui.kit import RING_PARENT, Icon, KeyCap, Row, TextLabel, fix, rounded
from clinicam.ui.theme import Theme


class SearchBox(QFrame):
    """57 high: lens, line, what may be typed, key."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        fix(theme, self, height=57)
        self.edit = QLineEdit()
        self.edit.setProperty("bare", True)
        self.edit.setProperty(RING_PARENT, True)
        self.edit.setAccessibleName(self.tr("Search by name, date of birth or number"))
        self.edit.setMaxLength(120)
        row = Row(theme, self, (14, 0, 14, 0), 10)
        row.addWidget(Icon(theme, "search", "accent", 24))
        row.addWidget(self.edit, 1)
        self._hint = TextLabel(theme, self.tr("name, date of birth or number"), "body", "ink2", wrap=False)
        row.addWidget(self._hint)
        row.addWidget(KeyCap(theme, "Ctrl F"))
        self.setFocusProxy(self.edit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.edit.setFont(self._theme.font("section", 400))
        self._hint.setVisible(self.width() > self._theme.px(520))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._restyle()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, px = self._theme.color, self._theme.px
        rounded(
            painter, QRectF(self.rect()), px(6), color("surface"), color("edge"), max(1.0, round(self._theme.scale))
        )
        painter.end()
