# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools on the dark bar above a picture: icon over its word and key. The same in both themes, as the stage is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Row, draw_keycap, draw_text, keycap_width, rounded, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_CONTROL

HIGH = 64
LEAST = 72
COMPACT_HIGH = 48


class StripTool(QAbstractButton):
    """One tool. A checkable one is filled with the selection's blue while it is on."""

    def __init__(
        self, theme: Theme, text: str, icon: str, keycap: str, *, check: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._keycap = keycap
        self._compact = False
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

    def set_compact(self, compact: bool) -> None:
        """Only icon and key, where there is no room for words; the name stays for screen readers."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    def size_of(self, *, compact: bool) -> QSize:
        """Size with or without words, px."""
        px = self._theme.px
        if compact:
            key = keycap_width(self._theme, self._keycap) + px(6) if len(self._keycap) == 1 else 0
            return QSize(round(px(22) + key + px(16)), px(COMPACT_HIGH))
        return QSize(max(px(LEAST), round(self._line_width()) + px(20)), px(HIGH))

    def sizeHint(self) -> QSize:
        return self.size_of(compact=self._compact)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

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
        if self._compact:
            middle = box.center().y()
            draw_icon(painter, self._icon, ink, QRectF(px(8), middle - side / 2, side, side))
            if len(self._keycap) == 1:
                draw_keycap(painter, self._theme, self._keycap, px(8) + side + px(6), middle, self._theme.color(ink))
            painter.end()
            return
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
        self._aside: QWidget | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_aside(self, words: QWidget) -> None:
        """What gives way first where there is little room; it is said elsewhere too."""
        self._aside = words

    def _restyle(self) -> None:
        self._settle()
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(200), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        """Words on the tools only where all of them have room, with something left for the text beside them."""
        tools = self.findChildren(StripTool)
        gaps = self._theme.px(12) * (len(tools) + 4)
        need = sum(one.size_of(compact=False).width() for one in tools) + gaps + self._theme.px(32 + 160)
        compact = bool(tools) and need > self.width()
        for one in tools:
            one.set_compact(compact)
        if self._aside is not None:
            self._aside.setVisible(not compact)
        self.setMinimumHeight(self._theme.px(COMPACT_HIGH + 8 if compact else self._high))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(FIXED.strip))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.color("#333333"))
        painter.end()
