# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing one's own password: the old one is asked, nothing else changes."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import Staff
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field
from clinicam.ui.password_pair import PasswordPair
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class OwnPassword(Protocol):
    """What takes the new one: `practice.people.StaffOffice`, or an auditor's `auditroom.AuditRoom`. Vault thread."""

    def change_my_password(self, old: str, new: str, /) -> None: ...


class ChangePasswordSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        office: OwnPassword,
        me: Staff,
        practice: str,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("ChangePasswordSheet", "Change your password"),
            translate("ChangePasswordSheet", "Change it"),
            support=translate("ChangePasswordSheet", "It holds on every computer of the practice from then on."),
            parent=parent,
        )
        self._office = office
        self.old = Field(theme, self.tr("Your password now"), secret=True, longest=256)
        self.old.edit.setObjectName("change.old")
        self.passwords = PasswordPair(theme, "change")
        self.passwords.set_known(practice, me.name, me.post)
        self.body.addWidget(self.old)
        self.body.addWidget(self.passwords)
        self.confirmed.connect(self._change)

    def forget(self) -> None:
        self.old.set_text("")
        self.passwords.forget()

    def _change(self) -> None:
        password = self.passwords.password()
        if not self.old.text():
            self.old.set_problem(self.tr("Type the password you have now."))
            return
        if not password:
            if not self.passwords.one.text():
                self.passwords.one.set_problem(self.tr("Choose a new one."))
            return
        self.request(
            self.tr("Changing your password"),
            self.tr("Your password is changed."),
            self._office.change_my_password,
            self.old.text(),
            password,
        )
