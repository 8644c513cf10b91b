# SPDX-License-Identifier: GPL-3.0-or-later
"""The views of the series at the left of a session: what is safe, what is next, what is open."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QVBoxLayout, QWidget

from clinicam.capture.session import ON_ITS_WAY, OVER, SessionState
from clinicam.capture.views import SittingView
from clinicam.ui.kit.button import Button
from clinicam.ui.kit.layout import Row
from clinicam.ui.rail_painting import CURRENT_ROW, ROW, ROW_ROLE, RailDelegate, RailRow, RowKind, paint_segments
from clinicam.ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()

CLOSING = OVER | {SessionState.STOP_ASKED, SessionState.FINISHING}
"""States in which a session is not to be changed any more."""


def rail_rows(view: SittingView, room: int, words: RailWords, *, unfolded: bool = False) -> tuple[RailRow, ...]:
    """The rows of the rail. Finished views before the current one fold into one row when all do not fit into `room`.

    `room` is in unscaled px. The two views just finished stay in sight where that is possible.
    """
    rows = tuple(_row(view, index, words) for index in range(len(view.series.views)))
    height = ROW * (len(rows) - 1) + CURRENT_ROW
    foldable = next((i for i in range(view.view_index) if not view.done[i]), view.view_index)
    if unfolded or height <= room or foldable < 2:
        return rows
    too_many = -(-(height - room) // ROW)
    folded = min(foldable, too_many + 1)
    return (words.fold(folded), *rows[folded:])


def _row(view: SittingView, index: int, words: RailWords) -> RailRow:
    name, done = view.series.views[index].name, view.done[index]
    if index == view.view_index:
        return words.current(index, name, done)
    kind = RowKind.DONE if done else RowKind.OPEN
    return RailRow(kind, index, index, name, "", words.spoken(index, name, done), done)


class RailWords(QObject):
    """The words of the rail, translated.

    Signals:
        none
    """

    def fold(self, count: int) -> RailRow:
        """Views 1 to `count`, all safe, as one row."""
        name = self.tr("Views 1 to {count}").format(count=count)
        note = self.tr("{count} safe").format(count=count)
        return RailRow(RowKind.FOLD, 0, count - 1, name, note, f"{name}, {note}", done=True)

    def current(self, index: int, name: str, done: bool) -> RailRow:
        """The view the next shot belongs to."""
        note = self.tr("safe, one more is fine") if done else self.tr("next in the series")
        spoken = self.tr("View {number}, {name}, {state}").format(number=index + 1, name=name, state=note)
        return RailRow(RowKind.CURRENT, index, index, name, note, spoken, done)

    def spoken(self, index: int, name: str, done: bool) -> str:
        """Any other view in one sentence."""
        state = self.tr("safe") if done else self.tr("open")
        return self.tr("View {number}, {name}, {state}").format(number=index + 1, name=name, state=state)


class RailModel(QAbstractListModel):
    """Rows of the rail; each says its words and state to a screen reader.

    Signals:
        none of its own
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[RailRow, ...] = ()

    def show_rows(self, rows: tuple[RailRow, ...]) -> None:
        """Replace the rows; views keep their place while the number of rows is the same."""
        if rows == self._rows:
            return
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        else:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def row(self, index: int) -> RailRow:
        """The row at `index`."""
        return self._rows[index]

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        """How many rows; a list has no children."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The name to show, the whole row to the delegate, one sentence to a screen reader."""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken
        return row if role == ROW_ROLE else None


class SeriesRail(QFrame):
    """Head with counts, the list of views, and the button that finishes the session.

    Signals:
        view_chosen(int): go to this view of the series.
        finish_wanted(): the person wants to finish.
    """

    view_chosen = Signal(int)
    finish_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = RailWords(self)
        self._head = _RailHead(theme, self)
        self._model = RailModel(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._delegate = RailDelegate(theme, self._list)
        self._list.setItemDelegate(self._delegate)
        self._list.setObjectName("session.views")
        self._list.setAccessibleName(self.tr("Views of the series"))
        # The arrows move through the views from anywhere in the session, so the list itself takes no keys.
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.clicked.connect(self._clicked)
        self.finish = Button(theme, self.tr("Finish session"), "secondary", "circle-check", "F", "large")
        self.finish.setObjectName("session.finish")
        self.finish.clicked.connect(self.finish_wanted)
        self._dots = False
        self._unfolded = False
        self._view: SittingView | None = None
        column = QVBoxLayout(self)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._list, 1)
        self._foot = Row(theme, margins=(12, 0, 12, 12))
        self._foot.addWidget(self.finish)
        column.addLayout(self._foot)
        self._column = column
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.changed.connect(self._measure)
        self._measure()

    def show_view(self, view: SittingView) -> None:
        """Show the newest snapshot."""
        if self._view is not None and view.view_index != self._view.view_index:
            self._unfolded = False
        self._view = view
        last = view.shots[-1] if view.shots else None
        work = last.view_index if last is not None and last.state in ON_ITS_WAY else None
        self.finish.setEnabled(view.state not in CLOSING)
        self._head.show_counts(view.series.name, view.done, work)
        self._fill()

    def set_dots(self, dots: bool) -> None:
        """Only numbered dots, where room is short; the finish button then stands in the bottom bar."""
        if dots != self._dots:
            self._dots = self._delegate.dots = dots
            self._head.setVisible(not dots)
            self.finish.setVisible(not dots)
            always = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if dots else Qt.ScrollBarPolicy.ScrollBarAsNeeded
            self._list.setVerticalScrollBarPolicy(always)
            self._measure()

    def _fill(self) -> None:
        if self._view is None:
            return
        room = 10_000 if self._dots else int(self._list.height() / self._theme.scale)
        self._model.show_rows(rail_rows(self._view, room, self._words, unfolded=self._unfolded))
        rows = range(self._model.rowCount())
        current = next((i for i in rows if self._model.row(i).kind is RowKind.CURRENT), 0)
        hint = QAbstractItemView.ScrollHint
        self._list.scrollTo(self._model.index(current), hint.PositionAtCenter if self._dots else hint.EnsureVisible)

    def _clicked(self, index: QModelIndex) -> None:
        row = self._model.row(index.row())
        if row.kind is RowKind.FOLD:
            self._unfolded = True
            self._fill()
        else:
            self.view_chosen.emit(row.first)

    def _measure(self) -> None:
        px = self._theme.px
        self._column.setContentsMargins(0, 0, 1, 0)
        self._foot.set_margins((0, 0, 0, 0) if self._dots else (12, 0, 12, 12))
        self._head.setFixedHeight(px(97))
        self._list.doItemsLayout()
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What folds depends on the room."""
        super().resizeEvent(event)
        self._column.activate()
        self._fill()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground and the line towards the stage."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), self._theme.color("line"))
        painter.end()


class _RailHead(QWidget):
    """Series name, "5 of 9 done", one bar for each view.

    Signals:
        none
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = ""
        self._done: tuple[bool, ...] = ()
        self._work: int | None = None
        theme.changed.connect(self.update)

    def show_counts(self, title: str, done: tuple[bool, ...], work: int | None) -> None:
        """Show new counts."""
        self._title, self._done, self._work = title, done, work
        self.setAccessibleName(f"{title}, {self._count()}")
        self.update()

    def _count(self) -> str:
        return self.tr("{done} of {all} done").format(done=sum(self._done), all=len(self._done))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Three lines."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = self.width() - px(33)
        painter.setPen(theme.color("ink"))
        painter.setFont(theme.font("section"))
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, wide)
        painter.drawText(QRect(px(16), px(14), wide, px(28)), int(Qt.AlignmentFlag.AlignVCenter), title)
        second = QRect(px(16), px(44), wide, px(24))
        painter.setFont(theme.font("row"))
        painter.drawText(second, int(Qt.AlignmentFlag.AlignVCenter), self._count())
        left = len(self._done) - sum(self._done)
        if left:
            painter.setFont(theme.font("plainrow"))
            painter.setPen(theme.color("ink2"))
            words = self.tr("{count} to go").format(count=left)
            painter.drawText(second, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), words)
        if self._done:
            paint_segments(painter, theme, QRectF(px(16), px(76), wide, px(8)), self._done, self._work)
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme.color("line"))
        painter.end()
