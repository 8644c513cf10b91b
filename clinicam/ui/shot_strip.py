# SPDX-License-Identifier: GPL-3.0-or-later
"""The shots of this session below the stage, oldest first, each with where it is on its way to safe."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHBoxLayout, QListView, QWidget

from clinicam.capture.views import ShotView, SittingView
from clinicam.ui.shot_words import is_poor, shot_name, shot_spoken, shot_state
from clinicam.ui.strip_painting import SHOT_ROLE, ShotDelegate, ShotRow, may_show
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class ShotModel(QAbstractListModel):
    """Rows of the strip; each says its words and state to a screen reader.

    Signals:
        none of its own
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ShotRow, ...] = ()

    def show_rows(self, rows: tuple[ShotRow, ...]) -> None:
        """Replace the rows, telling views no more than what changed."""
        known, self._rows = len(self._rows), self._rows
        if len(rows) < known:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        if len(rows) > known:
            self.beginInsertRows(QModelIndex(), known, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
        self._rows = rows
        if known:
            self.dataChanged.emit(self.index(0), self.index(known - 1))

    def row(self, index: int) -> ShotRow:
        """The row at `index`."""
        return self._rows[index]

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """How many shots; a list has no children."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The name to show, the whole row to the delegate, one sentence to a screen reader."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return row if role == SHOT_ROLE else None


class ShotStrip(QFrame):
    """A row of shots; the newest is chosen until a person chooses another.

    Signals:
        chosen(int): shot number a person picked.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = ShotModel(self)
        self._list = QListView(self)
        self._delegate = ShotDelegate(theme, self._list)
        self._list.setModel(self._model)
        self._list.setItemDelegate(self._delegate)
        self._list.setObjectName("session.shots")
        self._list.setAccessibleName(self.tr("Shots of this session"))
        self._list.setFlow(QListView.Flow.LeftToRight)
        self._list.setWrapping(False)
        self._list.setProperty("clear", True)
        # Shift and the arrows choose shots from anywhere in the session, so the list itself takes no keys.
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.clicked.connect(lambda index: self.choose(self._model.row(index.row()).number))
        self._row = QHBoxLayout(self)
        self._row.addWidget(self._list)
        self._shots: tuple[ShotView, ...] = ()
        self._number: int | None = None
        self._followed = True
        self._last_only = False
        self._pictures: dict[int, tuple[bytes, QSize, QPixmap]] = {}
        theme.changed.connect(self._measure)
        self._measure()

    @property
    def selected(self) -> ShotView | None:
        """The chosen shot, None before the first."""
        return next((shot for shot in self._shots if shot.number == self._number), None)

    def show_view(self, view: SittingView) -> None:
        """Show the newest snapshot. A new shot becomes the chosen one."""
        if len(view.shots) != len(self._shots):
            self._number = view.shots[-1].number if view.shots else None
            self._followed = True
        self._shots = view.shots
        if not view.shots:
            self._pictures.clear()
        self._fill()

    def choose(self, number: int) -> None:
        """Choose shot `number`."""
        if number != self._number and any(shot.number == number for shot in self._shots):
            self._number = number
            self._fill()
            self.chosen.emit(number)

    def step(self, by: int) -> None:
        """Choose the shot `by` places further right."""
        numbers = [shot.number for shot in self._shots]
        if self._number in numbers:
            self.choose(numbers[max(0, min(numbers.index(self._number) + by, len(numbers) - 1))])

    def set_last_only(self, last_only: bool) -> None:
        """Only the chosen shot, where room is short."""
        if last_only != self._last_only:
            self._last_only = last_only
            self._model.show_rows(())
            self._measure()

    def _fill(self) -> None:
        rows = tuple(self._row_of(shot) for shot in self._shots)
        if self._last_only:
            rows = tuple(row for row in rows if row.chosen)
            self._model.show_rows(())
        self._model.show_rows(rows)
        chosen = next((i for i, row in enumerate(rows) if row.chosen), None)
        if chosen is not None:
            self._list.scrollTo(self._model.index(chosen), QAbstractItemView.ScrollHint.EnsureVisible)

    def _row_of(self, shot: ShotView) -> ShotRow:
        return ShotRow(
            number=shot.number,
            name=shot_name(shot, self._shots),
            state_words=shot_state(shot),
            spoken=shot_spoken(shot, self._shots),
            state=shot.state,
            poor=is_poor(shot),
            chosen=shot.number == self._number,
            picture=self._picture(shot),
        )

    def _picture(self, shot: ShotView) -> QPixmap | None:
        if shot.thumbnail is None or not may_show(shot.state):
            return None
        size = self._delegate.thumb * self.devicePixelRatioF()
        known = self._pictures.get(shot.number)
        if known is not None and known[0] is shot.thumbnail and known[1] == size:
            return known[2]
        image = QImage.fromData(shot.thumbnail)
        if image.isNull():
            return None
        filled = image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        )
        left, top = (filled.width() - size.width()) // 2, (filled.height() - size.height()) // 2
        pixmap = QPixmap.fromImage(filled.copy(left, top, size.width(), size.height()))
        self._pictures[shot.number] = (shot.thumbnail, size, pixmap)
        return pixmap

    def _measure(self) -> None:
        px = self._theme.px
        self._row.setContentsMargins(px(8), 0, px(6), 0)
        room = self.height() / self._theme.scale - 48
        if self._last_only:
            room = min(room, (self.width() / self._theme.scale - 22) * 75 / 112)
        self._delegate.thumb_height = int(max(48, min(92, room)))
        self._list.doItemsLayout()
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures grow with the strip."""
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Near black in both themes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color(FIXED.strip))
        painter.end()
