# SPDX-License-Identifier: GPL-3.0-or-later
"""The navigation rail: where one can go, privacy and lock always at its foot."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Column, draw_text, fix, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL


class NavButton(QAbstractButton):
    """64 high: icon above a word; `boxed` (Lock) has the edge of a control."""

    def __init__(
        self, theme: Theme, text: str, icon: str, *, boxed: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self._boxed = boxed
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(71), self._theme.px(64))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(71), self._theme.px(52))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        box = QRectF(self.rect())
        on = self.isChecked()
        ground = color("accent_soft") if on else color("sunken") if self.underMouse() or self.isDown() else None
        edge = color("edge") if self._boxed else None
        rounded(painter, box, px(RADIUS_CONTROL), ground, edge, max(1.0, round(self._theme.scale)))
        ink = "accent" if on else "ink" if self._boxed else "ink2"
        size, line = px(24), self._theme.line("small")
        top = (box.height() - size - line - px(3)) / 2
        draw_icon(painter, self._icon, color(ink).name(), QRectF((box.width() - size) / 2, top, size, size))
        place = QRectF(0, top + size + px(3), box.width(), line)
        weight = 600 if on or self._boxed else 500
        draw_text(
            painter, self._theme, place, self.text(), "small", ink, align=Qt.AlignmentFlag.AlignHCenter, weight=weight
        )
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)


class Rail(QWidget):
    """88 wide.

    Signals:
        wanted(str): ``patients``, ``todo``, ``practice``.
        privacy_wanted(): the cover.
        lock_wanted(): lock now.
    """

    wanted = Signal(str)
    privacy_wanted = Signal()
    lock_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Navigation"))
        fix(theme, self, width=88)
        column = Column(theme, self, (8, 8, 9, 8), 0)
        self._places = {
            "patients": NavButton(theme, self.tr("Patients"), "users"),
            "todo": NavButton(theme, self.tr("To do"), "list-checks"),
            "practice": NavButton(theme, self.tr("Practice"), "hospital"),
        }
        for key, button in self._places.items():
            button.setCheckable(True)
            button.setObjectName(f"nav.{key}")
            button.clicked.connect(lambda _on=False, key=key: self._pressed(key))
            column.addWidget(button)
        column.addStretch(1)
        self.privacy = NavButton(theme, self.tr("Privacy"), "eye-off")
        self.lock = NavButton(theme, self.tr("Lock"), "lock", boxed=True)
        self.privacy.setObjectName("nav.privacy")
        self.lock.setObjectName("nav.lock")
        self.privacy.setToolTip(self.tr("F12"))
        self.lock.setToolTip(self.tr("Ctrl+L"))
        self.privacy.clicked.connect(self.privacy_wanted)
        self.lock.clicked.connect(self.lock_wanted)
        column.addWidget(self.privacy)
        column.gap(6)
        column.addWidget(self.lock)
        theme.changed.connect(self.update)

    def show_place(self, key: str) -> None:
        """Mark where we are."""
        for name, button in self._places.items():
            button.setChecked(name == key)
        self.update()

    def _pressed(self, key: str) -> None:
        self.show_place(key)
        self.wanted.emit(key)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        painter.fillRect(self.rect(), color("surface"))
        painter.fillRect(QRectF(self.width() - 1, 0, 1, self.height()), color("line"))
        for button in self._places.values():
            if button.isChecked():
                place = button.geometry()
                mark = QRectF(0, place.y() + px(8), px(4), place.height() - px(16))
                painter.fillRect(mark, color("accent"))
        painter.end()
