# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of one patient: who it is, when they were here, the pictures, what they agreed to, and a new session."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from clinicam.consent.causes import Cause, standing
from clinicam.consent.model import IdentityCheck
from clinicam.consent.status import CareToday, ConsentState
from clinicam.identity import Patient, Role
from clinicam.practice.access import Reason
from clinicam.ui.bridge import Bridge
from clinicam.ui.chart_closed import ClosedEarlier
from clinicam.ui.chart_data import ChartData, ChartSurgery, read_chart, record_nothing_found, visits_of, withdraw_all
from clinicam.ui.chart_moved import moved_words
from clinicam.ui.consent_words import chip_words
from clinicam.ui.consents_panel import ConsentsPanel
from clinicam.ui.kit import Button, Column, Columns, Divider, IdentityBanner
from clinicam.ui.messages import blocker_message, message_for
from clinicam.ui.optional_asking import OptionalAsking
from clinicam.ui.pane_scroll import PaneScroll
from clinicam.ui.picture_source import read_small
from clinicam.ui.screen import Screen
from clinicam.ui.theme import Theme
from clinicam.ui.timeline import Visit, VisitsColumn
from clinicam.ui.viewer import pair_of, view_names
from clinicam.ui.visit_pane import VisitPane
from clinicam.vault.model import ImageEntry

VISITS = 248
CONSENTS = 320
MOST_STACKED = 3
"""Visits shown at once where the columns stand under each other; the others scroll."""

STACK_BELOW = 1040
"""Below this width (unscaled px, without the navigation rail) the columns stand under each other."""


class ChartScreen(Screen):
    """One patient's chart. Opens with the newest visit that has pictures.

    Signals:
        session_wanted(object, object, object): patient, the ConsentState that says yes today, the IdentityCheck or None.
        consent_wanted(object, object): patient and IdentityCheck or None; care has to be asked about first.
        viewer_wanted(object, object, int): patient, the visit's entries as a tuple, which one.
        compare_wanted(object, object, object): patient, picture A, picture B.
    """

    session_wanted = Signal(object, object, object)
    consent_wanted = Signal(object, object)
    viewer_wanted = Signal(object, object, int)
    compare_wanted = Signal(object, object, object)

    def __init__(self, surgery: ChartSurgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.title = self.tr("Chart")
        self.setAccessibleName(self.title)
        self._surgery = surgery
        self._bridge = bridge
        self._names = view_names(surgery.series)
        self._patient: Patient | None = None
        self._identity: IdentityCheck | None = None
        self._data: ChartData | None = None
        self._is_reading = False
        self._wants_session = False
        self._wants_purposes = False
        vault = surgery.vault
        self.visit = VisitPane(
            theme, bridge, lambda entry, pixels: read_small(vault, entry, pixels), training=surgery.training
        )
        self._visits = VisitsColumn(theme)
        self.timeline = self._visits.timeline
        self.consents = ConsentsPanel(theme)
        self.asking = OptionalAsking(surgery, bridge, theme, self)
        self._build()

    # Building

    def _build(self) -> None:
        theme = self.theme
        self._banner = IdentityBanner(theme)
        self._new = Button(theme, self.tr("New session"), "primary", "camera", "Ctrl N", "large")
        self._new.setObjectName("chart.new_session")
        self._new.clicked.connect(self.want_session)
        self._banner.add_action(self._new)
        self._aside = PaneScroll(theme, self.consents)
        self._columns = Columns(
            theme,
            [
                (self._visits, VISITS),
                (Divider(theme, upright=True), 1),
                (self.visit, 0),
                (Divider(theme, upright=True), 1),
                (self._aside, CONSENTS),
            ],
            stack_below=STACK_BELOW,
        )
        page = Column(theme, self)
        page.addWidget(self._banner)
        self.closed = ClosedEarlier(theme)
        self.closed.wanted.connect(self.refresh)
        page.addWidget(self.closed)
        page.addWidget(self._columns, 1)
        self.consents.withdrawal_wanted.connect(self._withdraw)
        self.consents.purposes_wanted.connect(self._ask_purposes)
        self.consents.nothing_found.recorded.connect(self._nothing_found)
        self.consents.take_back.connect(self.asking.take_back)
        self.asking.running.connect(self._on_asking)
        self.asking.recorded.connect(self._on_purposes)
        self.asking.failed.connect(lambda problem: self.trouble.emit(message_for(problem)))
        self.concealed.connect(self.asking.conceal)
        self.timeline.visit_chosen.connect(self._show_visit)
        self.visit.view_wanted.connect(self._open)
        self.visit.compare_wanted.connect(self._want_compare)
        self.visit.session_wanted.connect(self.want_session)
        theme.changed.connect(self._settle)
        order: list[QWidget] = [self.timeline, self.visit, self.consents, self._new]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # What is shown

    def show_patient(self, patient: Patient, identity: IdentityCheck | None = None) -> None:
        """Open this patient's chart. `identity`: how they were confirmed for this visit, if they were."""
        if self._patient is None or patient.patient != self._patient.patient:
            self._data = None
            self.visit.show_visit("", "", (), self._names, may_compare=False)
            self.timeline.visits.show(())
            self._visits.tell(0)
            self.visit.thumbnails.forget()
            self.closed.show_count(0)
        self._patient = patient
        self._identity = identity
        self._wants_session = self._wants_purposes = False
        self._banner.show_patient(patient)
        self.refresh()

    def refresh(self, reason: Reason | None = None) -> None:
        """Read everything anew; `reason`: why earlier visits of a patient who is not today's are looked at."""
        if reason is None and self._identity is not None:
            reason = Reason.HERE
        if self._patient is not None:
            self._is_reading = True
            self._bridge.run(
                read_chart,
                self._surgery,
                self._patient,
                reason,
                done=self._fill,
                failed=self._unread,
                owner=self,
                what=self.tr("Opening the chart"),
            )

    def enter(self) -> None:
        if not self._is_reading:
            self.refresh()
        self._new.setFocus()

    def leave(self) -> None:
        """Drop every decoded pixel; take back the patient's screen."""
        self.asking.take_back()
        self.visit.thumbnails.forget()

    def _fill(self, data: ChartData) -> None:
        if self._patient is None or data.patient.patient != self._patient.patient:
            return
        chosen = self._chosen_visit()
        self._data, self._is_reading = data, False
        chip = chip_words(data.states, data.now_ms)
        self._banner.set_chip(chip.icon, chip.text, chip.meaning)
        visits = visits_of(data)
        self.closed.show_count(data.withheld)
        self._visits.tell(sum(one.pictures for one in visits), moved_words(data.moved))
        self.timeline.visits.show(visits)
        sessions = [one.session for one in visits]
        first = next((row for row, one in enumerate(visits) if one.pictures), 0)
        if visits:
            if chosen is not None and chosen.session in sessions:
                first = sessions.index(chosen.session)
            self.timeline.choose(first)
        else:
            self._show_visit(-1)
        self.consents.show_consents(
            data.patient,
            data.states,
            data.staff,
            self._surgery.policy.consent.purposes_used,
            data.askable,
            data.now_ms,
            has_pictures=bool(data.pictures),
        )
        if self._wants_session:
            self.want_session()
        if self._wants_purposes:
            self.ask_optional()

    def _unread(self, problem: BaseException) -> None:
        self._is_reading = self._wants_session = self._wants_purposes = False
        self.trouble.emit(message_for(problem))

    def _chosen_visit(self) -> Visit | None:
        row = self.timeline.currentIndex().row()
        visits = self.timeline.visits.visits
        return visits[row] if 0 <= row < len(visits) else None

    def _show_visit(self, row: int) -> None:
        if self._data is None:
            return
        visits = self.timeline.visits.visits
        entries: tuple[ImageEntry, ...] = ()
        title, support = self.tr("Pictures"), ""
        if 0 <= row < len(visits):
            visit = visits[row]
            title, support = visit.title, visit.heading
            entries = self._data.pictures_of(visit.session)
        self.visit.show_visit(title, support, entries, self._names, may_compare=len(self._data.pictures) > 1)
        self._settle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def _settle(self) -> None:
        stacked = self.width() < self.theme.px(STACK_BELOW)
        self._aside.set_full(stacked)
        self.visit.settle(stacked=stacked, height=self._columns.height())
        self.timeline.setMinimumHeight(self.timeline.height_of(MOST_STACKED) if stacked else 0)

    # Acting

    def want_session(self) -> None:
        """What the New session button does: to the session if care was agreed to today and this is surely the patient,
        else to the consent, which also asks who it is.
        """
        if self._patient is None:
            return
        if not self._surgery.me.roles & {Role.NURSE, Role.CLINICIAN}:
            self.trouble.emit(blocker_message(standing(Cause.NO_ROLE)))
            return
        if self._data is None or self._is_reading:
            self._wants_session = True
            return
        self._wants_session = False
        state = self._data.state_today(CareToday.YES_TODAY)
        if state is not None and self._identity is not None:
            self.session_wanted.emit(self._patient, state, self._identity)
        else:
            self.consent_wanted.emit(self._patient, self._identity)

    def ask_optional(self) -> None:
        """Ask about the other uses, if there is anything to ask: what the shell calls after a session."""
        self._wants_purposes = self._data is None or self._is_reading
        if self._data is not None and not self._is_reading and self._data.askable:
            state = self._data.state_today(CareToday.YES_TODAY)
            if state is not None:
                self._ask_purposes(state)

    def _ask_purposes(self, state: ConsentState) -> None:
        if self._patient is not None and self._data is not None:
            self.asking.start(self._patient, state, self._data.askable, self.consents.journal)

    def _on_asking(self, on: bool) -> None:
        self.consents.set_with_patient(on)
        self._new.setEnabled(not on)

    def _on_purposes(self) -> None:
        self.said.emit(self.tr("The answers are recorded."))
        self.refresh()

    def _withdraw(self, state: ConsentState) -> None:
        self._record(
            self.tr("Taken back and recorded. The camera stays closed."),
            self.tr("Recording the withdrawal"),
            withdraw_all,
            state,
        )

    def _nothing_found(self, looked_in: str) -> None:
        self._record(
            self.tr("Recorded. The old pictures are for care only."),
            self.tr("Recording what was found"),
            record_nothing_found,
            self._data,
            looked_in,
        )

    def _record(self, said: str, what: str, work: Callable[..., ConsentState], *args: object) -> None:
        def done(_: ConsentState) -> None:
            self.said.emit(said)
            self.refresh()

        self._bridge.run(work, self._surgery, *args, done=done, owner=self, what=what)

    def _open(self, row: int) -> None:
        entries = self.visit.pictures.entries
        if self._patient is not None and 0 <= row < len(entries):
            self.viewer_wanted.emit(self._patient, entries, row)

    def _want_compare(self) -> None:
        current = self.visit.current()
        if self._patient is None or self._data is None or current is None or len(self._data.pictures) < 2:
            return
        first, second = pair_of(self.visit.marked(), current, self._data.pictures)
        self.compare_wanted.emit(self._patient, first, second)
