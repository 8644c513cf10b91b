# SPDX-License-Identifier: GPL-3.0-or-later
"""A line of text to type, with its label above and its trouble below."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.ui.kit.layout import Column
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme


class Field(QWidget):
    """Label, line, help or problem. `tall` is 57 high (patients, unlock), otherwise 44.

    Signals:
        changed(str): the text as it now is.
        entered(): Enter was pressed.
    """

    changed = Signal(str)
    entered = Signal()

    def __init__(
        self,
        theme: Theme,
        label: str,
        placeholder: str = "",
        *,
        secret: bool = False,
        tall: bool = False,
        help_text: str = "",
        longest: int = 200,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._help = help_text
        self.label = TextLabel(theme, label, "label", "ink2")
        self.edit = QLineEdit()
        self.edit.setProperty("tall", tall)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(label)
        self.edit.setMaxLength(longest)
        self.label.setBuddy(self.edit)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.note = TextLabel(theme, help_text, "small", "ink2")
        column = Column(theme, self, spacing=6)
        column.addWidget(self.label)
        column.addWidget(self.edit)
        column.addWidget(self.note)
        self.note.setVisible(bool(help_text))
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(self._typed)
        self.edit.returnPressed.connect(self.entered)
        theme.changed.connect(self._restyle)
        self._restyle()

    def text(self) -> str:
        """What was typed, blanks at both ends taken off; a secret is returned as typed."""
        raw = self.edit.text()
        return raw if self.edit.echoMode() == QLineEdit.EchoMode.Password else raw.strip()

    def set_text(self, text: str) -> None:
        """Fill in."""
        self.edit.setText(text)

    def set_label(self, label: str) -> None:
        """Another label."""
        self.label.setText(label)
        self.edit.setAccessibleName(label)

    def set_problem(self, text: str) -> None:
        """Say under the field what has to change; empty takes it away."""
        self.note.setText(text or self._help)
        self.note.set_color("attention" if text else "ink2")
        self.note.setVisible(bool(text or self._help))
        self.edit.setAccessibleDescription(text)
        self._mark(bool(text))

    def _mark(self, wrong: bool) -> None:
        if self.edit.property("wrong") != wrong:
            self.edit.setProperty("wrong", wrong)
            self.edit.style().unpolish(self.edit)
            self.edit.style().polish(self.edit)

    def _typed(self, text: str) -> None:
        if self.edit.property("wrong"):
            self.set_problem("")
        self.changed.emit(text)

    def _restyle(self) -> None:
        self.edit.setFont(self._theme.font("plainrow"))
