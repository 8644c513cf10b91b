# SPDX-License-Identifier: GPL-3.0-or-later
"""A repeat visit: one question. What was agreed on the left, "still happy today?" on the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.model import ConsentAnswer, IdentityCheck, WhoDecides
from clinicam.consent.status import ConsentState
from clinicam.identity import Patient, Staff, StaffId
from clinicam.permits import BodySite
from clinicam.ui.consent_words import answered_words, site_name
from clinicam.ui.identity_step import IdentityStep
from clinicam.ui.kit import Button, Card, Column, Columns, Row, TextLabel, fix
from clinicam.ui.patient_questions import YesNo
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, day_of, shown_date

ANSWER = 500
STACK_BELOW = 1000


class StillHappy(QWidget):
    """Asked aloud by staff; Yes and No are equals and nothing is chosen.

    Signals:
        answered(object, object, object): ConsentAnswer, IdentityCheck, the child's own yes (bool) or None.
    """

    answered = Signal(object, object, object)

    def __init__(self, theme: Theme, me: Staff, wall_ms: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_child = False
        self.identity = IdentityStep(theme, me, wall_ms, "happy")
        self.identity.changed.connect(self._refresh)
        left = QWidget()
        column = Column(theme, left, spacing=16)
        self._title = TextLabel(theme, "", "headline")
        column.addWidget(self._title)
        column.addWidget(self.identity)
        card = Card(theme, (20, 16, 20, 16), 4)
        card.body.addWidget(TextLabel(theme, self.tr("What was agreed"), "row"))
        self._agreed = TextLabel(theme, "", "plainrow", "ink2")
        card.body.addWidget(self._agreed)
        column.addWidget(card)
        column.addStretch(1)
        side = QWidget()
        answers = Column(theme, side)
        self._question = TextLabel(theme, "", "title")
        answers.addWidget(self._question)
        answers.gap(16)
        self.care = YesNo(theme, self.tr("Yes"), self.tr("No"), "happy.")
        answers.addWidget(self.care)
        self._child = QWidget()
        child = Column(theme, self._child, (0, 20, 0, 0), 12)
        self._own_question = TextLabel(theme, "", "title")
        child.addWidget(self._own_question)
        self.own = YesNo(theme, self.tr("Yes"), self.tr("No"), "happy.own_")
        child.addWidget(self.own)
        answers.addWidget(self._child)
        for pair in (self.care, self.own):
            pair.answered.connect(self._refresh)
        answers.gap(20)
        self._open = TextLabel(theme, "", "body", "ink2")
        answers.addWidget(self._open)
        answers.addStretch(1)
        answers.gap(16)
        row = Row(theme)
        self._done = Button(theme, self.tr("Record the answer"), "primary", size="large", role="title")
        self._done.setObjectName("happy.done")
        self._done.clicked.connect(self._answer)
        fix(theme, self._done, height=72)
        row.addWidget(self._done, 1)
        answers.addLayout(row)
        page = Column(theme, self)
        columns = Columns(theme, [(left, 0), (side, ANSWER)], stack_below=STACK_BELOW, gap=40, margins=(24, 20, 24, 20))
        page.addWidget(columns)

    def begin(
        self, patient: Patient, state: ConsentState, staff: Mapping[StaffId, str], identity: IdentityCheck | None
    ) -> None:
        """Ask about this consent. `identity`: how they were confirmed for this visit, if they were."""
        given = apart(patient.given or patient.family)
        self._is_child = state.asked is not None and state.asked.who is not WhoDecides.SELF
        self._title.setText(self.tr("Pictures again today"))
        who = given
        if self._is_child and state.asked is not None:
            who = apart(state.asked.signer.name)
        self._question.setText(self.tr("Is {name} still happy for us to take pictures today?").format(name=who))
        self._own_question.setText(self.tr("And {name}: is it all right?").format(name=given))
        self._child.setVisible(self._is_child)
        self.care.name_question(self._question.text())
        self.own.name_question(self._own_question.text())
        self.care.unset()
        self.own.unset()
        self._agreed.setText("\n".join(self._lines(state, staff)))
        self.identity.begin(patient, identity)
        self._refresh()

    def first_control(self) -> QWidget:
        """Where the focus goes."""
        return self.care.yes if self.identity.check is not None else self.identity.first_control()

    def _lines(self, state: ConsentState, staff: Mapping[StaffId, str]) -> list[str]:
        sites = [site_name(site) for site in BodySite if site in state.body_sites and site is not BodySite.OTHER]
        if BodySite.OTHER in state.body_sites and state.asked is not None:
            sites.append(state.asked.subject.site_words)
        lines = [self.tr("Pictures for care: {sites}").format(sites=", ".join(sites))]
        if state.signed_ms is not None:
            lines.append(answered_words(state.method).format(day=shown_date(day_of(state.signed_ms))))
        holder = staff.get(state.discussion_by) if state.discussion_by is not None else None
        if holder:
            lines.append(self.tr("Explained by {name}").format(name=holder))
        lines.extend(f"“{one}”" for one in state.conditions)
        return lines

    def _missing(self) -> list[str]:
        missing = []
        if self.identity.check is None:
            missing.append(self.tr("the right patient"))
        if self.care.answer is None:
            missing.append(self.tr("the answer"))
        if self._is_child and self.care.answer is ConsentAnswer.GIVEN and self.own.answer is None:
            missing.append(self.tr("the child’s own answer"))
        return missing

    def _refresh(self) -> None:
        missing = self._missing()
        self._done.setEnabled(not missing)
        self._open.setText(self.tr("Still open: {what}.").format(what=", ".join(missing)) if missing else "")

    def _answer(self) -> None:
        check, said = self.identity.check, self.care.answer
        if check is None or said is None or self._missing():
            return
        own = self.own.answer if self._is_child else None
        if own is ConsentAnswer.REFUSED:
            said = ConsentAnswer.REFUSED
        own_yes = None if own is None else own is ConsentAnswer.GIVEN
        self._done.setEnabled(False)
        self.answered.emit(said, check, own_yes)
