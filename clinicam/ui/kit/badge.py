# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one shot: told by shape before colour. Only the vault's acknowledgement makes it "safe"."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import dashed_ring, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, LIGHT

ShotMark = Literal["exposed", "encrypting", "safe", "unfiled", "refused", "lost", "poor"]

SIZE: Final = 28
_WHITE: Final = "#FFFFFF"


def draw_shot_badge(painter: QPainter, theme: Theme, box: QRectF, mark: ShotMark) -> None:
    """Paint a 28 px badge. It lies on pictures, so its colours are the light theme's in both themes."""
    px = theme.px
    inner = box.adjusted(px(6), px(6), -px(6), -px(6))
    if mark == "exposed":
        rounded(painter, box, box.height() / 2, QColor(FIXED.strip))
        dashed_ring(painter, box, QColor(_WHITE), px(2))
        draw_icon(painter, "arrow-down", _WHITE, inner)
    elif mark == "encrypting":
        rounded(painter, box, box.height() / 2, QColor(LIGHT.work), QColor(_WHITE), px(2))
        draw_icon(painter, "lock", _WHITE, inner)
    elif mark == "safe":
        rounded(painter, box, box.height() / 2, QColor(LIGHT.accent), QColor(_WHITE), px(2))
        draw_icon(painter, "check", _WHITE, inner, 3)
    elif mark == "refused":
        rounded(painter, box, px(4), QColor(FIXED.stop), QColor(_WHITE), px(2))
        draw_icon(painter, "ban", _WHITE, inner)
    elif mark == "lost":
        rounded(painter, box, px(4), QColor(FIXED.stop), QColor(_WHITE), px(2))
        draw_icon(painter, "x", _WHITE, inner, 3)
    elif mark == "unfiled":
        rounded(painter, box, px(4), QColor(FIXED.ribbon), QColor(FIXED.strip), px(2))
        draw_icon(painter, "folder-input", FIXED.on_ribbon, inner)
    else:
        rounded(painter, box, px(4), QColor(FIXED.ribbon))
        draw_icon(painter, "triangle-alert", FIXED.on_ribbon, inner)


class ShotBadge(QWidget):
    """`draw_shot_badge` as a widget: exposed, encrypting, safe, unfiled, refused, lost; ``poor`` is the quality badge."""

    def __init__(self, theme: Theme, mark: ShotMark = "exposed", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mark: ShotMark = mark
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)
        self.set_mark(mark)

    def set_mark(self, mark: ShotMark) -> None:
        """Show another state."""
        self._mark = mark
        words: dict[ShotMark, str] = {
            "exposed": self.tr("exposed"),
            "encrypting": self.tr("encrypting"),
            "safe": self.tr("safe"),
            "unfiled": self.tr("kept, not filed yet"),
            "refused": self.tr("not kept"),
            "lost": self.tr("lost"),
            "poor": self.tr("look again"),
        }
        self.setAccessibleName(words[mark])
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(SIZE), self._theme.px(SIZE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        size = self._theme.px(SIZE)
        draw_shot_badge(painter, self._theme, QRectF(0, 0, size, size), self._mark)
        painter.end()
