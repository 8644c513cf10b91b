# SPDX-License-Identifier: GPL-3.0-or-later
"""How one shot is painted: its picture or, where there must be none, hatching; badges; two lines of words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.capture.session import ShotState
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.badge import ShotMark, draw_shot_badge
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import DARK, FIXED, RADIUS_IMAGE

SHOT_ROLE = int(Qt.ItemDataRole.UserRole)
_SHOWS_PIXELS = frozenset({ShotState.ENCRYPTING, ShotState.SAFE, ShotState.UNFILED})
_MARKS: dict[ShotState, ShotMark] = {
    ShotState.EXPOSED: "exposed",
    ShotState.ENCRYPTING: "encrypting",
    ShotState.SAFE: "safe",
    ShotState.UNFILED: "unfiled",
    ShotState.REFUSED: "refused",
    ShotState.LOST: "lost",
}
_EMPTY_ICONS = {
    ShotState.EXPOSED: "hourglass",
    ShotState.ENCRYPTING: "hourglass",
    ShotState.SAFE: "image",
    ShotState.UNFILED: "image",
    ShotState.REFUSED: "eye-off",
    ShotState.LOST: "unplug",
}
_STEPS = {ShotState.EXPOSED: 1 / 3, ShotState.ENCRYPTING: 2 / 3}
"""Three steps to safe: left the sensor, in our memory, in the vault. The bar shows steps done, it does not guess."""


@dataclass(frozen=True, slots=True)
class ShotRow:
    """One shot ready to be painted. `picture` is None wherever no pixels may be shown."""

    number: int
    name: str
    state_words: str
    spoken: str
    state: ShotState
    poor: bool
    chosen: bool
    picture: QPixmap | None


def may_show(state: ShotState) -> bool:
    """Whether a shot in this state may show pixels at all."""
    return state in _SHOWS_PIXELS


class ShotDelegate(QStyledItemDelegate):
    """Paints `ShotRow`s on the dark strip.

    Signals:
        none of its own
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.thumb_height = 75

    @property
    def thumb(self) -> QSize:
        """The picture's box, 3:2, in px."""
        height = self._theme.px(self.thumb_height)
        return QSize(round(height * 112 / 75), height)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Picture, gap and two lines."""
        return QSize(self.thumb.width() + self._theme.px(11), self.thumb.height() + self._theme.px(48))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One shot."""
        row: ShotRow = index.data(SHOT_ROLE)
        theme, px = self._theme, self._theme.px
        item: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(item.left() + px(4), item.top() + px(9), self.thumb.width(), self.thumb.height())
        self._picture(painter, row, box)
        side = px(28)
        draw_shot_badge(painter, theme, QRectF(box.left() + px(4), box.top() + px(4), side, side), _MARKS[row.state])
        if row.poor:
            draw_shot_badge(painter, theme, QRectF(box.right() - side - px(4), box.top() + px(4), side, side), "poor")
        if row.state in _STEPS:
            track = QRectF(box.left(), box.bottom() - px(4), box.width(), px(4))
            painter.fillRect(track, QColor(0, 0, 0, 150))
            track.setWidth(track.width() * _STEPS[row.state])
            painter.fillRect(track, QColor(DARK.work))
        if row.chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(FIXED.selection), px(3)))
            painter.drawRoundedRect(box.adjusted(-px(2), -px(2), px(2), px(2)), px(6), px(6))
        self._words(painter, row, item, round(box.bottom()))
        painter.restore()

    def _picture(self, painter: QPainter, row: ShotRow, box: QRectF) -> None:
        px = self._theme.px
        outline = QPainterPath()
        outline.addRoundedRect(box, px(RADIUS_IMAGE), px(RADIUS_IMAGE))
        painter.save()
        painter.setClipPath(outline)
        if row.picture is not None and may_show(row.state):
            painter.drawPixmap(box.toRect(), row.picture)
        else:
            painter.fillRect(box, QColor("#262626"))
            painter.setPen(QPen(QColor("#1A1A1A"), px(9)))
            step, height = px(26), box.height()
            left = box.left() - height
            while left < box.right():
                painter.drawLine(round(left), round(box.bottom()), round(left + height), round(box.top()))
                left += step
            side = px(28)
            where = QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)
            draw_icon(painter, _EMPTY_ICONS[row.state], FIXED.on_strip, where)
        painter.restore()

    def _words(self, painter: QPainter, row: ShotRow, item: QRect, below: int) -> None:
        theme, px = self._theme, self._theme.px
        room = self.thumb.width() + px(6)
        left = item.left() + px(4)
        for font, ink, text, top in (
            (theme.font("label"), FIXED.on_strip, row.name, below + px(4)),
            (theme.font("small"), FIXED.on_strip2, row.state_words, below + px(19)),
        ):
            painter.setFont(font)
            painter.setPen(QColor(ink))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(left, top, room, px(18)), int(Qt.AlignmentFlag.AlignVCenter), shown)
