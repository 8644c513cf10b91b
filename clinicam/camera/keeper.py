# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps one camera process running: starts it, starts it again after it ended, and gives up asking ever more slowly."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from clinicam.camera.link import Link
from clinicam.camera.messages import Connect, Exit, HostMessage, WorkerMessage
from clinicam.camera.settings_folder import make_settings_folder, remove_settings_folder
from clinicam.errors import CameraError, CameraFault

_log = logging.getLogger(__name__)
_SHORT_LIFE_S = 3.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 8.0
_STOP_S = 2.0
_RENEWALS = 3
"""A body that offers the same leftover frame to every new process is not answered with new processes for ever."""


class Keeper:
    """`start`, `keep` and `stop` belong to the main thread. `heard` and `ended` are called on the camera link thread.

    Args:
        command: what to start; the descriptor is appended.
        port: what each new process is told to connect to.
        below: where the private settings folder is made.
        ended: the process's exit code and what that means; a new one is started by `keep` unless stopping.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: str | None,
        below: Path,
        heard: Callable[[WorkerMessage, bytearray], None],
        ended: Callable[[int, CameraError], None],
    ) -> None:
        self._command = tuple(command)
        self._port = port
        self._below = below
        self._heard = heard
        self._told_end = ended
        self._folder: Path | None = None
        self._lock = threading.Lock()
        self._link: Link | None = None
        self._again_at = 0.0
        self._pause = 0.0
        self._renewals = 0
        self.stopping = False

    @property
    def link(self) -> Link | None:
        """The running process; None between two of them."""
        with self._lock:
            return self._link

    def start(self) -> None:
        """Make the settings folder and start the first process.

        Raises:
            CameraFault: either cannot be had.
        """
        try:
            self._folder = make_settings_folder(self._below)
        except OSError as refused:
            raise CameraFault(f"settings folder: {refused.strerror}") from refused
        self.stopping = False
        self._spawn(self._folder)

    def keep(self) -> Link | None:
        """The running process; when there is none, start one if it is time to."""
        link = self.link
        if link is None and self._folder is not None and not self.stopping and time.monotonic() >= self._again_at:
            try:
                self._spawn(self._folder)
            except CameraFault as fault:
                _log.warning("%s", fault.detail)
                self._lengthen_pause()
        return link

    def post(self, message: HostMessage) -> bool:
        """Send to the running process, if there is one that listens."""
        link = self.link
        return link is not None and link.post(message)

    def stop(self, farewell: HostMessage) -> None:
        """Ask the process to end, make sure it does, and leave nothing behind."""
        self.stopping = True
        link = self.link
        if link is not None:
            link.post(farewell)
            if not link.join(_STOP_S):
                link.kill()
                link.join()
        if self._folder is not None:
            remove_settings_folder(self._folder)
            self._folder = None

    def _spawn(self, folder: Path) -> None:
        with self._lock:  # held until the link is known: its thread may see the end at once
            self._link = link = Link(self._command, folder, self._heard, self._ended)
        link.post(Connect(self._port, stay=self._renewals >= _RENEWALS))

    def _ended(self, link: Link, code: int, error: CameraError) -> None:
        """Link thread, its last act."""
        if time.monotonic() - link.started < _SHORT_LIFE_S:
            self._lengthen_pause()
            self._renewals += code == Exit.RENEWED
        else:
            self._pause, self._renewals = 0.0, 0
        _log.info("%s", error.detail)
        self._told_end(code, error)
        with self._lock:  # only now may there be another process, and another link thread
            self._link = None

    def _lengthen_pause(self) -> None:
        self._pause = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, self._pause * 2))
        self._again_at = time.monotonic() + self._pause
