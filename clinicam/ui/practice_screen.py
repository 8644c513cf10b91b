# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice: staff, ledger, retention, vault health, one section beside a list of all that this person may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Column, Columns, HeaderBar
from clinicam.ui.practice_computer import ComputerSection
from clinicam.ui.practice_erasure import RetentionSection
from clinicam.ui.practice_health import HealthSection
from clinicam.ui.practice_ledger import LedgerSection
from clinicam.ui.practice_nav import SectionList
from clinicam.ui.practice_section import Section
from clinicam.ui.practice_staff import StaffSection
from clinicam.ui.screen import Screen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class PracticeScreen(Screen):
    """Sections are made with the screen and entered when chosen. Signals as of `Screen`."""

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("PracticeScreen", "Practice"), parent)
        self._sheet: Sheet | None = None
        self._shown = False
        page = Column(theme, self)
        self.header = HeaderBar(theme, self.title, surgery.practice_name)
        page.addWidget(self.header)
        kinds = (StaffSection, LedgerSection, RetentionSection, HealthSection, ComputerSection)
        mine = [kind for kind in kinds if kind.roles & surgery.me.roles]
        self._sections: dict[str, Section] = {kind.name: kind(surgery, bridge, theme) for kind in mine}
        self._list = SectionList(theme, tuple(self._sections.values()))
        self._list.wanted.connect(self.show_section)
        self._stack = QStackedWidget()
        for section in self._sections.values():
            self._stack.addWidget(section)
            section.trouble.connect(self.trouble)
            section.said.connect(self.said)
            section.sheet_wanted.connect(self._ask)
        page.addWidget(Columns(theme, [(self._list, 208), (self._stack, 0)], stack_below=760), 1)
        self._current = self._sections[HealthSection.name]
        self._list.show_section(self._current.name)
        self._stack.setCurrentWidget(self._current)

    @property
    def current(self) -> Section:
        """The section on show."""
        return self._current

    def section(self, name: str) -> Section:
        """One section by its `name`."""
        return self._sections[name]

    def has_section(self, name: str) -> bool:
        """Whether this person finds it in the list."""
        return name in self._sections

    def show_section(self, name: str) -> None:
        """Go to a section."""
        wanted = self._sections[name]
        if wanted is not self._current:
            self._current.leave()
            self._current = wanted
            self._stack.setCurrentWidget(wanted)
        self._list.show_section(name)
        if self._shown:
            wanted.enter()

    def enter(self) -> None:
        self._shown = True
        self._current.enter()

    def leave(self) -> None:
        self._shown = False
        if self._sheet is not None:
            self._sheet.close_sheet()
        self._current.leave()

    def _ask(self, sheet: Sheet) -> None:
        if self._sheet is not None:
            self._sheet.close_sheet()
        self._sheet = sheet
        sheet.closed.connect(self._asked)
        sheet.open_over(self)

    def _asked(self) -> None:
        if self.sender() is self._sheet:
            self._sheet = None
