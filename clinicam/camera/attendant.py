# SPDX-License-Identifier: GPL-3.0-or-later
"""The one loop of the camera process: commands between short waits for events, live view when it is on.

It holds the lease's promise from the inside: live view and shutter are refused here, whatever the window process thinks.
One connection to a body per process: when the body is lost the process ends, and the host starts another.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

from clinicam.camera.channel import Channel
from clinicam.camera.connector import Connector, OpenCamera
from clinicam.camera.faults import Fault, tidy, to_fault
from clinicam.camera.intake import Intake
from clinicam.camera.lease import RAN_OUT, Lease
from clinicam.camera.liveview import LiveView
from clinicam.camera.messages import (
    Answer,
    Arm,
    Connect,
    Disarm,
    Disarmed,
    Exit,
    Gone,
    HostMessage,
    Live,
    Release,
    Shoot,
    Stop,
)
from clinicam.camera.port import (
    BodyFacts,
    CameraPort,
    CameraState,
    Trigger,
)
from clinicam.camera.promise import BodyRule, ask_for, load_rules, rule_for
from clinicam.camera.pump import WAIT_SHOT_MS, Pump
from clinicam.camera.standing import BUTTON_TO_CARD, STILL_ON_CARD, WROTE_TO_CARD, Standing
from clinicam.camera.watch import CONNECTING_S, SERVING_S, MainThreadWatch
from clinicam.errors import (
    CameraAbsent,
    CameraBusy,
    CameraClaimed,
    CameraError,
    CameraLost,
    CameraNoPromise,
    CameraRefused,
)
from clinicam.identity import FrameId, PermitId

_WAIT_ARMED_MS = 20
_WAIT_IDLE_MS = 80
_IDLE_S = 0.2
_BATTERY_S = 60.0


@dataclass(frozen=True, slots=True)
class _Body:
    """The connected body. `rule` is None for one that is never armed, `refusal` says why."""

    port: CameraPort
    intake: Intake
    pump: Pump
    live: LiveView
    rule: BodyRule | None
    refusal: CameraNoPromise


class Attendant:
    """Serves one body. `run` is called once, on the main thread of the camera process."""

    def __init__(
        self,
        channel: Channel[HostMessage],
        lease: Lease,
        commands: queue.SimpleQueue[HostMessage],
        open_camera: OpenCamera,
        watch: MainThreadWatch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._lease = lease
        self._commands = commands
        self._watch = watch
        self._clock = clock
        self._standing = Standing(channel)
        self._connector = Connector(open_camera, watch.mark, clock)
        self._body: _Body | None = None
        self._battery_due = 0.0
        self._stay = False

    def run(self) -> Exit:
        """Serve until stopped, lost, or in need of a fresh memory.

        Raises:
            ChannelClosed: the window process is gone.
        """
        while True:
            self._watch.mark()
            try:
                end = self._turn()
            except CameraLost as lost:
                if self._body is not None:
                    self._body.intake.fail(lost)
                self._standing.report(state=CameraState.LOST, target_proved=False, problem=to_fault(lost))
                return Exit.LOST
            except CameraError as error:
                self._standing.note(
                    "unasked", error
                )  # nobody waits for an answer to this; the next turn tells if it lasts
                end = None
            if end is not None:
                return end

    def close(self) -> None:
        """Leave the body at rest."""
        if self._body is not None:
            self._body.port.close()

    def _turn(self) -> Exit | None:
        while (command := self._next_command()) is not None:
            if isinstance(command, Stop):
                return Exit.STOPPED
            self._obey(command)
        self._notice_lapse()
        body = self._body
        if body is None:
            if self._connector.is_due:
                self._connect()
            return None
        if body.intake.shot is None and (gave_up := body.live.take()) is not None:
            self._live_off(body)
            self._standing.report(problem=to_fault(gave_up))
        body.pump.once(self._patience(body))
        if body.intake.broken and self._standing.card is None:
            self._standing.warn(WROTE_TO_CARD)
        self._ask_battery(body)
        if body.intake.tainted and not self._stay and body.intake.shot is None and self._lease.holder() is None:
            body.intake.quiet()
            return Exit.RENEWED
        return None

    def _next_command(self) -> HostMessage | None:
        try:
            if self._body is not None:
                return self._commands.get_nowait()
            return self._commands.get(timeout=self._connector.due_in(_IDLE_S))
        except queue.Empty:
            return None

    def _connect(self) -> None:
        self._standing.report(state=CameraState.CONNECTING, problem=None)
        self._watch.allow(CONNECTING_S)
        try:
            self._introduce(*self._connector.attempt())
        except CameraError as error:
            claimed = isinstance(error, CameraClaimed)
            self._standing.report(state=CameraState.CLAIMED if claimed else CameraState.ABSENT, problem=to_fault(error))
        finally:
            self._watch.allow(SERVING_S)

    def _introduce(self, port: CameraPort, facts: BodyFacts) -> None:
        """First state of a new body: who it is, and whether it can ever be armed.

        The target is set at once: a frame of the camera's own button is then dropped here, instead of left on a card.
        """
        rule, refusal, problem = None, CameraNoPromise(), None
        try:
            rule = rule_for(load_rules(), facts)
            ask_for(port, rule)
        except CameraNoPromise as refused:
            refusal, problem = refused, to_fault(refused)
        intake = Intake(port, self._channel, self._lease, self._clock)
        pump = Pump(port, intake, self._lease, self._standing, self._watch.mark, self._clock)
        live = LiveView(port, self._channel, self._lease, self._clock)
        self._body = _Body(port, intake, pump, live, rule, refusal)
        self._standing.report(
            state=CameraState.READY if problem is None else CameraState.REFUSED,
            model=tidy(facts.model or facts.driver_model),
            serial=tidy(facts.serial),
            media_present=port.media_present(),
            problem=problem,
        )

    # --- commands -----------------------------------------------------------------------------------------------------

    def _obey(self, command: HostMessage) -> None:
        if isinstance(command, Connect):
            if self._body is None:
                self._stay = command.stay
                self._connector.look(command.port, command.settle_ms / 1000)
        elif isinstance(command, Gone):
            if self._body is not None:
                raise CameraLost("unplugged")
        elif isinstance(command, Release):
            self._release(FrameId(command.frame))
        elif isinstance(command, Arm | Disarm | Live | Shoot):
            self._answer(command)

    def _answer(self, command: Arm | Disarm | Live | Shoot) -> None:
        """Exactly one answer per request, whatever happens."""
        try:
            if isinstance(command, Arm):
                self._arm(PermitId(command.permit))
            elif isinstance(command, Disarm):
                self._lease.disarm()
                self._rest()
            elif isinstance(command, Live):
                self._switch_live(command.on)
            else:
                self._shoot(command)
                return  # answered by Exposed
        except CameraError as error:
            self._channel.send(Answer(command.request, to_fault(error)))
            if isinstance(error, CameraLost):
                raise
        else:
            self._channel.send(Answer(command.request))

    def _arm(self, permit: PermitId) -> None:
        self._lease.require(permit)
        body = self._connected()
        if body.rule is None:
            raise body.refusal
        warning = self._prove(body, body.rule)
        media = body.port.media_present()
        body.pump.drain()
        self._lease.arm(permit)
        self._standing.report(state=CameraState.ARMED, media_present=media)
        self._standing.warn(self._standing.card or (warning if media is not False else None))

    def _prove(self, body: _Body, rule: BodyRule) -> Fault | None:
        """Set and read back where frames go. Returns a warning when only our own shutter is covered.

        Raises:
            CameraNoPromise: frames of our own shutter would not stay in memory. The camera is disarmed.
        """
        try:
            promise = ask_for(body.port, rule)
        except CameraNoPromise as broken:
            self._lease.disarm()
            self._live_off(body)
            self._standing.report(state=CameraState.REFUSED, target_proved=False, problem=to_fault(broken))
            raise
        return None if promise.body else BUTTON_TO_CARD

    def _switch_live(self, on: bool) -> None:
        body = self._connected()
        if not on:
            self._live_off(body)
            return
        if self._lease.holder() is None:
            raise CameraRefused("live view without a permit")
        body.live.start()

    def _shoot(self, command: Shoot) -> None:
        body = self._connected()
        permit = PermitId(command.permit)
        if self._lease.holder() != permit or body.rule is None:
            raise CameraRefused("shutter without a permit")
        if body.intake.shot is not None:
            raise CameraBusy("a frame is still coming")
        self._prove(body, body.rule)
        if self._lease.holder() != permit:
            raise CameraRefused("the lease ended before the shutter")
        at_ns = time.monotonic_ns()
        body.port.trigger()
        body.intake.begin(permit, FrameId(command.frame), Trigger.SCREEN, command.request, at_ns)

    def _release(self, frame: FrameId) -> None:
        if self._body is None:
            return
        try:
            gone = self._body.intake.release(frame)
        except CameraLost:
            raise
        except CameraError as error:
            self._standing.note("erase", error)
            gone = False
        if not gone:
            self._standing.warn(STILL_ON_CARD)

    def _connected(self) -> _Body:
        if self._body is None:
            raise CameraAbsent("no camera")
        return self._body

    # --- events and lease ---------------------------------------------------------------------------------------------

    def _patience(self, body: _Body) -> int:
        if body.intake.shot is not None:
            return WAIT_SHOT_MS
        if self._lease.holder() is None:
            return _WAIT_IDLE_MS
        return body.live.due_ms() if body.live.is_on else _WAIT_ARMED_MS

    def _live_off(self, body: _Body) -> None:
        try:
            body.live.stop()
        except CameraLost:
            raise
        except CameraError as error:
            self._standing.note("live view off", error)

    def _notice_lapse(self) -> None:
        lapse = self._lease.lapse()
        if lapse is None:
            return
        permit, cause = lapse
        self._rest()
        if cause == RAN_OUT and self._body is not None:
            self._body.intake.forget_all()
        self._channel.send(Disarmed(permit, cause))

    def _rest(self) -> None:
        """Disarmed: live view off, nothing proved, and no warning but that of a frame on the card."""
        if self._body is not None:
            self._live_off(self._body)
        if self._standing.state is CameraState.ARMED:
            self._standing.report(state=CameraState.READY, target_proved=False, problem=self._standing.card)

    def _ask_battery(self, body: _Body) -> None:
        if self._clock() >= self._battery_due:
            self._battery_due = self._clock() + _BATTERY_S
            setting = body.port.setting("batterylevel")
            self._standing.report(battery=tidy(setting.value) if setting is not None and setting.value else None)
