# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera host with everything around it that a test needs: permits, a listener that remembers, a main thread that renews."""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

from clinicam.camera.host import CameraHost
from clinicam.camera.port import ArrivedFrame, CameraState, CameraStatus, Unclaimed
from clinicam.errors import CameraError, PermitRefused
from clinicam.identity import (
    ConsentId,
    EpisodeId,
    FrameId,
    PatientId,
    PermitId,
    SessionId,
    StaffId,
    WorkstationId,
    new_id,
)
from clinicam.permits import Admission, BodySite, CapturePermit, Purpose

T = TypeVar("T")
RENEW_S = 0.25
PATIENCE_S = 12.0


class FakeChecks:
    """A `PermitCheck` whose permits are live, paused or ended as the test says."""

    def __init__(self) -> None:
        self.states: dict[PermitId, str] = {}

    def mint(self) -> PermitId:
        permit = PermitId(new_id())
        self.states[permit] = "live"
        return permit

    def live(self, permit: PermitId) -> CapturePermit:
        state = self.states.get(permit, "unknown")
        if state != "live":
            raise PermitRefused(state)
        return _permit(permit)

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        state = self.states.get(permit, "unknown")
        if state not in {"live", "paused"}:
            raise PermitRefused(state)
        return _permit(permit), Admission.FILED if state == "live" else Admission.UNFILED


def _permit(permit: PermitId) -> CapturePermit:
    return CapturePermit(
        permit,
        PatientId(b"p" * 16),
        EpisodeId(b"e" * 16),
        SessionId(b"s" * 16),
        ConsentId(b"c" * 16),
        frozenset({Purpose.CARE_RECORD}),
        StaffId(b"u" * 16),
        WorkstationId(b"w" * 16),
        BodySite.MOUTH,
        0,
        2**53,
    )


@dataclass
class Recorder:
    """A `CameraListener` that remembers in order. Read it from the test's thread after `Rig.until`."""

    statuses: list[CameraStatus] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    exposures: list[tuple[int | None, FrameId]] = field(default_factory=list)
    frames: list[ArrivedFrame] = field(default_factory=list)
    dropped: list[Unclaimed] = field(default_factory=list)
    losses: list[tuple[FrameId | None, int | None, CameraError]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    changed: threading.Event = field(default_factory=threading.Event)

    def status(self, status: CameraStatus) -> None:
        self._keep(self.statuses, status)

    def live(self, jpeg: bytes) -> None:
        self._keep(self.pictures, jpeg)

    def exposed(self, request: int | None, frame: FrameId) -> None:
        self._keep(self.exposures, (request, frame))

    def frame(self, frame: ArrivedFrame) -> None:
        self._keep(self.frames, frame)

    def unclaimed(self, unclaimed: Unclaimed) -> None:
        self._keep(self.dropped, unclaimed)

    def lost(self, frame: FrameId | None, request: int | None, error: CameraError) -> None:
        self._keep(self.losses, (frame, request, error))

    def _keep(self, where: list[T], what: T) -> None:
        where.append(what)
        self.threads.add(threading.current_thread().name)
        self.changed.set()

    @property
    def states(self) -> list[CameraState]:
        return [status.state for status in self.statuses]


class Rig:
    """A started host and the main thread that renews it, in one. Use with ``with``."""

    def __init__(self, folder: Path, *, port: str | None, simulated: bool, command: list[str] | None = None) -> None:
        self.folder = folder
        self.checks = FakeChecks()
        self.heard = Recorder()
        more: dict[str, Any] = {} if command is None else {"command": command}
        self.host = CameraHost(
            self.checks,
            self.heard,
            port=port,
            simulated=simulated,
            wall_ms=lambda: time.time_ns() // 1_000_000,
            folder=folder / "run",
            **more,
        )
        self._renewed = 0.0

    def __enter__(self) -> Self:
        self.host.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.host.stop()

    def until(self, true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
        """Be the main thread, renewing, until `true`."""
        deadline = time.monotonic() + patience_s
        while not true():
            now = time.monotonic()
            assert now < deadline, f"waited in vain; heard {self.heard.statuses[-3:]} {self.heard.losses}"
            if now - self._renewed >= RENEW_S:
                self._renewed = now
                self.host.renew()
            self.heard.changed.wait(0.02)
            self.heard.changed.clear()

    def result(self, future: Future[T]) -> T:
        """The answer to a request."""
        self.until(future.done)
        return future.result(0)

    def error(self, future: Future[T]) -> BaseException | None:
        """The cause a request failed for, None if it did not."""
        self.until(future.done)
        return future.exception(0)

    def has_frames(self, count: int) -> bool:
        """Whether exactly so many frames arrived."""
        return len(self.heard.frames) == count

    def until_state(self, state: CameraState) -> None:
        self.until(lambda: self.host.status.state is state)

    def armed(self) -> PermitId:
        """Wait for the body, and arm under a fresh permit."""
        self.until_state(CameraState.READY)
        permit = self.checks.mint()
        self.result(self.host.arm(permit))
        return permit


class Control:
    """Steers the `FakeCamera` of whichever camera process runs at the moment."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "control"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self._path))
        self._server.listen()
        self._current: socket.socket | None = None

    def command(self, **body: object) -> list[str]:
        """The argv that starts a camera process on a body like this."""
        return [sys.executable, "-P", "-m", "tests.camera.fake_worker", str(self._path), json.dumps(body)]

    def tell(self, line: str) -> Any:
        """Obeyed by the newest process before this returns."""
        while self._current is None or select.select([self._server], [], [], 0)[0]:
            if self._current is not None:
                self._current.close()
            self._server.settimeout(PATIENCE_S)
            self._current, _ = self._server.accept()
        self._current.settimeout(PATIENCE_S)
        self._current.sendall(f"{line}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            piece = self._current.recv(65536)
            assert piece, "the camera process is gone"
            answer += piece
        return json.loads(answer)

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
        self._server.close()
