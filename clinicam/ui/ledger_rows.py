# SPDX-License-Identifier: GPL-3.0-or-later
"""Acts as a list shows them: when, what, who, about whom. Rows come a page at a time, as far as somebody scrolls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import chip_width, draw_chip, draw_text, rounded, text_width
from clinicam.ui.ledger_details import detail_words
from clinicam.ui.ledger_words import (
    act_icon,
    act_meaning,
    act_words,
    day_words,
    pseudonym,
    spoken,
    time_words,
    who_words,
)
from clinicam.ui.theme import Theme
from clinicam.vault.ledgerfilter import ActRow

Index = QModelIndex | QPersistentModelIndex
ROW_HIGH = 60
_INK = {"attention": "attention", "stopped": "stopped"}


class LedgerModel(QAbstractListModel):
    """`UserRole` gives the `ActRow`. While `more` is set, scrolling to the end asks for a page.

    Signals:
        wanted(): the next page.
    """

    wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[ActRow] = []
        self._more = False
        self.names: Mapping[bytes, str] = {}

    def show_rows(self, rows: Sequence[ActRow], names: Mapping[bytes, str], *, more: bool) -> None:
        """Replace all rows. `names`: of staff, by id."""
        self.beginResetModel()
        self._rows = list(rows)
        self.names = names
        self._more = more
        self.endResetModel()

    def add_rows(self, rows: Sequence[ActRow], *, more: bool) -> None:
        """The next page."""
        self._more = more
        if rows:
            at = len(self._rows)
            self.beginInsertRows(QModelIndex(), at, at + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    @property
    def rows(self) -> tuple[ActRow, ...]:
        """What is shown so far."""
        return tuple(self._rows)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def canFetchMore(self, _parent: Index) -> bool:
        return self._more

    def fetchMore(self, _parent: Index) -> None:
        if self._more:
            # Not again before the page has come.
            self._more = False
            self.wanted.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return spoken(row, self.names)
        return None


class LedgerDelegate(QStyledItemDelegate):
    """Paints an `ActRow`, 60 high: time and day, icon, what, who and detail, the patient's pseudonym at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self._theme.px(280), self._theme.px(ROW_HIGH))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px = self._theme, self._theme.px
        row: ActRow = index.data(Qt.ItemDataRole.UserRole)
        model = index.model()
        names = model.names if isinstance(model, LedgerModel) else {}
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if on:
            painter.fillRect(box, theme.color("accent_soft"))
        if index.row():
            painter.fillRect(QRectF(box.x(), box.y(), box.width(), 1), theme.color("line"))
        upper, lower = px(9), px(32)
        left, right = box.x() + px(16), box.right() - px(16)
        when = QRectF(left, box.y() + upper, px(88), px(24))
        draw_text(painter, theme, when, time_words(row.act.wall), "row", "ink")
        when.moveTop(box.y() + lower)
        draw_text(painter, theme, when, day_words(row.act.wall), "small", "ink2")
        left += px(96)
        meaning = act_meaning(row)
        ink = _INK.get(meaning, "ink2")
        icon = QRectF(left, box.center().y() - px(10), px(20), px(20))
        draw_icon(painter, act_icon(row), theme.color(ink).name(), icon)
        left += px(34)
        if row.act.subject is not None:
            words = pseudonym(row.act.subject)
            wide = chip_width(theme, "user", words)
            if right - wide - left > px(160):
                place = QRectF(right - wide, box.center().y() - px(14), wide, px(28))
                draw_chip(painter, theme, place, "user", words, "white" if on else "neutral")
                right -= wide + px(12)
        what = act_words(row)
        what = what[:1].upper() + what[1:]
        room = QRectF(left, box.y() + upper, right - left, px(24))
        draw_text(painter, theme, room, what, "row", ink if meaning in _INK else "ink")
        room.moveTop(box.y() + lower)
        room.setHeight(px(20))
        who = who_words(row, names)
        draw_text(painter, theme, room, who, "body", "ink2")
        detail = detail_words(row, names)
        if detail:
            room.setLeft(left + text_width(theme, who, "body") + px(12))
            if room.width() > px(60):
                draw_text(painter, theme, room, detail, "small", "ink2")
        if option.state & QStyle.StateFlag.State_HasFocus:
            inset = px(2)
            rounded(painter, box.adjusted(inset, inset, -inset, -inset), px(4), None, theme.color("focus"), px(3))
        painter.restore()
