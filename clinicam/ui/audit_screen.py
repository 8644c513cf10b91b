# SPDX-License-Identifier: GPL-3.0-or-later
"""What an auditor sees: the ledger, and nothing else but their own password and the lock."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from clinicam.auditroom import AuditRoom
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Button, Column, HeaderBar
from clinicam.ui.ledger_pane import LedgerPane
from clinicam.ui.password_change import ChangePasswordSheet
from clinicam.ui.screen import Screen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme


class AuditScreen(Screen):
    """No rail: there is nowhere else to go.

    Signals:
        lock_wanted(): the auditor is done.
        and `Screen`'s.
    """

    lock_wanted = Signal()

    wants_rail = False

    def __init__(self, room: AuditRoom, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("AuditScreen", "Ledger"), parent)
        self._room = room
        self._bridge = bridge
        self._sheet: Sheet | None = None
        page = Column(theme, self)
        self.header = HeaderBar(theme, self.title, self.tr("No patient can be opened with these keys"))
        self.header.add_chip("user", self.tr("{name}, auditor").format(name=room.me.name), "plain")
        page.addWidget(self.header)
        self.pane = LedgerPane(lambda: room.ledger, bridge, theme, practice="", knows_patients=False)
        self.pane.trouble.connect(self.trouble)
        self.pane.said.connect(self.said)
        self.pane.sheet_wanted.connect(self._ask)
        page.addWidget(self.pane, 1)
        self.password = Button(theme, self.tr("Change my password"), "secondary", "key-round")
        self.password.setObjectName("audit.password")
        self.password.clicked.connect(self._change_password)
        self.pane.add_tool(self.password)
        self.lock = Button(theme, self.tr("Lock"), "secondary", "lock", keycap="Ctrl+L")
        self.lock.setObjectName("audit.lock")
        self.lock.clicked.connect(self.lock_wanted)
        self.pane.add_tool(self.lock)

    def enter(self) -> None:
        self.pane.enter()

    def leave(self) -> None:
        if self._sheet is not None:
            self._sheet.close_sheet()
        self.pane.leave()

    def _change_password(self) -> None:
        sheet = ChangePasswordSheet(self.theme, self._bridge, self._room, self._room.me, "")
        sheet.finished.connect(self.said)
        self._ask(sheet)

    def _ask(self, sheet: Sheet) -> None:
        if self._sheet is not None:
            self._sheet.close_sheet()
        self._sheet = sheet
        sheet.closed.connect(self._asked)
        sheet.open_over(self)

    def _asked(self) -> None:
        if self.sender() is self._sheet:
            self._sheet = None
