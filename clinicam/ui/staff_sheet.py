# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sheets about people have in common: one request, done elsewhere, that ends in good news or a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.messages import message_for
from clinicam.ui.sheet import WIDTH, Sheet
from clinicam.ui.theme import Theme


class StaffSheet(Sheet):
    """A sheet that asks the vault thread for one thing and then closes.

    Signals:
        finished(str): it was done; the words of a toast. Otherwise as of `Sheet`.
    """

    finished = Signal(str)

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        title: str,
        primary: str,
        *,
        support: str = "",
        danger: bool = False,
        width: float = WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, title, primary, support=support, danger=danger, width=width, parent=parent)
        self._bridge = bridge

    def request(self, what: str, said: str, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Do ``fn(*args, **kwargs)`` on the vault thread while the line says `what`; then close and say `said`.

        A refusal is shown in the sheet, which stays with all that was typed.
        """
        self.work(what)
        self._bridge.run(
            lambda: fn(*args, **kwargs),
            done=lambda _answer: self._done(said),
            failed=self._failed,
            owner=self,
        )

    def _done(self, said: str) -> None:
        self.idle()
        self.finished.emit(said)
        self.close_sheet()

    def _failed(self, problem: BaseException) -> None:
        self.refused(message_for(problem))
