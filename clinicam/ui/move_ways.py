# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to the sheets about pictures of the wrong patient, from whatever screen somebody notices it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QShortcut
from shiboken6 import isValid

from clinicam.identity import Patient
from clinicam.ui.bridge import Bridge
from clinicam.ui.messages import message_for
from clinicam.ui.move_aside import AsideSheet
from clinicam.ui.move_data import MisfiledView, load_misfiled
from clinicam.ui.move_sheet import MoveSheet
from clinicam.ui.screen import Screen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.model import ImageEntry

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class MisfiledSheets(QObject):
    """Opens a sheet over the screen that asked for it, and passes on what it says.

    Signals:
        set_aside_done(): a picture left the chart; what shows it has to be left.
    """

    set_aside_done = Signal()

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._surgery = surgery
        self._bridge = bridge
        self._theme = theme

    def set_aside(self, patient: Patient, entry: ImageEntry) -> None:
        """A picture on a viewer may be of somebody else."""
        screen = self.sender()
        if isinstance(screen, Screen):
            sheet = AsideSheet(self._theme, self._bridge, self._surgery.records.misfiled, patient, entry)
            sheet.finished.connect(screen.said)
            sheet.finished.connect(lambda _words: self.set_aside_done.emit())
            _open(sheet, screen)

    def look_into(self, patient: Patient) -> None:
        """Pictures of this patient were set aside: where do they belong?"""
        screen = self.sender()
        if not isinstance(screen, Screen):
            return

        def show(view: MisfiledView) -> None:
            if screen.isVisible() and not screen.findChildren(Sheet):
                sheet = MoveSheet(self._theme, self._bridge, self._surgery, view)
                sheet.finished.connect(screen.said)
                sheet.finished.connect(lambda _words: screen.enter())
                _open(sheet, screen)

        self._bridge.run(
            load_misfiled,
            self._surgery,
            patient,
            done=show,
            failed=lambda problem: screen.trouble.emit(message_for(problem)),
            owner=screen,
        )


def _open(sheet: Sheet, screen: Screen) -> None:
    """Over the screen, whose own keys rest meanwhile: Esc closes the sheet, not what is behind it."""
    keys = [one for one in screen.findChildren(QShortcut) if one.isEnabled()]
    for one in keys:
        one.setEnabled(False)

    def back() -> None:
        for one in keys:
            if isValid(one):
                one.setEnabled(True)

    sheet.closed.connect(back)
    sheet.open_over(screen)


def close_sheets(screen: Screen) -> None:
    """Whatever is asked over a screen that is left: closed, and what was typed forgotten."""
    for sheet in screen.findChildren(Sheet):
        sheet.close_sheet()
