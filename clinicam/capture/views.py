# SPDX-License-Identifier: GPL-3.0-or-later
"""What a window sees of a sitting: frozen snapshots, safe to hand from any thread to any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clinicam.camera.port import CameraStatus
from clinicam.capture.series import Series
from clinicam.capture.session import Quality, SessionState, ShotState, Tone
from clinicam.consent.rules import Standing
from clinicam.errors import CliniCamError
from clinicam.identity import FrameId, ImageId, Patient, SessionId


@dataclass(frozen=True, slots=True)
class ShotView:
    """One press of the shutter. `thumbnail` is JPEG bytes, present only once the frame is safe and rendered."""

    number: int
    frame: FrameId | None
    view_index: int
    view_name: str
    state: ShotState
    quality: Quality | None = None
    label: str = ""
    thumbnail: bytes | None = None
    cause: CliniCamError | None = None
    image: ImageId | None = None


@dataclass(frozen=True, slots=True)
class SittingView:
    """A whole sitting at one instant. `done` has one entry a view; `problem` is why the shutter is shut, if it is."""

    session: SessionId
    state: SessionState
    patient: Patient
    series: Series
    view_index: int
    shots: tuple[ShotView, ...]
    done: tuple[bool, ...]
    blockers: tuple[Standing, ...]
    camera: CameraStatus
    note: str
    live_on: bool
    problem: CliniCamError | None = None

    @property
    def pictures_safe(self) -> int:
        """How many frames have been acknowledged by the vault."""
        return sum(shot.state in {ShotState.SAFE, ShotState.UNFILED} for shot in self.shots)


class SittingListener(Protocol):
    """Told of changes. Called on any thread, never twice at once; must return quickly."""

    def changed(self, view: SittingView) -> None:
        """The sitting changed; `view` is the newest snapshot."""
        ...

    def live(self, jpeg: bytes) -> None:
        """One live-view frame, JPEG. Never stored."""
        ...

    def tone(self, tone: Tone) -> None:
        """Something a person should hear."""
        ...
