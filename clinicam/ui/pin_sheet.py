# SPDX-License-Identifier: GPL-3.0-or-later
"""A PIN for whoever is signed in, on this computer only: typed twice, six digits or more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from clinicam.errors import PinRefused
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field, Row, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.vault.fast_switch import MOST, check_pin


class PinSheet(StaffSheet):
    """`set_pin` is called on the vault thread. Signals as of `StaffSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, set_pin: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("PinSheet", "A PIN for this computer"),
            translate("PinSheet", "Set the PIN"),
            support=translate(
                "PinSheet",
                "It lets you back in quickly, on this computer only. It is dropped after 8 hours, after 5 wrong tries, and "
                "when the computer sleeps or is switched off. Then your password is asked for.",
            ),
            parent=parent,
        )
        self._set_pin = set_pin
        self.one = Field(theme, self.tr("PIN, 6 to 12 digits"), secret=True, longest=MOST)
        self.again = Field(theme, self.tr("The same once more"), secret=True, longest=MOST)
        row = Row(theme, spacing=16)
        for field, name in ((self.one, "pin.one"), (self.again, "pin.again")):
            field.edit.setObjectName(name)
            field.edit.setInputMethodHints(
                Qt.InputMethodHint.ImhDigitsOnly
                | Qt.InputMethodHint.ImhSensitiveData
                | Qt.InputMethodHint.ImhHiddenText
            )
            row.addWidget(field, 1)
            row.setAlignment(field, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        words = self.tr("Not your birthday, and nothing that is written on the door.")
        self.body.addWidget(TextLabel(theme, words, "small", "ink2"))
        self.one.entered.connect(self.again.edit.setFocus)
        self.again.entered.connect(self._go)
        self.confirmed.connect(self._go)

    def forget(self) -> None:
        for field in (self.one, self.again):
            field.set_text("")

    def _go(self) -> None:
        pin = self.one.text()
        try:
            check_pin(pin)
        except PinRefused as refused:
            message = message_for(refused)
            self.one.set_problem(f"{message.sentence} {message.next_step}")
            self.one.edit.setFocus()
            return
        if self.again.text() != pin:
            self.again.set_problem(self.tr("The two are not the same."))
            self.again.edit.setFocus()
            return
        self.request(self.tr("Setting the PIN"), self.tr("Your PIN is set on this computer."), self._set_pin, pin)
