# SPDX-License-Identifier: GPL-3.0-or-later
"""A state in one icon and few words. A chip is never pressed; what can be pressed is a button."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import dashed_ring, rounded
from clinicam.ui.kit.text import draw_text
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, TextRole

Meaning = Literal["safe", "attention", "stopped", "work", "neutral", "plain", "dark", "white"]
ChipSize = Literal["small", "banner", "session"]

DEFAULT_ICON: Final[dict[Meaning, str]] = {
    "safe": "check",
    "attention": "triangle-alert",
    "stopped": "ban",
    "work": "hourglass",
    "neutral": "dashed",
    "plain": "",
    "dark": "",
    "white": "",
}
"""The shape of each meaning; ``dashed`` is the ring painted by `paint.dashed_ring`."""

_HIGH: Final[dict[ChipSize, int]] = {"small": 28, "banner": 40, "session": 57}
_ROLE: Final[dict[ChipSize, TextRole]] = {"small": "label", "banner": "strong", "session": "title"}
_ICON: Final[dict[ChipSize, int]] = {"small": 16, "banner": 20, "session": 28}
_PAD: Final[dict[ChipSize, tuple[float, float, float]]] = {
    "small": (9, 5, 10),
    "banner": (11, 5, 15),
    "session": (16, 10, 22),
}


def chip_inks(theme: Theme, meaning: Meaning) -> tuple[QColor, QColor, QColor | None]:
    """Ink, ground and edge of a meaning."""
    color = theme.color
    if meaning == "safe":
        return color("accent"), color("accent_soft"), None
    if meaning == "neutral":
        return color("ink2"), color("sunken"), None
    if meaning == "plain":
        return color("ink2"), color("surface"), color("edge")
    if meaning == "white":
        return color("accent"), color("surface"), None
    if meaning == "dark":
        return color(FIXED.on_strip), color(FIXED.strip), None
    return color(meaning), color(f"{meaning}_soft"), None


def chip_width(theme: Theme, icon: str, text: str, size: ChipSize = "small") -> float:
    """Width a chip needs, px."""
    left, gap, right = _PAD[size]
    words = QFontMetricsF(theme.font(_ROLE[size])).horizontalAdvance(text)
    return words + theme.px(_ICON[size] + left + gap + right if icon else 2 * right) + 1


def draw_chip(
    painter: QPainter, theme: Theme, box: QRectF, icon: str, text: str, meaning: Meaning, size: ChipSize = "small"
) -> None:
    """Paint a chip into `box` (delegates)."""
    px = theme.px
    ink, ground, edge = chip_inks(theme, meaning)
    rounded(painter, box, box.height() / 2, ground, edge, max(1.0, round(theme.scale)))
    left, gap, right = _PAD[size]
    x = box.x() + px(left if icon else right)
    if icon:
        wide = px(_ICON[size])
        place = QRectF(x, box.center().y() - wide / 2, wide, wide)
        if icon == "dashed":
            dashed_ring(painter, place.adjusted(1, 1, -1, -1), ink, 1.5 * theme.scale)
        else:
            draw_icon(painter, icon, ink.name(), place)
        x += wide + px(gap)
    room = QRectF(x, box.y(), box.right() - x, box.height())
    draw_text(painter, theme, room, text, _ROLE[size], ink.name())


class Chip(QWidget):
    """Icon and word: ``Chip(theme, "check", "Care: yes", "safe")``. An empty icon takes the meaning's own shape."""

    def __init__(
        self,
        theme: Theme,
        icon: str = "",
        text: str = "",
        meaning: Meaning = "neutral",
        size: ChipSize = "small",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._size: ChipSize = size
        self._icon, self._text, self._meaning = icon, text, meaning
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self.set_state(icon, text, meaning)

    @property
    def text(self) -> str:
        """The words shown."""
        return self._text

    @property
    def meaning(self) -> Meaning:
        """The state shown."""
        return self._meaning

    def set_state(self, icon: str, text: str, meaning: Meaning) -> None:
        """Show another state."""
        self._icon = icon or DEFAULT_ICON[meaning]
        self._text = text
        self._meaning = meaning
        self.setAccessibleName(text)
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        wide = chip_width(self._theme, self._icon, self._text, self._size)
        return QSize(int(wide + 0.99), self._theme.px(_HIGH[self._size]))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_chip(painter, self._theme, QRectF(self.rect()), self._icon, self._text, self._meaning, self._size)
        painter.end()
