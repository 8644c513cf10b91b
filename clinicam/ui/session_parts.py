# SPDX-License-Identifier: GPL-3.0-or-later
"""The widgets of a session and where they stand. What they do is in `session`."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.identity import Patient
from clinicam.ui.kit.banner import IdentityBanner
from clinicam.ui.kit.button import Button
from clinicam.ui.kit.chip import Meaning
from clinicam.ui.kit.layout import Row, fix
from clinicam.ui.live_decoder import LiveDecoder
from clinicam.ui.live_stage import LiveStage
from clinicam.ui.series_choice import SeriesChoice
from clinicam.ui.series_rail import SeriesRail
from clinicam.ui.session_controls import SessionControls
from clinicam.ui.session_layout import alone, form_of, mirrored, places
from clinicam.ui.session_notes import EntryBar
from clinicam.ui.session_problem import ProblemPanel
from clinicam.ui.shot_strip import ShotStrip
from clinicam.ui.stop_sheet import FinishSheet, StopSheet, WithdrawnSheet
from clinicam.ui.theme import Theme


def _tr(text: str) -> str:
    return QCoreApplication.translate("SessionScreen", text)


class SessionParts:
    """Made once for a screen; `arrange` places everything for its present size."""

    def __init__(self, screen: QWidget, theme: Theme, decoder: LiveDecoder) -> None:
        self._screen = screen
        self._theme = theme
        self._short = False
        self._patient: Patient | None = None
        self._chip: tuple[str, str, Meaning] = ("", "", "neutral")
        self.banner = IdentityBanner(theme, compact=True, parent=screen)
        self.privacy = Button(theme, "F12", "tool", "eye-off")
        self.privacy.setObjectName("session.privacy")
        self.privacy.setAccessibleName(_tr("Cover the screen (F12)"))
        fix(theme, self.privacy, width=64, height=57)
        self._apart = QWidget()
        self._apart_row = Row(theme, self._apart)
        self._apart_row.addWidget(self.privacy)
        self.banner.add_action(self._apart)
        self.stop = Button(theme, _tr("STOP"), "stop", "octagon", "Esc", parent=screen)
        self.stop.setObjectName("session.stop")
        self.rail = SeriesRail(theme, screen)
        self.stage = LiveStage(theme, decoder)
        self.problem = ProblemPanel(theme)
        self.stop_sheet = StopSheet(theme, screen)
        self.finish_sheet = FinishSheet(theme, screen)
        self.withdrawn_sheet = WithdrawnSheet(theme, screen)
        self.choice = SeriesChoice(theme, screen)
        self.pages = QStackedWidget(screen)
        for page in (
            self.stage,
            self.problem,
            self.stop_sheet.sheet,
            self.finish_sheet.sheet,
            self.withdrawn_sheet.sheet,
            self.choice.sheet,
        ):
            self.pages.addWidget(page)
        self.strip = ShotStrip(theme, screen)
        self.control = SessionControls(theme, screen)
        self.entry = EntryBar(theme, screen)
        self._sheets = tuple(
            one.sheet for one in (self.stop_sheet, self.finish_sheet, self.withdrawn_sheet, self.choice)
        )
        self._tab_order()

    def _tab_order(self) -> None:
        # What the hand needs first, then the view list's button, the banner last.
        control = self.control
        order = (
            control.shoot,
            control.retake,
            control.next,
            control.ghost.modes,
            control.ghost.strength,
            control.grid,
            control.flip,
            control.pause,
            control.note,
            self.rail.finish,
            self.privacy,
            self.stop,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    @property
    def is_short(self) -> bool:
        """Whether large text leaves room for the least form only."""
        return self._short

    def show_patient(self, patient: Patient, chip: tuple[str, str, Meaning]) -> None:
        """Who the session is about. Where room is short the numbers go; name, birth date and chip never do."""
        self._patient, self._chip = patient, chip
        shown = msgspec.structs.replace(patient, identifiers=()) if self._short else patient
        self.banner.show_patient(shown, *chip)

    def show_chip(self, chip: tuple[str, str, Meaning]) -> None:
        """The consent's state."""
        if chip != self._chip:
            self._chip = chip
            self.banner.set_chip(*chip)
            self.arrange()

    def arrange(self) -> None:
        """Place everything for the present size and scale of the screen."""
        screen, scale = self._screen, self._theme.scale
        width, height = screen.width(), screen.height()
        short, large = form_of(width / scale, height / scale)
        if short != self._short:
            self._short = short
            if self._patient is not None:
                self.show_patient(self._patient, self._chip)
        self.rail.set_dots(short)
        self.strip.set_last_only(short)
        self.stage.set_compact(short)
        self.control.set_form(bar=short, large=large)
        self._apart.setVisible(not short)
        is_mirrored = screen.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._apart_row.set_margins((20, 0, 0, 0) if is_mirrored else (0, 0, 20, 0))
        row = self.banner.layout()
        if isinstance(row, Row):
            row.set_margins((0, 0, 8 if short else 0, 0))
        for sheet in self._sheets:
            sheet.set_compact(short)
        self.problem.set_compact(short)
        self.stop.set_icon("" if short else "octagon")
        self.stop.set_keycap("" if short else "Esc")
        banner_width = places(width, height, scale, 0).banner.width()
        needed = self.banner.heightForWidth(banner_width) if self.banner.hasHeightForWidth() else 0
        put = places(width, height, scale, max(needed, self.banner.minimumSizeHint().height()))
        page = self.pages.currentWidget()
        if short and page is not self.stage:
            put = alone(put, width, height, bar=page is self.problem)
        if is_mirrored:
            put = mirrored(put, width)
        self.banner.setGeometry(put.banner)
        self.stop.setGeometry(put.stop)
        self.rail.setGeometry(put.rail)
        self.pages.setGeometry(put.stage)
        self.strip.setGeometry(put.strip)
        self.control.setGeometry(put.control)
        entry = min(self.entry.sizeHint().height(), put.stage.height())
        self.entry.setGeometry(put.stage.x(), put.stage.bottom() + 1 - entry, put.stage.width(), entry)

    def show_page(self, page: QWidget) -> bool:
        """Put `page` on the stage. False if it is there already."""
        if self.pages.currentWidget() is page:
            return False
        self.pages.setCurrentWidget(page)
        self.arrange()
        return True
