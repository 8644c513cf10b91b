# SPDX-License-Identifier: GPL-3.0-or-later
"""What the camera process sends, checked and handed to the listener. Runs on the camera link thread.

The camera process has talked to hostile hardware, so its word is not taken: a frame must have been announced, under a
permit that was armed; the permit check decides whether it is handed on. Anything that cannot be true ends the process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from clinicam.camera.book import Book, Flight
from clinicam.camera.faults import from_fault, tidy
from clinicam.camera.messages import (
    Answer,
    Disarmed,
    Dropped,
    Exposed,
    FrameLost,
    LivePicture,
    Note,
    Part,
    Pulse,
    Shot,
    State,
    WorkerMessage,
)
from clinicam.camera.port import (
    ArrivedFile,
    ArrivedFrame,
    CameraListener,
    CameraState,
    CameraStatus,
    Proof,
    Unclaimed,
)
from clinicam.errors import CameraError, CameraLost, CameraRefused, PermitRefused
from clinicam.identity import FrameId, PermitId
from clinicam.permits import PermitCheck

_log = logging.getLogger(__name__)
_REMEMBERED_PERMITS = 4
_NS_PER_MS = 1_000_000


class Arrivals:
    """Turns messages into listener calls.

    Args:
        release: tells the camera process to forget a frame nobody will store.
        is_armed: whether the host still holds a permit; live view of a moment ago is not shown after it let go.
    """

    def __init__(
        self,
        book: Book,
        checks: PermitCheck,
        listener: CameraListener,
        *,
        simulated: bool,
        wall_ms: Callable[[], int],
        release: Callable[[FrameId], None],
        is_armed: Callable[[], bool],
    ) -> None:
        self._book = book
        self._checks = checks
        self._listener = listener
        self._simulated = simulated
        self._wall_ms = wall_ms
        self._release = release
        self._is_armed = is_armed
        self._permits: deque[PermitId] = deque(maxlen=_REMEMBERED_PERMITS)
        self._lock = threading.Lock()
        self.status = CameraStatus(CameraState.CONNECTING, simulated=simulated)

    def armed_under(self, permit: PermitId) -> None:
        """Frames may come under this permit from now on. Any thread."""
        with self._lock:
            if permit not in self._permits:
                self._permits.append(permit)

    def take(self, message: WorkerMessage, payload: bytearray) -> bool:
        """One message. False when it cannot be true: the camera process is not to be trusted any more."""
        if isinstance(message, LivePicture):
            if self._is_armed():
                self._listener.live(bytes(payload))
        elif isinstance(message, Part):
            data = ArrivedFile(tidy(message.name), tidy(message.media_type), payload)
            return self._book.part(FrameId(message.frame), data)
        elif isinstance(message, State):
            self._state(message)
        elif isinstance(message, Answer):
            self.answer(message.request, None if message.fault is None else from_fault(message.fault))
        elif isinstance(message, Exposed):
            return self._exposed(message)
        elif isinstance(message, Shot):
            return self._whole(message)
        elif isinstance(message, FrameLost):
            flight = self._book.settle(FrameId(message.frame))
            if flight is None:
                return False
            self._lost(flight, from_fault(message.fault))
        elif isinstance(message, Dropped):
            self._listener.unclaimed(Unclaimed(message.count, self._wall_ms(), tidy(message.cause)))
        elif isinstance(message, Note | Disarmed):
            _log.info("camera process: %s", tidy(message.text if isinstance(message, Note) else message.cause))
        else:
            return isinstance(message, Pulse)
        return True

    def answer(self, number: int, error: CameraError | None, *, sent: bool = True) -> None:
        """Request `number` is answered. `sent` False: it never reached the camera process."""
        flight = self._book.answer(number, error)
        if flight is not None and error is not None and sent:
            self._lost(flight, error)

    def ended(self, error: CameraError, keep: frozenset[int]) -> None:
        """The camera process is gone: everything open is answered, every frame on its way is lost, once."""
        for flight in self._book.fail_all(error, keep):
            self._lost(flight, error)

    def tell(self, status: CameraStatus) -> None:
        """A new status, if it is one."""
        if status != self.status:
            self.status = status
            self._listener.status(status)

    def restarting(self, error: CameraError) -> None:
        """The camera process died and will be started again. Told once, however often it dies before it is well."""
        old = self.status
        if old.state is CameraState.RESTARTING:
            return
        self.tell(CameraStatus(CameraState.RESTARTING, old.model, old.serial, simulated=self._simulated, problem=error))

    def _state(self, told: State) -> None:
        unsettled = {CameraState.LOST, CameraState.RESTARTING}
        if told.state is CameraState.CONNECTING and self.status.state in unsettled:
            return  # the person has been told what is wrong; the next news is whether it is over
        self.tell(
            CameraStatus(
                told.state,
                tidy(told.model),
                tidy(told.serial),
                None if told.battery is None else tidy(told.battery),
                told.target_proved,
                told.media_present,
                self._simulated,
                None if told.problem is None else from_fault(told.problem),
            )
        )

    def _exposed(self, told: Exposed) -> bool:
        permit, frame = PermitId(told.permit), FrameId(told.frame)
        now = self._wall_ms()
        exposed_ms = now - max(0, time.monotonic_ns() - told.at_ns) // _NS_PER_MS
        with self._lock:
            armed = permit in self._permits
        if not armed or not self._book.expose(Flight(frame, permit, told.request, exposed_ms, exposed_ms=exposed_ms)):
            return False
        self._listener.exposed(told.request, frame)
        return True

    def _whole(self, told: Shot) -> bool:
        flight = self._book.settle(FrameId(told.frame))
        if flight is None or len(flight.parts) != told.parts or told.permit != flight.permit:
            if flight is not None:
                self._lost(flight, CameraLost("the frame did not arrive whole"))
            return False
        try:
            self._checks.admit(flight.permit, flight.exposed_ms)
        except PermitRefused as refused:
            if told.proof is Proof.MEMORY:
                self._release(flight.frame)
            self._lost(flight, CameraRefused(f"permit {refused.state}"))
            return True
        camera = " ".join(part for part in (self.status.model, self.status.serial) if part)
        self._listener.frame(
            ArrivedFrame(
                flight.frame,
                flight.permit,
                flight.exposed_ms,
                flight.trigger,
                flight.request,
                tuple(flight.parts),
                told.proof.value,
                camera,
                self._simulated,
            )
        )
        return True

    def _lost(self, flight: Flight, error: CameraError) -> None:
        flight.parts.clear()
        self._listener.lost(flight.frame, flight.request, error)
