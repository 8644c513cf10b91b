# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is working: the list of staff on the lock screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import draw_initials, draw_text, rounded
from clinicam.ui.kit.focus import OWN_FOCUS
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL
from clinicam.ui.words import initials
from clinicam.vault.model import Login

Index = QModelIndex | QPersistentModelIndex
ROW_HIGH = 72
"""64 and the gap of 8 below."""


def name_and_post(shown: str) -> tuple[str, str]:
    """``Jo Pryce``, ``Dental nurse`` of ``Jo Pryce · Dental nurse``; the post is empty where none is kept."""
    name, _, post = shown.partition(" · ")
    return name.strip(), post.strip()


class StaffModel(QAbstractListModel):
    """Logins as rows; the words of a row are its accessible text."""

    def __init__(self, logins: Sequence[Login]) -> None:
        super().__init__()
        self._logins = tuple(logins)

    def drop_pin(self, row: int) -> None:
        """From now on a password is asked of whoever stands in `row`."""
        if 0 <= row < len(self._logins):
            logins = list(self._logins)
            logins[row] = replace(logins[row], has_pin=False)
            self._logins = tuple(logins)

    def rowCount(self, _parent: Index | None = None) -> int:
        return len(self._logins)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return ""
        login = self._logins[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return login
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return ", ".join(part for part in name_and_post(login.shown) if part)
        return None


class StaffDelegate(QStyledItemDelegate):
    """A bordered row: initials, name, post, tick on the chosen one."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(ROW_HIGH))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px = self._theme, self._theme.px
        login = index.data(Qt.ItemDataRole.UserRole)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = on and bool(option.state & QStyle.StateFlag.State_HasFocus)
        ring = px(5)
        box = QRectF(option.rect.x() + ring, option.rect.y() + ring, option.rect.width() - 2 * ring, px(64))
        if focused:
            around = box.adjusted(-ring, -ring, ring, ring)
            rounded(painter, around, px(RADIUS_CONTROL + 3), None, theme.color("focus"), px(3))
        edge = theme.color("accent" if on else "line")
        rounded(
            painter, box, px(RADIUS_CONTROL), theme.color("accent_soft" if on else "surface"), edge, px(2) if on else 1
        )
        draw_initials(
            painter,
            theme,
            QRectF(box.x() + px(16), box.y() + px(12), px(40), px(40)),
            initials(login.shown.partition(" · ")[0]),
            on=on,
        )
        name, post = name_and_post(login.shown)
        room = box.width() - px(70) - px(56)
        if post:
            draw_text(painter, theme, QRectF(box.x() + px(71), box.y() + px(9), room, px(24)), name, "row")
            draw_text(painter, theme, QRectF(box.x() + px(71), box.y() + px(33), room, px(20)), post, "body", "ink2")
        else:
            draw_text(painter, theme, QRectF(box.x() + px(71), box.y(), room, box.height()), name, "row")
        if on:
            draw_icon(
                painter,
                "check",
                theme.color("accent").name(),
                QRectF(box.right() - px(42), box.y() + px(20), px(24), px(24)),
            )


class StaffList(QListView):
    """Up, Down or a tap choose; Enter asks for the password.

    Signals:
        chosen(object): a `Login`.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = 0
        self.setItemDelegate(StaffDelegate(theme, self))
        self.setAccessibleName(self.tr("Who is working?"))
        self.setProperty("clear", True)
        self.setProperty(OWN_FOCUS, True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        theme.changed.connect(self._rescale)

    def show_logins(self, logins: Sequence[Login]) -> None:
        """Show them; the first is chosen."""
        model = StaffModel(logins)
        model.setParent(self)
        self._rows = len(logins)
        self.setModel(model)
        self.selectionModel().currentChanged.connect(self._moved)
        self._rescale()
        if logins:
            self.setCurrentIndex(model.index(0, 0))

    @property
    def login(self) -> Login | None:
        """Who is chosen."""
        found = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        return found if isinstance(found, Login) else None

    def drop_pin(self) -> None:
        """The chosen one's PIN no longer counts."""
        model = self.model()
        if isinstance(model, StaffModel):
            model.drop_pin(self.currentIndex().row())

    def step(self, by: int) -> None:
        """Move the choice by one (from the password field)."""
        if self._rows:
            row = min(max(self.currentIndex().row() + by, 0), self._rows - 1)
            self.setCurrentIndex(self.model().index(row, 0))

    def _moved(self, _now: QModelIndex, _before: QModelIndex) -> None:
        login = self.login
        if login is not None:
            self.chosen.emit(login)

    def _rescale(self) -> None:
        px = self._theme.px
        self.setMaximumHeight(px(ROW_HIGH) * max(1, self._rows) + px(4))
        self.setMinimumHeight(px(ROW_HIGH) * min(max(1, self._rows), 2) + px(4))
        self.scheduleDelayedItemsLayout()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(560), self.maximumHeight())
