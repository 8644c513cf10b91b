# SPDX-License-Identifier: GPL-3.0-or-later
"""The window a patient reads and answers on: the whole of their own screen, their own text size, no way to the rest."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QScreen
from PySide6.QtWidgets import QWidget

from clinicam.identity import Patient
from clinicam.ui.kit import Button, Column, FocusRing, PatientBand, Ribbon, Row, TextLabel
from clinicam.ui.kit.focus import OWN_FOCUS
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import DARK
from clinicam.ui.words import apart, spoken_date

LARGER = 1.35
"""What the button makes of the text size."""

LARGEST = 1.5
"""How far a form grows with the screen it is on."""


class OwnTheme(Theme):
    """The practice's colours with the patient's own text size. Follows the colours of `staff`."""

    def __init__(self, staff: Theme, parent: QObject | None = None) -> None:
        super().__init__(staff.tokens, staff.screen_scale, staff.text_scale, calm=staff.calm, parent=parent)
        self._staff = staff
        staff.changed.connect(self._follow)

    def _follow(self) -> None:
        self.set_dark(self._staff.tokens is DARK)


class PatientWindow(QWidget):
    """Base of what patients see. `body` is the column to fill.

    Esc, Alt+F4 or anything else that closes it before `finish` means dismissed.

    Signals:
        dismissed(): closed without an answer. Emitted once at most, and never after `finish`.
    """

    dismissed = Signal()

    def __init__(self, staff_theme: Theme, patient: Patient, title: str, *, training: bool) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.theme = OwnTheme(staff_theme, self)
        self._finished = False
        self.setObjectName("patient.window")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setProperty(OWN_FOCUS, True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme = self.theme
        page = Column(theme, self)
        if training:
            page.addWidget(Ribbon(theme))
        page.addWidget(self._header(patient))
        self.body = Column(theme)
        page.addLayout(self.body, 1)
        theme.changed.connect(self.update)
        self._cover = _Cover(theme, self)
        self._ring = FocusRing(theme, self)

    def _header(self, patient: Patient) -> QWidget:
        theme = self.theme
        header = _Header(theme)
        row = Row(theme, header, (0, 0, 40, 0), 20)
        band = PatientBand(theme)
        band.show_patient(patient.patient)
        row.addWidget(band)
        name = f"{patient.given} {patient.family}".strip()
        row.gap(10)
        row.addWidget(TextLabel(theme, apart(name), "name"), 0, Qt.AlignmentFlag.AlignVCenter)
        born = self.tr("born {day}").format(day=spoken_date(patient.born))
        row.addWidget(TextLabel(theme, born, "section", "ink2", weight=400), 1, Qt.AlignmentFlag.AlignVCenter)
        self._larger = Button(theme, self.tr("Larger"), icon="a-large-small", size="large")
        self._larger.setObjectName("patient.larger")
        self._larger.setCheckable(True)
        self._larger.toggled.connect(self._resize_text)
        row.addWidget(self._larger, 0, Qt.AlignmentFlag.AlignVCenter)
        self._usual = theme.text_scale
        return header

    def _resize_text(self, larger: bool) -> None:
        self.theme.set_text_scale(self._usual * LARGER if larger else self._usual)
        self._larger.set_words(self.tr("Usual size") if larger else self.tr("Larger"))

    # Coming and going

    def open_for_patient(self, staff_window: QWidget) -> None:
        """Full screen on the patient's own screen if there is one, else over the staff's window."""
        screen = own_screen(staff_window.window().screen())
        room = screen.geometry()
        across, down = room.width() / (1280 * self.theme.screen_scale), room.height() / (720 * self.theme.screen_scale)
        # On a large screen the form fills it: a patient sits further away than staff does.
        self._usual = self.theme.text_scale * min(LARGEST, max(1.0, min(across, down)))
        self.theme.set_text_scale(self._usual)
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.showFullScreen()
        self.activateWindow()
        # On nothing: a ring around Yes would speak for it.
        self.setFocus()

    def finish(self) -> None:
        """There is an answer: close without dismissing."""
        self._finished = True
        self.close()

    def take_back(self) -> None:
        """Staff takes the screen back: the same as closing it."""
        self.close()

    def conceal(self, on: bool) -> None:
        """The privacy key: nothing of the patient to be seen."""
        self._cover.setGeometry(self.rect())
        self._cover.setVisible(on)
        if on:
            self._cover.raise_()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        if not self._finished:
            self._finished = True
            self.dismissed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("surface"))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cover.setGeometry(self.rect())


class _Header(QWidget):
    """72 high, a hair line below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.setMinimumHeight(self._theme.px(72))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), self._theme.color("line"))
        painter.end()


class _Cover(QWidget):
    """Plain ground over everything while the privacy key is on."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("bg"))
        painter.end()


def own_screen(staff: QScreen) -> QScreen:
    """The screen that is not the staff's, if there is one."""
    return next((one for one in QGuiApplication.screens() if one is not staff), staff)
