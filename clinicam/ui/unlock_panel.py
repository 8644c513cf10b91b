# SPDX-License-Identifier: GPL-3.0-or-later
"""The dark half of the lock screen: the time, where this is, and what "locked" means."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import draw_text, fix, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED
from clinicam.ui.words import weekday_date

_MARK = "#8FDCEC"


def draw_mark(painter: QPainter, theme: Theme, box: QRectF) -> None:
    """CliniCam's mark: a lens with a tick in a rounded square."""
    width = theme.px(3.5)
    rounded(painter, box, box.height() * 0.24, None, QColor(_MARK), width)
    inset = box.height() * 0.25
    ring = box.adjusted(inset, inset, -inset, -inset)
    rounded(painter, ring, ring.height() / 2, None, QColor(_MARK), width * 0.85)
    tick = ring.adjusted(inset * 0.42, inset * 0.42, -inset * 0.42, -inset * 0.42)
    draw_icon(painter, "check", FIXED.on_unlock, tick, 4)


class UnlockPanel(QWidget):
    """560 wide, painted. The clock moves each second at most; nothing here knows a patient."""

    def __init__(self, theme: Theme, place: str, support: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._place = place
        self._support = support
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fix(theme, self, width=560)
        theme.changed.connect(self.update)
        self._shown = ""
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self._tick()

    def start(self) -> None:
        """The panel is on screen."""
        self._tick()
        self._clock.start()

    def stop(self) -> None:
        """It is not."""
        self._clock.stop()

    def _tick(self) -> None:
        now = datetime.now().astimezone()
        shown = now.strftime("%H:%M")
        if shown != self._shown:
            self._shown = shown
            self._day = weekday_date(now.date())
            self.setAccessibleName(f"{shown}, {self._day}. {self._place}. {self._support}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, theme = self._theme.px, self._theme
        painter.fillRect(self.rect(), theme.color(FIXED.unlock))
        left, wide = px(56), self.width() - px(56) - px(24)
        draw_mark(painter, theme, QRectF(left, px(48), px(40), px(40)))
        draw_text(
            painter, theme, QRectF(left + px(54), px(48), wide, px(40)), self.tr("CliniCam"), "title", FIXED.on_unlock
        )
        lines = (
            ("lock", self.tr("Locked. Nothing decrypted is in memory.")),
            ("camera", self.tr("The camera is off until a patient has agreed.")),
            ("ban", self.tr("Shots by the camera's own button are dropped.")),
        )
        foot = self.height() - px(56) - px(36) * (len(lines) - 1)
        top = px(204)
        # With large letters the clock gives way to what has to be read.
        block = px(240)
        middle = max(px(104), min(top, foot - px(30) - block))
        if middle + block <= foot:
            draw_text(
                painter, theme, QRectF(left - px(4), middle, wide, px(112)), self._shown, "clock", FIXED.on_unlock
            )
            middle += px(104)
        draw_text(
            painter, theme, QRectF(left, middle, wide, px(28)), self._day, "section", FIXED.on_unlock2, weight=400
        )
        draw_text(painter, theme, QRectF(left, middle + px(64), wide, px(32)), self._place, "title", FIXED.on_unlock)
        draw_text(
            painter, theme, QRectF(left, middle + px(96), wide, px(24)), self._support, "plainrow", FIXED.on_unlock2
        )
        for at, (icon, words) in enumerate(lines):
            y = foot + px(36) * at
            draw_icon(painter, icon, FIXED.on_unlock2, QRectF(left, y - px(11), px(22), px(22)), 1.8)
            draw_text(
                painter, theme, QRectF(left + px(34), y - px(14), wide, px(28)), words, "plainrow", FIXED.on_unlock
            )
        painter.end()
