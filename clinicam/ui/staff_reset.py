# SPDX-License-Identifier: GPL-3.0-or-later
"""New keys for somebody: a forgotten password, one that others know, or a first sign-in."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.people import Person, SignIn, StaffOffice
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import TextLabel
from clinicam.ui.password_pair import PasswordPair
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class ResetStaffSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        office: StaffOffice,
        person: Person,
        practice: str,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        if person.sign_in is SignIn.NO:
            support = translate("ResetStaffSheet", "They get keys of their own, and can unlock from then on.")
        else:
            support = translate(
                "ResetStaffSheet",
                "They get new keys. The old password opens nothing from then on, and what is photographed later is "
                "sealed with keys that nobody else has seen.",
            )
        title = translate("ResetStaffSheet", "A new password for {name}").format(name=person.staff.name)
        super().__init__(
            theme, bridge, title, translate("ResetStaffSheet", "Give them new keys"), support=support, parent=parent
        )
        self._office = office
        self._staff = person.staff
        self.body.addWidget(TextLabel(theme, self.tr("Hand over the keyboard: they type it themself."), "strong"))
        self.passwords = PasswordPair(theme, "reset")
        self.passwords.set_known(practice, person.staff.name, person.staff.post)
        self.body.addWidget(self.passwords)
        self.confirmed.connect(self._reset)

    def forget(self) -> None:
        self.passwords.forget()

    def _reset(self) -> None:
        password = self.passwords.password()
        if not password:
            if not self.passwords.one.text():
                self.passwords.one.set_problem(self.tr("They choose one now."))
            return
        self.request(
            self.tr("Making new keys for {name}").format(name=self._staff.name),
            self.tr("{name} has new keys.").format(name=self._staff.name),
            self._office.reset,
            self._staff.staff,
            password,
        )
