# SPDX-License-Identifier: GPL-3.0-or-later
"""Text on the type scale with its own line height, which QLabel cannot give, and painting helpers for delegates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from clinicam.ui.theme import Theme
from clinicam.ui.tokens import TextRole


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of one text with its own weight, colour (a token or ``#RRGGBB``) or ground."""

    text: str
    weight: int | None = None
    color: str | None = None
    ground: str | None = None


def layout_of(
    theme: Theme, runs: Sequence[Run], font: QFont, line: float, width: float, align: Qt.AlignmentFlag
) -> tuple[QTextLayout, float, float]:
    """Break `runs` into lines of at most `width` px. Returns the layout, its height and its natural width in px."""
    text = "".join(one.text for one in runs)
    made = QTextLayout(text.replace("\n", "\u2028"), font)
    option = QTextOption(align)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    made.setTextOption(option)
    ranges = []
    at = 0
    for one in runs:
        look = QTextCharFormat()
        if one.weight is not None:
            look.setFontWeight(one.weight)
        if one.color is not None:
            look.setForeground(theme.color(one.color))
        if one.ground is not None:
            look.setBackground(theme.color(one.ground))
        span = QTextLayout.FormatRange()
        span.start, span.length, span.format = at, len(one.text), look
        ranges.append(span)
        at += len(one.text)
    made.setFormats(ranges)
    made.beginLayout()
    y = 0.0
    natural = 0.0
    while True:
        row = made.createLine()
        if not row.isValid():
            break
        row.setLineWidth(max(1.0, width))
        # Letters of another script come from another font, often taller: the line grows, nothing is cut.
        letters = row.ascent() + row.descent()
        high = max(line, letters)
        row.setPosition(QPointF(0, y + (high - letters) / 2))
        natural = max(natural, row.naturalTextWidth())
        y += high
    made.endLayout()
    return made, max(y, line), natural


def text_width(theme: Theme, text: str, role: TextRole, weight: int | None = None) -> float:
    """Width of one line in px."""
    return QFontMetricsF(theme.font(role, weight)).horizontalAdvance(text)


def draw_text(
    painter: QPainter,
    theme: Theme,
    rect: QRectF,
    text: str | Sequence[Run],
    role: TextRole,
    color: str = "ink",
    *,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeading,
    weight: int | None = None,
    wrap: bool = False,
) -> float:
    """Paint text into `rect`, vertically centred; without `wrap` one line, shortened with … at its end.

    Returns:
        The natural width painted, px.
    """
    runs: Sequence[Run] = (Run(text),) if isinstance(text, str) else text
    font = theme.font(role, weight)
    if not wrap:
        runs = _shortened(runs, font, rect.width())
    made, height, natural = layout_of(theme, runs, font, theme.line(role), rect.width(), align)
    painter.save()
    painter.setPen(theme.color(color))
    made.draw(painter, QPointF(rect.x(), rect.y() + (rect.height() - height) / 2))
    painter.restore()
    return natural


def _shortened(runs: Sequence[Run], font: QFont, width: float) -> Sequence[Run]:
    """The runs, the last cut with an ellipsis where they do not fit; one weight above is allowed for."""
    heavy = QFont(font)
    heavy.setWeight(QFont.Weight(max([font.weight(), *(one.weight for one in runs if one.weight)])))
    metrics = QFontMetricsF(heavy)
    if metrics.horizontalAdvance("".join(one.text for one in runs)) <= width:
        return runs
    kept: list[Run] = []
    room = width
    for one in runs:
        need = metrics.horizontalAdvance(one.text)
        if need > room:
            cut = metrics.elidedText(one.text, Qt.TextElideMode.ElideRight, max(room, metrics.horizontalAdvance("…")))
            kept.append(Run(cut, one.weight, one.color, one.ground))
            break
        kept.append(one)
        room -= need
    return kept


class TextLabel(QLabel):
    """Words on the type scale. Wraps by default; never cut off. Its text is its accessible name."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        role: TextRole = "body",
        color: str = "ink",
        *,
        wrap: bool = True,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeading,
        weight: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._role: TextRole = role
        self._color = color
        self._weight = weight
        self._align = align
        self._wraps = wrap
        self._runs: tuple[Run, ...] = ()
        self._heights: dict[int, int] = {}
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        policy = QSizePolicy(
            QSizePolicy.Policy.Preferred if wrap else QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum
        )
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)
        self.setTextFormat(Qt.TextFormat.PlainText)
        theme.changed.connect(self._restyle)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text` in the label's own colour."""
        self._runs = (Run(text),)
        super().setText(text)
        self._restyle()

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show pieces of different weight or colour."""
        super().setText("".join(one.text for one in runs))
        self._runs = tuple(runs)
        self._restyle()

    def set_color(self, color: str) -> None:
        """Ink of the words: a token or ``#RRGGBB``."""
        self._color = color
        self.update()

    def set_role(self, role: TextRole) -> None:
        """Another step of the type scale."""
        self._role = role
        self._restyle()

    def _restyle(self) -> None:
        # Layouts ask for the same few widths again and again; breaking lines is the dear part.
        self._heights.clear()
        self.updateGeometry()
        self.update()

    def _layout(self, width: float) -> tuple[QTextLayout, float, float]:
        font = self._theme.font(self._role, self._weight)
        return layout_of(self._theme, self._runs, font, self._theme.line(self._role), width, self._align)

    def hasHeightForWidth(self) -> bool:
        return self._wraps

    def heightForWidth(self, width: int) -> int:
        if not self._wraps:
            return -1
        known = self._heights.get(width)
        if known is None:
            known = self._heights[width] = int(self._layout(width)[1] + 0.99)
        return known

    def sizeHint(self) -> QSize:
        _, height, natural = self._layout(1e6)
        return QSize(int(natural + 1.99), int(height + 0.99))

    def minimumSizeHint(self) -> QSize:
        if not self._wraps:
            return self.sizeHint()
        metrics = QFontMetricsF(self._theme.font(self._role, 700))
        words = self.text().split() or [""]
        widest = max(metrics.horizontalAdvance(one) for one in words)
        return QSize(int(min(widest, self._theme.px(240)) + 2), self._theme.line(self._role))

    def paintEvent(self, _event: QPaintEvent) -> None:
        made, height, _ = self._layout(self.width())
        painter = QPainter(self)
        ink = self._theme.color(self._color if self.isEnabled() else "ink3")
        painter.setPen(QColor(ink))
        top = (self.height() - height) / 2 if not self._wraps or self._align & Qt.AlignmentFlag.AlignVCenter else 0.0
        made.draw(painter, QPointF(0, max(0.0, top)))
        painter.end()
