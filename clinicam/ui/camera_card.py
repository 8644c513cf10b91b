# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera in two lines: which body, how full its battery, and whether pictures stay off its card. Unknown is shown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.errors import CameraNoPromise
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.layout import fix
from clinicam.ui.kit.paint import dashed_ring, rounded
from clinicam.ui.kit.text import draw_text, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL

READABLE = frozenset({CameraState.READY, CameraState.ARMED})
"""States in which what the camera says of itself is of now."""


class CameraCard(QWidget):
    """58 px high.

    Signals:
        none
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = CameraStatus(CameraState.ABSENT)
        self.setObjectName("session.camera")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        fix(theme, self, height=58)
        theme.changed.connect(self.update)

    def show_status(self, status: CameraStatus) -> None:
        """Show the newest status."""
        if status != self._status:
            self._status = status
            name, battery = self._first()
            self.setAccessibleName(f"{name} {battery}. {self._second()[1]}")
            self.update()

    def _first(self) -> tuple[str, str]:
        name = self._status.model or self.tr("Camera")
        battery = self._status.battery if self._status.state in READABLE else None
        return name, battery or ""

    def _second(self) -> tuple[str, str, str]:
        """Icon, words, ink token."""
        status = self._status
        if isinstance(status.problem, CameraNoPromise):
            return "triangle-alert", self.tr("A picture reached its card"), "attention"
        if status.state not in READABLE:
            return "dashed", self.tr("Cannot be read at the moment"), "ink2"
        if not status.target_proved:
            return "dashed", self.tr("Card not looked at yet"), "ink2"
        if status.media_present is False:
            return "check", self.tr("No card, memory only"), "accent"
        return "check", self.tr("Pictures stay off its card"), "accent"

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Two lines in a box."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        rounded(painter, box, px(RADIUS_CONTROL), None, theme.color("line"), max(1.0, round(theme.scale)))
        inner = box.adjusted(px(12), px(7), -px(12), -px(7))
        name, battery = self._first()
        first = QRectF(inner.left(), inner.top(), inner.width(), px(24))
        used = text_width(theme, battery, "row") + px(30) if battery else 0
        draw_text(painter, theme, first.adjusted(0, 0, -used, 0), name, "row")
        if battery:
            right = Qt.AlignmentFlag.AlignRight
            draw_text(painter, theme, first, battery, "row", align=right)
            side = px(18)
            left = first.right() - used + px(8)
            icon = QRectF(left, first.center().y() - side / 2, side, side)
            draw_icon(painter, "battery-medium", theme.tokens.ink2, icon)
        icon_name, words, ink = self._second()
        side = px(16)
        mark = QRectF(inner.left(), inner.top() + px(26), side, side)
        if icon_name == "dashed":
            dashed_ring(painter, mark.adjusted(1, 1, -1, -1), theme.color(ink), 1.5 * theme.scale)
        else:
            draw_icon(painter, icon_name, theme.tokens.accent if ink == "accent" else theme.tokens.attention, mark, 2.5)
        second = QRectF(mark.right() + px(5), inner.top() + px(25), inner.width() - side - px(5), px(18))
        draw_text(painter, theme, second, words, "label", ink)
        painter.end()
