# SPDX-License-Identifier: GPL-3.0-or-later
"""The lease the camera process lives on, and the kernel timer behind it.

The window process renews the lease every second. Two seconds without a renewal, or one that no longer names the permit,
and the camera is disarmed. Five seconds, and the kernel ends the process: the alarm signal keeps its default action, so
no Python code has to run and libgphoto2 may hold the interpreter lock for as long as it likes.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

from clinicam.errors import CameraRefused
from clinicam.identity import PermitId

LEASE_S = 2.0
KILL_S = 5.0
RAN_OUT = "lease ran out"


class Lease:
    """Who may shoot, as of the last renewal. `beat` comes from the channel thread, the rest from the camera thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._named: PermitId | None = None
        self._beaten = float("-inf")
        self._armed: PermitId | None = None
        self._lapsed: tuple[PermitId, str] | None = None

    def beat(self, permit: PermitId | None) -> None:
        """A renewal arrived. It never arms, and it does not revive a lease that ran out in the meantime."""
        with self._lock:
            self._expire()
            self._beaten = self._clock()
            self._named = permit
            if self._armed is not None and permit != self._armed:
                self._end("no longer named")

    def require(self, permit: PermitId) -> None:
        """Check that the camera could be armed under `permit` now.

        Raises:
            CameraRefused: the last renewal did not name it, or is too old.
        """
        with self._lock:
            self._expire()
            if self._named != permit or not self._fresh():
                raise CameraRefused("the lease does not name this permit")

    def arm(self, permit: PermitId) -> None:
        """Arm under `permit`.

        Raises:
            CameraRefused: as `require`.
        """
        self.require(permit)
        with self._lock:
            self._armed = permit
            self._lapsed = None

    def disarm(self) -> None:
        """Disarm on request: not reported by `lapse`."""
        with self._lock:
            self._armed = None

    def holder(self) -> PermitId | None:
        """The permit the camera is armed under at this moment, or None."""
        with self._lock:
            self._expire()
            return self._armed

    def alive(self) -> bool:
        """Whether the window process was heard of lately, with or without a permit."""
        with self._lock:
            return self._fresh()

    def lapse(self) -> tuple[PermitId, str] | None:
        """The permit that ended by itself since last asked, and why."""
        with self._lock:
            self._expire()
            lapsed, self._lapsed = self._lapsed, None
            return lapsed

    def _fresh(self) -> bool:
        return self._clock() - self._beaten < LEASE_S

    def _expire(self) -> None:
        if self._armed is not None and not self._fresh():
            self._end(RAN_OUT)

    def _end(self, cause: str) -> None:
        if self._armed is not None:
            self._lapsed = (self._armed, cause)
            self._armed = None


def take_default_alarm() -> None:
    """Make the alarm signal deadly, whatever was inherited. Main thread, before the first `wind`."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def wind() -> None:
    """Give this process another `KILL_S` seconds of life. Any thread."""
    signal.setitimer(signal.ITIMER_REAL, KILL_S)
