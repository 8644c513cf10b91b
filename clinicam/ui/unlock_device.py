# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the lock screen where a computer is given the practice's device key: 24 words from a manager's screen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import WrongPassword
from clinicam.ui.kit import Button, Column, FootBar, Notice, TextLabel
from clinicam.ui.kit_entry import KitEntry
from clinicam.ui.messages import Message
from clinicam.ui.theme import Theme
from clinicam.vault.kit import ROWS, WORDS, rows_of, secret_of, words_of


class DeviceKeyPage(QWidget):
    """Like typing a recovery kit.

    Signals:
        given(object): the 24 words, a tuple.
        left(): back to the names.
    """

    given = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        page = Column(theme, self, (80, 38, 80, 8), 12)
        page.addWidget(TextLabel(theme, self.tr("Give this computer the device key"), "name"))
        words = self.tr(
            "The practice's passwords open on its own computers only. On one of those a manager shows 24 words, under "
            "Practice, This computer. Type them row by row, with the check code at each row's end. It is done once."
        )
        page.addWidget(TextLabel(theme, words, "body", "ink2"))
        self.entry = KitEntry(theme)
        page.addWidget(self.entry)
        self.notice = Notice(theme)
        self.notice.hide()
        page.addWidget(self.notice)
        back = Button(theme, self.tr("Back"), "secondary", size="large")
        self.button = Button(theme, self.tr("Keep it here"), "primary", size="large")
        self._foot = FootBar(theme, back, self.button)
        page.addWidget(self._foot)
        page.addStretch(1)
        self.entry.name_rows("device")
        self.button.setObjectName("device.go")
        back.setObjectName("device.back")
        self.entry.changed.connect(self.refresh)
        self.entry.rows[0].typed.returnPressed.connect(self._scanned)
        self.entry.entered.connect(self._go)
        self.button.clicked.connect(self._go)
        back.clicked.connect(self.left)
        self._working = False
        self.refresh()

    def enter(self) -> None:
        """The page is shown."""
        self.notice.hide()
        self.entry.rows[0].typed.setFocus()

    def forget(self) -> None:
        """Empty what was typed."""
        self._working = False
        self.entry.clear()

    def refused(self, message: Message) -> None:
        """The words were not taken."""
        self._working = False
        self.notice.show_notice(message.next_step, "attention", "", message.sentence)
        self.notice.show()
        self.refresh()

    def refresh(self) -> None:
        """Whether all rows are right."""
        lacking = ROWS - self.entry.right
        self.button.setEnabled(not lacking and not self._working)
        self._foot.set_words(self.tr("Still needed: {count} rows.").format(count=lacking) if lacking else "")

    def _scanned(self) -> None:
        """A scanner types all 24 words into the first row, then Enter: they are dealt out, if they belong together."""
        words = tuple(self.entry.rows[0].typed.text().split())
        if len(words) != WORDS:
            return
        try:
            meant = words_of(secret_of(words))
        except WrongPassword:
            return
        for row, (four, code) in zip(self.entry.rows, rows_of(meant), strict=True):
            row.typed.setText(" ".join(four))
            row.code.setText(code)
            row.code.textEdited.emit(code)

    def _go(self) -> None:
        if self.button.isEnabled():
            self._working = True
            self.refresh()
            self.given.emit(self.entry.words)
