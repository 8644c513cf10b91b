# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager goes on from a vault that is not as this computer last saw it: what that means, and the password again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import Corrupt, Forked, WrongPassword
from clinicam.identity import StaffId
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field, Icon, Row, TextLabel
from clinicam.ui.messages import Message, message_for
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.ui.unlock_staff import name_and_post
from clinicam.vault.model import Login


def _tr(text: str) -> str:
    return QCoreApplication.translate("GoOnSheet", text)


def consequences(problem: BaseException) -> tuple[str, ...]:
    """What going on means, a sentence each."""
    missing = (
        _tr("Pictures and records that are only in the other copy are not here, and do not come by themselves.")
        if isinstance(problem, Forked)
        else _tr("Pictures and records added after this copy was made are not here. A backup may have them.")
    )
    return (
        missing,
        _tr("Nothing is deleted. This computer goes on as a new workstation from what is there."),
        _tr("The decision is kept in the ledger under your name, with both histories."),
        _tr("An erasure that was agreed to in the missing part has to be agreed to again."),
    )


class GoOnSheet(Sheet):
    """`go_on` is called on the vault thread with the user and the password; it answers with what was unlocked.

    Signals:
        unlocked(object): what `go_on` answered; the sheet has closed. Otherwise as of `Sheet`.
    """

    unlocked = Signal(object)

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        login: Login,
        problem: BaseException,
        go_on: Callable[[StaffId, str], Any],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            theme,
            _tr("Go on from here?"),
            _tr("Go on from here"),
            support=message_for(problem).sentence,
            parent=parent,
        )
        self._bridge = bridge
        self._user = login.user
        self._go_on = go_on
        for sentence in consequences(problem):
            line = Row(theme, spacing=10)
            line.addWidget(Icon(theme, "chevron-right", "ink2", 18))
            line.addWidget(TextLabel(theme, sentence), 1)
            self.body.addLayout(line)
        only = _tr("Only to look, with nothing changed: “clinicam vault accept” on the command line.")
        self.body.addWidget(TextLabel(theme, only, "small", "ink2"))
        name = name_and_post(login.shown)[0]
        self.password = Field(theme, _tr("Password of {name}").format(name=name), secret=True, longest=256)
        self.password.edit.setObjectName("go_on.password")
        self.password.changed.connect(lambda _text: self._typed())
        self.password.entered.connect(self._go)
        self.body.addWidget(self.password)
        self.confirmed.connect(self._go)

    def forget(self) -> None:
        """Empty the password."""
        self.password.set_text("")

    def _typed(self) -> None:
        self.password.set_problem("")

    def _go(self) -> None:
        if not self.primary.isEnabled():
            return
        password = self.password.text()
        if not password:
            self.password.set_problem(_tr("Type your password once more."))
            self.password.edit.setFocus()
            return
        self.password.setEnabled(False)
        self.work(_tr("Reading every row, then unlocking"))
        self._bridge.run(self._go_on, self._user, password, done=self._done, failed=self._failed, owner=self)

    def _done(self, opened: object) -> None:
        self.idle()
        self.close_sheet()
        self.unlocked.emit(opened)

    def _failed(self, problem: BaseException) -> None:
        self.password.setEnabled(True)
        message = message_for(problem)
        if isinstance(problem, WrongPassword):
            self.idle()
            self.password.set_problem(f"{message.sentence} {message.next_step}")
        elif isinstance(problem, Corrupt):
            step = _tr("No decision mends that. Put a backup back, or run “clinicam vault rebuild”.")
            self.refused(Message(message.sentence, step, message.code))
        else:
            self.refused(message)
        self.password.edit.selectAll()
        self.password.edit.setFocus()
