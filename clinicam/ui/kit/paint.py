# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes every painted widget shares: crisp rounded boxes, the dashed ring, the keycap."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from clinicam.ui.kit.text import text_width
from clinicam.ui.theme import Theme


def rounded(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    fill: QColor | None,
    edge: QColor | None = None,
    width: float = 1.0,
) -> None:
    """A rounded box, its edge drawn inside `rect` so that nothing is cut."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if edge is not None:
        half = width / 2
        rect = rect.adjusted(half, half, -half, -half)
        radius = max(0.0, radius - half)
        painter.setPen(QPen(edge, width))
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect, radius, radius)
    painter.restore()


def dashed_ring(painter: QPainter, rect: QRectF, color: QColor, width: float) -> None:
    """The ring of something that has not happened yet."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, width)
    pen.setDashPattern([2.2, 1.6])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = width / 2
    painter.drawEllipse(rect.adjusted(half, half, -half, -half))
    painter.restore()


def keycap_width(theme: Theme, key: str) -> float:
    """Width of the keycap of `key`, px."""
    return max(theme.px(22), text_width(theme, key, "label") + theme.px(14))


def draw_keycap(painter: QPainter, theme: Theme, key: str, left: float, middle: float, ink: QColor) -> float:
    """Paint a keycap whose left edge is at `left`, centred on the line `middle`. Returns its width."""
    width = keycap_width(theme, key)
    height = theme.px(20)
    box = QRectF(left, round(middle - height / 2), width, height)
    rounded(painter, box, theme.px(4), None, ink, max(1.0, theme.scale * 1.4))
    painter.save()
    painter.setPen(ink)
    painter.setFont(theme.font("label"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()
    return width
