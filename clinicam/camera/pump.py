# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for events, one at a time, and passing them to the intake. Every frame comes through here."""

from __future__ import annotations

import time
from collections.abc import Callable

from clinicam.camera.intake import Intake
from clinicam.camera.lease import Lease
from clinicam.camera.port import CameraEvent, CameraPort, CaptureComplete, FileAdded, Quiet
from clinicam.camera.standing import Standing
from clinicam.errors import CameraBusy, CameraError, CameraLost

WAIT_SHOT_MS = 40
_DRAIN_S = 5.0
_SILENCE_S = 0.25


class Pump:
    """The event side of one connected body. Camera thread only."""

    def __init__(
        self,
        port: CameraPort,
        intake: Intake,
        lease: Lease,
        standing: Standing,
        alive: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._port = port
        self._intake = intake
        self._lease = lease
        self._standing = standing
        self._alive = alive
        self._clock = clock
        self._fault: CameraError | None = None

    def once(self, patience_ms: int) -> CameraEvent | None:
        """One wait, one event. None when the body failed to say.

        Whether a failure is the end of the body or only of the shot under way is told by the next wait.

        Raises:
            CameraLost: the body is gone, or failed twice in a row without telling why.
        """
        self._alive()
        permit, at_ns = self._lease.holder(), time.monotonic_ns()
        try:
            event = self._port.wait(patience_ms)
            if self._fault is not None:
                self._intake.fail(self._fault)
                self._fault = None
            if isinstance(event, FileAdded):
                self._intake.added(event.path, permit, at_ns)
        except CameraLost:
            raise
        except CameraError as error:
            self._standing.note("wait", error)
            if self._fault is not None:
                raise CameraLost(error.detail) from error
            self._fault = error
            return None
        if isinstance(event, CaptureComplete):
            self._intake.complete()
        elif isinstance(event, Quiet):
            self._intake.quiet()
        return event

    def drain(self) -> None:
        """Run dry before arming: what was exposed before belongs to nobody, a late frame may be of the last patient.

        Comes last before arming, and lasts until the body has been silent for a while, so that a frame it is still
        writing is not taken for one of the new permit.

        Raises:
            CameraBusy: it never falls silent.
        """
        silent_since = self._clock()
        deadline = silent_since + _DRAIN_S
        while self._clock() - silent_since < _SILENCE_S or self._intake.shot is not None:
            event = self.once(WAIT_SHOT_MS)
            if isinstance(event, FileAdded | CaptureComplete) or self._intake.shot is not None:
                silent_since = self._clock()
            if self._clock() > deadline:
                raise CameraBusy("the camera is still sending")
