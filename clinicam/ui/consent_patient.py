# SPDX-License-Identifier: GPL-3.0-or-later
"""The patient's own part of the care consent: what it is about on the left, one question and the signature on the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.model import ConsentAnswer, ItemShown, Stroke
from clinicam.consent.wording import ShownForm
from clinicam.identity import Patient
from clinicam.ui.kit import Button, Column, Columns, Icon, Notice, Row, TextLabel, fix
from clinicam.ui.patient_questions import ItemList, YesNo
from clinicam.ui.patient_window import PatientWindow
from clinicam.ui.signature_pad import SignaturePad
from clinicam.ui.theme import Theme
from clinicam.ui.words import day_of, spoken_date

ANSWER = 500
"""Width of the column with question, signature and buttons, px."""

STACK_BELOW = 1000


@dataclass(frozen=True, slots=True)
class PatientAnswer:
    """What came back from the patient's screen. Without a signature the strokes are empty and sizes 0.

    `own_yes` is the child's own answer where somebody decides for it, else None.
    """

    answer: ConsentAnswer
    at_ms: int
    own_yes: bool | None = None
    strokes: tuple[Stroke, ...] = ()
    width: int = 0
    height: int = 0
    items: tuple[ItemShown, ...] = ()


class ConsentPatientWindow(PatientWindow):
    """Shows a `ShownForm` and hands back one `PatientAnswer`.

    Signals:
        answered(object): the `PatientAnswer`; DISMISSED when the window was closed. Emitted exactly once.
        question(): the patient has a question.
    """

    answered = Signal(object)
    question = Signal()

    def __init__(
        self,
        theme: Theme,
        patient: Patient,
        shown: ShownForm,
        wall_ms: Callable[[], int],
        *,
        training: bool,
        signer: str = "",
    ) -> None:
        """`signer`: name of the person who decides, where it is not the patient."""
        super().__init__(theme, patient, shown.title, training=training)
        self._wall_ms = wall_ms
        self._shown = shown
        own = self.theme
        self.items = ItemList(own, shown, wall_ms)
        self.items.all_shown.connect(self._refresh)
        who = signer or f"{patient.given} {patient.family}".strip()
        self._columns = Columns(
            own,
            [(self.items, 0), (self._answer_column(who), ANSWER)],
            stack_below=STACK_BELOW,
            gap=64,
            margins=(48, 18, 40, 8),
        )
        self.body.addWidget(self._columns)
        self.items.watch(self._columns)
        self.dismissed.connect(self._on_dismissed)
        self._refresh()

    def _answer_column(self, who: str) -> QWidget:
        theme, shown = self.theme, self._shown
        side = QWidget()
        column = Column(theme, side)
        column.addWidget(TextLabel(theme, shown.question, "title"))
        column.gap(16)
        # With a second question everything is a little lower, so that Done needs no scrolling.
        tight = bool(shown.own_question)
        height = 57 if tight else 84
        self.care = YesNo(theme, shown.yes, shown.no, "patient.", height=height)
        self.care.name_question(shown.question)
        self.care.answered.connect(self._refresh)
        column.addWidget(self.care)
        self.own: YesNo | None = None
        if shown.own_question:
            column.gap(12)
            column.addWidget(TextLabel(theme, shown.own_question, "section"))
            column.gap(8)
            self.own = YesNo(theme, shown.yes, shown.no, "patient.own_", height=height)
            self.own.name_question(shown.own_question)
            self.own.answered.connect(self._refresh)
            column.addWidget(self.own)
        column.gap(12 if tight else 20)
        head = Row(theme)
        head.addWidget(TextLabel(theme, shown.sign_here, "section"), 1)
        how = TextLabel(theme, self.tr("finger, pen or mouse"), "plainrow", "ink2", wrap=False)
        head.addWidget(how, 0, Qt.AlignmentFlag.AlignVCenter)
        column.addLayout(head)
        column.gap(8)
        self.pad = SignaturePad(theme)
        self.pad.setObjectName("patient.signature")
        self.pad.set_caption(f"{who}, {spoken_date(day_of(self._wall_ms()))}")
        self.pad.changed.connect(self._refresh)
        fix(theme, self.pad, height=150 if tight else 196)
        column.addWidget(self.pad)
        self._again = Button(theme, self.tr("Start again"), parent=self.pad)
        self._again.setObjectName("patient.start_again")
        self._again.clicked.connect(self.pad.start_again)
        corner = Column(theme, self.pad, (12, 12, 12, 8))
        corner.addStretch(1)
        corner.addWidget(self._again, 0, Qt.AlignmentFlag.AlignTrailing)
        column.gap(12)
        self._open = TextLabel(theme, "", "body", "ink2")
        column.addWidget(self._open)
        column.addStretch(1)
        self._asking = Notice(
            theme, self.tr("Please ask. Nothing is recorded until you press Done."), "neutral", "circle-question-mark"
        )
        self._asking.hide()
        column.addWidget(self._asking)
        column.gap(8)
        column.addLayout(self._buttons(57 if tight else 72))
        column.gap(10)
        column.addLayout(self._footnote())
        return side

    def _buttons(self, height: float) -> Row:
        theme = self.theme
        row = Row(theme, spacing=16)
        ask = Button(theme, self.tr("I have a question"), icon="circle-question-mark", size="large", role="section")
        ask.setObjectName("patient.question")
        ask.clicked.connect(self._ask)
        self._done = Button(theme, self.tr("Done"), "primary", size="large", role="title")
        self._done.setObjectName("patient.done")
        self._done.clicked.connect(self._answer)
        for button in (ask, self._done):
            fix(theme, button, height=height)
            row.addWidget(button, 1)
        return row

    def _footnote(self) -> Row:
        row = Row(self.theme, spacing=8)
        row.addStretch(1)
        row.addWidget(Icon(self.theme, "lock", "ink2", 18))
        words = self.tr("Staff cannot change anything while this screen is with you.")
        row.addWidget(TextLabel(self.theme, words, "body", "ink2"))
        row.addStretch(1)
        return row

    # Answering

    def _missing(self) -> list[str]:
        missing = []
        if not self.items.is_all_shown():
            missing.append(self.tr("reading to the end"))
        if self.care.answer is None:
            missing.append(self.tr("your answer"))
        if self.care.answer is ConsentAnswer.GIVEN:
            if self.own is not None and self.own.answer is None:
                missing.append(self.tr("the child’s own answer"))
            if not self._is_no() and not self.pad.is_signed():
                missing.append(self.tr("the signature"))
        return missing

    def _is_no(self) -> bool:
        """A no, by whoever is asked, needs no signature."""
        child = self.own.answer if self.own is not None else None
        return ConsentAnswer.REFUSED in {self.care.answer, child}

    def _refresh(self) -> None:
        read = self.items.is_all_shown()
        self.pad.setEnabled(read)
        self._again.setEnabled(read and bool(self.pad.strokes))
        missing = self._missing()
        self._done.setEnabled(not missing)
        self._open.setText(self.tr("Still open: {what}.").format(what=", ".join(missing)) if missing else "")

    def _ask(self) -> None:
        self._asking.show()
        self.question.emit()

    def _answer(self) -> None:
        care = self.care.answer
        if care is None or self._missing():
            return
        own_yes = None if self.own is None or self.own.answer is None else self.own.answer is ConsentAnswer.GIVEN
        answer = ConsentAnswer.REFUSED if self._is_no() else care
        signed = answer is ConsentAnswer.GIVEN
        made = PatientAnswer(
            answer=answer,
            at_ms=self._wall_ms(),
            own_yes=own_yes,
            strokes=self.pad.strokes if signed else (),
            width=self.pad.surface.width() if signed else 0,
            height=self.pad.surface.height() if signed else 0,
            items=self.items.shown(),
        )
        self.finish()
        self.answered.emit(made)

    def _on_dismissed(self) -> None:
        self.answered.emit(
            PatientAnswer(answer=ConsentAnswer.DISMISSED, at_ms=self._wall_ms(), items=self.items.shown())
        )
