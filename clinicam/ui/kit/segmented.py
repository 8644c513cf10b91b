# SPDX-License-Identifier: GPL-3.0-or-later
"""Two to five choices side by side, one of them on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import draw_text
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL, TARGET, TARGET_GLOVES


class SegmentedChoice(QWidget):
    """Left and right arrow, Home and End, or a tap choose.

    Signals:
        chosen(str): the key of the choice that is on now.
    """

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[str, str]],
        *,
        large: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`choices` are (key, words); the first is on. `name` is the accessible name of the group."""
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._choices = tuple(choices)
        self._at = 0
        self._large = large
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._announce()

    @property
    def key(self) -> str:
        """The choice that is on."""
        return self._choices[self._at][0]

    def choose(self, key: str, *, quietly: bool = False) -> None:
        """Turn `key` on; unless `quietly`, `chosen` is emitted when it changes."""
        at = next(i for i, one in enumerate(self._choices) if one[0] == key)
        if at == self._at:
            return
        self._at = at
        self._announce()
        self.update()
        if not quietly:
            self.chosen.emit(key)

    def _announce(self) -> None:
        self.setAccessibleName(f"{self._name}: {self._choices[self._at][1]}")

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._theme.font("strong"))
        widest = max(metrics.horizontalAdvance(one[1]) for one in self._choices) + self._theme.px(24)
        high = self._theme.px(TARGET_GLOVES if self._large else TARGET)
        return QSize(int(widest * len(self._choices)), high)

    def minimumSizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._theme.font("strong"))
        widest = max(metrics.horizontalAdvance(one[1]) for one in self._choices) + self._theme.px(8)
        return QSize(int(widest * len(self._choices)), self.sizeHint().height())

    def _box(self, at: int) -> QRectF:
        wide = self.width() / len(self._choices)
        return QRectF(round(at * wide), 0, round((at + 1) * wide) - round(at * wide), self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, px = self._theme.color, self._theme.px
        box = QRectF(self.rect())
        radius = px(RADIUS_CONTROL)
        edge = color("edge" if self.isEnabled() else "line")
        rounded(painter, box, radius, color("surface" if self.isEnabled() else "sunken"), edge)
        shape = QPainterPath()
        shape.addRoundedRect(box, radius, radius)
        for at, (_key, words) in enumerate(self._choices):
            place = self._box(at)
            on = at == self._at
            if on:
                painter.save()
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setClipPath(shape)
                painter.fillRect(place, color("accent" if self.isEnabled() else "ink3"))
                painter.restore()
            elif at and at - 1 != self._at:
                painter.fillRect(QRectF(place.x(), px(1), 1, place.height() - px(2)), edge)
            ink = "on_accent" if on else ("ink" if self.isEnabled() else "ink3")
            draw_text(painter, self._theme, place, words, "strong", ink, align=Qt.AlignmentFlag.AlignHCenter)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for at, one in enumerate(self._choices):
            if self._box(at).contains(event.position()):
                self.choose(one[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._choices) - 1
        moves = {
            Qt.Key.Key_Left: self._at - 1,
            Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        wanted = moves.get(Qt.Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
            return
        self.choose(self._choices[min(max(wanted, 0), last)][0])
