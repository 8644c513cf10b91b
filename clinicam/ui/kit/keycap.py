# SPDX-License-Identifier: GPL-3.0-or-later
"""A key as it is printed on the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.kit.paint import draw_keycap, keycap_width
from clinicam.ui.theme import Theme


class KeyCap(QWidget):
    """``[Ctrl F]``. Never mirrored for right-to-left languages."""

    def __init__(self, theme: Theme, key: str, color: str = "ink", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._key = key
        self._color = color
        self.setAccessibleName(key)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(int(keycap_width(self._theme, self._key) + 0.99), self._theme.px(22))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_keycap(painter, self._theme, self._key, 0, self.height() / 2, self._theme.color(self._color))
        painter.end()
