# SPDX-License-Identifier: GPL-3.0-or-later
"""What every screen is to the shell: a title, an entrance, an exit, and words for good news and trouble."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.theme import Theme


class Screen(QWidget):
    """Base of all screens. `wants_rail` False (Session, viewer, compare, first start) hides the navigation rail.

    Signals:
        trouble(object): a `messages.Message` the shell shows until it is closed or `enter` of another screen.
        said(str): good news for a toast.
        left(): the person is done here; the shell goes back to where they came from.
        concealed(bool): the privacy cover went on or off; for windows of the screen's own.
    """

    trouble = Signal(object)
    said = Signal(str)
    left = Signal()
    concealed = Signal(bool)

    wants_rail = True

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.title = title
        self.setAccessibleName(title)
        self.setProperty("ground", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def enter(self) -> None:
        """The screen is shown: fetch what may have changed, put the focus on the next useful thing."""

    def leave(self) -> None:
        """The screen is hidden or the practice locked: stop timers, empty fields that hold secrets."""

    def conceal(self, on: bool) -> None:
        """The privacy key: the shell covers its own window; a screen with a second window covers that too."""
        self.concealed.emit(on)
