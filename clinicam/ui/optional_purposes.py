# SPDX-License-Identifier: GPL-3.0-or-later
"""Other uses of the pictures, after they were taken: one question at a time, Yes and No equal, each can be skipped.

Unset means no and is not recorded; closing the window leaves everything unset.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.consent.model import ConsentAnswer, Decision
from clinicam.consent.optional import optional_decision
from clinicam.consent.wording import ShownForm
from clinicam.identity import Patient
from clinicam.ui.consent_patient import ANSWER, STACK_BELOW, PatientAnswer
from clinicam.ui.consent_record import OptionalAnswers
from clinicam.ui.kit import Button, Column, Columns, Row, TextLabel, fix
from clinicam.ui.patient_questions import ItemList, YesNo
from clinicam.ui.patient_window import PatientWindow
from clinicam.ui.signature_pad import SignaturePad
from clinicam.ui.theme import Theme
from clinicam.ui.words import day_of, spoken_date


class _Question(QWidget):
    """One other use: its form on the left, the question on the right.

    Signals:
        settled(object): ConsentAnswer, or None when it was skipped.
    """

    settled = Signal(object)

    def __init__(self, theme: Theme, shown: ShownForm, place: str, last: bool, wall_ms: Callable[[], int]) -> None:
        super().__init__()
        self.shown = shown
        self.items = ItemList(theme, shown, wall_ms)
        self.items.all_shown.connect(self._refresh)
        side = QWidget()
        column = Column(theme, side)
        column.addWidget(TextLabel(theme, place, "plainrow", "ink2"))
        column.gap(8)
        column.addWidget(TextLabel(theme, shown.question, "title"))
        column.gap(16)
        self.choice = YesNo(theme, shown.yes, shown.no, "patient.")
        self.choice.name_question(shown.question)
        self.choice.answered.connect(self._refresh)
        column.addWidget(self.choice)
        column.gap(16)
        column.addWidget(
            TextLabel(
                theme, self.tr("You need not answer. No answer means no, and changes nothing."), "plainrow", "ink2"
            )
        )
        column.addStretch(1)
        column.gap(16)
        row = Row(theme, spacing=16)
        skip = Button(theme, self.tr("Skip this"), size="large", role="section")
        skip.setObjectName("patient.skip")
        skip.clicked.connect(lambda: self.settled.emit(None))
        self._next = Button(theme, self.tr("Done") if last else self.tr("Next"), "primary", size="large", role="title")
        self._next.setObjectName("patient.done")
        self._next.clicked.connect(lambda: self.settled.emit(self.choice.answer))
        for button in (skip, self._next):
            fix(theme, button, height=72)
            row.addWidget(button, 1)
        column.addLayout(row)
        page = Column(theme, self)
        columns = Columns(
            theme, [(self.items, 0), (side, ANSWER)], stack_below=STACK_BELOW, gap=64, margins=(48, 14, 40, 12)
        )
        page.addWidget(columns)
        self._columns = columns
        self.items.watch(columns)
        self._refresh()

    def to_top(self) -> None:
        """Begin reading at the beginning, wherever the focus went."""
        self._columns.verticalScrollBar().setValue(0)

    def _refresh(self) -> None:
        self._next.setEnabled(self.choice.answer is not None and self.items.is_all_shown())


class _Signing(QWidget):
    """What was said yes to, and the one signature under it.

    Signals:
        signed(): Done.
    """

    signed = Signal()

    def __init__(self, theme: Theme, who: str) -> None:
        super().__init__()
        column = Column(theme, self, (48, 18, 40, 16))
        column.addWidget(TextLabel(theme, self.tr("You said yes to"), "headline"))
        column.gap(12)
        self._uses = TextLabel(theme, "", "title")
        column.addWidget(self._uses)
        column.gap(24)
        self._sign_here = TextLabel(theme, "", "section")
        column.addWidget(self._sign_here)
        column.gap(8)
        self.pad = SignaturePad(theme)
        self.pad.setObjectName("patient.signature")
        self.pad.set_caption(who)
        self.pad.changed.connect(self._refresh)
        fix(theme, self.pad, height=196, max_width=760)
        column.addWidget(self.pad)
        again = Button(theme, self.tr("Start again"), parent=self.pad)
        again.setObjectName("patient.start_again")
        again.clicked.connect(self.pad.start_again)
        corner = Column(theme, self.pad, (12, 12, 12, 8))
        corner.addStretch(1)
        corner.addWidget(again, 0, Qt.AlignmentFlag.AlignTrailing)
        column.addStretch(1)
        row = Row(theme)
        self._done = Button(theme, self.tr("Done"), "primary", size="large", role="title")
        self._done.setObjectName("patient.done")
        self._done.clicked.connect(self.signed)
        fix(theme, self._done, height=72, min_width=242)
        row.addStretch(1)
        row.addWidget(self._done)
        column.addLayout(row)
        self._refresh()

    def begin(self, uses: Sequence[ShownForm]) -> None:
        """The uses that were said yes to."""
        lines = [f"{one.title}: {one.named}" if one.named else one.title for one in uses]
        self._uses.setText("\n".join(lines))
        self._sign_here.setText(uses[0].sign_here)

    def _refresh(self) -> None:
        self._done.setEnabled(self.pad.is_signed())


class OptionalPurposesWindow(PatientWindow):
    """Asks about each form in turn, then for one signature if any answer was yes.

    Signals:
        answered(object): `OptionalAnswers` with what was answered; None if nothing was, or the window was closed.
            Emitted exactly once.
    """

    answered = Signal(object)

    def __init__(
        self,
        theme: Theme,
        patient: Patient,
        forms: Sequence[ShownForm],
        wall_ms: Callable[[], int],
        *,
        training: bool,
    ) -> None:
        super().__init__(theme, patient, self.tr("Other uses of your pictures"), training=training)
        self._wall_ms = wall_ms
        self._answers: list[tuple[ShownForm, Decision]] = []
        self._pages = QStackedWidget()
        for number, shown in enumerate(forms, 1):
            place = self.tr("{number} of {all}").format(number=number, all=len(forms))
            page = _Question(self.theme, shown, place, number == len(forms), wall_ms)
            page.settled.connect(lambda answer, one=shown: self._settle(one, answer))
            self._pages.addWidget(page)
        who = f"{patient.given} {patient.family}".strip()
        self._signing = _Signing(self.theme, f"{who}, {spoken_date(day_of(wall_ms()))}")
        self._signing.signed.connect(self._sign)
        self._pages.addWidget(self._signing)
        self.body.addWidget(self._pages)
        self.dismissed.connect(lambda: self.answered.emit(None))

    def current_page(self) -> QWidget | None:
        """What is asked now."""
        return self._pages.currentWidget()

    def _settle(self, shown: ShownForm, answer: ConsentAnswer | None) -> None:
        if answer is not None:
            self._answers.append((shown, optional_decision(shown, answer, self._wall_ms())))
        following = self._pages.currentIndex() + 1
        if following < self._pages.count() - 1:
            self._pages.setCurrentIndex(following)
            self.setFocus()
            page = self._pages.currentWidget()
            if isinstance(page, _Question):
                page.to_top()
            return
        agreed = [one for one, decision in self._answers if decision.answer is ConsentAnswer.GIVEN]
        if agreed:
            self._signing.begin(agreed)
            self._pages.setCurrentWidget(self._signing)
            self.setFocus()
        else:
            self._hand_back(PatientAnswer(ConsentAnswer.REFUSED, self._wall_ms()))

    def _sign(self) -> None:
        pad = self._signing.pad
        size = pad.surface
        self._hand_back(
            PatientAnswer(
                ConsentAnswer.GIVEN,
                self._wall_ms(),
                strokes=pad.strokes,
                width=size.width(),
                height=size.height(),
            )
        )

    def _hand_back(self, signed: PatientAnswer) -> None:
        self.finish()
        if not self._answers:
            self.answered.emit(None)
            return
        shown = tuple(one for one, _ in self._answers)
        decisions = tuple(decision for _, decision in self._answers)
        self.answered.emit(OptionalAnswers(shown, decisions, signed))
