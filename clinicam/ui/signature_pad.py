# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a patient signs: pen, finger or mouse become strokes with time and pressure, and nothing else is kept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTabletEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.consent.model import Stroke, StrokePoint
from clinicam.consent.signature import MOST_POINTS, MOST_STROKES, SHORTEST_INK
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL

HEIGHT = 196
"""Of the pad, px."""

LINE_FROM_BOTTOM = 64
"""The signing line lies this far above the lower edge, px."""

INSET = 30
"""The signing line keeps this far from left and right, px."""

PEN = 3.2
"""Width of the line at full pressure, px."""
PARTS = 100
"""A stroke point counts hundredths of a px."""

FULL_PRESSURE = 1024
MOUSE_PRESSURE = 0.5
LONGEST_MS = 3_600_000


class SignaturePad(QWidget):
    """Takes strokes. A pen's tablet events win over the mouse events Qt makes of them.

    A dot or a tap does not count as a signature: `is_signed` wants a stroke that goes somewhere.

    Signals:
        changed(): a stroke ended, or all were taken back.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._strokes: list[Stroke] = []
        self._now: list[StrokePoint] = []
        self._points = 0
        self._clock = QElapsedTimer()
        self._pen_down = False
        self._surface = QSize()
        self._path = QPainterPath()
        self.caption = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Sign here"))
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """The finished strokes, in order, as the record keeps them."""
        return tuple(self._strokes)

    @property
    def surface(self) -> QSize:
        """Size of the pad when the first stroke began, px; what the points are measured on. Empty before that."""
        return QSize(self._surface)

    def is_signed(self) -> bool:
        """Whether there is enough ink for a signature, by the measure of `consent.signature`."""
        return bool(self._strokes) and _ink(self._strokes) >= SHORTEST_INK * self._surface.width() * PARTS

    def start_again(self) -> None:
        """Take everything back."""
        self._strokes.clear()
        self._now.clear()
        self._points = 0
        self._path = QPainterPath()
        self._clock.invalidate()
        self._surface = QSize()
        self.changed.emit()
        self.update()

    def set_caption(self, text: str) -> None:
        """The words below the signing line: who signs, and the day."""
        self.caption = text
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(500), self._theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(280), self._theme.px(HEIGHT))

    # Strokes

    def tabletEvent(self, event: QTabletEvent) -> None:
        if event.type() == QEvent.Type.TabletPress:
            self._pen_down = True
            self._begin(self._point(event.position(), event.pressure(), event.xTilt(), event.yTilt()))
        elif event.type() == QEvent.Type.TabletMove and self._now:
            self._go_on(self._point(event.position(), event.pressure(), event.xTilt(), event.yTilt()))
        elif event.type() == QEvent.Type.TabletRelease:
            self._end()
            self._pen_down = False
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._pen_down:
            self._begin(self._point(event.position(), MOUSE_PRESSURE))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._now and not self._pen_down:
            self._go_on(self._point(event.position(), MOUSE_PRESSURE))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._pen_down:
            self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self.start_again()
        else:
            super().keyPressEvent(event)

    def _point(self, where: QPointF, pressure: float, tilt_x: float = 0.0, tilt_y: float = 0.0) -> StrokePoint:
        if not self._clock.isValid():
            self._clock.start()
            self._surface = QSize(self.size())
        # A pad that has grown since the first stroke is measured as it was then, so that the signature stays one.
        x = _within(where.x() / self.width(), 0.0, 1.0) * self._surface.width() * PARTS
        y = _within(where.y() / self.height(), 0.0, 1.0) * self._surface.height() * PARTS
        return StrokePoint(
            x=int(x),
            y=int(y),
            t_ms=min(self._clock.elapsed(), LONGEST_MS),
            pressure=round(_within(pressure, 0.0, 1.0) * FULL_PRESSURE),
            tilt_x=round(_within(tilt_x, -90.0, 90.0)),
            tilt_y=round(_within(tilt_y, -90.0, 90.0)),
        )

    def _is_full(self) -> bool:
        return self._points >= MOST_POINTS or len(self._strokes) >= MOST_STROKES

    def _begin(self, point: StrokePoint) -> None:
        if self._is_full():
            return
        self._now = [point]
        self._points += 1
        self._path.moveTo(point.x / PARTS, point.y / PARTS)

    def _go_on(self, point: StrokePoint) -> None:
        if self._is_full():
            return
        last = self._now[-1]
        self._now.append(point)
        self._points += 1
        # Through the middles of the pieces: smooth, and never more than one piece behind the pen.
        middle_x, middle_y = (last.x + point.x) / 2 / PARTS, (last.y + point.y) / 2 / PARTS
        self._path.quadTo(last.x / PARTS, last.y / PARTS, middle_x, middle_y)
        self.update()

    def _end(self) -> None:
        if not self._now:
            return
        last = self._now[-1]
        dot = 0.1 if len(self._now) == 1 else 0.0
        self._path.lineTo(last.x / PARTS + dot, last.y / PARTS)
        self._strokes.append(tuple(self._now))
        self._now = []
        self.changed.emit()
        self.update()

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        px, color = self._theme.px, self._theme.color
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(color("edge"), px(2)))
        painter.setBrush(color("surface"))
        painter.drawRoundedRect(frame, px(RADIUS_CONTROL), px(RADIUS_CONTROL))
        line = self.height() - px(LINE_FROM_BOTTOM)
        painter.drawLine(px(INSET), line, self.width() - px(INSET), line)
        painter.setFont(self._theme.font("body"))
        painter.setPen(color("ink2"))
        words = QRectF(px(INSET), line, self.width() - 2 * px(INSET), px(LINE_FROM_BOTTOM))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.caption)
        if self._surface.isEmpty():
            painter.end()
            return
        painter.scale(self.width() / self._surface.width(), self.height() / self._surface.height())
        ink = QPen(color("ink"), PEN * self._theme.scale)
        ink.setCosmetic(True)
        ink.setCapStyle(Qt.PenCapStyle.RoundCap)
        ink.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(ink)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        painter.end()


def _within(value: float, least: float, most: float) -> float:
    return min(most, max(least, value))


def _ink(strokes: Sequence[Stroke]) -> float:
    """Length of all lines together, hundredths of a px."""
    return sum(math.hypot(b.x - a.x, b.y - a.y) for stroke in strokes for a, b in itertools.pairwise(stroke))
