# SPDX-License-Identifier: GPL-3.0-or-later
"""How a row of the rail is painted: tick, ring and number, name; the current view larger; finished ones folded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.badge import draw_shot_badge
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import TextRole

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
ROW = 57
CURRENT_ROW = 76
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTER = int(Qt.AlignmentFlag.AlignCenter)


class RowKind(Enum):
    """What one row of the rail stands for."""

    FOLD = "fold"
    """several finished views"""
    DONE = "done"
    """one view with a safe picture"""
    CURRENT = "current"
    """the view the next shot belongs to"""
    OPEN = "open"
    """a view without a picture yet"""


@dataclass(frozen=True, slots=True)
class RailRow:
    """One row. `first` and `last` are view indices (the same for one view); `spoken` is the row in words."""

    kind: RowKind
    first: int
    last: int
    name: str
    note: str
    spoken: str
    done: bool = False


class RailDelegate(QStyledItemDelegate):
    """Paints `RailRow`s; `dots` leaves only the round mark of each.

    Signals:
        none of its own
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.dots = False

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """57 px, the current view 76; 57 for each dot."""
        row: RailRow = index.data(ROW_ROLE)
        height = CURRENT_ROW if row.kind is RowKind.CURRENT and not self.dots else ROW
        return QSize(self._theme.px(ROW), self._theme.px(height))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One row."""
        row: RailRow = index.data(ROW_ROLE)
        box: QRect = option.rect
        theme, px = self._theme, self._theme.px
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = row.kind is RowKind.CURRENT
        if current:
            painter.fillRect(box, theme.color("accent_soft"))
            bar = QRect(box.left(), box.top(), px(6), box.height())
            painter.fillRect(QStyle.visualRect(option.direction, box, bar), theme.color("accent"))
        painter.fillRect(QRect(box.left(), box.bottom(), box.width(), 1), theme.color("line"))
        middle = QPoint(box.center().x() + 1 if self.dots else box.left() + px(32 if current else 29), box.center().y())
        self._mark(painter, row, QPointF(QStyle.visualPos(option.direction, box, middle)))
        if not self.dots:
            self._words(painter, row, box, option.direction)
        painter.restore()

    def _mark(self, painter: QPainter, row: RailRow, centre: QPointF) -> None:
        theme, px = self._theme, self._theme.px
        current = row.kind is RowKind.CURRENT
        if row.done and not current:
            draw_shot_badge(painter, theme, _around(centre, px(26)), "safe")
            return
        width = px(3 if current else 2)
        side = px(32 if current else 26) - width
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("accent" if current else "edge"), width))
        painter.drawEllipse(centre, side / 2, side / 2)
        painter.setPen(theme.color("accent" if current else "ink2"))
        painter.setFont(theme.font("row" if current else "label"))
        painter.drawText(_around(centre, px(32)), _CENTER, str(row.first + 1))

    def _words(self, painter: QPainter, row: RailRow, box: QRect, direction: Qt.LayoutDirection) -> None:
        theme, px = self._theme, self._theme.px

        def place(left: int, top: int, width: int, height: int) -> QRect:
            return QStyle.visualRect(direction, box, QRect(box.left() + left, box.top() + top, width, height))

        if row.kind is RowKind.CURRENT:
            left = px(60)
            room = box.width() - left - px(8)
            font = fitting(theme, row.name, room, (("title", None), ("section", None), ("row", None)))
            painter.setFont(font)
            painter.setPen(theme.color("ink"))
            name = place(left, px(10), room, px(34))
            painter.drawText(name, _LEFT, QFontMetrics(font).elidedText(row.name, Qt.TextElideMode.ElideRight, room))
            painter.setFont(theme.font("body"))
            painter.setPen(theme.color("ink2"))
            painter.drawText(place(left, px(43), room, px(22)), _LEFT, row.note)
            return
        right = px(16)
        if row.kind is RowKind.FOLD:
            right = px(48)
            side = px(20)
            mark = place(box.width() - px(16) - side, (box.height() - side) // 2, side, side)
            draw_icon(painter, "chevron-down", theme.tokens.ink2, QRectF(mark))
        painter.setFont(theme.font("body"))
        painter.setPen(theme.color("ink2"))
        painter.drawText(place(0, 0, box.width() - right, box.height()), _RIGHT, row.note)
        used = QFontMetrics(theme.font("body")).horizontalAdvance(row.note) + px(8) if row.note else 0
        room = box.width() - px(54) - right - used
        font = fitting(theme, row.name, room, (("plainrow", None), ("body", None)))
        painter.setFont(font)
        painter.setPen(theme.color("ink" if row.done else "ink2"))
        painter.drawText(
            place(px(54), 0, room, box.height()),
            _LEFT,
            QFontMetrics(font).elidedText(row.name, Qt.TextElideMode.ElideRight, room),
        )


def fitting(theme: Theme, text: str, room: int, steps: tuple[tuple[TextRole, int | None], ...]) -> QFont:
    """The first font of `steps` in which `text` is at most `room` px wide, else the last."""
    font = theme.font(*steps[0])
    for step in steps:
        font = theme.font(*step)
        if QFontMetrics(font).horizontalAdvance(text) <= room:
            break
    return font


def paint_segments(painter: QPainter, theme: Theme, box: QRectF, done: tuple[bool, ...], work: int | None) -> None:
    """One bar for each view: filled is safe, violet is on its way, an outline is open."""
    gap = theme.px(5)
    width = (box.width() - gap * (len(done) - 1)) / len(done)
    for i, is_done in enumerate(done):
        at = len(done) - 1 - i if painter.layoutDirection() == Qt.LayoutDirection.RightToLeft else i
        bar = QRectF(box.left() + at * (width + gap), box.top(), width, box.height())
        radius = theme.px(2)
        if is_done or i == work:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.tokens.work if i == work else theme.tokens.accent))
            painter.drawRoundedRect(bar, radius, radius)
        else:
            painter.setPen(QPen(theme.color("edge"), 1))
            painter.setBrush(theme.color("sunken"))
            painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _around(centre: QPointF, side: float) -> QRectF:
    return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
