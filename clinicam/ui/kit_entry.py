# SPDX-License-Identifier: GPL-3.0-or-later
"""Typing the 24 words of a recovery kit: six rows, each judged by its own check code as soon as it is complete."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.ui.kit import Column, Icon, Row, TextLabel, fix
from clinicam.ui.theme import Theme
from clinicam.vault.kit import ROW, ROWS, RowCheck, Slip, check_row


class KitRow(QWidget):
    """Four words, their check code, and a verdict in words.

    Signals:
        judged(): the verdict may have changed.
        entered(): Enter was pressed in the code.
    """

    judged = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = number
        self.words: tuple[str, ...] = ()
        first, last = (number - 1) * ROW + 1, number * ROW
        span = TextLabel(
            theme, self.tr("{first} to {last}").format(first=first, last=last), "small", "ink2", wrap=False
        )
        fix(theme, span, width=64)
        self.typed = QLineEdit()
        self.typed.setAccessibleName(self.tr("Words {first} to {last}").format(first=first, last=last))
        self.typed.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
        self.code = QLineEdit()
        self.code.setAccessibleName(self.tr("Check code of words {first} to {last}").format(first=first, last=last))
        self.code.setMaxLength(4)
        self.code.setPlaceholderText("··")
        fix(theme, self.code, width=76)
        self._mark = Icon(theme, "circle-dashed", "ink3", 22)
        self._said = TextLabel(theme, "", "small", "attention")
        self._said.hide()
        row = Row(theme, spacing=10)
        row.addWidget(span)
        row.addWidget(self.typed, 1)
        row.addWidget(self.code)
        row.addWidget(self._mark)
        column = Column(theme, self, spacing=2)
        column.addLayout(row)
        note = Row(theme, margins=(74, 0, 0, 0))
        note.addWidget(self._said, 1)
        column.addLayout(note)
        for edit in (self.typed, self.code):
            # No clipboard: what was copied from somewhere has been somewhere it must not be.
            edit.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
            edit.setAcceptDrops(False)
            edit.installEventFilter(self)
            edit.textEdited.connect(self._look)
            edit.editingFinished.connect(self._say)
        self.code.returnPressed.connect(self.entered)
        self.typed.returnPressed.connect(self.code.setFocus)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def done(self) -> bool:
        """Whether the four words fit their check code."""
        return bool(self.words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = QKeySequence.StandardKey
            if any(event.matches(one) for one in (key.Copy, key.Cut, key.Paste)):
                return True
        return super().eventFilter(watched, event)

    def _verdict(self) -> RowCheck:
        return check_row(self._number, self.typed.text(), self.code.text())

    def _look(self) -> None:
        found = self._verdict()
        self.words = found.words if found.slip is Slip.NONE else ()
        if self.done:
            self._mark.set_icon("circle-check", "accent")
            self._said.hide()
        else:
            self._mark.set_icon("circle-dashed", "ink3")
        self.judged.emit()

    def _say(self) -> None:
        if self.done or not self.typed.text().strip():
            self._said.hide()
            return
        found = self._verdict()
        text = ""
        if found.slip is Slip.COUNT:
            text = self.tr("Four words are needed in this row.")
        elif found.slip is Slip.WORD:
            text = self.tr("Word {count} is not in the list.").format(count=found.word)
            if found.near:
                text += " " + self.tr("Did you mean {words}?").format(words=", ".join(found.near))
        elif found.slip is Slip.OTHER_ROW:
            text = self.tr("These are the words of row {row}.").format(row=found.meant)
        elif found.slip is Slip.CODE and self.code.text().strip():
            text = self.tr("Words and check code do not fit. Compare both with the paper.")
        self._said.setText(text)
        self._said.setVisible(bool(text))
        if text:
            self._mark.set_icon("triangle-alert", "attention")

    def clear(self) -> None:
        """Forget what was typed."""
        self.words = ()
        self.typed.clear()
        self.code.clear()
        self._look()
        self._said.hide()

    def _restyle(self) -> None:
        for edit in (self.typed, self.code):
            edit.setFont(self._theme.font("plainrow"))


class KitEntry(QWidget):
    """Six `KitRow`.

    Signals:
        changed(): one more or one less row is right.
        entered(): Enter in the last row.
    """

    changed = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = Column(theme, self, spacing=8)
        self.rows = tuple(KitRow(theme, number) for number in range(1, ROWS + 1))
        for at, row in enumerate(self.rows):
            column.addWidget(row)
            row.judged.connect(self.changed)
            if at + 1 < len(self.rows):
                row.entered.connect(self.rows[at + 1].typed.setFocus)
            else:
                row.entered.connect(self.entered)

    def name_rows(self, prefix: str) -> None:
        """Object names: ``<prefix>.row_1`` and ``<prefix>.code_1`` to 6."""
        for number, row in enumerate(self.rows, 1):
            row.typed.setObjectName(f"{prefix}.row_{number}")
            row.code.setObjectName(f"{prefix}.code_{number}")

    @property
    def right(self) -> int:
        """How many rows are right."""
        return sum(one.done for one in self.rows)

    @property
    def words(self) -> tuple[str, ...]:
        """All 24 words when every row is right, else nothing."""
        return tuple(word for row in self.rows for word in row.words) if self.right == ROWS else ()

    def clear(self) -> None:
        """Forget what was typed."""
        for row in self.rows:
            row.clear()
