# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sheets of two people have in common: the second proves to be here, then something is done that takes a while."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from clinicam.errors import WrongPassword
from clinicam.identity import Staff
from clinicam.practice.erasing import Erasing
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.erase_second import SecondFields
from clinicam.ui.messages import message_for
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.vault.cosigning import Cosigner


class TwoPeopleSheet(StaffSheet):
    """Signals as of `StaffSheet`. Subclasses lay out their body and put `second` below it."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        erasing: Erasing,
        title: str,
        primary: str,
        people: Sequence[Staff],
        *,
        support: str = "",
        danger: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, bridge, title, primary, support=support, danger=danger, parent=parent)
        self._erasing = erasing
        self.second = SecondFields(theme, people)
        self.primary.setEnabled(bool(people))
        self._has_people = bool(people)

    def forget(self) -> None:
        self.second.forget()

    def refit(self) -> None:
        """What is shown has changed: as high as it needs, once the layout knows."""
        QTimer.singleShot(0, self, self._fit)

    def idle(self) -> None:
        super().idle()
        self.primary.setEnabled(self._has_people)

    def together(
        self, what: str, act: Callable[[Cosigner, Callable[[int, int], None]], Any], done: Callable[[Any], None]
    ) -> None:
        """Let the second person in and do `act(second, progress)` on the vault thread; `done(answer)` here."""
        answer = self.second.answer()
        if answer is None:
            return
        who, password = answer
        self.second.forget()

        def both(job: Job) -> Any:
            return act(self._erasing.admit(who, password), job.progress)

        def finished(result: Any) -> None:
            self.idle()
            done(result)

        self.work(what)
        job = self._bridge.run_job(both, done=finished, failed=self._refused_both, owner=self)
        job.progressed.connect(self.progress.set_value)

    def _refused_both(self, problem: BaseException) -> None:
        if isinstance(problem, WrongPassword):
            self.idle()
            self.second.password.set_problem(self.tr("That is not their password. It was counted."))
            self.second.password.edit.setFocus()
            return
        self.refused(message_for(problem))
