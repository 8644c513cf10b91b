# SPDX-License-Identifier: GPL-3.0-or-later
"""How one picture of the gallery is painted: the picture on neutral grey, its name and code below, its state on it."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.permits import Admission
from clinicam.ui.icons import draw_icon
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, FOCUS_GAP, FOCUS_WIDTH, RADIUS_IMAGE
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

    def set_tile(self, tile: QSize, cell: QSize) -> None:
        """Sizes of the picture and of the whole cell, px."""
        self._tile, self._cell = tile, cell

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
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_picture(painter, picture, self._source.thumbnail(index.row()))
        if entry.admission is Admission.UNFILED:
            self._paint_unfiled(painter, picture)
        # One alone is shown by the focus ring; ticks say which belong together.
        if self.several_marked and state & QStyle.StateFlag.State_Selected:
            self._paint_mark(painter, picture)
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_Active:
            gap = px(FOCUS_GAP) + px(FOCUS_WIDTH) / 2
            painter.setPen(QPen(color("focus"), px(FOCUS_WIDTH)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = px(RADIUS_IMAGE) + px(FOCUS_GAP) + px(1)
            painter.drawRoundedRect(QRectF(picture).adjusted(-gap, -gap, gap, gap), radius, radius)
        self._paint_caption(painter, picture, entry)
        painter.restore()

    def _paint_picture(self, painter: QPainter, where: QRect, pixmap: QPixmap | None) -> None:
        radius = self._theme.px(RADIUS_IMAGE)
        path = QPainterPath()
        path.addRoundedRect(QRectF(where), radius, radius)
        if pixmap is None:
            painter.fillPath(path, self._theme.color("sunken"))
            side = self._theme.px(28)
            middle = QRectF(where.center().x() - side / 2, where.center().y() - side / 2, side, side)
            draw_icon(painter, "image", self._theme.tokens.ink3, middle)
            return
        painter.fillPath(path, self._theme.color(FIXED.stage))
        fitted = pixmap.deviceIndependentSize().scaled(QRectF(where).size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF(
            where.x() + (where.width() - fitted.width()) / 2,
            where.y() + (where.height() - fitted.height()) / 2,
            fitted.width(),
            fitted.height(),
        )
        painter.save()
        painter.setClipPath(path)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        painter.restore()

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
        line = QRectF(where.left(), where.bottom() + px(5), where.width(), px(20))
        code = shown_date(day_of(entry.captured_ms)) if self._source.show_dates else entry.view
        name = self._source.name(entry)
        if name == code:
            code = ""
        small, label = self._theme.font("small"), self._theme.font("label")
        taken = QFontMetrics(small).horizontalAdvance(code) + (px(8) if code else 0)
        painter.setFont(small)
        painter.setPen(self._theme.color("ink3"))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), code)
        painter.setFont(label)
        painter.setPen(self._theme.color("ink"))
        room = int(line.width() - taken)
        shown = QFontMetrics(label).elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)
