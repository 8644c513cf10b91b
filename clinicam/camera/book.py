# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's book of promises: every request is answered once, every exposed frame arrives once or is lost once.

Passive and thread-safe: it is told what happened and returns what is to be said. Entries leave the book when they are
settled, so nothing can be settled twice, and `fail_all` settles what is left when the camera process ends.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from clinicam.camera.port import ArrivedFile, Trigger
from clinicam.errors import CameraError, CameraLost
from clinicam.identity import FrameId, PermitId

MAX_PARTS = 4
"""More files than any body makes of one press."""


@dataclass(slots=True)
class Flight:
    """A frame exposed, or perhaps exposed, and not yet settled. Times are the host's, UTC milliseconds."""

    frame: FrameId
    permit: PermitId
    request: int | None
    since_ms: int
    announced: bool = False
    exposed_ms: int = 0
    parts: list[ArrivedFile] = field(default_factory=list)

    @property
    def trigger(self) -> Trigger:
        """Ours if we asked for it."""
        return Trigger.BODY if self.request is None else Trigger.SCREEN


@dataclass(frozen=True, slots=True)
class _Request:
    answer: Future[Any]
    frame: FrameId | None
    since: float


class Book:
    """Open requests and frames in flight."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[int, _Request] = {}
        self._flights: dict[FrameId, Flight] = {}

    def ask(self, number: int, now: float, flight: Flight | None = None) -> Future[Any]:
        """Open request `number`; for a shutter request with the frame that will come of it.

        The future cannot be cancelled: what was sent to a camera cannot be taken back.
        """
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        with self._lock:
            self._requests[number] = _Request(answer, flight.frame if flight else None, now)
            if flight is not None:
                self._flights[flight.frame] = flight
        return answer

    def oldest(self) -> float | None:
        """When the longest unanswered request was made; None if all are answered."""
        with self._lock:
            return min((request.since for request in self._requests.values()), default=None)

    def answer(self, number: int, error: CameraError | None) -> Flight | None:
        """Request `number` is done or failed. Returns the flight to report lost: its shutter may have been released."""
        with self._lock:
            request = self._requests.pop(number, None)
            if request is None:
                return None
            flight = self._flights.pop(request.frame, None) if request.frame is not None and error else None
        if error is None:
            request.answer.set_result(None)
        else:
            request.answer.set_exception(error)
        return flight if isinstance(error, CameraLost) else None

    def expose(self, flight: Flight) -> bool:
        """A shutter was released: answer its request, if it had one. False when the frame fits no request of ours."""
        with self._lock:
            if flight.request is None:
                if flight.frame in self._flights:
                    return False
                self._flights[flight.frame] = flight
                flight.announced = True
                return True
            request = self._requests.get(flight.request)
            known = self._flights.get(flight.frame)
            if request is None or known is None or request.frame != flight.frame or known.permit != flight.permit:
                return False
            del self._requests[flight.request]
            known.announced = True
            known.exposed_ms = max(flight.exposed_ms, known.since_ms)
        request.answer.set_result(flight.frame)
        return True

    def part(self, frame: FrameId, file: ArrivedFile) -> bool:
        """A file arrived. False, and it is dropped, when no such frame is on its way."""
        with self._lock:
            flight = self._flights.get(frame)
            if flight is None or not flight.announced or len(flight.parts) >= MAX_PARTS:
                return False
            flight.parts.append(file)
            return True

    def settle(self, frame: FrameId) -> Flight | None:
        """The frame is whole or lost: take it out. None when it was settled before or never known."""
        with self._lock:
            flight = self._flights.get(frame)
            if flight is None or not flight.announced:
                return None
            return self._flights.pop(frame)

    def fail_all(self, error: CameraError, keep: frozenset[int] = frozenset()) -> tuple[Flight, ...]:
        """The camera process ended: fail every open request but those to be sent again, and return every frame as lost."""
        with self._lock:
            failed = {number: request for number, request in self._requests.items() if number not in keep}
            for number in failed:
                del self._requests[number]
            flights, self._flights = tuple(self._flights.values()), {}
        for request in failed.values():
            request.answer.set_exception(error)
        return flights
