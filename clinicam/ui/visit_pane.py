# SPDX-License-Identifier: GPL-3.0-or-later
"""The middle of the chart: one visit's pictures under its name, with what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.gallery import BAR, GalleryModel, GalleryView
from clinicam.ui.gallery_tile import PAD
from clinicam.ui.kit import Button, Column, EmptyState, Icon, Row, TextLabel
from clinicam.ui.picture import framed
from clinicam.ui.picture_source import in_pool
from clinicam.ui.theme import Theme
from clinicam.ui.thumbnails import Thumbnails
from clinicam.ui.tokens import RADIUS_IMAGE
from clinicam.vault.model import ImageEntry

ReadSmall = Callable[[ImageEntry, int], QImage]
"""Reads one entry with its long side at most so many pixels. Pool thread."""


class VisitPane(QWidget):
    """Gallery with its heading; a sentence and a button where there is no picture.

    Signals:
        view_wanted(int): look at the picture of this row.
        compare_wanted(): lay two beside each other.
        session_wanted(): the empty pane's button.
    """

    view_wanted = Signal(int)
    compare_wanted = Signal()
    session_wanted = Signal()

    def __init__(
        self, theme: Theme, bridge: Bridge, read_small: ReadSmall, *, training: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._read_small = read_small
        self._frame: tuple[QSize, float, float, str] = (QSize(), 1.0, 0.0, "")
        self._may_compare = False
        self.thumbnails = Thumbnails(self._load, in_pool(bridge, self), self)
        self.pictures = GalleryModel(self.thumbnails, simulated=training, parent=self)
        self.gallery = GalleryView(theme, self.pictures)
        self._build()
        self.gallery.open_requested.connect(self.view_wanted)
        self.gallery.current_changed.connect(lambda _: self._enable())
        self.gallery.marks_changed.connect(self._enable)
        self.pictures.modelReset.connect(self._enable)
        self.gallery.tile_changed.connect(self._fit)
        theme.changed.connect(self._fit)
        self._enable()

    def _build(self) -> None:
        theme = self._theme
        column = Column(theme, self, (0, 14, 0, 12), 6)
        head = Row(theme, margins=(24, 0, 24, 0), spacing=10)
        self._title = TextLabel(theme, "", "section", wrap=False)
        self._support = TextLabel(theme, "", "body", "ink2", align=Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._title)
        head.addWidget(self._support, 1)
        self.view = Button(theme, self.tr("Look"), icon="maximize-2")
        self.view.setObjectName("chart.view")
        self.view.clicked.connect(lambda: self.view_wanted.emit(self.gallery.currentIndex().row()))
        self.compare = Button(theme, self.tr("Compare"), icon="columns-2")
        self.compare.setObjectName("chart.compare")
        self.compare.clicked.connect(self.compare_wanted)
        head.addWidget(self.view)
        head.addWidget(self.compare)
        column.addLayout(head)
        self._stack = QStackedWidget()
        holder = QWidget()
        Row(theme, holder, (24 - PAD, 0, 0, 0)).addWidget(self.gallery)
        self._stack.addWidget(holder)
        self._empty = EmptyState(theme, "image", self.tr("No pictures here yet."), self.tr("New session"))
        self._empty.pressed.connect(self.session_wanted)
        self._stack.addWidget(self._empty)
        column.addWidget(self._stack, 1)
        self._foot = QWidget()
        foot = Row(theme, self._foot, (24, 0, 24 + BAR, 0), 8)
        foot.addWidget(Icon(theme, "shield-check", "accent", 20))
        self._foot_words = TextLabel(theme, "", "body", "ink2")
        foot.addWidget(self._foot_words, 1)
        column.addWidget(self._foot)
        shortcut = QShortcut(QKeySequence("Ctrl+Shift+C"), self)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(self.compare.press)

    def show_visit(
        self,
        title: str,
        support: str,
        entries: tuple[ImageEntry, ...],
        names: Mapping[str, str],
        *,
        may_compare: bool,
    ) -> None:
        """Show these pictures; place and marks stay on those that were there before."""
        self._title.setText(title)
        self._support.setText(support)
        self._may_compare = may_compare
        if entries != self.pictures.entries:
            self._show_others(entries, names)
        self._foot.setVisible(bool(entries))
        count = len(entries)
        one = self.tr("It lies encrypted in the vault. Looking at it is recorded.")
        many = self.tr("All {number} lie encrypted in the vault. Looking at one is recorded.").format(number=count)
        self._foot_words.setText(one if count == 1 else many)
        self._stack.setCurrentIndex(0 if entries else 1)
        self._enable()

    def _show_others(self, entries: tuple[ImageEntry, ...], names: Mapping[str, str]) -> None:
        """A picture that gets its preview late must not take the choice away that somebody has just made."""
        index = self.gallery.currentIndex()
        chosen = self.pictures.entry(index.row()).image if index.isValid() else None
        marked = [one.image for one in self.marked()]
        self.pictures.show(entries, names)
        self.gallery.mark([row for one in marked if (row := self.pictures.row_of(one)) is not None])
        row = self.pictures.row_of(chosen) if chosen is not None else None
        if row is not None:
            keep = QItemSelectionModel.SelectionFlag.NoUpdate
            self.gallery.selectionModel().setCurrentIndex(self.pictures.index(row), keep)

    def current(self) -> ImageEntry | None:
        """The current picture, else the first."""
        entries = self.pictures.entries
        return entries[max(self.gallery.currentIndex().row(), 0)] if entries else None

    def marked(self) -> list[ImageEntry]:
        """The marked pictures, in order."""
        return [self.pictures.entry(row) for row in self.gallery.marked()]

    def settle(self, *, stacked: bool, height: int) -> None:
        """In a stack of columns the gallery is as high as its pictures, at most `height` px."""
        self.gallery.setMinimumHeight(min(self.gallery.content_height(), height) if stacked else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Thumbnails are framed for exactly the tile they lie on; of another size they are made anew."""
        theme = self._theme
        wanted = (self.gallery.tile, self.devicePixelRatioF(), float(theme.px(RADIUS_IMAGE)), theme.tokens.bg)
        if wanted != self._frame:
            self._frame = wanted
            self.thumbnails.forget()

    def _load(self, entry: ImageEntry) -> QImage:
        tile, ratio, radius, ground = self._frame
        small = self._read_small(entry, round(max(tile.width(), tile.height()) * ratio))
        return framed(small, tile, ratio, radius, ground)

    def _enable(self) -> None:
        self.view.setEnabled(self.gallery.currentIndex().isValid())
        self.compare.setEnabled(self._may_compare and bool(self.pictures.entries))
