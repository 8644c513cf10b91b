# SPDX-License-Identifier: GPL-3.0-or-later
"""When to look for a body, and how often. Detection on USB is slow and leaks, so it happens only when there is cause."""

from __future__ import annotations

from collections.abc import Callable

from clinicam.camera.port import BodyFacts, CameraPort
from clinicam.errors import CameraAbsent, CameraError

_RETRY_S = 1.0
_USB_TRIES = 3

OpenCamera = Callable[[str | None, Callable[[], None]], CameraPort]
"""Makes an unopened `CameraPort` for a port (None: USB) and a sign-of-life callback."""


class Connector:
    """Opens a body when it is due. A loopback port is tried each second; USB only when told, a few times if claimed."""

    def __init__(self, open_camera: OpenCamera, alive: Callable[[], None], clock: Callable[[], float]) -> None:
        self._open_camera = open_camera
        self._alive = alive
        self._clock = clock
        self._address: str | None = None
        self._due: float | None = None
        self._tries = 0

    def look(self, address: str | None, settle_s: float) -> None:
        """Somebody has reason to believe that a body is there, or will be in `settle_s` seconds."""
        self._address, self._tries = address, 0
        self._due = self._clock() + settle_s

    def due_in(self, longest_s: float) -> float:
        """Seconds until the next attempt, `longest_s` at most."""
        return longest_s if self._due is None else min(longest_s, max(0.0, self._due - self._clock()))

    @property
    def is_due(self) -> bool:
        """Whether `attempt` should be called now."""
        return self._due is not None and self._clock() >= self._due

    def attempt(self) -> tuple[CameraPort, BodyFacts]:
        """Try to open.

        Raises:
            CameraError: there is none, or it cannot be had. The next attempt is planned, if there is to be one.
        """
        self._due = None
        self._tries += 1
        try:
            port = self._open_camera(self._address, self._alive)
            return port, port.open()
        except CameraError as error:
            absent = isinstance(error, CameraAbsent)
            if self._address is not None or (not absent and self._tries < _USB_TRIES):
                self._due = self._clock() + _RETRY_S
            raise
