# SPDX-License-Identifier: GPL-3.0-or-later
"""What a section of the Practice screen is: a page beside the list of sections, with a way to ask in a sheet over it."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.identity import Role
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme


class Section(QWidget):
    """Base of the sections. `name` is its key (``staff``), `title` and `icon` what the list shows.

    `roles`: who finds it in the list; policy, not keys: what may be done is asked of the vault each time.

    Signals:
        trouble(object): a `messages.Message` for the shell.
        said(str): good news for a toast.
        badge(int): how many things wait here, shown in the list; 0 for none.
        sheet_wanted(object): a `Sheet` to be shown over the whole Practice screen.
    """

    trouble = Signal(object)
    said = Signal(str)
    badge = Signal(int)
    sheet_wanted = Signal(object)

    name: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    roles: ClassVar[frozenset[Role]] = frozenset(Role)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.title = title
        self.setAccessibleName(title)

    def enter(self) -> None:
        """The section is shown: fetch what may have changed, put the focus on the next useful thing."""

    def leave(self) -> None:
        """Another section or screen is shown, or the practice locked: stop timers and work that nobody waits for."""

    def ask(self, sheet: Sheet) -> None:
        """Show `sheet` over the Practice screen; it goes when it is closed."""
        self.sheet_wanted.emit(sheet)
