# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody outside who is the second of two, for a practice where one person works alone."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import Role
from clinicam.practice.access import SecondPersons
from clinicam.practice.people import StaffOffice
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field, TextLabel
from clinicam.ui.password_pair import PasswordPair
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class SecondPersonSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        office: StaffOffice,
        seconds: SecondPersons,
        practice: str,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("SecondPersonSheet", "A second person from outside"),
            translate("SecondPersonSheet", "Let them sign"),
            support=translate(
                "SecondPersonSheet",
                "Destroying records takes two people. Somebody outside can be the second: they read who did what, sign, "
                "and open no picture.",
            ),
            parent=parent,
        )
        self._office = office
        self._seconds = seconds
        self._practice = practice
        self.name = Field(theme, self.tr("Name"), self.tr("Dr Ines Falk"), longest=120)
        self.works_at = Field(theme, self.tr("Where they work"), self.tr("Elm Street Dental"), longest=80)
        self.name.edit.setObjectName("second.name")
        self.works_at.edit.setObjectName("second.works_at")
        self.body.addWidget(self.name)
        self.body.addWidget(self.works_at)
        self.body.addWidget(TextLabel(theme, self.tr("They are here now, and type a password of their own."), "strong"))
        self.passwords = PasswordPair(theme, "second")
        self.body.addWidget(self.passwords)
        self.confirmed.connect(self._name)

    def forget(self) -> None:
        self.passwords.forget()

    def _name(self) -> None:
        name, works_at = self.name.text(), self.works_at.text()
        self.passwords.set_known(self._practice, name, works_at)
        password = self.passwords.password()
        if not name:
            self.name.set_problem(self.tr("A name is needed."))
        if not works_at:
            self.works_at.set_problem(self.tr("Say where, so that others know who signs."))
        if not password and not self.passwords.one.text():
            self.passwords.one.set_problem(self.tr("They choose one now."))
        if not (name and works_at and password):
            return

        def add() -> None:
            staff = self._office.add(
                name=name, post=works_at, roles=frozenset({Role.AUDITOR}), registration="", password=password
            )
            self._seconds.name(staff, works_at)

        self.request(
            self.tr("Making keys for {name}").format(name=name),
            self.tr("{name} can be the second of two.").format(name=name),
            add,
        )
