# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a visit as a grid of thumbnails. Five thousand open at once: only what is seen is ever decrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from clinicam.permits import Admission
from clinicam.ui.gallery_tile import GUTTER, TILE, TileDelegate, tile_height
from clinicam.ui.picture import can_decode
from clinicam.ui.theme import Theme
from clinicam.ui.thumbnails import Thumbnails
from clinicam.ui.words import day_of, shown_date
from clinicam.vault.model import ImageEntry

BAR = 12
"""Width of the scroll bar, px; always set aside, so that its coming and going never moves a picture."""

ROOT = QModelIndex()
"""The parent of every row: a list has no tree."""


def one_per_frame(entries: Sequence[ImageEntry]) -> tuple[ImageEntry, ...]:
    """One entry for each frame, in the given order: of RAW and JPEG the one we can decode."""
    chosen: dict[bytes, ImageEntry] = {}
    for entry in entries:
        key = entry.frame or entry.image
        held = chosen.get(key)
        if held is None or (can_decode(entry.media_type) and not can_decode(held.media_type)):
            chosen[key] = entry
    return tuple(chosen.values())


class GalleryModel(QAbstractListModel):
    """The entries as rows. Words for screen readers come from here; pixmaps are asked of `thumbnails` when painted."""

    def __init__(self, thumbnails: Thumbnails, *, simulated: bool, parent: QObject | None = None) -> None:
        """`simulated` says so of every picture, as all of a training vault are."""
        super().__init__(parent)
        self._simulated = simulated
        self.thumbnails = thumbnails
        self._entries: tuple[ImageEntry, ...] = ()
        self._names: Mapping[str, str] = {}
        self._dated = False
        self._rows: dict[bytes, int] = {}
        thumbnails.ready.connect(self._on_ready)

    def show(self, entries: Sequence[ImageEntry], names: Mapping[str, str], *, dated: bool = False) -> None:
        """Show these entries; `names` gives the words of a view code; `dated` puts the day in the code's place."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self._names = names
        self._dated = dated
        self._rows = {entry.image: row for row, entry in enumerate(self._entries)}
        self.endResetModel()

    @property
    def show_dates(self) -> bool:
        """Whether captions give the day instead of the view's code."""
        return self._dated

    @property
    def entries(self) -> tuple[ImageEntry, ...]:
        """What is shown, in order."""
        return self._entries

    def entry(self, row: int) -> ImageEntry:
        """The entry of a row."""
        return self._entries[row]

    def row_of(self, image: bytes) -> int | None:
        """The row of an image id."""
        return self._rows.get(image)

    def name(self, entry: ImageEntry) -> str:
        """The view's name, or its code where the series no longer has it."""
        return self._names.get(entry.view) or entry.view or self.tr("Picture")

    def thumbnail(self, row: int) -> QPixmap | None:
        """The row's pixmap, or None while it is fetched."""
        return self.thumbnails.pixmap(self._entries[row])

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(entry)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.spoken(index.row())
        return None

    def spoken(self, row: int) -> str:
        """Every word and state of a row, as a screen reader says it."""
        entry = self._entries[row]
        parts = [self.name(entry), entry.view, shown_date(day_of(entry.captured_ms))]
        if self._simulated:
            parts.append(self.tr("simulated"))
        if entry.admission is Admission.UNFILED:
            parts.append(self.tr("not filed yet"))
        if self.thumbnails.is_unreadable(entry.image):
            parts.append(self.tr("cannot be opened"))
        return ", ".join(part for part in dict.fromkeys(parts) if part)

    def _on_ready(self, image: bytes) -> None:
        row = self._rows.get(image)
        if row is not None:
            index = self.index(row)
            self.dataChanged.emit(index, index, [int(Qt.ItemDataRole.DecorationRole)])


class GalleryView(QListView):
    """A grid that fits its tiles to the width. Enter opens the current picture, Space marks it for comparing.

    Signals:
        open_requested(int): look at the picture of this row.
        current_changed(int): the current row, -1 for none.
        marks_changed(): another set of pictures is marked.
        tile_changed(): pictures have another size on the grid.
    """

    open_requested = Signal(int)
    current_changed = Signal(int)
    marks_changed = Signal()
    tile_changed = Signal()

    def __init__(self, theme: Theme, model: GalleryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pictures = model
        self._tile = QSize()
        self.setObjectName("chart.gallery")
        self.setAccessibleName(self.tr("Pictures"))
        # Opaque, so that scrolling moves what is painted already instead of painting it again.
        self.setProperty("clear", True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setModel(model)
        self._delegate = TileDelegate(theme, model, self)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setWordWrap(False)
        self.setDragEnabled(False)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(lambda current, _: self.current_changed.emit(current.row()))
        self.selectionModel().selectionChanged.connect(self._on_marks)
        theme.changed.connect(self._fit_tiles)
        self._fit_tiles()

    @property
    def tile(self) -> QSize:
        """Size of a picture on the grid, px."""
        return self._tile

    def marked(self) -> tuple[int, ...]:
        """The marked rows, ascending."""
        return tuple(sorted(index.row() for index in self.selectionModel().selectedIndexes()))

    def mark(self, rows: Sequence[int]) -> None:
        """Mark exactly these rows; the last becomes the current one."""
        self.clearSelection()
        for row in rows:
            index = self._pictures.index(row)
            self.selectionModel().select(index, self.selectionModel().SelectionFlag.Select)
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.NoUpdate)

    def content_height(self) -> int:
        """Height that shows every row of the grid without scrolling, px."""
        grid = self.gridSize()
        columns = max(1, self._grid_width() // max(1, grid.width()))
        return -(-self._pictures.rowCount() // columns) * grid.height()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentIndex().isValid():
            self.open_requested.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self.selectionModel().select(self.currentIndex(), self.selectionModel().SelectionFlag.Toggle)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            self.open_requested.emit(index.row())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self._theme.color("bg"))
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_tiles()
        super().resizeEvent(event)

    def _on_marks(self) -> None:
        several = len(self.selectionModel().selectedIndexes()) > 1
        if several != self._delegate.several_marked:
            self._delegate.several_marked = several
            self.viewport().update()
        self.marks_changed.emit()

    def _grid_width(self) -> int:
        return self.width() - self._theme.px(BAR)

    def _fit_tiles(self) -> None:
        px = self._theme.px
        width = self._grid_width()
        columns = max(1, round(width / px(TILE + GUTTER)))
        # One px less: a grid exactly as wide as the viewport loses its last column.
        cell = (width - 1) // columns
        tile = QSize(cell - px(GUTTER) + px(2), 0)
        tile.setHeight(round(tile.width() * 2 / 3))
        grid = QSize(cell, tile_height(self._theme, tile.height()))
        if grid != self.gridSize() or tile != self._tile:
            self._tile = tile
            self._delegate.set_tile(tile, grid)
            self.setGridSize(grid)
            self.tile_changed.emit()
        self.verticalScrollBar().setSingleStep(max(1, grid.height() // 3))
