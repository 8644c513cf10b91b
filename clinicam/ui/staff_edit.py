# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting a member of staff. Some changes of role need new keys; then they choose a password here and now."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.people import Person, SignIn, StaffOffice, needs_new_keys
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column, Notice
from clinicam.ui.password_pair import PasswordPair
from clinicam.ui.staff_form import StaffForm
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class EditStaffSheet(StaffSheet):
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
        title = translate("EditStaffSheet", "Change {name}").format(name=person.staff.name)
        super().__init__(
            theme, bridge, title, translate("EditStaffSheet", "Keep the changes"), width=720, parent=parent
        )
        self._office = office
        self._person = person
        self._practice = practice
        self.form = StaffForm(theme, "edit")
        self.form.show_staff(person.staff)
        self.body.addWidget(self.form)
        self.keys = QWidget()
        keys = Column(theme, self.keys, spacing=12)
        words = self.tr("This changes what their keys open, so they get new ones and choose a password now.")
        keys.addWidget(Notice(theme, words))
        self.passwords = PasswordPair(theme, "edit")
        keys.addWidget(self.passwords)
        self.body.addWidget(self.keys)
        for box in self.form.boxes.values():
            box.toggled.connect(self._look)
        self._look()
        self.confirmed.connect(self._change)

    @property
    def needs_keys(self) -> bool:
        """Whether the roles that are ticked need other keys than they hold."""
        roles = self.form.roles()
        holds = self._person.sign_in is not SignIn.NO
        return bool(roles) and holds and needs_new_keys(self._person.staff.roles, roles)

    def forget(self) -> None:
        self.passwords.forget()

    def _look(self) -> None:
        self.keys.setVisible(self.needs_keys)
        if self.isVisible():
            self._fit()

    def _change(self) -> None:
        fields = self.form.fields()
        password = ""
        if not self.form.is_complete():
            return
        if self.needs_keys:
            self.passwords.set_known(self._practice, fields["name"], fields["post"])
            password = self.passwords.password()
            if not password:
                if not self.passwords.one.text():
                    self.passwords.one.set_problem(self.tr("They choose one now."))
                return
        self.request(
            self.tr("Keeping the changes"),
            self.tr("{name} is up to date.").format(name=fields["name"]),
            self._office.change,
            self._person.staff.staff,
            **fields,
            roles=self.form.roles(),
            password=password,
        )
