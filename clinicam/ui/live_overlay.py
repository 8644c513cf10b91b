# SPDX-License-Identifier: GPL-3.0-or-later
"""Words and the histogram over the live picture. The colours are fixed: pictures look the same in both themes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, LIGHT

_INKS = {"safe": LIGHT.accent, "attention": LIGHT.attention, "work": LIGHT.work, "stopped": LIGHT.stopped}
_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignLeft)


class Overlay:
    """Paints over `area` with `painter`, which must be antialiasing. `compact`: smaller, for large text in a window."""

    def __init__(self, painter: QPainter, theme: Theme, area: QRect, compact: bool) -> None:
        self._painter = painter
        self._theme = theme
        self._area = area
        self._compact = compact
        self._shade = QColor(20, 20, 20, 224)

    def hint(self, text: str) -> int:
        """The line at the foot. Returns its top, px."""
        painter, px, area = self._painter, self._theme.px, self._area
        painter.setFont(self._theme.font("plainrow" if self._compact else "title", 500))
        icon, gap, margin = px(24), px(12), px(16)
        room = area.width() - 2 * margin - icon - gap
        needs = painter.fontMetrics().boundingRect(QRect(0, 0, room, area.height()), _WRAP, text)
        height = max(px(40 if self._compact else 52), needs.height() + px(12))
        top = area.height() - height
        painter.fillRect(QRect(0, top, area.width(), height), self._shade)
        left = (area.width() - icon - gap - needs.width()) // 2
        draw_icon(painter, "info", FIXED.on_strip, QRectF(left, top + (height - icon) / 2, icon, icon))
        painter.setPen(QColor(FIXED.on_strip))
        painter.drawText(QRect(left + icon + gap, top, needs.width() + 2, height), _WRAP, text)
        return top

    def histogram(self, bars: tuple[float, ...], above: int) -> None:
        """Brightness from dark to light, its lower edge 14 px over `above`."""
        if len(bars) < 2:
            return
        painter, px = self._painter, self._theme.px
        box = QRectF(self._area.width() - px(14 + 132), above - px(14 + 64), px(132), px(64))
        rounded(painter, box, px(4), self._shade)
        inner = box.adjusted(px(6), px(8), -px(6), -px(6))
        step = inner.width() / (len(bars) - 1)
        tops = [QPointF(inner.left() + i * step, inner.bottom() - inner.height() * bar) for i, bar in enumerate(bars)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(FIXED.on_strip2))
        painter.drawPolygon(QPolygonF([inner.bottomLeft(), *tops, inner.bottomRight()]))

    def status(self, icon: str, text: str, meaning: str) -> int:
        """The white chip at the left. Returns its width, px."""
        painter, px = self._painter, self._theme.px
        ink = _INKS[meaning]
        box = self._chip(px(18 + 24 + 12 + 22), text, at_right=False, top=px(14), fill="#FFFFFF")
        draw_icon(painter, icon, ink, _mark(box, px(18), px(24)))
        painter.setPen(QColor(ink))
        painter.drawText(box.adjusted(px(54), 0, 0, 0), _MIDDLE, text)
        return round(box.width())

    def live(self, text: str, used: int, *, fresh: bool) -> None:
        """The dark chip at the right, under the left one where both do not fit. A fresh picture has a yellow dot."""
        if not text:
            return
        painter, px = self._painter, self._theme.px
        self._font()
        wide = px(22 + 14 + 12 + 22) + painter.fontMetrics().horizontalAdvance(text)
        is_below = bool(used) and used + wide + px(3 * 14) > self._area.width()
        top = px(14) + (self._high() + px(8) if is_below else 0)
        box = self._chip(px(22 + 14 + 12 + 22), text, at_right=True, top=top, fill=FIXED.strip)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(FIXED.ribbon if fresh else FIXED.on_strip2))
        painter.drawEllipse(_mark(box, px(22), px(14)))
        painter.setPen(QColor(FIXED.on_strip))
        painter.drawText(box.adjusted(px(48), 0, 0, 0), _MIDDLE, text)

    def _high(self) -> int:
        return self._theme.px(40 if self._compact else 57)

    def _font(self) -> None:
        self._painter.setFont(self._theme.font("row" if self._compact else "title"))

    def _chip(self, around: int, text: str, *, at_right: bool, top: int, fill: str) -> QRectF:
        self._font()
        width = around + self._painter.fontMetrics().horizontalAdvance(text)
        inset = self._theme.px(14)
        left = self._area.width() - inset - width if at_right else inset
        box = QRectF(left, top, width, self._high())
        rounded(self._painter, box, box.height() / 2, QColor(fill))
        return box


def _mark(box: QRectF, left: float, side: float) -> QRectF:
    return QRectF(box.left() + left, box.center().y() - side / 2, side, side)
