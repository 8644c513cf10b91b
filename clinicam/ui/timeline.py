# SPDX-License-Identifier: GPL-3.0-or-later
"""The visits of a patient as a line through time, newest first: day, what it was, how many pictures, whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from clinicam.identity import SessionId
from clinicam.ui.kit import Column, Row, TextLabel, draw_text, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS_CONTROL

ROW = 76
DOT_LEFT = 13
"""From the left edge of the row to the dot, px."""
DOT = 16
TEXT_LEFT = 44

ROOT = QModelIndex()
"""The parent of every row: a list has no tree."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One row. `session` None stands for pictures without a session. `pictures` counts frames, not files; `heading` stands above them."""

    session: SessionId | None
    day: str
    title: str
    support: str
    pictures: int
    heading: str = ""


class TimelineModel(QAbstractListModel):
    """The visits as rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._visits: tuple[Visit, ...] = ()

    def show(self, visits: Sequence[Visit]) -> None:
        """Show these visits, newest first."""
        self.beginResetModel()
        self._visits = tuple(visits)
        self.endResetModel()

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What is shown, in order."""
        return self._visits

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else len(self._visits)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if not index.isValid():
            return None
        visit = self._visits[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return visit.day
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{visit.day}, {visit.title}, {visit.support}"
        return None


class _VisitDelegate(QStyledItemDelegate):
    """Dot on the line, three lines of words. The chosen visit's dot is full."""

    def __init__(self, theme: Theme, model: TimelineModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._model = model

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        theme, px = self._theme, self._theme.px
        row: QRect = option.rect
        visit = self._model.visits[index.row()]
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            rounded(painter, QRectF(row), px(RADIUS_CONTROL), theme.color("accent_soft"))

        def place(x: int, y: int, width: int, height: int) -> QRectF:
            spot = QRect(row.left() + px(x), row.top() + px(y), width, px(height))
            return QRectF(QStyle.visualRect(option.direction, row, spot))

        dot = place(DOT_LEFT, 22, px(DOT), DOT)
        self._paint_line(painter, index.row(), row, dot)
        painter.setPen(QPen(theme.color("accent"), px(3)))
        ground = "accent" if chosen else "surface"
        painter.setBrush(theme.color(ground))
        painter.drawEllipse(dot.adjusted(1.5, 1.5, -1.5, -1.5))
        wide = row.width() - px(TEXT_LEFT) - px(8)
        draw_text(painter, theme, place(TEXT_LEFT, 9, wide, 24), visit.day, "row")
        draw_text(painter, theme, place(TEXT_LEFT, 33, wide, 20), visit.title, "body")
        draw_text(painter, theme, place(TEXT_LEFT, 53, wide, 18), visit.support, "small", "ink2")
        if focused:
            width = px(FOCUS_WIDTH)
            inside = QRectF(row).adjusted(1, 1, -1, -1)
            rounded(painter, inside, px(RADIUS_CONTROL + FOCUS_GAP), None, theme.color("focus"), width)
        painter.restore()

    def _paint_line(self, painter: QPainter, number: int, row: QRect, dot: QRectF) -> None:
        middle = dot.center().x()
        painter.setPen(QPen(self._theme.color("line"), self._theme.px(2)))
        if number > 0:
            painter.drawLine(round(middle), row.top(), round(middle), round(dot.top()))
        if number < len(self._model.visits) - 1:
            painter.drawLine(round(middle), round(dot.bottom()), round(middle), row.bottom() + 1)


class Timeline(QListView):
    """The list itself. Arrows walk, and the chosen visit's pictures follow.

    Signals:
        visit_chosen(int): the row whose pictures are wanted.
    """

    visit_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.visits = TimelineModel(self)
        self.setObjectName("chart.timeline")
        self.setAccessibleName(self.tr("Visits"))
        self.setModel(self.visits)
        self.setItemDelegate(_VisitDelegate(theme, self.visits, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setProperty("clear", True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme.changed.connect(self._on_theme)

    def choose(self, row: int) -> None:
        """Make a visit the chosen one."""
        self.setCurrentIndex(self.visits.index(row))

    def height_of(self, most: int) -> int:
        """Height that shows every visit, but no more than `most` of them, px."""
        return min(self.visits.rowCount(), most) * self._theme.px(ROW)

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.visit_chosen.emit(current.row())

    def _on_theme(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class VisitsColumn(QFrame):
    """Heading with the number of pictures, the timeline below it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.timeline = Timeline(theme)
        column = Column(theme, self, (12, 12, 12, 12), 6)
        head = Row(theme, margins=(8, 2, 8, 2))
        head.addWidget(TextLabel(theme, self.tr("Visits"), "row"), 1)
        self._count = TextLabel(theme, "", "small", "ink2", wrap=False)
        head.addWidget(self._count)
        column.addLayout(head)
        column.addWidget(self.timeline, 1)
        self.moved = TextLabel(theme, "", "small", "ink2")
        self.moved.setObjectName("chart.moved")
        self.moved.hide()
        column.addWidget(self.moved)

    def tell(self, pictures: int, moved: str = "") -> None:
        """How many pictures there are in all, and what came from another chart or went to one."""
        self.moved.setText(moved)
        self.moved.setVisible(bool(moved))
        one = self.tr("1 picture")
        self._count.setText(one if pictures == 1 else self.tr("{number} pictures").format(number=pictures))
