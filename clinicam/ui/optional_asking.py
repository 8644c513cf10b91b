# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries the question about other uses from the chart to the patient's screen and the answers into the record."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.model import WhoDecides
from clinicam.consent.status import ConsentState
from clinicam.consent.wording import ShowContext, ShownForm, render
from clinicam.identity import Patient
from clinicam.permits import Purpose
from clinicam.ui import consent_record as record
from clinicam.ui.bridge import Bridge
from clinicam.ui.chart_data import ChartSurgery
from clinicam.ui.optional_purposes import OptionalPurposesWindow
from clinicam.ui.theme import Theme


class OptionalAsking(QObject):
    """One asking at a time.

    Signals:
        running(bool): the patient has the screen now, or no longer.
        recorded(): answers were recorded.
        failed(object): the exception; nothing was recorded.
    """

    running = Signal(bool)
    recorded = Signal()
    failed = Signal(object)

    def __init__(self, surgery: ChartSurgery, bridge: Bridge, theme: Theme, host: QWidget) -> None:
        super().__init__(host)
        self._surgery = surgery
        self._bridge = bridge
        self._theme = theme
        self._host = host
        self.window: OptionalPurposesWindow | None = None

    def start(self, patient: Patient, state: ConsentState, purposes: Sequence[Purpose], journal: str) -> None:
        """Ask about these. Publication needs the name of one journal or book, and is left out without."""
        if self.window is not None:
            return
        forms = self._forms(patient, state, purposes, journal)
        if not forms:
            return
        window = OptionalPurposesWindow(
            self._theme, patient, forms, self._surgery.clock.wall_ms, training=self._surgery.training
        )
        window.answered.connect(lambda answers: self._on_answers(state, answers))
        self.window = window
        self.running.emit(True)
        window.open_for_patient(self._host)

    def take_back(self) -> None:
        """Staff takes the screen back: nothing is recorded."""
        if self.window is not None:
            self.window.take_back()

    def conceal(self, on: bool) -> None:
        """The privacy key."""
        if self.window is not None:
            self.window.conceal(on)

    def _forms(
        self, patient: Patient, state: ConsentState, purposes: Sequence[Purpose], journal: str
    ) -> list[ShownForm]:
        surgery, asked = self._surgery, state.asked
        if asked is None:
            return []
        policy = surgery.policy.consent
        named = {
            Purpose.PUBLICATION: journal.strip(),
            Purpose.WEBSITE: policy.website,
            Purpose.SOCIAL_MEDIA: policy.social_account,
        }
        shown = []
        for purpose in purposes:
            loaded = surgery.forms.find(purpose)
            name = named.get(purpose, "")
            if loaded is None or (purpose in named and not name):
                continue
            context = ShowContext(
                patient=patient,
                who=WhoDecides.SELF,
                reason=asked.reason,
                body_sites=state.body_sites,
                today=clock_day(surgery.clock.wall_ms()).date,
                profile=surgery.profile,
                site_words=asked.subject.site_words,
                is_training=surgery.training,
                named=name,
            )
            shown.append(render(loaded, context, policy_version=surgery.policy.version))
        return shown

    def _on_answers(self, state: ConsentState, answers: record.OptionalAnswers | None) -> None:
        window, self.window = self.window, None
        if window is not None:
            window.deleteLater()
        self.running.emit(False)
        if answers is not None:
            self._bridge.run(
                record.decide,
                self._surgery,
                state,
                answers,
                done=lambda _: self.recorded.emit(),
                failed=self.failed.emit,
                owner=self,
            )
