# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of pictures below a comparison, oldest first; two of them wear A and B."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from clinicam.ui.gallery import GalleryModel
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import draw_text, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_CONTROL, RADIUS_IMAGE
from clinicam.ui.words import day_of, shown_date

WIDE, HIGH = 96, 60
"""One picture, px."""
CELL = 132
STRIP_HIGH = 96


class _StripDelegate(QStyledItemDelegate):
    """Picture, day below it, a letter on the two that lie on the stage."""

    def __init__(self, theme: Theme, model: GalleryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model
        self.letters: dict[bytes, str] = {}

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(CELL), self._theme.px(STRIP_HIGH))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        cell: QRect = option.rect
        entry = self._model.entry(index.row())
        box = QRectF(cell.left() + px(16), cell.top() + px(8), px(WIDE), px(HIGH))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_picture(painter, box, index.row())
        letter = self.letters.get(entry.image, "")
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if letter:
            ring = box.adjusted(-px(4), -px(4), px(4), px(4))
            rounded(painter, ring, px(RADIUS_CONTROL), None, theme.color(FIXED.selection), px(3))
            badge = QRectF(box.left() + px(4), box.top() + px(4), px(24), px(24))
            rounded(painter, badge, px(4), theme.color(FIXED.selection))
            centre = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, theme, badge, letter, "label", FIXED.on_ribbon, align=centre)
        if focused:
            ring = box.adjusted(-px(8), -px(7), px(8), px(7))
            rounded(painter, ring, px(RADIUS_CONTROL + 2), None, theme.color(FIXED.on_strip), px(2))
        words = QRectF(box.left(), box.bottom() + px(5), px(CELL - 20), px(18))
        draw_text(painter, theme, words, shown_date(day_of(entry.captured_ms)), "label", FIXED.on_strip)
        painter.restore()

    def _paint_picture(self, painter: QPainter, box: QRectF, row: int) -> None:
        theme, px = self._theme, self._theme.px
        pixmap = self._model.thumbnail(row)
        path = QPainterPath()
        path.addRoundedRect(box, px(RADIUS_IMAGE), px(RADIUS_IMAGE))
        painter.fillPath(path, theme.color("#333333" if pixmap is None else FIXED.stage))
        if pixmap is None:
            side = px(22)
            spot = QRectF(box.center().x() - side / 2, box.center().y() - side / 2, side, side)
            draw_icon(painter, "image", FIXED.on_strip2, spot)
            return
        fitted = pixmap.deviceIndependentSize().scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left = box.left() + (box.width() - fitted.width()) / 2
        top = box.top() + (box.height() - fitted.height()) / 2
        painter.save()
        painter.setClipPath(path)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(QRectF(left, top, fitted.width(), fitted.height()), pixmap, QRectF(pixmap.rect()))
        painter.restore()


class PictureStrip(QListView):
    """A click, Enter or Space lays the picture on the pane that is marked.

    Signals:
        picked(int): row of the picture wanted.
    """

    picked = Signal(int)

    def __init__(self, theme: Theme, model: GalleryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._delegate = _StripDelegate(theme, model, self)
        self.setObjectName("compare.strip")
        self.setAccessibleName(self.tr("Pictures to compare"))
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setProperty("clear", True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda index: self.picked.emit(index.row()))
        theme.changed.connect(self._on_theme)
        self._on_theme()

    def set_letters(self, letters: dict[bytes, str]) -> None:
        """Image ids with the letter they wear."""
        self._delegate.letters = letters
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}
        if event.key() in keys and self.currentIndex().isValid():
            self.picked.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)

    def _on_theme(self) -> None:
        self.setFixedHeight(self._theme.px(STRIP_HIGH))
        self.scheduleDelayedItemsLayout()
