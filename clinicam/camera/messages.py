# SPDX-License-Identifier: GPL-3.0-or-later
"""What the window process and the camera process say to each other. Decoded strictly on both sides.

Times are `time.monotonic_ns` readings, which all processes of one machine share; the host turns them into wall time.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import msgspec

from clinicam.camera.faults import Fault
from clinicam.camera.port import CameraState, Proof, Trigger

Id16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Text = Annotated[str, msgspec.Meta(max_length=255)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """One struct per message; the class name is its tag."""


# --- window process -> camera process --------------------------------------------------------------------------------


class Beat(_Message, frozen=True):
    """The lease is renewed. `permit` only while the permit is live; anything else disarms."""

    seq: Count
    permit: Id16 | None


class Connect(_Message, frozen=True):
    """Look for the body now: at start, after udev saw one come, or because a person asked.

    `port` is ``ptpip:127.0.0.1:PORT:PORT``, or None for USB. `settle_ms` is how long to let a new USB device come up.
    `stay`: do not end after dropping frames, because the processes before did so again and again for the same ones.
    """

    port: Text | None
    settle_ms: Count = 0
    stay: bool = False


class Gone(_Message, frozen=True):
    """udev saw the body leave."""


class Arm(_Message, frozen=True):
    """Allow live view and shutter under `permit`, after the target was set and read back."""

    request: Count
    permit: Id16


class Disarm(_Message, frozen=True):
    """Live view off, shutter refused. A frame already exposed still comes."""

    request: Count


class Live(_Message, frozen=True):
    """Live view on or off."""

    request: Count
    on: bool


class Shoot(_Message, frozen=True):
    """Release the shutter once under `permit`; the picture will be `frame`."""

    request: Count
    permit: Id16
    frame: Id16


class Release(_Message, frozen=True):
    """The vault has `frame`: forget the driver's copy, erase it from the card if it was there."""

    frame: Id16


class Stop(_Message, frozen=True):
    """Close the camera and end the process."""


HostMessage = Beat | Connect | Gone | Arm | Disarm | Live | Shoot | Release | Stop


# --- camera process -> window process --------------------------------------------------------------------------------


class Pulse(_Message, frozen=True):
    """The answer to a `Beat`, from a thread of its own: its absence means the interpreter is held."""

    seq: Count


class State(_Message, frozen=True):
    """The camera's state; see `port.CameraStatus`."""

    state: CameraState
    model: Text = ""
    serial: Text = ""
    battery: Text | None = None
    target_proved: bool = False
    media_present: bool | None = None
    problem: Fault | None = None


class Answer(_Message, frozen=True):
    """A request is done, or failed with its cause. A successful `Shoot` is answered by `Exposed` instead."""

    request: Count
    fault: Fault | None = None


class Exposed(_Message, frozen=True):
    """A shutter was released under `permit`."""

    frame: Id16
    permit: Id16
    request: Count | None
    at_ns: Count


class LivePicture(_Message, frozen=True):
    """Payload: one JPEG."""


class Part(_Message, frozen=True):
    """Payload: one file of `frame`."""

    frame: Id16
    name: Text
    media_type: Text


class Shot(_Message, frozen=True):
    """All `parts` files of `frame` have been sent."""

    frame: Id16
    permit: Id16
    trigger: Trigger
    proof: Proof
    parts: Count


class FrameLost(_Message, frozen=True):
    """`frame` was exposed but will not come."""

    frame: Id16
    fault: Fault


class Dropped(_Message, frozen=True):
    """Pictures came without a permit and were dropped unseen."""

    count: Count
    cause: Text


class Disarmed(_Message, frozen=True):
    """The camera process disarmed itself."""

    permit: Id16
    cause: Text


class Note(_Message, frozen=True):
    """A line for the log. Never a file name, never a patient."""

    text: Text


WorkerMessage = Pulse | State | Answer | Exposed | LivePicture | Part | Shot | FrameLost | Dropped | Disarmed | Note


class Exit(IntEnum):
    """Why the camera process ended by itself. Anything else is a crash or a kill."""

    STOPPED = 0
    """asked to, or the window process is gone"""
    LOST = 3
    """the body went away: a libgphoto2 that lost its camera is not used again"""
    RENEWED = 4
    """pictures without a permit passed through its memory: a fresh process takes over"""
    BROKEN = 70
    """a defect of ours"""
    HUNG = 71
    """libgphoto2 stopped answering"""
