# SPDX-License-Identifier: GPL-3.0-or-later
"""The one listener of the camera process: hands its news to the sitting there is, and records what nobody asked for.

A frame from the camera's own button without a permit is dropped by the camera process, unseen; here it becomes a row
of the ledger, while unlocked and while locked alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from clinicam.camera.port import ArrivedFrame, CameraStatus, Unclaimed
from clinicam.errors import CameraError
from clinicam.identity import FrameId


class Attending(Protocol):
    """The part of `sitting.Sitting` that is told of the camera's news."""

    def camera_changed(self) -> None: ...
    def live(self, jpeg: bytes) -> None: ...
    def exposed(self, frame: FrameId) -> None: ...
    def frame(self, arrived: ArrivedFrame) -> None: ...
    def unclaimed(self, dropped: Unclaimed) -> None: ...
    def lost(self, frame: FrameId | None, error: CameraError) -> None: ...


class CameraWatch:
    """A `camera.host.CameraListener`. Called on the camera link thread; `attend` on the main thread.

    Args:
        record: writes an act of dropped frames, e.g. ``record("frame.unclaimed", "count=1")``; must not block.
        changed: told of every status, for the chips on screen.
    """

    def __init__(self, record: Callable[[str, str], None], changed: Callable[[CameraStatus], None]) -> None:
        self._record = record
        self._changed = changed
        self._lock = threading.Lock()
        self._sitting: Attending | None = None

    def attend(self, sitting: Attending | None) -> None:
        """From now on news go to `sitting`; None when no session is open."""
        with self._lock:
            self._sitting = sitting

    def status(self, status: CameraStatus) -> None:
        """The camera's state changed."""
        self._changed(status)
        sitting = self._current()
        if sitting is not None:
            sitting.camera_changed()

    def live(self, jpeg: bytes) -> None:
        """A live-view frame; dropped where no session is open."""
        sitting = self._current()
        if sitting is not None:
            sitting.live(jpeg)

    def exposed(self, request: int | None, frame: FrameId) -> None:
        """The camera has a frame for an armed permit."""
        del request
        sitting = self._current()
        if sitting is not None:
            sitting.exposed(frame)

    def frame(self, arrived: ArrivedFrame) -> None:
        """A whole frame. With no session open it is dropped here and recorded: nobody can vouch for its patient."""
        sitting = self._current()
        if sitting is None:
            self._record("frame.unclaimed", "count=1 cause=no-session")
            return
        sitting.frame(arrived)

    def unclaimed(self, dropped: Unclaimed) -> None:
        """The camera process dropped frames that no permit covers."""
        self._record("frame.unclaimed", f"count={dropped.count} cause={dropped.cause}")
        sitting = self._current()
        if sitting is not None:
            sitting.unclaimed(dropped)

    def lost(self, frame: FrameId | None, request: int | None, error: CameraError) -> None:
        """The camera went while a frame was on its way."""
        del request
        self._record("frame.lost", f"cause={type(error).__name__}")
        sitting = self._current()
        if sitting is not None:
            sitting.lost(frame, error)

    def _current(self) -> Attending | None:
        with self._lock:
            return self._sitting
