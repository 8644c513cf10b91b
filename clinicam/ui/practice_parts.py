# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of the practice screen: the seal of the last check, and who works here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from clinicam.identity import Role, Staff
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit import Card, Chip, Divider, TextLabel, draw_initials, fix, rounded
from clinicam.ui.theme import Theme
from clinicam.ui.words import initials


class Seal(QWidget):
    """The round shield, 52 px: petrol when proved, plain while unknown, amber when something is wrong."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = "unknown"
        fix(theme, self, width=52, height=52)
        theme.changed.connect(self.update)

    def set_state(self, state: str) -> None:
        """``proved``, ``unknown`` or ``wrong``."""
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        ground, ink, icon = {
            "proved": ("accent", "on_accent", "shield-check"),
            "wrong": ("attention_soft", "attention", "shield-alert"),
        }.get(self._state, ("sunken", "ink2", "shield-question-mark"))
        box = QRectF(self.rect())
        rounded(painter, box, box.height() / 2, color(ground))
        inset = box.height() * 0.25
        draw_icon(painter, icon, color(ink).name(), box.adjusted(inset, inset, -inset, -inset))
        painter.end()


class Initials(QWidget):
    """A member of staff's initials, 36 px."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letters = initials(name)
        fix(theme, self, width=36, height=36)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_initials(painter, self._theme, QRectF(self.rect()), self._letters, on=False)
        painter.end()


class StaffCard(Card):
    """One line a person: initials, name, post, roles, registration, whether they work here."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, (20, 14, 20, 12), 8, parent=parent)
        self.body.addWidget(TextLabel(theme, self.tr("Staff"), "row"))
        self._table = QWidget()
        self.body.addWidget(self._table)
        self.setAccessibleName(self.tr("Staff"))

    def show_staff(self, staff: Sequence[Staff]) -> None:
        """Replace the lines."""
        self.body.removeWidget(self._table)
        self._table.deleteLater()
        self._table = QWidget()
        grid = QGridLayout(self._table)
        px = self._theme.px
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(14))
        grid.setVerticalSpacing(px(7))
        for column, share in ((1, 3), (2, 3), (3, 3), (4, 2)):
            grid.setColumnStretch(column, share)
        for at, one in enumerate(staff):
            grid.addWidget(Divider(self._theme), 2 * at, 0, 1, 6)
            cells: tuple[QWidget, ...] = (
                Initials(self._theme, one.name),
                self._words(one.name, "ink", strong=True),
                self._words(one.post),
                self._words(", ".join(self._roles(one))),
                self._words(one.registration),
                self._chip(one),
            )
            for column, cell in enumerate(cells):
                grid.addWidget(cell, 2 * at + 1, column)
        self.body.addWidget(self._table)

    def _words(self, text: str, color: str = "ink2", *, strong: bool = False) -> TextLabel:
        middle = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        return TextLabel(self._theme, text, "strong" if strong else "body", color, align=middle)

    def _chip(self, one: Staff) -> Chip:
        if one.active:
            return Chip(self._theme, "check", self.tr("Works here"), "safe")
        return Chip(self._theme, "minus", self.tr("Has left"), "neutral")

    def _roles(self, one: Staff) -> list[str]:
        names = {
            Role.MANAGER: self.tr("manager"),
            Role.CLINICIAN: self.tr("clinician"),
            Role.NURSE: self.tr("nurse"),
            Role.AUDITOR: self.tr("auditor"),
        }
        return [words for role, words in names.items() if role in one.roles]
