# SPDX-License-Identifier: GPL-3.0-or-later
"""Name, post, registration number and roles of a member of staff."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from clinicam.identity import Role, Staff
from clinicam.ui.kit import Column, Field, RadioCard, Row, TextLabel
from clinicam.ui.theme import Theme


class StaffForm(QWidget):
    """Fields and four boxes. Auditor stands alone: whoever reads the ledger for others opens no picture."""

    def __init__(self, theme: Theme, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = Field(theme, self.tr("Name"), self.tr("Jo Pryce"), longest=120)
        self.post = Field(theme, self.tr("Post"), self.tr("Dental nurse"), longest=80)
        self.registration = Field(theme, self.tr("Registration number, if they have one"), "GDC 123456", longest=40)
        column = Column(theme, self, spacing=14)
        top = Row(theme, spacing=16)
        top.addWidget(self.name, 1)
        top.addWidget(self.post, 1)
        column.addLayout(top)
        column.addWidget(self.registration)
        column.addWidget(TextLabel(theme, self.tr("What they do here"), "label", "ink2"))
        words = {
            Role.NURSE: (self.tr("Nurse"), self.tr("photographs, sees today's patients")),
            Role.CLINICIAN: (self.tr("Clinician"), self.tr("asks consent, sees every chart")),
            Role.MANAGER: (self.tr("Manager"), self.tr("answers for staff, rules and records")),
            Role.AUDITOR: (self.tr("Auditor"), self.tr("reads who did what, no pictures")),
        }
        self.boxes: dict[Role, RadioCard] = {}
        for pair in ((Role.NURSE, Role.CLINICIAN), (Role.MANAGER, Role.AUDITOR)):
            row = Row(theme, spacing=10)
            for role in pair:
                box = RadioCard(theme, *words[role], check=True)
                box.setObjectName(f"{prefix}.role_{role.value}")
                box.toggled.connect(lambda on, role=role: self._toggled(role, on))
                row.addWidget(box, 1)
                row.setAlignment(box, Qt.AlignmentFlag.AlignTop)
                self.boxes[role] = box
            column.addLayout(row)
        self.trouble = TextLabel(theme, self.tr("Choose at least one."), "small", "attention")
        self.trouble.hide()
        column.addWidget(self.trouble)
        for field, name in ((self.name, "name"), (self.post, "post"), (self.registration, "registration")):
            field.edit.setObjectName(f"{prefix}.{name}")
        self.setFocusProxy(self.name.edit)

    def show_staff(self, staff: Staff) -> None:
        """Fill in."""
        self.name.set_text(staff.name)
        self.post.set_text(staff.post)
        self.registration.set_text(staff.registration)
        for role, box in self.boxes.items():
            box.setChecked(role in staff.roles)

    def roles(self) -> frozenset[Role]:
        """Those that are ticked."""
        return frozenset(role for role, box in self.boxes.items() if box.isChecked())

    def fields(self) -> dict[str, str]:
        """Name, post and registration under the names that `StaffOffice` gives them."""
        return {"name": self.name.text(), "post": self.post.text(), "registration": self.registration.text()}

    def is_complete(self) -> bool:
        """Whether nothing is missing; otherwise the field in question says so."""
        if not self.name.text():
            self.name.set_problem(self.tr("A name is needed."))
        self.trouble.setVisible(not self.roles())
        return bool(self.name.text() and self.roles())

    def _toggled(self, role: Role, on: bool) -> None:
        if on:
            self.trouble.hide()
            others = set(self.boxes) - {Role.AUDITOR} if role is Role.AUDITOR else {Role.AUDITOR}
            for other in others:
                self.boxes[other].setChecked(False)
