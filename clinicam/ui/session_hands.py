# SPDX-License-Identifier: GPL-3.0-or-later
"""What fingers do in a session, by key, button or pedal, turned into the sitting's intentions."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from clinicam.capture.session import OVER, SessionState, StopAnswer
from clinicam.capture.views import SittingView
from clinicam.ui import session_keys as keys
from clinicam.ui.bridge import Bridge
from clinicam.ui.series_rail import CLOSING
from clinicam.ui.session_needs import SittingDesk
from clinicam.ui.session_parts import SessionParts
from clinicam.ui.shot_words import newest_asked_for, shot_name

_S = SessionState


DOUBLE_PRESS_S = 0.8
"""A key pressed again within this time was meant for the page before."""


class SessionHands(QObject):
    """Holds the sitting and the newest snapshot of it.

    Signals:
        asked_again(): something changed here; look at the sitting again.
        gone_back(): Esc before there was a sitting.
    """

    asked_again = Signal()
    gone_back = Signal()

    def __init__(self, screen: QWidget, bridge: Bridge, parts: SessionParts) -> None:
        super().__init__(screen)
        self._bridge = bridge
        self._parts = parts
        self._sitting: SittingDesk | None = None
        self.view: SittingView | None = None
        self.asks_finish = False
        self._labels_waiting: dict[int, str] = {}
        self._stop_answered = float("-inf")
        self.keys = keys.SessionKeys(screen, self._actions())
        control = parts.control
        self.keys.stop_pressed.connect(self.stop)
        self.keys.flicker.connect(parts.stage.set_flicker)
        parts.stop.clicked.connect(self.stop)
        control.shoot_wanted.connect(self._shoot)
        control.retake_wanted.connect(self._retake)
        control.next_wanted.connect(lambda: self._do(lambda sitting: sitting.next_view()))
        control.pause_wanted.connect(self.pause)
        control.note_wanted.connect(self._write_note)
        control.finish_wanted.connect(self._finish)
        parts.rail.view_chosen.connect(lambda index: self._do(lambda sitting: sitting.select_view(index)))
        parts.rail.finish_wanted.connect(self._finish)
        parts.problem.lifted.connect(lambda _key: self._do(lambda sitting: sitting.resume(True)))
        parts.stop_sheet.answered.connect(self._answer_stop)
        parts.finish_sheet.answered.connect(self._answer_finish)
        parts.entry.kept.connect(self._written)

    def _actions(self) -> dict[str, Callable[[], None]]:
        control, strip = self._parts.control, self._parts.strip
        actions: dict[str, Callable[[], None]] = {
            keys.SHOOT: self._space,
            keys.NEXT: self._enter,
            keys.NEXT_PAD: self._enter,
            keys.RETAKE: partial(self._press, control.retake.press),
            keys.FINISH: self._finish,
            keys.GHOST: control.ghost.next_mode,
            keys.LABEL: self._write_label,
            keys.PAUSE: self.pause,
            keys.NOTE: self._write_note,
            keys.GRID: control.grid.click,
            keys.FLIP: control.flip.click,
            keys.EARLIER_SHOT: partial(strip.step, -1),
            keys.LATER_SHOT: partial(strip.step, 1),
        }
        actions |= dict.fromkeys(keys.BACK, partial(self._step_view, -1))
        actions |= dict.fromkeys(keys.ON, partial(self._step_view, 1))
        actions |= dict.fromkeys(keys.PRESS_FOCUSED, keys.press_focused)
        actions |= {str(digit): partial(self._digit, digit) for digit in range(1, 10)}
        return actions

    # --- the sitting

    def take(self, sitting: SittingDesk) -> None:
        """Work with `sitting` from now on."""
        self.let_go()
        self._sitting = sitting

    def let_go(self) -> None:
        """Forget the sitting and what was written for it."""
        self._sitting, self.view, self.asks_finish = None, None, False
        self._labels_waiting.clear()

    def look(self) -> SittingView | None:
        """The newest snapshot, None without a sitting. Labels written before their picture was safe are given now."""
        if self._sitting is None:
            return None
        self.view = self._sitting.view()
        if self.view.state in CLOSING:
            self.asks_finish = False
        for shot in self.view.shots:
            if shot.image is not None and shot.number in self._labels_waiting:
                self._sitting.label(shot.number, self._labels_waiting.pop(shot.number))
        return self.view

    def tick(self) -> None:
        """Once a second."""
        self._do(lambda sitting: sitting.tick())

    def pause(self) -> None:
        """No live view and no shutter until somebody says who the patient is."""
        if self.view is not None and self.view.state not in CLOSING and self.view.state is not _S.PAUSED:
            self._do(lambda sitting: sitting.pause())

    def stop(self) -> None:
        """STOP first, words later. Before there is a sitting: back to the chart."""
        if self._sitting is None:
            self.gone_back.emit()
            return
        self._do(lambda sitting: sitting.stop())
        self._parts.entry.end()

    def _do(self, act: Callable[[SittingDesk], object]) -> None:
        if self._sitting is not None and self.view is not None and self.view.state not in OVER:
            act(self._sitting)
            self.asked_again.emit()

    # --- keys

    def _on_stage(self) -> bool:
        return self._parts.pages.currentWidget() is self._parts.stage

    def _press(self, press: Callable[[], None]) -> None:
        if self._on_stage():
            press()

    def _shoot(self) -> None:
        if self.asks_finish:
            self._answer_finish(now=False)
        elif self._is_ready():
            self._do(lambda sitting: sitting.shoot())

    def _retake(self) -> None:
        if self.asks_finish:
            self._answer_finish(now=False)
        elif self._is_ready():
            self._do(lambda sitting: sitting.retake())

    def _is_ready(self) -> bool:
        return self._on_stage() and self.view is not None and self.view.state is _S.READY

    def _space(self) -> None:
        if self.asks_finish:
            self._answer_finish(now=False)
        elif self._on_stage():
            self._parts.control.shoot.press()

    def _enter(self) -> None:
        if self._parts.entry.is_open:
            self._parts.entry.end()
        elif self.asks_finish:
            self._answer_finish(now=True)
        elif self._on_stage():
            self._parts.control.next.press()

    def _step_view(self, by: int) -> None:
        view = self.view
        if view is not None and view.state not in CLOSING:
            index = max(0, min(view.view_index + by, len(view.series.views) - 1))
            self._do(lambda sitting: sitting.select_view(index))

    def _digit(self, digit: int) -> None:
        parts = self._parts
        page = parts.pages.currentWidget()
        if page is parts.problem:
            # The second knock of a double press on the STOP sheet must not answer "is this still the patient?".
            if time.monotonic() - self._stop_answered > DOUBLE_PRESS_S:
                parts.problem.press(digit)
            return
        for question in (parts.stop_sheet, parts.finish_sheet, parts.withdrawn_sheet, parts.choice):
            if page is question.sheet:
                question.sheet.press(digit)

    # --- the end

    def _finish(self) -> None:
        view = self.view
        if view is None or view.state in CLOSING:
            return
        self._parts.entry.end()
        if all(view.done) or self.asks_finish:
            self._answer_finish(now=True)
        else:
            self.asks_finish = True
            self.asked_again.emit()

    def _answer_finish(self, now: bool) -> None:
        self.asks_finish = False
        if now:
            self._do(lambda sitting: self._watch(sitting.finish()))
        self.asked_again.emit()

    def _answer_stop(self, answer: StopAnswer) -> None:
        if self.view is not None and self.view.state is _S.STOP_ASKED:
            self._stop_answered = time.monotonic()
            self._do(lambda sitting: self._watch(sitting.answer_stop(answer)))

    def _watch(self, future: Future[None] | None) -> None:
        """What was answered is written on the vault thread; a failure there is told by the shell."""
        if future is not None:
            self._bridge.watch(future, owner=self)

    # --- writing

    def _write_label(self) -> None:
        view = self.view
        if view is None or view.state in CLOSING:
            return
        shot = self._parts.strip.selected
        if shot is None or shot.frame is None:
            shot = newest_asked_for(view)
        if shot is not None:
            title = self.tr("Label for “{name}”").format(name=shot_name(shot, view.shots))
            self._parts.entry.write_label(shot.number, title, self._labels_waiting.get(shot.number, shot.label))

    def _write_note(self) -> None:
        if self.view is not None and self.view.state not in CLOSING:
            self._parts.entry.write_note(self.tr("Note for this session"), self.view.note)

    def _written(self, what: str, number: int, text: str) -> None:
        sitting, view = self._sitting, self.view
        if sitting is None or view is None:
            return
        if what == "note":
            sitting.set_note(text)
        elif any(shot.number == number and shot.image is not None for shot in view.shots):
            sitting.label(number, text)
        else:
            self._labels_waiting[number] = text
        self.asked_again.emit()
