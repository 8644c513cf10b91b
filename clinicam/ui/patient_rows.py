# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of patients as lists show them: band, name with the letters found, birth date, number, and what is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from clinicam.identity import Identifier, Patient
from clinicam.ui.kit import Meaning, Run, chip_width, draw_band, draw_chip, draw_text, rounded, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_CARD
from clinicam.ui.words import apart, grouped, shown_date

Index = QModelIndex | QPersistentModelIndex
ROW_HIGH = 60


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One row. `time` stands left of the name in today's list; `note` is plain words at the right, `chip` a state."""

    patient: Patient
    support: str
    note: str = ""
    time: str = ""
    age: str = ""
    chip: str = ""
    chip_icon: str = ""
    chip_meaning: Meaning = "neutral"

    @property
    def spoken(self) -> str:
        """The row's words in reading order, for a screen reader."""
        parts = (self.time, self.patient.shown_name, self.age, self.support, self.note, self.chip)
        return ". ".join(part for part in parts if part)


def list_number(identifier: Identifier) -> str:
    """``NHS 999 041 2871``: shorter than the banner's."""
    number = grouped(identifier.value)
    return number if identifier.system.lower() in {"local", "practice"} else f"{identifier.system} {number}"


def found_support(born: str, patient: Patient) -> str:
    """``Born 14-Mar-1987  ·  NHS 999 041 2871``."""
    first = f"  ·  {apart(list_number(patient.identifiers[0]))}" if patient.identifiers else ""
    return f"{born} {shown_date(patient.born)}{first}"


def fold(text: str) -> str:
    """Lower case without accents, as the index searches."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))


def highlighted(name: str, query: str) -> list[Run]:
    """`name` in runs, the beginnings of words that the query found on an amber ground."""
    wanted = [fold(one) for one in query.split() if one]
    runs: list[Run] = []
    at = 0
    while at < len(name):
        start = at == 0 or not name[at - 1].isalnum()
        length = 0
        if start:
            for one in wanted:
                # Accents make folded text longer or shorter than the letters shown; compare letter by letter.
                end = at
                folded = ""
                while end < len(name) and len(folded) < len(one):
                    folded += fold(name[end])
                    end += 1
                if one and folded.startswith(one):
                    length = max(length, end - at)
        if length:
            runs.append(Run(name[at : at + length], None, FIXED.on_ribbon, FIXED.found))
            at += length
            continue
        following = at + 1
        while following < len(name) and (name[following - 1].isalnum() or not name[following].isalnum()):
            following += 1
        runs.append(Run(name[at:following]))
        at = following
    return runs


def are_similar(patients: Sequence[Patient]) -> bool:
    """Whether two of them could be taken for each other: family names and given names that begin alike."""
    seen = set()
    for one in patients:
        key = (fold(one.family)[:4], fold(one.given)[:3])
        if key in seen:
            return True
        seen.add(key)
    return False


class PatientModel(QAbstractListModel):
    """Rows for a `QListView`; `UserRole` gives the `PatientRow`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[PatientRow, ...] = ()
        self.query = ""

    def show_rows(self, rows: Sequence[PatientRow], query: str = "") -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self.query = query
        self.endResetModel()

    def rowCount(self, _parent: Index | None = None) -> int:
        return len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return ""
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return row.spoken
        return None


class PatientDelegate(QStyledItemDelegate):
    """Paints a `PatientRow`, 60 high; the last row of a card has round corners below."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(ROW_HIGH))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, px = self._theme, self._theme.px
        row: PatientRow = index.data(Qt.ItemDataRole.UserRole)
        model = index.model()
        query = model.query if isinstance(model, PatientModel) else ""
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if index.row() == index.model().rowCount() - 1:
            shape = QPainterPath()
            shape.addRoundedRect(box.adjusted(0, -px(20), 0, 0), px(RADIUS_CARD) - 1, px(RADIUS_CARD) - 1)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipPath(shape)
        if on:
            painter.fillRect(box, theme.color("accent_soft"))
        if index.row():
            painter.fillRect(QRectF(box.x(), box.y(), box.width(), 1), theme.color("line"))
        left = box.x() + px(22)
        if row.time:
            ink = "accent" if on else "ink"
            draw_text(painter, theme, QRectF(box.x() + px(17), box.y(), px(70), box.height()), row.time, "section", ink)
            left = box.x() + px(94)
        else:
            draw_band(painter, theme, QRectF(box.x(), box.y(), px(8), box.height()), row.patient.patient)
        painter.restore()
        right = box.right() - px(16)
        if row.chip:
            wide = chip_width(theme, row.chip_icon, row.chip)
            place = QRectF(right - wide, box.center().y() - px(14), wide, px(28))
            meaning: Meaning = "white" if on and row.chip_meaning == "safe" else row.chip_meaning
            draw_chip(painter, theme, place, row.chip_icon, row.chip, meaning)
            right -= wide + px(12)
        elif row.note:
            wide = text_width(theme, row.note, "small") + 2
            draw_text(painter, theme, QRectF(right - wide, box.y(), wide, box.height()), row.note, "small", "ink2")
            right -= wide + px(12)
        room = right - left
        name = row.patient.shown_name if row.time else self._mixed(row.patient)
        runs = highlighted(name, query)
        used = draw_text(painter, theme, QRectF(left, box.y() + px(9), room, px(24)), runs, "row")
        if row.age and used + px(50) < room:
            place = QRectF(left + used + px(13), box.y() + px(9), room - used, px(24))
            draw_text(painter, theme, place, row.age, "plainrow", "ink2")
        draw_text(painter, theme, QRectF(left, box.y() + px(32), room, px(20)), row.support, "body", "ink2")
        if option.state & QStyle.StateFlag.State_HasFocus:
            inset = px(2)
            rounded(painter, box.adjusted(inset, inset, -inset, -inset), px(4), None, theme.color("focus"), px(3))

    def _mixed(self, patient: Patient) -> str:
        title = f" ({patient.title})" if patient.title else ""
        return f"{patient.family}, {patient.given}{title}"
