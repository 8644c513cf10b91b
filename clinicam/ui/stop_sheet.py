# SPDX-License-Identifier: GPL-3.0-or-later
"""What STOP and Finish ask, as words and rows. What is said here is what the vault can do today, nothing more."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from clinicam.capture.session import StopAnswer
from clinicam.capture.views import SittingView
from clinicam.identity import Patient
from clinicam.ui.session_sheet import Choice, Sheet
from clinicam.ui.shot_words import on_its_way, pictures
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart

_ANSWERS = {
    "stop.break": StopAnswer.BREAK,
    "stop.finished": StopAnswer.FINISHED,
    "stop.withdrawn": StopAnswer.WITHDRAWN,
}


def first_and_family(patient: Patient) -> str:
    """``Eleanor Marsh``: how a patient is spoken of."""
    return apart(f"{patient.given} {patient.family}".strip())


class Question(QObject):
    """A sheet shown once for each time it is asked; the words keep to the newest snapshot.

    Signals:
        none of its own
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = Sheet(theme)
        self._shown: tuple[str, ...] = ()

    def _ask(self, headline: str, support: str, choices: tuple[Choice, ...], foot: str = "") -> None:
        shown = (headline, support, foot, *(choice.name for choice in choices))
        if shown != self._shown:
            self._shown = shown
            self.sheet.ask(headline, support, choices, foot)


class StopSheet(Question):
    """Break, finished, or the patient has withdrawn: three equal rows.

    Signals:
        answered(StopAnswer): what the person said.
    """

    answered = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.sheet.answered.connect(lambda name: self.answered.emit(_ANSWERS[name]))

    def show_view(self, view: SittingView) -> None:
        """Word the question for this sitting."""
        safe = pictures(view.pictures_safe)
        support = self.tr("The camera is off. {pictures} safe so far.").format(pictures=safe)
        waiting = len(on_its_way(view))
        if waiting:
            support += " " + self.tr("{pictures} still on the way.").format(pictures=pictures(waiting))
        self._ask(
            self.tr("Stopped. What is it?"),
            support,
            (
                Choice(
                    "stop.break",
                    "pause",
                    self.tr("A break"),
                    self.tr("Go on later with {name}. You will be asked who it is.").format(
                        name=first_and_family(view.patient)
                    ),
                ),
                Choice(
                    "stop.finished",
                    "circle-check",
                    self.tr("Finished"),
                    self.tr("What is safe stays in the chart. The session is closed."),
                ),
                Choice(
                    "stop.withdrawn",
                    "hand",
                    self.tr("The patient has withdrawn"),
                    self.tr(
                        "Recorded now. No more pictures. What this sitting took stays locked until a manager decides."
                    ),
                ),
            ),
        )


class WithdrawnSheet(Question):
    """After a withdrawal: what was recorded, what becomes of the pictures, and the way out.

    Signals:
        left(): back to the chart.
    """

    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.sheet.answered.connect(lambda _name: self.left.emit())

    def show_view(self, view: SittingView) -> None:
        """Word it for this sitting."""
        self._ask(
            self.tr("Recorded: the patient has withdrawn"),
            self.tr("The camera stays off. {pictures} of this sitting stay locked until a manager decides.").format(
                pictures=pictures(view.pictures_safe)
            )
            if view.pictures_safe
            else self.tr("The camera stays off. This sitting took no picture."),
            (
                Choice(
                    "stop.leave",
                    "arrow-left",
                    self.tr("Back to the chart"),
                    self.tr("Saying no changes nothing about the care."),
                ),
            ),
        )


class FinishSheet(Question):
    """Asked only while views are open: one slip of a finger must not end a session.

    Signals:
        answered(bool): True to finish now, False to go on.
    """

    answered = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.sheet.answered.connect(lambda name: self.answered.emit(name == "finish.now"))

    def show_view(self, view: SittingView) -> None:
        """Word the question for this sitting."""
        left = view.done.count(False)
        headline = (
            self.tr("Finish with 1 view open?")
            if left == 1
            else self.tr("Finish with {count} views open?").format(count=left)
        )
        names = "  ·  ".join(one.name for one, done in zip(view.series.views, view.done, strict=True) if not done)
        self._ask(
            headline,
            self.tr("Open: {names}").format(names=names),
            (
                Choice(
                    "finish.now",
                    "circle-check",
                    self.tr("Finish now"),
                    self.tr("{pictures} safe. The series remembers what is open.").format(
                        pictures=pictures(view.pictures_safe)
                    ),
                ),
                Choice("finish.back", "camera", self.tr("Go on"), self.tr("Back to the live view.")),
            ),
        )
