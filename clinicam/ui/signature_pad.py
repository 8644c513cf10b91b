# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a patient signs: pen, finger or mouse become strokes with time and pressure, and nothing else is kept."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTabletEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

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

LONGEST_STROKE = 20_000
"""Points of one stroke; a pen at 300 points a second needs a minute for it."""


@dataclass(frozen=True, slots=True)
class InkPoint:
    """One point of a stroke: place in px of the pad's surface, milliseconds since the first touch, pressure 0 to 1."""

    x: float
    y: float
    t_ms: int
    pressure: float


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
        self._strokes: list[tuple[InkPoint, ...]] = []
        self._now: list[InkPoint] = []
        self._clock = QElapsedTimer()
        self._pen_down = False
        self._surface = QSizeF()
        self._path = QPainterPath()
        self.caption = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(self.tr("Sign here"))
        theme.changed.connect(self.updateGeometry)
        theme.changed.connect(self.update)

    @property
    def strokes(self) -> tuple[tuple[InkPoint, ...], ...]:
        """The finished strokes, in order."""
        return tuple(self._strokes)

    @property
    def surface(self) -> QSizeF:
        """Size of the pad when the first stroke began, px; what the points are measured on. Empty before that."""
        return QSizeF(self._surface)

    def is_signed(self) -> bool:
        """Whether there is at least one stroke longer than the pad's pen is wide times four."""
        return any(_length(stroke) > 4 * PEN * self._theme.scale for stroke in self._strokes)

    def start_again(self) -> None:
        """Take everything back."""
        self._strokes.clear()
        self._now.clear()
        self._path = QPainterPath()
        self._clock.invalidate()
        self._surface = QSizeF()
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
            self._begin(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletMove and self._now:
            self._go_on(event.position(), event.pressure())
        elif event.type() == QEvent.Type.TabletRelease:
            self._end()
            self._pen_down = False
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._pen_down:
            self._begin(event.position(), 0.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._now and not self._pen_down:
            self._go_on(event.position(), 0.5)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._pen_down:
            self._end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self.start_again()
        else:
            super().keyPressEvent(event)

    def _point(self, where: QPointF, pressure: float) -> InkPoint:
        if not self._clock.isValid():
            self._clock.start()
            self._surface = QSizeF(self.size())
        # A pad that has grown since the first stroke is measured as it was then, so that the signature stays one.
        x = min(max(0.0, where.x() / self.width()), 1.0) * self._surface.width()
        y = min(max(0.0, where.y() / self.height()), 1.0) * self._surface.height()
        return InkPoint(x, y, self._clock.elapsed(), min(1.0, max(0.0, pressure)))

    def _begin(self, where: QPointF, pressure: float) -> None:
        self._now = [self._point(where, pressure)]
        self._path.moveTo(self._now[0].x, self._now[0].y)

    def _go_on(self, where: QPointF, pressure: float) -> None:
        if len(self._now) >= LONGEST_STROKE:
            return
        last, point = self._now[-1], self._point(where, pressure)
        self._now.append(point)
        # Through the middles of the pieces: smooth, and never more than one piece behind the pen.
        self._path.quadTo(last.x, last.y, (last.x + point.x) / 2, (last.y + point.y) / 2)
        self.update()

    def _end(self) -> None:
        if not self._now:
            return
        last = self._now[-1]
        self._path.lineTo(last.x + (0.1 if len(self._now) == 1 else 0.0), last.y)
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


def _length(stroke: tuple[InkPoint, ...]) -> float:
    return sum(math.hypot(b.x - a.x, b.y - a.y) for a, b in itertools.pairwise(stroke))
