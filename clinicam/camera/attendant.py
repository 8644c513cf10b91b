# SPDX-License-Identifier: GPL-3.0-or-later
"""The one loop of the camera process: commands between short waits for events, live view when it is on.

It holds the lease's promise from the inside: live view and shutter are refused here, whatever the window process thinks.
One connection to a body per process: when the body is lost the process ends, and the host starts another.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable

import msgspec

from clinicam.camera.channel import Channel
from clinicam.camera.faults import tidy, to_fault
from clinicam.camera.intake import RAN_OUT, Intake
from clinicam.camera.lease import Lease
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
    LivePicture,
    Note,
    Release,
    Shoot,
    State,
    Stop,
)
from clinicam.camera.pictures import is_whole_jpeg
from clinicam.camera.port import (
    BodyFacts,
    CameraEvent,
    CameraPort,
    CameraState,
    CaptureComplete,
    FileAdded,
    Quiet,
    Trigger,
)
from clinicam.camera.promise import BodyRule, ask_for, load_rules, rule_for
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

_LIVE_GAP_S = 0.04
_WAIT_SHOT_MS = 40
_WAIT_ARMED_MS = 20
_WAIT_IDLE_MS = 80
_IDLE_S = 0.2
_RETRY_S = 1.0
_USB_TRIES = 3
_DRAIN_S = 5.0
_BATTERY_S = 60.0
_DEAD_AFTER_FAULTS = 2
_LIVE_OFF_AFTER_FAULTS = 5

OpenCamera = Callable[[str | None, Callable[[], None]], CameraPort]
"""Makes an unopened `CameraPort` for a port (None: USB) and a sign-of-life callback."""


class Attendant:
    """Serves one body. `run` is called once, on the main thread of the camera process."""

    def __init__(
        self,
        channel: Channel[HostMessage],
        lease: Lease,
        commands: queue.SimpleQueue[HostMessage],
        open_camera: OpenCamera,
        alive: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._lease = lease
        self._commands = commands
        self._open_camera = open_camera
        self._alive = alive
        self._clock = clock
        self._address: str | None = None
        self._due: float | None = None
        self._tries = 0
        self._port: CameraPort | None = None
        self._intake: Intake | None = None
        self._rule: BodyRule | None = None
        self._state = State(CameraState.ABSENT)
        self._live = False
        self._live_due = 0.0
        self._live_faults = 0
        self._faults = 0
        self._battery_due = 0.0

    def run(self) -> Exit:
        """Serve until stopped, lost, or in need of a fresh memory.

        Raises:
            ChannelClosed: the window process is gone.
        """
        while True:
            self._alive()
            try:
                end = self._turn()
            except CameraLost as lost:
                if self._intake is not None:
                    self._intake.fail(lost)
                self._report(state=CameraState.LOST, problem=to_fault(lost))
                return Exit.LOST
            if end is not None:
                return end

    def close(self) -> None:
        """Leave the body at rest."""
        if self._port is not None:
            self._port.close()

    def _turn(self) -> Exit | None:
        while (command := self._next_command()) is not None:
            if isinstance(command, Stop):
                return Exit.STOPPED
            self._obey(command)
        self._notice_lapse()
        if self._port is None or self._intake is None:
            self._connect_when_due()
            return None
        self._take_live_picture(self._port)
        self._pump(self._port, self._intake, self._patience())
        if self._intake.broken and self._state.target_proved:
            self._report(target_proved=False, problem=to_fault(CameraNoPromise("a frame was written to the card")))
        self._ask_battery()
        if self._intake.tainted and self._intake.shot is None and self._lease.holder() is None:
            self._intake.quiet()
            return Exit.RENEWED
        return None

    def _next_command(self) -> HostMessage | None:
        try:
            if self._port is not None:
                return self._commands.get_nowait()
            wait = _IDLE_S if self._due is None else min(_IDLE_S, max(0.0, self._due - self._clock()))
            return self._commands.get(timeout=wait)
        except queue.Empty:
            return None

    # --- connection ---------------------------------------------------------------------------------------------------

    def _connect_when_due(self) -> None:
        if self._due is None or self._clock() < self._due:
            return
        self._due = None
        self._report(state=CameraState.CONNECTING, problem=None)
        try:
            port = self._open_camera(self._address, self._alive)
            body = port.open()
        except CameraError as error:
            self._could_not_connect(error)
            return
        self._port = port
        self._intake = Intake(port, self._channel, self._lease, self._clock)
        self._introduce(port, body)

    def _could_not_connect(self, error: CameraError) -> None:
        state = CameraState.CLAIMED if isinstance(error, CameraClaimed) else CameraState.ABSENT
        self._report(state=state, problem=to_fault(error))
        self._tries += 1
        nothing_there = self._address is None and isinstance(error, CameraAbsent)
        if self._address is not None or (not nothing_there and self._tries < _USB_TRIES):
            self._due = self._clock() + _RETRY_S

    def _introduce(self, port: CameraPort, body: BodyFacts) -> None:
        """First state of a new body: who it is, and whether it can ever be armed."""
        self._report(
            model=tidy(body.model or body.driver_model), serial=tidy(body.serial), media_present=port.media_present()
        )
        try:
            self._rule = rule_for(load_rules(), body)
        except CameraNoPromise as refused:
            self._report(state=CameraState.REFUSED, problem=to_fault(refused))
            return
        self._report(state=CameraState.READY, problem=None)

    # --- commands -----------------------------------------------------------------------------------------------------

    def _obey(self, command: HostMessage) -> None:
        if isinstance(command, Connect):
            if self._port is None:
                self._address, self._tries = command.port, 0
                self._due = self._clock() + command.settle_ms / 1000
        elif isinstance(command, Gone):
            if self._port is not None:
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
                self._rest(CameraState.READY)
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
        port, intake = self._connected()
        if self._rule is None:
            raise CameraNoPromise(self._state.problem.detail if self._state.problem else "")
        self._drain(port, intake)
        try:
            promise = ask_for(port, self._rule)
        except CameraNoPromise as refused:
            self._report(state=CameraState.REFUSED, target_proved=False, problem=to_fault(refused))
            raise
        media = port.media_present()
        self._lease.arm(permit)
        warning = None
        if intake.broken:
            warning = to_fault(CameraNoPromise("a frame was written to the card"))
        elif not promise.body and media is not False:
            warning = to_fault(CameraNoPromise("the camera's own button writes to the card: use the screen"))
        self._report(state=CameraState.ARMED, target_proved=warning is None, media_present=media, problem=warning)

    def _drain(self, port: CameraPort, intake: Intake) -> None:
        """What was exposed before this moment belongs to nobody: a late frame may be of the last patient."""
        deadline = self._clock() + _DRAIN_S
        while not isinstance(self._pump(port, intake, _WAIT_SHOT_MS), Quiet) or intake.shot is not None:
            if self._clock() > deadline:
                raise CameraBusy("the camera is still sending")

    def _switch_live(self, on: bool) -> None:
        if not on:
            self._live_off()
            return
        port, _ = self._connected()
        if self._lease.holder() is None:
            raise CameraRefused("live view without a permit")
        if not self._live:
            self._show(port)
            self._live, self._live_faults = True, 0

    def _shoot(self, command: Shoot) -> None:
        port, intake = self._connected()
        permit = PermitId(command.permit)
        if self._lease.holder() != permit:
            raise CameraRefused("shutter without a permit")
        if intake.shot is not None:
            raise CameraBusy("a frame is still coming")
        if self._rule is None:
            raise CameraNoPromise("never armed")
        try:
            ask_for(port, self._rule)
        except CameraNoPromise as broken:
            self._lease.disarm()
            self._rest(CameraState.REFUSED)
            self._report(target_proved=False, problem=to_fault(broken))
            raise
        if self._lease.holder() != permit:
            raise CameraRefused("the lease ended before the shutter")
        at_ns = time.monotonic_ns()
        port.trigger()
        intake.begin(permit, FrameId(command.frame), Trigger.SCREEN, command.request, at_ns)

    def _release(self, frame: FrameId) -> None:
        if self._intake is None:
            return
        try:
            gone = self._intake.release(frame)
        except CameraLost:
            raise
        except CameraError as error:
            self._channel.send(Note(tidy(f"erase: {error.detail}")))
            gone = False
        if not gone:
            self._report(target_proved=False, problem=to_fault(CameraNoPromise("a frame is still on the card")))

    def _connected(self) -> tuple[CameraPort, Intake]:
        if self._port is None or self._intake is None:
            raise CameraAbsent("no camera")
        return self._port, self._intake

    # --- events, live view, lease -------------------------------------------------------------------------------------

    def _patience(self) -> int:
        if self._intake is not None and self._intake.shot is not None:
            return _WAIT_SHOT_MS
        if self._lease.holder() is None:
            return _WAIT_IDLE_MS
        if self._live:
            return max(1, int((self._live_due - self._clock()) * 1000))
        return _WAIT_ARMED_MS

    def _pump(self, port: CameraPort, intake: Intake, patience_ms: int) -> CameraEvent | None:
        """One wait, one event. None when the body failed to say."""
        self._alive()
        permit, at_ns = self._lease.holder(), time.monotonic_ns()
        try:
            event = port.wait(patience_ms)
            self._faults = 0
            if isinstance(event, FileAdded):
                intake.added(event.path, permit, at_ns)
        except CameraLost:
            raise
        except CameraError as error:
            intake.fail(error)
            self._faults += 1
            if self._faults >= _DEAD_AFTER_FAULTS:
                raise CameraLost(error.detail) from error
            self._channel.send(Note(tidy(f"wait: {error.detail}")))
            return None
        if isinstance(event, CaptureComplete):
            intake.complete()
        elif isinstance(event, Quiet):
            intake.quiet()
        return event

    def _take_live_picture(self, port: CameraPort) -> None:
        shooting = self._intake is not None and self._intake.shot is not None
        if not self._live or shooting or self._clock() < self._live_due:
            return
        try:
            self._show(port)
            self._live_faults = 0
        except CameraLost:
            raise
        except CameraError as error:
            self._live_faults += 1
            if self._live_faults >= _LIVE_OFF_AFTER_FAULTS:
                self._live_off()
                self._report(problem=to_fault(error))

    def _show(self, port: CameraPort) -> None:
        """Fetch one live view picture and send it, if it is whole and the lease still holds."""
        self._live_due = self._clock() + _LIVE_GAP_S
        picture = port.preview()
        if picture is not None and is_whole_jpeg(picture.untrusted_data) and self._lease.holder() is not None:
            self._channel.send(LivePicture(), picture.untrusted_data)

    def _live_off(self) -> None:
        if self._live and self._port is not None:
            self._live = False
            try:
                self._port.stop_preview()
            except CameraLost:
                raise
            except CameraError as error:
                self._channel.send(Note(tidy(f"live view off: {error.detail}")))

    def _notice_lapse(self) -> None:
        lapse = self._lease.lapse()
        if lapse is None:
            return
        permit, cause = lapse
        self._rest(CameraState.READY)
        if cause in RAN_OUT and self._intake is not None:
            self._intake.forget_all()
        self._channel.send(Disarmed(permit, cause))

    def _rest(self, state: CameraState) -> None:
        self._live_off()
        if self._state.state is CameraState.ARMED:
            self._report(state=state)

    def _ask_battery(self) -> None:
        if self._port is None or self._clock() < self._battery_due:
            return
        self._battery_due = self._clock() + _BATTERY_S
        setting = self._port.setting("batterylevel")
        self._report(battery=tidy(setting.value) if setting is not None and setting.value else None)

    def _report(self, **changes: object) -> None:
        state = msgspec.structs.replace(self._state, **changes)
        if state != self._state:
            self._state = state
            self._channel.send(state)
