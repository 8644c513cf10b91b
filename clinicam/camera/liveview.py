# SPDX-License-Identifier: GPL-3.0-or-later
"""Live view inside the camera process: at most 25 pictures a second, whole ones only, only while the lease holds."""

from __future__ import annotations

from collections.abc import Callable

from clinicam.camera.channel import Channel
from clinicam.camera.lease import Lease
from clinicam.camera.messages import HostMessage, LivePicture
from clinicam.camera.pictures import is_whole_jpeg
from clinicam.camera.port import CameraPort
from clinicam.errors import CameraError, CameraLost

GAP_S = 0.04
_OFF_AFTER_FAULTS = 5
BACKLOG = 256 * 1024
"""Bytes the window may be behind. A slow window gets fewer live pictures, never older ones, and its answers in time."""


class LiveView:
    """Off at first. Camera thread only."""

    def __init__(
        self, port: CameraPort, channel: Channel[HostMessage], lease: Lease, clock: Callable[[], float]
    ) -> None:
        self._port = port
        self._channel = channel
        self._lease = lease
        self._clock = clock
        self._due = 0.0
        self._faults = 0
        self.is_on = False

    def start(self) -> None:
        """On, with a first picture.

        Raises:
            CameraError: the body has no live view, or refuses it now; its reason is in the detail.
        """
        if not self.is_on:
            self._show()
            self.is_on, self._faults = True, 0

    def stop(self) -> None:
        """Off: sensor and mirror at rest.

        Raises:
            CameraError: the body did not obey. No picture is fetched any more all the same.
        """
        if self.is_on:
            self.is_on = False
            self._port.stop_preview()

    def take(self) -> CameraError | None:
        """Fetch and send the next picture if it is time. Returns the cause when live view had to be given up.

        Raises:
            CameraLost: the body is gone.
        """
        if not self.is_on or self._clock() < self._due:
            return None
        try:
            self._show()
            self._faults = 0
        except CameraLost:
            raise
        except CameraError as error:
            self._faults += 1
            return error if self._faults >= _OFF_AFTER_FAULTS else None
        return None

    def due_ms(self) -> int:
        """Milliseconds until the next picture, one at least."""
        return max(1, int((self._due - self._clock()) * 1000))

    def _show(self) -> None:
        self._due = self._clock() + GAP_S
        picture = self._port.preview()
        if picture is None or not is_whole_jpeg(picture.untrusted_data) or self._lease.holder() is None:
            return
        if self._channel.unread() <= BACKLOG:
            self._channel.send(LivePicture(), picture.untrusted_data)
