# SPDX-License-Identifier: GPL-3.0-or-later
"""One photographic session from "New session" to the end: shutter, frames, pause, STOP.

Threads: intentions are called on the window's main thread; the camera's callbacks come on the camera link thread and
the vault's on the vault thread. One lock guards the state; listeners and collaborators are called outside it.

A capture is never retried: what fails is said, and a person presses again.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future

from clinicam.camera.port import ArrivedFrame, CameraState, Unclaimed
from clinicam.capture.framepath import FramePath
from clinicam.capture.ports import Camera, Keeping, Leave
from clinicam.capture.series import Series
from clinicam.capture.session import OVER, Quality, SessionEvent, SessionState, ShotState, StopAnswer, Tone, follow
from clinicam.capture.shotbook import ShotBook
from clinicam.capture.views import SittingListener, SittingView
from clinicam.consent.gate import EndCause, PauseCause
from clinicam.consent.rules import Standing
from clinicam.errors import CameraError, CameraRefused, CliniCamError, PermitRefused, VaultError
from clinicam.identity import FrameId, ImageId, Patient, PermitId, SessionId

_S = SessionState
_E = SessionEvent


class Sitting:
    """One patient, one operator at a time, one series."""

    def __init__(
        self,
        *,
        session: SessionId,
        patient: Patient,
        series: Series,
        leave: Leave,
        camera: Camera,
        keeping: Keeping,
        pool: Executor,
        listener: SittingListener,
    ) -> None:
        self.session = session
        self.patient = patient
        self.series = series
        self._leave = leave
        self._camera = camera
        self._keeping = keeping
        self._listener = listener
        self._lock = threading.RLock()
        self._publishing = threading.Lock()
        self._state = _S.PREPARING
        self._permit: PermitId | None = None
        self._view_index = 0
        self._note = ""
        self._live_on = False
        self._problem: CliniCamError | None = None
        self._arming = False
        self._standing: tuple[Standing, ...] = ()
        self._book = ShotBook()
        self._settled = threading.Event()
        self._settled.set()
        self._frames = FramePath(keeping, pool, camera, self._frame_moved, self._frame_rendered, listener.tone)

    # --- what a window reads

    def view(self) -> SittingView:
        """The newest snapshot."""
        with self._lock:
            return SittingView(
                session=self.session,
                state=self._state,
                patient=self.patient,
                series=self.series,
                view_index=self._view_index,
                shots=self._book.shots,
                done=self._book.done(len(self.series.views)),
                blockers=self._standing if self._state not in OVER else (),
                camera=self._camera.status,
                note=self._note,
                live_on=self._live_on,
                problem=self._problem,
            )

    def on_its_way(self) -> bool:
        """Whether any frame is neither safe nor given up."""
        with self._lock:
            return self._book.on_its_way()

    def wait_settled(self, seconds: float) -> bool:
        """Wait for frames on their way (lock gives them 4 s). True if none is left. Never call on the vault thread."""
        return self._settled.wait(seconds)

    # --- intentions, main thread

    def start(self) -> None:
        """Mint the permit and arm the camera. Refusals turn into TROUBLE with their cause, not exceptions."""
        self._touch()
        self._arm()

    def shoot(self) -> None:
        """Release the shutter once, if the camera is ready; otherwise the refusing tone."""
        with self._lock:
            if self._state is not _S.READY:
                ready = False
            else:
                ready = True
                self._state = follow(self._state, _E.SHOOT)
        if not ready:
            self._listener.tone(Tone.REFUSED)
            return
        self._touch()
        self._publish()
        self._camera.shoot().add_done_callback(self._shot_answered)

    def retake(self) -> None:
        """Take the newest shot's view again: the earlier picture stays, the new one is added."""
        with self._lock:
            last = self._book.last
            if last is not None and last.view_index >= 0:
                self._view_index = last.view_index
        self.shoot()

    def next_view(self) -> None:
        """Go on to the next view that has no safe picture, else simply the next."""
        with self._lock:
            count = len(self.series.views)
            done = self._book.done(count)
            order = [(self._view_index + step) % count for step in range(1, count + 1)]
            self._view_index = next((i for i in order if not done[i]), min(self._view_index + 1, count - 1))
        self._touch()
        self._publish()

    def select_view(self, index: int) -> None:
        """Show view `index`; out of range is clipped."""
        with self._lock:
            self._view_index = max(0, min(index, len(self.series.views) - 1))
        self._touch()
        self._publish()

    def label(self, number: int, text: str) -> None:
        """Label shot `number`, once it is stored."""
        with self._lock:
            frame = self._book.labelled(number, text)
        if frame is not None:
            self._keeping.label(frame, text)
        self._publish()

    def set_note(self, text: str) -> None:
        """The note of this session; kept at once, last wins."""
        with self._lock:
            if text == self._note:
                return
            self._note = text
        self._keeping.note(text)
        self._publish()

    def pause(self, cause: PauseCause = PauseCause.PERSON) -> None:
        """Disarm; frames exposed before still reach the vault, as unfiled."""
        with self._lock:
            if self._state in OVER or self._state in {_S.STOP_ASKED, _S.FINISHING, _S.PAUSED}:
                return
            self._state = follow(self._state, _E.PAUSE)
            permit = self._permit
            self._live_on = False
        if permit is not None:
            self._leave.pause(permit, cause)
        self._disarm()
        self._keeping.event("paused", cause.value)
        self._publish()

    def resume(self, same_patient: bool) -> None:
        """Go on after a pause, if a person confirmed the same patient."""
        with self._lock:
            if self._state is not _S.PAUSED or not same_patient:
                return
            self._state = follow(self._state, _E.RESUME)
        self._touch()
        self._keeping.event("resumed")
        self._arm()

    def stop(self) -> None:
        """STOP: end the permit and disarm at once, then ask why. A frame still in the camera is dropped."""
        with self._lock:
            if self._state in OVER or self._state is _S.STOP_ASKED:
                return
            self._state = follow(self._state, _E.STOP)
            permit, self._permit = self._permit, None
            self._live_on = False
        if permit is not None:
            self._leave.end(permit, EndCause.STOPPED)
        self._disarm()
        self._keeping.event("stop")
        self._publish()

    def answer_stop(self, answer: StopAnswer) -> Future[None] | None:
        """One of the three answers to STOP. For WITHDRAWN: a future, resolved when the withdrawal is durable."""
        if answer is StopAnswer.FINISHED:
            return self.finish()
        with self._lock:
            event = _E.BREAK if answer is StopAnswer.BREAK else _E.WITHDRAWN
            self._state = follow(self._state, event)
        if answer is StopAnswer.BREAK:
            self._keeping.event("break")
            self._publish()
            return None
        recorded = self._keeping.withdraw()
        closing = self._keeping.close("withdrawn", self._unfiled())
        self._publish()
        return _both(recorded, closing)

    def finish(self) -> Future[None] | None:
        """End as planned: no further shot, frames on their way are awaited, then the session is closed."""
        with self._lock:
            if self._state in OVER or self._state is _S.FINISHING:
                return None
            self._state = follow(self._state, _E.FINISH)
            self._live_on = False
        self._publish()
        return self._close_if_settled()

    def tick(self) -> None:
        """Once a second: ask the rules again; pause, or go on after a trouble, as they say."""
        with self._lock:
            state, permit, arming = self._state, self._permit, self._arming
        if state is _S.FINISHING:
            self._close_if_settled()
        if state not in {_S.READY, _S.TROUBLE, _S.PAUSED}:
            return
        self._look(permit)
        with self._lock:
            standing = self._standing
        about_people = any(not one.is_of_machine for one in standing)
        is_live = permit is not None and self._leave.is_live(permit)
        if state is _S.READY and standing and not about_people:
            self._trouble(None)
        elif state is _S.READY and self._camera.status.state is CameraState.READY:
            # The camera process disarmed itself: this window was too slow to renew its lease. Arm again next time.
            self._trouble(CameraRefused("disarmed"))
        elif state is _S.READY and not is_live:
            self.pause(PauseCause.IDLE if about_people else PauseCause.CLOCK_JUMP)
        elif state is _S.TROUBLE and not arming and not standing:
            if permit is not None and not is_live:
                self.pause(PauseCause.PERSON)
            elif self._camera.status.state is CameraState.READY:
                with self._lock:
                    self._state = follow(self._state, _E.RETRY)
                self._arm()

    # --- the camera's callbacks, camera link thread

    def camera_changed(self) -> None:
        """The camera's status changed: a lost or refused camera is trouble; the rest is only shown."""
        problem = self._camera.status.problem
        lost = {CameraState.ABSENT, CameraState.LOST, CameraState.CLAIMED, CameraState.REFUSED, CameraState.RESTARTING}
        if self._camera.status.state in lost:
            self._trouble(problem)
        else:
            self._publish()

    def live(self, jpeg: bytes) -> None:
        """A live-view frame: shown only while live view is meant to run."""
        with self._lock:
            shown = self._live_on
        if shown:
            self._listener.live(jpeg)

    def exposed(self, frame: FrameId) -> None:
        """The camera has a frame for us, by screen or body button."""
        with self._lock:
            self._settled.clear()
            self._book.exposed(frame, self._view_index, self.series.views[self._view_index].name)
        self._touch()
        self._publish()

    def frame(self, arrived: ArrivedFrame) -> None:
        """All files of a frame are in our memory: on to the vault."""
        with self._lock:
            self._settled.clear()
            self._book.exposed(arrived.frame, self._view_index, self.series.views[self._view_index].name)
            index = next(s.view_index for s in reversed(self._book.shots) if s.frame == arrived.frame)
        self._frames.take(arrived, self.series.views[index].code)

    def unclaimed(self, dropped: Unclaimed) -> None:
        """The body's own button without a permit: shown as refused, no pixels exist.

        What the camera lets go of while it is being armed again is left over from before: in the ledger, but nobody
        pressed anything now, so no shot is shown.
        """
        with self._lock:
            if self._state is _S.PREPARING:
                return
            for _ in range(dropped.count):
                self._book.unclaimed("", CameraRefused("unclaimed"))
        self._listener.tone(Tone.REFUSED)
        self._publish()

    def lost(self, frame: FrameId | None, error: CameraError) -> None:
        """The camera went before the frame came."""
        if frame is not None:
            self._frame_moved(frame, ShotState.LOST, error, None)
        self._listener.tone(Tone.REFUSED)

    # --- inside

    def _unfiled(self) -> int:
        with self._lock:
            return self._book.unfiled()

    def _touch(self) -> None:
        with self._lock:
            pictures = self._book.safe()
        self._leave.touched(pictures)

    def _look(self, permit: PermitId | None) -> None:
        standing = self._leave.look(permit)
        with self._lock:
            changed = standing != self._standing
            self._standing = standing
        if changed:
            self._publish()

    def _arm(self) -> None:
        with self._lock:
            permit = self._permit
            self._arming = True
        try:
            live = self._leave.obtain(permit)
        except PermitRefused as refused:
            with self._lock:
                self._arming = False
            self._look(permit)
            self._trouble(refused)
            return
        with self._lock:
            self._permit = live
            self._standing = ()
        self._publish()
        self._camera.arm(live).add_done_callback(self._armed)

    def _armed(self, answer: Future[None]) -> None:
        error = answer.exception()
        with self._lock:
            self._arming = False
            wanted = self._state is _S.PREPARING
            if error is None and wanted:
                self._state = follow(self._state, _E.ARMED)
                self._problem = None
                self._live_on = True
        if error is not None:
            self._trouble(error)
        elif wanted:
            self._camera.live(True).add_done_callback(self._live_answered)
            self._publish()
        else:
            self._camera.disarm()

    def _live_answered(self, answer: Future[None]) -> None:
        if answer.exception() is not None:
            # Live view is comfort, not safety: the shutter still works, the stage says that there is no live view.
            with self._lock:
                self._live_on = False
            self._publish()

    def _shot_answered(self, answer: Future[FrameId]) -> None:
        error = answer.exception()
        with self._lock:
            if self._state is _S.EXPOSING:
                self._state = follow(self._state, _E.SHOT_ANSWERED)
            if isinstance(error, CliniCamError):
                self._problem = error
            elif error is None:
                self._problem = None
        if error is not None:
            self._listener.tone(Tone.REFUSED)
        self._publish()

    def _trouble(self, cause: BaseException | None) -> None:
        with self._lock:
            if self._state in OVER:
                return
            self._state = follow(self._state, _E.TROUBLE)
            self._problem = cause if isinstance(cause, CliniCamError) else None
            self._live_on = False
        if self._camera.status.state is CameraState.ARMED:
            self._disarm()
        self._publish()

    def _disarm(self) -> None:
        self._camera.disarm()

    def _frame_moved(
        self, frame: FrameId, state: ShotState, cause: CliniCamError | None, image: ImageId | None
    ) -> None:
        with self._lock:
            self._book.moved(frame, state, cause=cause, image=image)
            if isinstance(cause, VaultError):
                self._problem = cause
            if not self._book.on_its_way():
                self._settled.set()
        if isinstance(cause, VaultError):
            self._trouble(cause)
        else:
            self._publish()

    def _frame_rendered(self, frame: FrameId, quality: Quality | None, thumbnail: bytes | None) -> None:
        with self._lock:
            self._book.rendered(frame, quality, thumbnail)
        self._publish()

    def _close_if_settled(self) -> Future[None] | None:
        with self._lock:
            if self._state is not _S.FINISHING or self._book.on_its_way():
                return None
            self._state = follow(self._state, _E.SETTLED)
            permit, self._permit = self._permit, None
        if permit is not None:
            self._leave.end(permit, EndCause.FINISHED)
        self._disarm()
        closing: Future[None] = self._keeping.close("finished", self._unfiled())
        self._publish()
        return closing

    def _publish(self) -> None:
        with self._publishing:
            self._listener.changed(self.view())


def _both(first: Future[None], second: Future[None]) -> Future[None]:
    """Resolved with `second`, which is answered after `first`; fails if either did, so that no failure is swallowed."""
    done: Future[None] = Future()

    def settle(_second: Future[None]) -> None:
        error = first.exception() or second.exception()
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(None)

    second.add_done_callback(settle)
    return done
