# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of sections at the left of the Practice screen; where the room is narrow it stands above as a row of words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Column, draw_text, rounded, text_width
from clinicam.ui.practice_section import Section
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL


class SectionButton(QAbstractButton):
    """48 high: icon, word, and how many things wait there."""

    def __init__(self, theme: Theme, text: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._waiting = 0
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
        self.update()

    def sizeHint(self) -> QSize:
        px = self._theme.px
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
        place = QRectF(px(46), 0, right - px(50), box.height())
        middle = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        draw_text(painter, self._theme, place, self.text(), "body", ink, align=middle, weight=600 if on else 500)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


class SectionList(QWidget):
    """One button a section.

    Signals:
        wanted(str): the `name` of a section.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, sections: Sequence[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Sections"))
        column = Column(theme, self, (12, 16, 13, 16), 4)
        self.buttons: dict[str, SectionButton] = {}
        for section in sections:
            button = SectionButton(theme, section.title, section.icon)
            button.setObjectName(f"practice.{section.name}")
            button.clicked.connect(lambda _on=False, name=section.name: self._pressed(name))
            section.badge.connect(button.set_waiting)
            self.buttons[section.name] = button
            column.addWidget(button)
        column.addStretch(1)
        theme.changed.connect(self.update)

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
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), self._theme.color("line"))
        painter.end()
