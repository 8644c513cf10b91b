# SPDX-License-Identifier: GPL-3.0-or-later
"""How one picture of the gallery is painted: the picture on neutral grey, its name and code below, its state on it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.permits import Admission
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS_IMAGE
from clinicam.ui.words import day_of, shown_date
from clinicam.vault.model import ImageEntry

TILE = 176
"""Width of a picture, px; its height is two thirds."""

GUTTER = 24
"""Between two pictures, px."""

PAD = 6
"""Left of and above the picture inside its cell, px: room for the focus ring."""

CAPTION = 26
"""Below the picture, px: the line with name and code."""

BETWEEN = 9
"""Below the caption, px."""


def tile_height(theme: Theme, picture: int) -> int:
    """Height of a cell whose picture is `picture` px high."""
    return theme.px(PAD) + picture + theme.px(CAPTION) + theme.px(BETWEEN)


SELECTED = QStyle.StateFlag.State_Selected
FOCUSED = QStyle.StateFlag.State_HasFocus
ACTIVE = QStyle.StateFlag.State_Active
LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class TileSource(Protocol):
    """What the delegate needs of the model."""

    def entry(self, row: int) -> ImageEntry: ...
    def name(self, entry: ImageEntry) -> str: ...
    def thumbnail(self, row: int) -> QPixmap | None: ...

    @property
    def show_dates(self) -> bool: ...


class TileDelegate(QStyledItemDelegate):
    """Paints one cell. Asks the model for the pixmap only when the cell is painted."""

    def __init__(self, theme: Theme, source: TileSource, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source = source
        self._tile = QSize(TILE, TILE * 2 // 3)
        self._cell = QSize(TILE + GUTTER, TILE)
        self.several_marked = False
        self._measured: dict[tuple[str, str], tuple[str, str]] = {}
        self._ink, self._ink3 = theme.color("ink"), theme.color("ink3")
        theme.changed.connect(self._restyle)

    def set_tile(self, tile: QSize, cell: QSize) -> None:
        """Sizes of the picture and of the whole cell, px."""
        self._tile, self._cell = tile, cell
        self._measured.clear()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self._cell

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        px, color = self._theme.px, self._theme.color
        cell: QRect = option.rect
        picture = QRect(cell.left() + px(PAD), cell.top() + px(PAD), self._tile.width(), self._tile.height())
        entry = self._source.entry(index.row())
        state = option.state
        self._paint_picture(painter, picture, self._source.thumbnail(index.row()))
        self._paint_caption(painter, picture, entry)
        unfiled, marked = entry.admission is Admission.UNFILED, self.several_marked and bool(state & SELECTED)
        focused = bool(state & FOCUSED) and bool(state & ACTIVE)
        if not (unfiled or marked or focused):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if unfiled:
            self._paint_unfiled(painter, picture)
        # One alone is shown by the focus ring; ticks say which belong together.
        if marked:
            self._paint_mark(painter, picture)
        if focused:
            gap = px(FOCUS_GAP) + px(FOCUS_WIDTH) / 2
            painter.setPen(QPen(color("focus"), px(FOCUS_WIDTH)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = px(RADIUS_IMAGE) + px(FOCUS_GAP) + px(1)
            painter.drawRoundedRect(QRectF(picture).adjusted(-gap, -gap, gap, gap), radius, radius)
        painter.restore()

    def _paint_picture(self, painter: QPainter, where: QRect, pixmap: QPixmap | None) -> None:
        if pixmap is not None:
            # Framed in the pool to this very size; one of another size is about to be replaced.
            if pixmap.deviceIndependentSize().toSize() == where.size():
                painter.drawPixmap(where.topLeft(), pixmap)
            else:
                painter.drawPixmap(where, pixmap)
            return
        radius = self._theme.px(RADIUS_IMAGE)
        rounded(painter, QRectF(where), radius, self._theme.color("sunken"))
        side = self._theme.px(28)
        middle = QRectF(where.center().x() - side / 2, where.center().y() - side / 2, side, side)
        draw_icon(painter, "image", self._theme.tokens.ink3, middle)

    def _paint_unfiled(self, painter: QPainter, where: QRect) -> None:
        px = self._theme.px
        font = self._theme.font("label")
        text = self.tr("Not filed")
        width = QFontMetrics(font).horizontalAdvance(text) + px(8 + 16 + 5 + 8)
        chip = QRectF(where.left() + px(6), where.top() + px(6), width, px(24))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("attention_soft"))
        painter.drawRoundedRect(chip, px(12), px(12))
        ink = self._theme.tokens.attention
        draw_icon(painter, "triangle-alert", ink, QRectF(chip.left() + px(8), chip.top() + px(4), px(16), px(16)))
        painter.setPen(self._theme.color("attention"))
        painter.setFont(font)
        painter.drawText(chip.adjusted(px(29), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), text)

    def _paint_mark(self, painter: QPainter, where: QRect) -> None:
        px = self._theme.px
        painter.setPen(QPen(self._theme.color("accent"), px(2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(where).adjusted(1, 1, -1, -1), px(RADIUS_IMAGE), px(RADIUS_IMAGE))
        badge = QRectF(where.right() - px(30), where.top() + px(6), px(24), px(24))
        painter.setPen(QPen(self._theme.color("surface"), px(2)))
        painter.setBrush(self._theme.color("accent"))
        painter.drawEllipse(badge)
        inner = badge.adjusted(px(5), px(5), -px(5), -px(5))
        draw_icon(painter, "check", self._theme.tokens.on_accent, inner, stroke=3.0)

    def _paint_caption(self, painter: QPainter, where: QRect, entry: ImageEntry) -> None:
        px = self._theme.px
        line = QRect(where.left(), where.bottom() + px(5), where.width(), px(20))
        name, code = self._words(entry, line.width())
        painter.setFont(self._theme.font("small"))
        painter.setPen(self._ink3)
        painter.drawText(line, RIGHT, code)
        painter.setFont(self._theme.font("label"))
        painter.setPen(self._ink)
        painter.drawText(line, LEFT, name)

    def _words(self, entry: ImageEntry, width: int) -> tuple[str, str]:
        """Name, shortened to the room the code leaves it, and code. Most tiles share few names: remembered."""
        name = self._source.name(entry)
        code = shown_date(day_of(entry.captured_ms)) if self._source.show_dates else entry.view
        if name == code:
            code = ""
        known = self._measured.get((name, code))
        if known is None:
            small, label = QFontMetrics(self._theme.font("small")), QFontMetrics(self._theme.font("label"))
            taken = small.horizontalAdvance(code) + self._theme.px(8) if code else 0
            known = (label.elidedText(name, Qt.TextElideMode.ElideRight, width - taken), code)
            self._measured[name, code] = known
        return known

    def _restyle(self) -> None:
        self._measured.clear()
        self._ink, self._ink3 = self._theme.color("ink"), self._theme.color("ink3")
