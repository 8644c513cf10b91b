# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sections at the left of the Practice screen; where the room is narrow it stands above as a row of words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import draw_text, rounded, text_width
from clinicam.ui.practice_section import Section
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL

_WIDEST = 260
"""unscaled px; a list that is given more stands above its section"""


class SectionButton(QAbstractButton):
    """48 high: icon, word, and how many things wait there."""

    def __init__(self, theme: Theme, text: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._waiting = 0
        self._compact = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def set_waiting(self, count: int) -> None:
        """How many things wait; 0 shows nothing."""
        self._waiting = count
        self.setAccessibleName(f"{self.text()}. {count}" if count else self.text())
        self.updateGeometry()
        self.update()

    def set_compact(self, on: bool) -> None:
        """Without the icon, as wide as the word: for a row above the section."""
        if on != self._compact:
            self._compact = on
            self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
        if self._compact:
            pill = px(40) if self._waiting else 0
            return QSize(int(text_width(self._theme, self.text(), "body", 600)) + px(26) + pill, px(48))
        return QSize(int(text_width(self._theme, self.text(), "body", 600)) + px(84), px(48))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(48))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        box = QRectF(self.rect())
        on = self.isChecked()
        ground = color("accent_soft") if on else color("sunken") if self.underMouse() or self.isDown() else None
        rounded(painter, box, px(RADIUS_CONTROL), ground, None, 0)
        ink = "accent" if on else "ink"
        size = px(20)
        if not self._compact:
            draw_icon(painter, self._icon, color(ink).name(), QRectF(px(14), (box.height() - size) / 2, size, size))
        right = box.width() - px(10)
        if self._waiting:
            words = f"{self._waiting}"
            wide = max(px(26), text_width(self._theme, words, "small", 600) + px(16))
            pill = QRectF(right - wide, (box.height() - px(26)) / 2, wide, px(26))
            rounded(painter, pill, pill.height() / 2, color("attention_soft"), None, 0)
            draw_text(
                painter,
                self._theme,
                pill,
                words,
                "small",
                "attention",
                align=Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter,
                weight=600,
            )
            right = pill.left()
        left = px(12) if self._compact else px(46)
        place = QRectF(left, 0, right - left - px(2 if self._compact else 4), box.height())
        middle = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        draw_text(painter, self._theme, place, self.text(), "body", ink, align=middle, weight=600 if on else 500)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


class SectionList(QWidget):
    """One button a section: a list as long as it is narrow, else rows of words that wrap.

    Signals:
        wanted(str): the `name` of a section.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, sections: Sequence[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Sections"))
        self._compact = False
        self.buttons: dict[str, SectionButton] = {}
        for section in sections:
            button = SectionButton(theme, section.title, section.icon, self)
            button.setObjectName(f"practice.{section.name}")
            button.clicked.connect(lambda _on=False, name=section.name: self._pressed(name))
            section.badge.connect(button.set_waiting)
            self.buttons[section.name] = button
        theme.changed.connect(self._arrange)
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(208), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        px = self._theme.px
        self._compact = self.width() > px(_WIDEST)
        gap = px(4)
        left, top, right = (px(12), px(8), self.width() - px(12)) if self._compact else (px(12), px(16), self.width())
        x, y = left, top
        for button in self.buttons.values():
            button.set_compact(self._compact)
            size = button.sizeHint()
            if not self._compact:
                button.setGeometry(x, y, right - left - px(13), size.height())
                y += size.height() + gap
                continue
            if x > left and x + size.width() > right:
                x, y = left, y + size.height() + gap
            button.setGeometry(x, y, min(size.width(), right - x), size.height())
            x += size.width() + gap
        self.setMinimumHeight(y + (px(48) + top if self._compact else top - gap))
        self.update()

    def show_section(self, name: str) -> None:
        """Mark where we are. Not by exclusive buttons: those Qt would let Tab reach only through the chosen one."""
        for one, button in self.buttons.items():
            button.setChecked(one == name)

    def _pressed(self, name: str) -> None:
        self.show_section(name)
        self.wanted.emit(name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        below, beside = QRectF(0, self.height() - 1, self.width(), 1), QRectF(self.width() - 1, 0, 1, self.height())
        painter.fillRect(below if self._compact else beside, self._theme.color("line"))
        painter.end()
