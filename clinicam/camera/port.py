# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera is to CliniCam: the frozen types the host hands on, and the Protocol a driver fulfils.

The first half is for the rooms above (capture, ui). The second half is spoken only inside the camera process: one
thread, one body, every call may block for as long as libgphoto2 likes, which is why that process can be killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from clinicam.errors import CameraError
from clinicam.identity import FrameId, PermitId


class CameraState(Enum):
    """Where the camera stands, as a person would say it."""

    ABSENT = "absent"
    """nothing connected"""
    CONNECTING = "connecting"
    """the camera process is starting or talking to a body for the first time"""
    READY = "ready"
    """connected and disarmed: no live view, no shutter, frames dropped"""
    ARMED = "armed"
    """a live permit, the target read back: live view and shutter work"""
    LOST = "lost"
    """cable pulled, battery empty or switched off while connected"""
    CLAIMED = "claimed"
    """another program holds the camera"""
    REFUSED = "refused"
    """this body cannot promise to keep frames off its card, so it is never armed"""
    RESTARTING = "restarting"
    """the camera process died or hung and is being started again"""


class Trigger(Enum):
    """Who released the shutter."""

    SCREEN = "screen"
    """a request of ours: button, space bar or pedal"""
    BODY = "body"
    """the camera's own button"""


class Proof(Enum):
    """Where a frame lay before it came to us, told by the path the camera gave it."""

    MEMORY = "memory"
    """the camera's own memory: it was never on a medium"""
    CARD = "card"
    """a medium in the camera, or a path nobody knows: the promise is broken for this frame"""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """One picture of the camera's state. `problem` may be set while armed: a warning, e.g. `CameraNoPromise`.

    Attributes:
        battery: the body's own words, such as ``80%`` or ``Low``; None if it does not say.
        target_proved: the setting that keeps frames in memory was read back and no frame has given the lie to it.
        media_present: a card or other medium in the body; None if it does not say.
    """

    state: CameraState
    model: str = ""
    serial: str = ""
    battery: str | None = None
    target_proved: bool = False
    media_present: bool | None = None
    simulated: bool = False
    problem: CameraError | None = None


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """One file of a frame. Name and bytes come from the camera and are unchecked; `data` is in memory only."""

    untrusted_name: str
    media_type: str
    data: memoryview | bytearray


@dataclass(frozen=True, slots=True)
class ArrivedFrame:
    """What one press of the shutter gave. RAW+JPEG is one frame with two files, in the order the camera sent them.

    Attributes:
        exposed_ms: UTC wall clock; for the camera's own button a moment not later than the exposure's arrival.
        request: number of the `CameraHost.shoot` request, None for the camera's own button.
        proof: value of a `Proof`; ``card`` frames are erased from the card after `CameraHost.release`.
        camera: model and serial number as one text.
    """

    frame: FrameId
    permit: PermitId
    exposed_ms: int
    trigger: Trigger
    request: int | None
    files: tuple[ArrivedFile, ...]
    proof: str
    camera: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """Frames that arrived without a permit and were dropped unseen.

    Attributes:
        at_ms: UTC wall clock of the drop.
        cause: ``no permit``, ``lease ran out``, or ``no permit, on card`` (then still on the camera's card: unread).
    """

    count: int
    at_ms: int
    cause: str


class CameraListener(Protocol):
    """Told by `CameraHost`, always on the camera link thread. Must return quickly and must not call `CameraHost.stop`."""

    def status(self, status: CameraStatus) -> None:
        """The state changed."""
        ...

    def live(self, jpeg: bytes) -> None:
        """One live view picture: starts and ends with the JPEG markers, otherwise unchecked. At most 25 a second."""
        ...

    def exposed(self, request: int | None, frame: FrameId) -> None:
        """A shutter was released. Exactly one `frame` or `lost` follows for this id."""
        ...

    def frame(self, frame: ArrivedFrame) -> None:
        """A frame arrived whole and its permit admits it."""
        ...

    def unclaimed(self, unclaimed: Unclaimed) -> None:
        """Frames without a permit were dropped."""
        ...

    def lost(self, frame: FrameId | None, request: int | None, error: CameraError) -> None:
        """A frame whose shutter was, or may have been, released will never arrive. Once per frame."""
        ...


# --- inside the camera process ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilePath:
    """Where the camera says a file is. Untrusted text, never shown, never a path on our disk."""

    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class FileAdded:
    """A picture came, by whatever shutter."""

    path: FilePath


@dataclass(frozen=True, slots=True)
class CaptureComplete:
    """The body says the exposure is over."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing happened for as long as was asked."""


@dataclass(frozen=True, slots=True)
class Other:
    """A change of settings, a new folder: of no interest here."""


CameraEvent = FileAdded | CaptureComplete | Quiet | Other


@dataclass(frozen=True, slots=True)
class BodyFacts:
    """What a body says about itself, plus the name the driver's own table gives it. All untrusted text."""

    maker: str
    model: str
    serial: str
    driver_model: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the body or its driver. `value` is None where the body has none at the moment."""

    value: str | None
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes from the camera, unchecked, and whatever keeps them in place: use `untrusted_data` only while holding this."""

    untrusted_data: memoryview
    owner: object = None


class CameraPort(Protocol):
    """One body, one thread. Every method raises `CameraError` and nothing else.

    After `CameraLost` the object is good for nothing but being thrown away together with its process.
    """

    def open(self) -> BodyFacts:
        """Connect.

        Raises:
            CameraAbsent: nothing there. CameraClaimed: another program holds it. May be called again after either.
        """
        ...

    def close(self) -> None:
        """Live view off, connection closed. Never raises; may block."""
        ...

    def setting(self, name: str) -> Setting | None:
        """The setting as the body has it now; None if it has no such setting."""
        ...

    def change(self, name: str, value: str) -> None:
        """Set it. The body may take a moment: read back."""
        ...

    def media_present(self) -> bool | None:
        """Whether a card or disk is in the body; None if it does not say."""
        ...

    def preview(self) -> Picture | None:
        """One live view picture as it came, starting live view if need be; None when the body had none ready."""
        ...

    def stop_preview(self) -> None:
        """Live view off: sensor, mirror and screen at rest."""
        ...

    def trigger(self) -> None:
        """Release the shutter once. Never tried again here, whatever the outcome."""
        ...

    def wait(self, timeout_ms: int) -> CameraEvent:
        """The next event. A frame in camera memory is moved to this process before it is announced: that can take long."""
        ...

    def fetch(self, path: FilePath) -> Picture:
        """The bytes of a file just announced. Must come before any other call, or the driver may have dropped them."""
        ...

    def forget(self, path: FilePath) -> None:
        """Drop the driver's own copy of a frame from camera memory. Sends nothing to the body. Never raises."""
        ...

    def erase(self, path: FilePath) -> bool:
        """Delete a file on the card, then list its folder again. True when it is gone."""
        ...
