# SPDX-License-Identifier: GPL-3.0-or-later
"""A new password, typed twice by whoever will use it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Column, Field, Row, TextLabel
from clinicam.ui.password_words import password_fault, password_hint
from clinicam.ui.theme import Theme


class PasswordPair(QWidget):
    """Two fields and what makes a good password. It is judged when a field is left, and said under the field.

    Signals:
        changed(): something was typed.
        entered(): Enter in the second field.
    """

    changed = Signal()
    entered = Signal()

    def __init__(self, theme: Theme, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: tuple[str, ...] = ()
        self.one = Field(theme, self.tr("New password"), secret=True, longest=256)
        self.again = Field(theme, self.tr("The same once more"), secret=True, longest=256)
        self.one.edit.setObjectName(f"{prefix}.password")
        self.again.edit.setObjectName(f"{prefix}.password_again")
        column = Column(theme, self, spacing=8)
        row = Row(theme, spacing=16)
        for field in (self.one, self.again):
            row.addWidget(field, 1)
            row.setAlignment(field, Qt.AlignmentFlag.AlignTop)
            field.changed.connect(self.changed)
        column.addLayout(row)
        column.addWidget(TextLabel(theme, password_hint(), "small", "ink2"))
        self.one.edit.editingFinished.connect(self._judge)
        self.again.edit.editingFinished.connect(self._compare)
        self.again.entered.connect(self.entered)
        self.setFocusProxy(self.one.edit)

    def set_known(self, *words: str) -> None:
        """Names that the password must not be made of."""
        self._known = words

    def password(self) -> str:
        """What was typed, if it is good and the same twice; empty otherwise, and the field in question says why."""
        self._judge()
        self._compare()
        text = self.one.text()
        return text if text == self.again.text() and not password_fault(text, known=self._known) else ""

    def forget(self) -> None:
        """Empty both."""
        for field in (self.one, self.again):
            field.set_text("")

    def _judge(self) -> None:
        if self.one.text():
            self.one.set_problem(password_fault(self.one.text(), known=self._known))

    def _compare(self) -> None:
        if self.one.text() and self.again.text() != self.one.text():
            self.again.set_problem(self.tr("The two are not the same."))
