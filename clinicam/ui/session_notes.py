# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing in a session: one line at the foot of the stage, the live view stays in sight. Enter keeps, Esc is STOP."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from clinicam.ui.kit.button import Button
from clinicam.ui.kit.layout import Column, Row, fix
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme

LONGEST_LABEL = 40
LONGEST_NOTE = 500


class EntryBar(QFrame):
    """One field at a time: the label of a shot or the note of the session. Hidden until asked for.

    Signals:
        kept(str, int, str): "label" or "note", the shot number (0 for the note), the text.
        opened(), closed(): typing begins and ends.
    """

    kept = Signal(str, int, str)
    opened = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._what = ""
        self._number = 0
        self._title = TextLabel(theme, "", "strong")
        self._edits = {
            "label": self._line("session.label", LONGEST_LABEL),
            "note": self._line("session.note", LONGEST_NOTE),
        }
        self._keep = Button(theme, self.tr("Keep"), "primary", keycap="Enter", size="large")
        self._keep.setObjectName("session.keep")
        self._keep.clicked.connect(self.end)
        column = Column(theme, self, (16, 8, 16, 12), 6)
        column.addWidget(self._title)
        row = Row(theme, spacing=8)
        for edit in self._edits.values():
            row.addWidget(edit, 1)
        row.addWidget(self._keep)
        column.addLayout(row)
        self.hide()

    def _line(self, name: str, longest: int) -> QLineEdit:
        edit = QLineEdit()
        edit.setObjectName(name)
        edit.setProperty("tall", True)
        edit.setMaxLength(longest)
        edit.setFont(self._theme.font("section", 400))
        self._theme.changed.connect(lambda: edit.setFont(self._theme.font("section", 400)))
        fix(self._theme, edit, height=57)
        return edit

    @property
    def is_open(self) -> bool:
        """Whether something is being written."""
        return bool(self._what)

    def write_label(self, number: int, title: str, text: str) -> None:
        """Write the label of shot `number`; `title` names it."""
        self._open("label", number, title, text)

    def write_note(self, title: str, text: str) -> None:
        """Write the note of the session."""
        self._open("note", 0, title, text)

    def _open(self, what: str, number: int, title: str, text: str) -> None:
        self.end()
        self._what, self._number = what, number
        self._title.setText(title)
        for name, edit in self._edits.items():
            edit.setVisible(name == what)
        edit = self._edits[what]
        edit.setAccessibleName(title)
        edit.setText(text)
        edit.selectAll()
        self.show()
        self.raise_()
        edit.setFocus()
        self.opened.emit()

    def end(self) -> None:
        """Keep what was typed and close. Also on STOP: nothing typed is lost."""
        if not self._what:
            return
        what, number = self._what, self._number
        text = " ".join(self._edits[what].text().split())
        self._what = ""
        self._edits[what].clear()
        self.hide()
        self.kept.emit(what, number, text)
        self.closed.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A light bar with a line above."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(0, 0, self.width(), 1, self._theme.color("line"))
        painter.end()
