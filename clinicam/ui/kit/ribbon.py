# SPDX-License-Identifier: GPL-3.0-or-later
"""The ribbon of a training vault: seen in every room, absent in a real one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit.layout import fix
from clinicam.ui.kit.text import Run, draw_text, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED


class Ribbon(QWidget):
    """24 high, full width, amber with hatched ends."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Training vault: simulated patients, simulated camera, nothing here is real"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fix(theme, self, height=24)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(FIXED.ribbon))
        parts = (self.tr("simulated patients, simulated camera"), self.tr("nothing here is real"))
        words = [Run(self.tr("TRAINING VAULT"), 700)]
        room_for = self.width() * 0.74
        for part in parts:
            more = "   ·   " + part
            if text_width(self._theme, "".join(one.text for one in words) + more, "label", 700) < room_for:
                words.append(Run(more))
        end = min(self._theme.px(160), self.width() // 8)
        for left in (0, self.width() - end):
            self._hatch(painter, QRectF(left, 0, end, self.height()))
        room = QRectF(end, 0, self.width() - 2 * end, self.height())
        centre = Qt.AlignmentFlag.AlignHCenter
        draw_text(painter, self._theme, room, words, "label", FIXED.on_ribbon, align=centre)
        painter.end()

    def _hatch(self, painter: QPainter, box: QRectF) -> None:
        painter.save()
        painter.setClipRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(FIXED.on_ribbon))
        step = self._theme.px(28)
        bar = step / 2
        x = box.x() - box.height()
        while x < box.right() + box.height():
            low, high = box.bottom(), box.top()
            lean = box.height()
            painter.drawPolygon(
                QPolygonF([
                    QPointF(x, low),
                    QPointF(x + bar, low),
                    QPointF(x + bar + lean, high),
                    QPointF(x + lean, high),
                ])
            )
            x += step
        painter.restore()
