# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lock screen says when the vault did not open, and for a manager the way on from a history that is not as it was."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import DiskFull, Forked, LockedOut, RolledBack
from clinicam.ui.kit import Button, Notice
from clinicam.ui.messages import Message, message_for
from clinicam.ui.theme import Theme
from clinicam.ui.unlock_staff import name_and_post
from clinicam.vault.model import Login
from clinicam.vault.roster import Rank


def _tr(text: str) -> str:
    return QCoreApplication.translate("unlock", text)


def may_go_on(problem: BaseException, login: Login | None) -> bool:
    """Whether this is theirs to decide: managers only, who came with their own password or PIN. The vault asks again."""
    return isinstance(problem, RolledBack | Forked) and login is not None and login.rank is Rank.MANAGER


def locked_message(problem: BaseException, login: Login | None) -> Message:
    """What happened and what to do, for who stands before the lock screen. `login` None: whoever has the recovery kit."""
    message = message_for(problem)
    if isinstance(problem, DiskFull):
        return Message(
            message.sentence,
            _tr("Opening writes into the ledger first. Make room on that disk, then unlock again."),
            message.code,
        )
    if isinstance(problem, LockedOut) and login is not None:
        return Message(
            _tr("Too many wrong tries for {name}.").format(name=name_and_post(login.shown)[0]),
            _tr("Guessing is made slow on purpose. Others can unlock meanwhile, and so can the recovery kit."),
            message.code,
        )
    if not isinstance(problem, RolledBack | Forked):
        return message
    if login is None:
        step = _tr("A manager goes on from here with their password, or with the kit: “clinicam vault accept --kit”.")
    elif not may_go_on(problem, login):
        step = _tr("Take no pictures elsewhere meanwhile. Ask a practice manager to unlock here and decide.")
    elif isinstance(problem, RolledBack):
        step = _tr("An old copy may have been put back. If there is a newer one, put that back first.")
    else:
        step = _tr("Two copies may have been used at once. Look for the other one first.")
    return Message(message.sentence, step, message.code)


class UnlockNotice(Notice):
    """A notice that can offer to go on from what is there.

    Signals:
        go_on_wanted(object, object): the `Login` who tried, and what the vault refused with.
    """

    go_on_wanted = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._asked: tuple[Login, BaseException] | None = None
        self.button = Button(theme, _tr("Go on from here…"), "secondary")
        self.button.setObjectName("unlock.go_on")
        self.button.clicked.connect(self._press)
        self.buttons.addWidget(self.button)
        self.button.hide()

    def show_problem(self, problem: BaseException, login: Login | None) -> None:
        """Say it; the button only for whom it is."""
        message = locked_message(problem, login)
        self.show_notice(message.next_step, "attention", "", message.sentence)
        self._asked = (login, problem) if login is not None and may_go_on(problem, login) else None
        self.button.setVisible(self._asked is not None)
        self.show()

    def show_good(self, text: str, lead: str) -> None:
        """Say what is well."""
        self._asked = None
        self.button.hide()
        self.show_notice(text, "safe", "", lead)
        self.show()

    def _press(self) -> None:
        if self._asked is not None:
            self.go_on_wanted.emit(*self._asked)
