# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import Staff
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column, Columns
from clinicam.ui.messages import message_for
from clinicam.ui.practice_parts import StaffCard
from clinicam.ui.practice_section import Section
from clinicam.ui.theme import Theme

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class StaffSection(Section):
    """One line a person. Signals as of `Section`."""

    name = "staff"
    icon = "users"

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("StaffSection", "Staff"), parent)
        self._surgery = surgery
        self._bridge = bridge
        page = Column(theme, self)
        inner = QWidget()
        body = Column(theme, inner, spacing=16)
        self.staff = StaffCard(theme)
        body.addWidget(self.staff)
        body.addStretch(1)
        page.addWidget(Columns(theme, [(inner, 0)], stack_below=0, margins=(24, 20, 24, 16)), 1)

    def enter(self) -> None:
        self._bridge.run(
            self._surgery.staff.all,
            done=self._show,
            failed=lambda problem: self.trouble.emit(message_for(problem)),
            owner=self,
            what=self.tr("Reading the register"),
        )

    def _show(self, staff: tuple[Staff, ...]) -> None:
        self.staff.show_staff(staff)
