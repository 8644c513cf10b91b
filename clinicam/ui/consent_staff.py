# SPDX-License-Identifier: GPL-3.0-or-later
"""The staff's part of a consent: four steps, the list of what is open, and the hand-over to the patient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.consent.draft import ConsentDraft
from clinicam.consent.events import Asked
from clinicam.consent.model import ConsentAnswer, IdentityCheck, Method, WhoDecides
from clinicam.consent.status import CareToday, ConsentState, ConsentStatus
from clinicam.consent.wording import ShownForm
from clinicam.identity import Patient
from clinicam.ui import consent_record as record
from clinicam.ui.bridge import Bridge
from clinicam.ui.consent_blockers import ConsentBlockers
from clinicam.ui.consent_form import ConsentForm
from clinicam.ui.consent_patient import ConsentPatientWindow, PatientAnswer
from clinicam.ui.kit import Button, Column, Columns, Divider, IdentityBanner
from clinicam.ui.messages import message_for
from clinicam.ui.pane_scroll import PaneScroll
from clinicam.ui.screen import Screen
from clinicam.ui.still_happy import StillHappy
from clinicam.ui.theme import Theme

BLOCKERS = 372
STACK_BELOW = 1040


class ConsentScreen(Screen):
    """Asks about pictures for care. A repeat visit is one question, anything else the four steps.

    Signals:
        granted(object, object): patient and the ConsentState that says yes today.
        finished(object): the patient; recorded, and the camera stays closed (no, or a paper form that opens nothing).
    """

    granted = Signal(object, object)
    finished = Signal(object)

    def __init__(
        self, surgery: record.ConsentSurgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "", parent)
        self.title = self.tr("Consent")
        self.setAccessibleName(self.title)
        self._surgery = surgery
        self._bridge = bridge
        self._patient: Patient | None = None
        self._start: record.ConsentStart | None = None
        self._busy = False
        self.patient_window: ConsentPatientWindow | None = None
        self._banner = IdentityBanner(theme)
        self.form = ConsentForm(surgery, theme)
        self.blockers = ConsentBlockers(theme)
        self.happy = StillHappy(theme, surgery.me, surgery.clock.wall_ms)
        self._build()
        self.form.changed.connect(self._refresh)
        self.blockers.hand_over.connect(self._hand_over)
        self.blockers.said_no.connect(self._said_no)
        self.blockers.paper.connect(self._on_paper)
        self.blockers.take_back.connect(self._take_back)
        self.happy.answered.connect(self._on_happy)
        self.concealed.connect(self._conceal_window)
        theme.changed.connect(self._settle)

    def _build(self) -> None:
        theme = self.theme
        close = Button(theme, self.tr("Not now"), icon="x", keycap="Esc")
        close.setObjectName("consent.close")
        close.clicked.connect(self.left)
        self._banner.add_action(close)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(close.press)
        self._close = close
        self._scroll = PaneScroll(theme, self.form)
        self._columns = Columns(
            theme,
            [(self._scroll, 0), (Divider(theme, upright=True), 1), (self.blockers, BLOCKERS)],
            stack_below=STACK_BELOW,
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self._columns)
        self._pages.addWidget(self.happy)
        page = Column(theme, self)
        page.addWidget(self._banner)
        page.addWidget(self._pages, 1)

    # Coming and going

    def show_patient(self, patient: Patient, identity: IdentityCheck | None = None) -> None:
        """Begin with this patient. `identity`: how they were confirmed for this visit, if they were."""
        self._close_window()
        self._patient = patient
        self._start = None
        self._busy = False
        self._banner.show_patient(patient, "dashed", self.tr("Care: not asked yet"), "neutral")
        self.form.begin(patient, identity)
        self.blockers.begin(patient)
        self._pages.setCurrentWidget(self._columns)
        self._bridge.run(
            record.read_start,
            self._surgery,
            patient,
            done=lambda start: self._begin(patient, identity, start),
            owner=self,
            what=self.tr("Opening the consent"),
        )

    def enter(self) -> None:
        self._focus_next()

    def leave(self) -> None:
        """The screen is left or locked: the patient's window closes, which counts as dismissed."""
        self._close_window()

    def _begin(self, patient: Patient, identity: IdentityCheck | None, start: record.ConsentStart) -> None:
        if patient is not self._patient:
            return
        self._start = start
        self.form.know(start.clinicians, refused_today=start.today is CareToday.REFUSED)
        if start.happy is not None:
            self._banner.set_chip("check", self.tr("Care: yes, this episode"), "safe")
            self.happy.begin(patient, start.happy, {one.staff: one.name for one in start.clinicians}, identity)
            self._pages.setCurrentWidget(self.happy)
        self._refresh()
        self._focus_next()

    def _refresh(self) -> None:
        draft = self.form.draft()
        points = self.form.points()
        if draft is None or self._start is None:
            return
        surgery = self._surgery
        is_holder = draft.discussion_by is not None and draft.discussion_by.staff == surgery.me.staff
        self.blockers.show_points(
            points,
            surgery.camera_status(),
            spoken=draft.method is Method.SPOKEN,
            paper_opens=surgery.policy.consent.paper_opens_shutter and is_holder,
            signer=draft.signer_name,
        )

    def _focus_next(self) -> None:
        if self._pages.currentWidget() is self.happy:
            self.happy.first_control().setFocus()
        else:
            self.form.focus_next()

    # Asking

    def _ask(self, draft: ConsentDraft, then: Callable[[Asked, ShownForm], None]) -> None:
        """Record the question, then go on with it. Once at a time."""
        shown = self.form.shown(draft)
        if shown is None or self._busy:
            return
        self._busy = True

        def asked(event: Asked) -> None:
            self._busy = False
            if draft.patient is self._patient:
                then(event, shown)

        self._bridge.run(
            record.ask,
            self._surgery,
            draft,
            shown,
            self.form.because,
            done=asked,
            failed=self._failed,
            owner=self,
            what=self.tr("Recording the question"),
        )

    def _hand_over(self) -> None:
        draft = self.form.draft()
        if draft is None:
            return
        if draft.method is Method.SPOKEN:
            self._ask(draft, lambda asked, _: self._by_staff(asked, ConsentAnswer.GIVEN, Method.SPOKEN))
        else:
            self._ask(draft, self._open_window)

    def _said_no(self) -> None:
        draft = self.form.signed_draft()
        if draft is not None:
            self._ask(draft, lambda asked, _: self._by_staff(asked, ConsentAnswer.REFUSED, asked.method))

    def _on_paper(self, seen: bool) -> None:
        draft = self.form.signed_draft()
        if draft is None:
            return
        if seen:
            self._ask(draft, lambda asked, _: self._by_staff(asked, ConsentAnswer.GIVEN, Method.PAPER))
        else:
            self._ask(draft, lambda asked, _: self._record(record.expect_paper, asked))

    def _by_staff(self, asked: Asked, said: ConsentAnswer, method: Method) -> None:
        self._record(record.answer_by_staff, asked, self._patient, said, method, self.form.own_yes)

    # The patient's window

    def _open_window(self, asked: Asked, shown: ShownForm) -> None:
        if self._patient is None:
            return
        window = ConsentPatientWindow(
            self.theme,
            self._patient,
            shown,
            self._surgery.clock.wall_ms,
            training=self._surgery.training,
            signer=asked.signer.name if asked.who is not WhoDecides.SELF else "",
        )
        window.answered.connect(lambda given: self._on_answer(asked, given))
        window.question.connect(self.form.tell_question)
        self.patient_window = window
        self._set_with_patient(True)
        window.open_for_patient(self)

    def _set_with_patient(self, on: bool) -> None:
        self.form.set_locked(on)
        self.blockers.set_with_patient(on)
        self._close.setEnabled(not on)

    def _on_answer(self, asked: Asked, given: PatientAnswer) -> None:
        window, self.patient_window = self.patient_window, None
        if window is not None:
            window.deleteLater()
        self._set_with_patient(False)
        self._record(record.answer, asked, self._patient, given)

    def _take_back(self) -> None:
        if self.patient_window is not None:
            self.patient_window.take_back()

    def _close_window(self) -> None:
        if self.patient_window is not None:
            self.patient_window.close()

    def _conceal_window(self, on: bool) -> None:
        if self.patient_window is not None:
            self.patient_window.conceal(on)

    # Outcomes

    def _on_happy(self, said: ConsentAnswer, identity: IdentityCheck, own_yes: bool | None) -> None:
        if self._start is not None and self._start.happy is not None:
            self._record(record.still_happy, self._start.happy, said, identity, own_yes, "")

    def _record(self, work: Callable[..., ConsentState], *args: Any) -> None:
        patient = self._patient
        self._bridge.run(
            work,
            self._surgery,
            *args,
            done=lambda state: self._settled(patient, state),
            failed=self._failed,
            owner=self,
            what=self.tr("Recording the answer"),
        )

    def _settled(self, patient: Patient | None, state: ConsentState) -> None:
        if patient is None or patient is not self._patient:
            return
        if state.last_answer is ConsentAnswer.GIVEN and state.status is ConsentStatus.ACTIVE:
            self.said.emit(self.tr("Yes is recorded. The camera may open."))
            self.granted.emit(patient, state)
        elif state.last_answer is ConsentAnswer.REFUSED:
            self.said.emit(self.tr("No is recorded. Treatment goes on without pictures."))
            self.finished.emit(patient)
        elif state.status is ConsentStatus.PAPER_EXPECTED:
            self.said.emit(self.tr("The paper form is noted as a task. The camera stays closed."))
            self.finished.emit(patient)
        else:
            self.form.tell_dismissed()
            self._refresh()

    def _failed(self, problem: BaseException) -> None:
        self._busy = False
        self._set_with_patient(False)
        self.trouble.emit(message_for(problem))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        stacked = self.width() < self.theme.px(STACK_BELOW)
        self._scroll.set_full(stacked)
        self.blockers.set_full(stacked)
