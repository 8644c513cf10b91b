# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools on the dark bar above a picture: icon over its word and key. The same in both themes, as the stage is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Row, draw_keycap, draw_text, keycap_width, rounded, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_CONTROL

HIGH = 64
LEAST = 72


class StripTool(QAbstractButton):
    """One tool. A checkable one is filled with the selection's blue while it is on."""

    def __init__(
        self, theme: Theme, text: str, icon: str, keycap: str, *, check: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._keycap = keycap
        self.setText(text)
        self.setCheckable(check)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def press(self) -> None:
        """What the key does."""
        if self.isEnabled() and self.isVisible():
            self.click()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        return QSize(max(px(LEAST), round(self._line_width()) + px(20)), px(HIGH))

    def _line_width(self) -> float:
        key = keycap_width(self._theme, self._keycap) + self._theme.px(5) if self._keycap else 0.0
        return text_width(self._theme, self.text(), "label") + key

    def paintEvent(self, _event: QPaintEvent) -> None:
        px = self._theme.px
        painter = QPainter(self)
        box = QRectF(self.rect())
        over = (self.underMouse() or self.isDown()) and self.isEnabled()
        ink = FIXED.on_strip if self.isEnabled() else "#8A8A8A"
        if self.isChecked():
            rounded(painter, box, px(RADIUS_CONTROL), self._theme.color(FIXED.selection))
            ink = FIXED.on_ribbon
        elif over:
            rounded(painter, box, px(RADIUS_CONTROL), self._theme.color("#333333"))
        side = px(22)
        top = px(10)
        draw_icon(painter, self._icon, ink, QRectF((box.width() - side) / 2, top, side, side))
        left = (box.width() - self._line_width()) / 2
        words = QRectF(left, top + side + px(2), box.width(), self._theme.line("label") + px(4))
        used = draw_text(painter, self._theme, words, self.text(), "label", ink)
        if self._keycap:
            color = self._theme.color(ink)
            draw_keycap(painter, self._theme, self._keycap, left + used + px(5), words.center().y(), color)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


class StripBar(QFrame):
    """The dark bar itself; `row` holds the tools."""

    def __init__(self, theme: Theme, height: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._high = height
        self.row = Row(theme, self, (16, 4, 16, 4), 12)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setMinimumHeight(self._theme.px(self._high))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(FIXED.strip))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("#333333"))
        painter.end()
