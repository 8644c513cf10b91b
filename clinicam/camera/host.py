# SPDX-License-Identifier: GPL-3.0-or-later
"""The window process's side of the camera: starts the camera process, renews its lease, restarts it, hands frames on.

The host asks the permit check before every arming, live view, shot and renewal, and again for every frame that arrives;
the camera process refuses on its own account too. Every request is answered once; a capture is never sent twice.
"""

from __future__ import annotations

import itertools
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from clinicam.camera.arrivals import Arrivals
from clinicam.camera.book import Book, Flight
from clinicam.camera.hotplug import HotplugWatch
from clinicam.camera.keeper import Keeper
from clinicam.camera.link import DEFAULT_COMMAND
from clinicam.camera.messages import (
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
    State,
    Stop,
    WorkerMessage,
)
from clinicam.camera.port import CameraListener, CameraState, CameraStatus
from clinicam.errors import CameraError, CameraLost, CameraRefused, CliniCamError, PermitRefused
from clinicam.identity import FrameId, PermitId, new_id
from clinicam.permits import PermitCheck
from clinicam.settings import runtime_folder

_log = logging.getLogger(__name__)
_LOOPBACK = re.compile(r"ptpip:127\.0\.0\.1:[0-9]{1,5}:[0-9]{1,5}")
_SETTLE_MS = 1000
_OVERDUE_S = 25.0


class CameraHost:
    """One camera, by way of one camera process at a time.

    `start`, `stop` and `renew` belong to the main thread, the rest may be called from any. Nothing here blocks except
    `stop`. Futures are answered, and the listener is called, on the camera link thread.
    """

    def __init__(
        self,
        checks: PermitCheck,
        listener: CameraListener,
        *,
        port: str | None,
        simulated: bool,
        wall_ms: Callable[[], int],
        command: Sequence[str] = DEFAULT_COMMAND,
        folder: Path | None = None,
    ) -> None:
        """
        Args:
            port: ``ptpip:127.0.0.1:PORT:PORT``, or None for USB, watched by udev.
            simulated: frames are for training vaults only; a PTP/IP port is always simulated.
            wall_ms: the clock permits are judged by, UTC milliseconds.
            command: what to start as camera process; the descriptor is appended.
            folder: where the private settings folder is made; the login session's runtime folder by default.

        Raises:
            CameraRefused: another kind of port, or a PTP/IP port that is not called simulated.
        """
        if port is not None and _LOOPBACK.fullmatch(port) is None:
            raise CameraRefused("only USB and PTP/IP on loopback are accepted as ports")
        if port is not None and not simulated:
            raise CameraRefused("a camera on loopback is a simulated one")
        self._checks = checks
        self._port = port
        self._wall_ms = wall_ms
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._book = Book()
        self._permit: PermitId | None = None
        self._renewing = False
        self._repeatable: dict[int, HostMessage] = {}
        below = folder if folder is not None else runtime_folder()
        self._keeper = Keeper(command, port, below, self._heard, self._ended)
        self._hotplug = HotplugWatch(self._plugged, self._unplugged) if port is None else None
        self._arrivals = Arrivals(
            self._book,
            checks,
            listener,
            simulated=simulated,
            wall_ms=wall_ms,
            release=self.release,
            is_armed=self._is_armed,
        )

    # --- life ---------------------------------------------------------------------------------------------------------

    @property
    def status(self) -> CameraStatus:
        """The latest status."""
        return self._arrivals.status

    @property
    def worker_pid(self) -> int | None:
        """The camera process, for the health page; None between two of them."""
        link = self._keeper.link
        return link.pid if link is not None else None

    @property
    def notices_usb(self) -> bool:
        """Whether a camera plugged in later is noticed. False without udev: offer "try again" (`reconnect`)."""
        return self._hotplug is None or self._hotplug.available

    def start(self) -> None:
        """Start the camera process and watch USB.

        Raises:
            CameraFault: no private folder for it, or no process.
        """
        self._keeper.start()
        if self._hotplug is not None:
            self._hotplug.start()

    def stop(self) -> None:
        """Leave the camera at rest and end its process; what is still open is answered with `CameraLost`.

        Blocks until process and link thread are gone: 2 s at most unless the listener blocks.
        """
        if self._hotplug is not None:
            self._hotplug.stop()
        with self._lock:
            self._permit = None
        self._keeper.stop(Stop())
        self._arrivals.ended(CameraLost("stopped"), frozenset())

    def renew(self) -> None:
        """Renew the lease: each second, from the main thread, with a session or without, locked or not.

        Names the permit only if the permit check says it is live; otherwise the camera disarms itself, and a new `arm`
        is needed. Also starts a camera process again that has ended.
        """
        link = self._keeper.keep()
        if link is None:
            if not self._renewing:
                self._arrivals.ended(CameraLost("no camera process at the moment"), frozenset())
            return
        oldest = self._book.oldest()
        if oldest is not None and time.monotonic() - oldest > _OVERDUE_S:
            _log.warning("a request to the camera process was never answered")
            link.kill()
            return
        permit = self._permit
        link.beat(permit if permit is not None and self._is_live(permit) else None)

    def reconnect(self) -> None:
        """Look for a camera now: a person pressed "try again". No effect while one is connected."""
        self._keeper.post(Connect(self._port))

    # --- requests -----------------------------------------------------------------------------------------------------

    def arm(self, permit: PermitId) -> Future[None]:
        """Allow live view and shutter under `permit`, once the camera has proved that frames stay in its memory.

        Fails with `PermitRefused`, `CameraNoPromise`, `CameraAbsent`, `CameraBusy` or another `CameraError`.
        """
        try:
            self._checks.live(permit)
        except PermitRefused as refused:
            return _failed(refused)
        with self._lock:
            self._permit = permit
            self._arrivals.armed_under(permit)
        link = self._keeper.link
        if link is not None:
            link.beat(permit)
        number = next(self._numbers)
        answer = self._ask(number, Arm(number, permit))
        answer.add_done_callback(lambda done: self._forget_permit(permit) if done.exception() is not None else None)
        return answer

    def disarm(self) -> Future[None]:
        """Live view off, shutter refused. A frame already exposed still arrives."""
        with self._lock:
            self._permit = None
        number = next(self._numbers)
        return self._ask(number, Disarm(number))

    def live(self, on: bool) -> Future[None]:
        """Live view on or off. On fails with `PermitRefused` or a `CameraError`; it ends by itself when disarmed."""
        if on:
            refused = self._refusal()
            if refused is not None:
                return _failed(refused)
        number = next(self._numbers)
        return self._ask(number, Live(number, on))

    def shoot(self) -> Future[FrameId]:
        """Release the shutter once. Answered with the frame's id as soon as it is exposed, or with the cause why not.

        Never repeated. If it fails with `CameraLost` the shutter may have been released: `lost` is called as well.
        """
        refused = self._refusal()
        permit = self._permit
        if refused is not None or permit is None:
            return _failed(refused or CameraRefused("not armed"))
        number, frame = next(self._numbers), FrameId(new_id())
        flight = Flight(frame, permit, number, self._wall_ms())
        return self._ask(number, Shoot(number, permit, frame), flight)

    def release(self, frame: FrameId) -> None:
        """The vault has the frame: the camera process forgets its copy, and erases it from the card if it was there."""
        self._keeper.post(Release(frame))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _refusal(self) -> CliniCamError | None:
        permit = self._permit
        if permit is None:
            return CameraRefused("not armed")
        try:
            self._checks.live(permit)
        except PermitRefused as refused:
            return refused
        return None

    def _ask(self, number: int, message: HostMessage, flight: Flight | None = None) -> Future[Any]:
        """Write it in the book first, then send it: whatever ends the process finds it there."""
        answer = self._book.ask(number, time.monotonic(), flight)
        repeatable = isinstance(message, Arm | Disarm)
        if repeatable:
            with self._lock:
                self._repeatable[number] = message
                waits = self._renewing
            answer.add_done_callback(lambda _: self._repeatable.pop(number, None))
            if waits:
                return answer  # `_resume` sends it
        link = self._keeper.link
        if link is not None and (link.post(message) or repeatable):
            return answer  # a process that has just ended: `_ended` knows whether another takes over
        if not answer.done():
            self._arrivals.answer(number, CameraLost("no camera process at the moment"), sent=False)
        return answer

    def _is_armed(self) -> bool:
        return self._permit is not None

    def _is_live(self, permit: PermitId) -> bool:
        try:
            self._checks.live(permit)
        except PermitRefused:
            self._forget_permit(permit)
            return False
        return True

    def _forget_permit(self, permit: PermitId) -> None:
        with self._lock:
            if self._permit == permit:
                self._permit = None

    def _heard(self, message: WorkerMessage, payload: bytearray) -> None:
        """Link thread: one message of the camera process."""
        if isinstance(message, Disarmed):
            self._forget_permit(PermitId(message.permit))
        link = self._keeper.link
        if isinstance(message, State):
            if link is not None:
                link.patient = message.state is CameraState.CONNECTING
            if self._renewing:
                if message.state is CameraState.CONNECTING:
                    return  # the camera was ready a moment ago and will be again: nobody needs to know
                self._resume()
        if not self._arrivals.take(message, payload):
            _log.error("the camera process said something impossible and is ended")
            if link is not None:
                link.kill()

    def _resume(self) -> None:
        """Link thread: the fresh camera process is connected. What waited for it is sent now, in order."""
        with self._lock:
            self._renewing = False
            waiting = [self._repeatable[number] for number in sorted(self._repeatable)]
            permit = self._permit
        link = self._keeper.link
        if link is not None and waiting:
            link.beat(permit)
            for message in waiting:
                link.post(message)

    def _ended(self, code: int, error: CameraError) -> None:
        """Link thread, its last act: the camera process is gone."""
        with self._lock:
            self._renewing = code == Exit.RENEWED and not self._keeper.stopping
            keep = frozenset(self._repeatable) if self._renewing else frozenset()
            if not self._renewing:
                self._permit = None
        self._arrivals.ended(error, keep)
        if not self._keeper.stopping and code not in {Exit.LOST, Exit.RENEWED}:
            self._arrivals.restarting(error)

    def _plugged(self) -> None:
        """Hotplug thread."""
        self._keeper.post(Connect(None, _SETTLE_MS))

    def _unplugged(self) -> None:
        """Hotplug thread."""
        self._keeper.post(Gone())


def _failed(error: CliniCamError) -> Future[Any]:
    answer: Future[Any] = Future()
    answer.set_exception(error)
    return answer
