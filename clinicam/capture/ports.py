# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sitting needs of others, as Protocols: leave to photograph, the camera, the place where frames become safe."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, Protocol

from clinicam.camera.port import ArrivedFrame, CameraStatus
from clinicam.capture.quality import Renditions
from clinicam.consent.gate import EndCause, PauseCause
from clinicam.consent.rules import Standing
from clinicam.identity import FrameId, ImageId, PermitId
from clinicam.permits import Admission


class Leave(Protocol):
    """Leave to photograph this patient in this session. Implemented over the consent gate by `leave.GateLeave`.

    Thread-safe; never blocks on input or output.
    """

    def look(self, permit: PermitId | None) -> tuple[Standing, ...]:
        """Ask the rules again and let the permit follow: every blocker that stands at this moment."""
        ...

    def obtain(self, permit: PermitId | None) -> PermitId:
        """A live permit: the given one if it is live or may be resumed ("same patient?" was answered), else a new one.

        Raises:
            PermitRefused: a blocker stands; all codes are in it.
        """
        ...

    def is_live(self, permit: PermitId) -> bool:
        """Whether the permit may be acted on now."""
        ...

    def pause(self, permit: PermitId, cause: PauseCause) -> None:
        """No act from now on; frames exposed before stay admissible as unfiled."""
        ...

    def end(self, permit: PermitId, cause: EndCause) -> None:
        """No act ever again."""
        ...

    def touched(self, pictures: int) -> None:
        """Somebody acted just now; so many pictures are safe."""
        ...


class Camera(Protocol):
    """The part of `camera.host.CameraHost` a sitting uses. Called on the window's main thread."""

    @property
    def status(self) -> CameraStatus: ...
    def arm(self, permit: PermitId) -> Future[None]: ...
    def disarm(self) -> Future[None]: ...
    def live(self, on: bool) -> Future[None]: ...
    def shoot(self) -> Future[FrameId]: ...
    def release(self, frame: FrameId) -> None: ...


class Stored(Protocol):
    """What the vault says of a stored frame."""

    @property
    def images(self) -> tuple[ImageId, ...]: ...
    @property
    def admission(self) -> Admission: ...


class Keeping(Protocol):
    """Where frames become safe and words about them are kept. Every method returns a future of the vault thread."""

    def store(self, frame: ArrivedFrame, media_types: tuple[str, ...], view: str) -> Future[Stored]:
        """Encrypt, compare, flush, record; resolved only when durable (vault.md 2.5)."""
        ...

    def refuse(self, frame: FrameId, reason: str) -> Future[Any]:
        """Record that a frame was dropped; `reason` is a word, never content."""
        ...

    def renditions(self, image: ImageId, made: Renditions) -> Future[Any]:
        """Keep preview and thumbnail beside their original."""
        ...

    def label(self, frame: FrameId, text: str) -> Future[Any]:
        """Keep a label for one frame. The future fails with BadPatientData when it cannot be shown."""
        ...

    def note(self, text: str) -> Future[Any]:
        """Keep the note of the session."""
        ...

    def event(self, what: str, cause: str = "") -> Future[Any]:
        """Record a change of the session: paused, resumed, stopped..."""
        ...

    def withdraw(self) -> Future[Any]:
        """Record that the patient withdrew: a consent event, not only a note of the session."""
        ...

    def close(self, ending: str, unfiled: int) -> Future[Any]:
        """Record the end (a value of `practice.sessions.HowClosed`) and leave the clinician's tasks."""
        ...
