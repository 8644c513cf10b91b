# SPDX-License-Identifier: GPL-3.0-or-later
"""The session: who, whether allowed, what next and what is safe in one glance. Everything by key; no dialog, no popup."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from clinicam.capture.series import Series
from clinicam.capture.session import OVER, SessionState, StopAnswer
from clinicam.capture.views import SittingView
from clinicam.consent.status import ConsentState
from clinicam.identity import Patient
from clinicam.ui.announce import Announcer
from clinicam.ui.bridge import Bridge, SittingRelay
from clinicam.ui.live_decoder import LiveDecoder
from clinicam.ui.messages import message_for
from clinicam.ui.screen import Screen
from clinicam.ui.series_choice import fitting_series
from clinicam.ui.session_hands import SessionHands
from clinicam.ui.session_looks import SessionLooks
from clinicam.ui.session_needs import SessionSurgery, SittingDesk
from clinicam.ui.session_parts import SessionParts
from clinicam.ui.session_words import banner_chip, spoken, stage_words
from clinicam.ui.theme import Theme
from clinicam.ui.tones import Tones, installed_player

_S = SessionState
_ASKS = frozenset({_S.PAUSED, _S.TROUBLE})
_TICK_MS = 1000


class SessionScreen(Screen):
    """One sitting at a time. `open_for` asks for a series and begins; `begin` takes a sitting made elsewhere.

    The sitting must have been given `listener`.

    Signals:
        finished(object): the SessionId of a sitting that ended as planned.
        stopped(object): the `StopAnswer` WITHDRAWN, once the person goes back to the chart.
        ended(object): the Patient; after either, or when no series was chosen. The shell opens the chart.
        privacy_wanted(): cover everything.
    """

    finished = Signal(object)
    stopped = Signal(object)
    ended = Signal(object)
    privacy_wanted = Signal()

    wants_rail = False

    def __init__(
        self,
        surgery: SessionSurgery,
        bridge: Bridge,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        tones: Tones | None = None,
    ) -> None:
        """`tones` is what is heard; by default the system's player or its beep."""
        super().__init__(theme, "", parent)
        self.title = self.tr("Session")
        self.setAccessibleName(self.title)
        self._surgery = surgery
        self._bridge = bridge
        self._patient: Patient | None = None
        self._consent: ConsentState | None = None
        self._beginning = 0
        self.pictures_kept = 0
        """Safe pictures of the sitting that finished last; set before `finished`."""
        self.listener = SittingRelay(self)
        self._tones = tones if tones is not None else Tones(installed_player(), parent=self)
        self._decoder = LiveDecoder(self)
        self.announcer = Announcer(self)
        self._parts = SessionParts(self, theme, self._decoder)
        self._hands = SessionHands(self, bridge, self._parts)
        self._looks = SessionLooks(surgery.vault, surgery.sessions, bridge, self._parts, self)
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._connect()

    def _connect(self) -> None:
        parts, hands = self._parts, self._hands
        # A snapshot from another thread may arrive after a newer one from this thread, so the sitting is asked itself.
        self.listener.view_changed.connect(lambda _view: self._refresh())
        self.listener.live_frame.connect(self._decoder.offer)
        self.listener.toned.connect(self._tones.play)
        hands.asked_again.connect(self._refresh)
        hands.gone_back.connect(self._end)
        parts.privacy.clicked.connect(self.privacy_wanted)
        parts.withdrawn_sheet.left.connect(self._leave_stopped)
        parts.choice.chosen.connect(self._series_chosen)
        parts.entry.opened.connect(lambda: parts.stage.set_writing(True))
        parts.entry.closed.connect(lambda: parts.stage.set_writing(False))
        parts.entry.closed.connect(self._focus_next_step)
        self.theme.changed.connect(self._rescaled)

    # --- beginning and ending

    @property
    def running(self) -> bool:
        """Whether a sitting is open and not over."""
        view = self._hands.view
        return view is not None and view.state not in OVER

    def stop(self) -> None:
        """The STOP key: nothing is asked before the camera is off."""
        self._hands.stop()

    def open_for(self, patient: Patient, consent: ConsentState) -> None:
        """Ask which series, unless only one fits what was agreed to; then begin a sitting of it."""
        self._close_sitting()
        self._patient, self._consent = patient, consent
        self._parts.show_patient(patient, ("check", self.tr("Care: yes, today"), "safe"))
        every = self._surgery.series
        fit = fitting_series(every, consent.body_sites)
        self._hands.keys.wake()
        if len(fit) == 1:
            self._series_chosen(fit[0])
            return
        self._parts.choice.offer(fit, len(every) - len(fit))
        self._set_stage_only(True)
        self._parts.show_page(self._parts.choice.sheet)
        self._parts.choice.sheet.focus_first()

    def begin(self, sitting: SittingDesk) -> None:
        """Show a started sitting and drive it each second."""
        self._close_sitting()
        view = sitting.view()
        self._hands.take(sitting)
        self._patient = view.patient
        self.announcer.forget()
        self._decoder.open()
        self._hands.keys.wake()
        self._set_stage_only(False)
        self._parts.show_patient(view.patient, banner_chip(view, short=self._parts.is_short))
        self._parts.arrange()
        self._refresh()
        self._looks.begin(view.patient, view.session)
        self._clock.start()
        self._focus_next_step()

    def enter(self) -> None:
        """The hand goes back to where it was needed."""
        self._focus_next_step()

    def leave(self) -> None:
        """Nobody looks: no live view runs. The sitting is paused, not lost."""
        self._parts.entry.end()
        if self.running:
            self._hands.pause()

    def _series_chosen(self, series: Series) -> None:
        patient, consent = self._patient, self._consent
        if patient is None or consent is None:
            return
        self._consent = None
        self._parts.stage.set_words(None, "", self.tr("The session begins."))
        self._parts.show_page(self._parts.stage)
        self._beginning += 1
        this_time = self._beginning

        def begun(sitting: SittingDesk) -> None:
            if this_time == self._beginning:
                self.begin(sitting)
            else:
                # Esc came before the camera did: nobody looks at this sitting, so it must not stay open.
                sitting.stop()
                sitting.answer_stop(StopAnswer.FINISHED)

        def failed(problem: BaseException) -> None:
            if this_time == self._beginning:
                self.trouble.emit(message_for(problem))
                self._end()

        future = self._surgery.begin_sitting(patient, series, consent, self.listener)
        self._bridge.watch(future, done=begun, failed=failed, owner=self)

    def close_down(self) -> None:
        """Let go of everything without a word: the practice is locked or the window closes."""
        self._patient, self._consent = None, None
        self._close_sitting()

    def _close_sitting(self) -> None:
        """Back to an empty stage: no key, no live pixel, no earlier picture."""
        self._beginning += 1
        self._clock.stop()
        self._hands.keys.sleep()
        self._parts.entry.end()
        self._parts.stage.set_live(False)
        self._decoder.close()
        self._looks.forget()
        self._tones.close()
        self._hands.let_go()

    def _end(self) -> None:
        patient, self._patient, self._consent = self._patient, None, None
        self._close_sitting()
        if patient is not None:
            self.ended.emit(patient)

    def _leave_stopped(self) -> None:
        self.stopped.emit(StopAnswer.WITHDRAWN)
        self._end()

    # --- what is shown

    def _tick(self) -> None:
        self._hands.tick()
        self._parts.stage.check_age()
        self._refresh()

    def _refresh(self) -> None:
        view = self._hands.look()
        if view is None:
            return
        if view.state is _S.FINISHED:
            self.pictures_kept = view.pictures_safe
            self.finished.emit(view.session)
            self._end()
            return
        parts = self._parts
        stood = parts.problem.rows
        things = parts.problem.show_view(view)
        parts.show_chip(banner_chip(view, short=self._parts.is_short))
        parts.rail.show_view(view)
        parts.strip.show_view(view)
        parts.control.show_view(view, things)
        parts.stage.set_words(*stage_words(view))
        parts.stage.set_live(view.live_on and view.state not in _ASKS)
        self._show_page(view)
        if stood != parts.problem.rows and parts.pages.currentWidget() is parts.problem and not parts.entry.is_open:
            self._focus_problem()
        self._looks.show_view(view)
        state, shot = spoken(view)
        self.announcer.say("state", state)
        self.announcer.say("shot", shot)

    def _show_page(self, view: SittingView) -> None:
        parts = self._parts
        page: QWidget
        if view.state is _S.STOP_ASKED:
            parts.stop_sheet.show_view(view)
            page, focus = parts.stop_sheet.sheet, parts.stop_sheet.sheet.focus_first
        elif view.state is _S.STOPPED:
            parts.withdrawn_sheet.show_view(view)
            page, focus = parts.withdrawn_sheet.sheet, parts.withdrawn_sheet.sheet.focus_first
        elif self._hands.asks_finish:
            parts.finish_sheet.show_view(view)
            page, focus = parts.finish_sheet.sheet, parts.finish_sheet.sheet.focus_first
        elif view.state in _ASKS and parts.problem.rows:
            page, focus = parts.problem, self._focus_problem
        else:
            page, focus = parts.stage, self._focus_shutter
        if parts.show_page(page) and not parts.entry.is_open:
            focus()

    def _focus_shutter(self) -> None:
        self._parts.control.shoot.setFocus(Qt.FocusReason.OtherFocusReason)

    def _focus_next_step(self) -> None:
        page = self._parts.pages.currentWidget()
        if page is self._parts.stage:
            self._focus_shutter()
        elif page is self._parts.problem:
            self._focus_problem()

    def _focus_problem(self) -> None:
        """On what lifts a blocker, or on finishing where only time or another room does."""
        if not self._parts.problem.focus_first():
            control, rail = self._parts.control, self._parts.rail
            finish = control.finish if control.finish.isVisible() else rail.finish
            finish.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_stage_only(self, only: bool) -> None:
        """Before a series is chosen there is no view, shot or shutter to show."""
        for widget in (self._parts.rail, self._parts.strip, self._parts.control):
            widget.setVisible(not only)

    def _rescaled(self) -> None:
        self._parts.arrange()
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place everything anew."""
        super().resizeEvent(event)
        self._parts.arrange()
