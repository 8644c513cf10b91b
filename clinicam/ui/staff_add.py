# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody new: a manager fills in who they are, and they type their own password."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.people import StaffOffice
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import TextLabel
from clinicam.ui.password_pair import PasswordPair
from clinicam.ui.staff_form import StaffForm
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class AddStaffSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, office: StaffOffice, practice: str, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("AddStaffSheet", "Somebody new"),
            translate("AddStaffSheet", "Let them in"),
            width=720,
            parent=parent,
        )
        self._office = office
        self._practice = practice
        self.form = StaffForm(theme, "add")
        self.passwords = PasswordPair(theme, "add")
        self.body.addWidget(self.form)
        self.body.addWidget(
            TextLabel(theme, self.tr("Now hand over the keyboard: they choose their own password."), "strong")
        )
        self.body.addWidget(self.passwords)
        self.confirmed.connect(self._add)

    def forget(self) -> None:
        self.passwords.forget()

    def _add(self) -> None:
        fields = self.form.fields()
        self.passwords.set_known(self._practice, fields["name"], fields["post"])
        complete, password = self.form.is_complete(), self.passwords.password()
        if not self.passwords.one.text():
            self.passwords.one.set_problem(self.tr("They choose one now."))
        if not complete or not password:
            return
        self.request(
            self.tr("Making keys for {name}").format(name=fields["name"]),
            self.tr("{name} can unlock now.").format(name=fields["name"]),
            self._office.add,
            **fields,
            roles=self.form.roles(),
            password=password,
        )
