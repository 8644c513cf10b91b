# SPDX-License-Identifier: GPL-3.0-or-later
"""A card with a head line and a list of patients under it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from clinicam.ui.kit import Column, Divider, Row, TextLabel, fix, rounded
from clinicam.ui.kit.focus import OWN_FOCUS
from clinicam.ui.patient_rows import ROW_HIGH, PatientDelegate, PatientModel, PatientRow
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CARD


class _List(QListView):
    """Enter opens as a tap does, Space too. Its hint is the height of its rows, which layouts by width ask for."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.maximumHeight())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class PatientList(QFrame):
    """`most` rows are shown before it scrolls; 0 takes what room there is.

    Signals:
        opened(object): the `PatientRow` that was tapped or entered.
    """

    opened = Signal(object)

    def __init__(self, theme: Theme, title: str, *, most: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._most = most
        self._count = 0
        self.setAccessibleName(title)
        column = Column(theme, self, (1, 1, 1, 1))
        self._head = QWidget()
        fix(theme, self._head, min_height=44)
        self.head = Row(theme, self._head, (16, 8, 16, 8), 10)
        self.title = TextLabel(theme, title, "strong", wrap=False)
        self.support = TextLabel(
            theme, "", "body", "ink2", align=Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        )
        self.head.addWidget(self.title)
        self.head.addWidget(self.support, 1)
        column.addWidget(self._head)
        self._line = Divider(theme)
        column.addWidget(self._line)
        self.view = _List()
        self.model = PatientModel(self.view)
        self.view.setModel(self.model)
        self.view.setItemDelegate(PatientDelegate(theme, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(title)
        self.view.setProperty("clear", True)
        self.view.setProperty(OWN_FOCUS, True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        column.addWidget(self.view, 1)
        self._foot = Column(theme)
        column.addLayout(self._foot)
        self.view.clicked.connect(self._open)
        self.view.activated.connect(self._open)
        theme.changed.connect(self._rescale)
        self._rescale()

    def show_rows(self, rows: Sequence[PatientRow], query: str = "") -> None:
        """Replace the rows; the first is chosen when a search led to them."""
        self.model.show_rows(rows, query)
        self._count = len(rows)
        if rows and query:
            self.view.setCurrentIndex(self.model.index(0, 0))
        self.view.setVisible(bool(rows))
        self._line.setVisible(bool(rows))
        self._rescale()

    def set_empty(self, widget: QWidget) -> None:
        """What stands under the head while there are no rows; the caller shows and hides it."""
        self._foot.addWidget(widget)

    def step(self, by: int) -> None:
        """Move the choice (arrow keys in the search field)."""
        if self._count:
            row = min(max(self.view.currentIndex().row() + by, 0), self._count - 1)
            self.view.setCurrentIndex(self.model.index(row, 0))

    def open_current(self) -> None:
        """Open the chosen row, if there is one."""
        index = self.view.currentIndex()
        if index.isValid():
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        row = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(row, PatientRow):
            self.opened.emit(row)

    def _rescale(self) -> None:
        px = self._theme.px
        need = px(ROW_HIGH) * self._count
        if self._most:
            self.view.setFixedHeight(min(need, px(ROW_HIGH) * self._most))
        else:
            self.view.setMinimumHeight(min(need, px(ROW_HIGH) * 3))
            self.view.setMaximumHeight(max(need, 1))
        self.view.scheduleDelayedItemsLayout()
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        rounded(painter, QRectF(self.rect()), self._theme.px(RADIUS_CARD), color("surface"), color("line"))
        painter.end()
