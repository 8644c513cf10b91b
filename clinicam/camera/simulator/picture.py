# SPDX-License-Identifier: GPL-3.0-or-later
"""What the body and the studio tell each other: frozen types, and the Protocol of whoever draws the pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Flaw(Enum):
    """What may go wrong with one picture."""

    NONE = "none"
    BLURRED = "blurred"
    """out of focus"""
    DARK = "dark"
    """under-exposed"""
    BRIGHT = "bright"
    """over-exposed"""


@dataclass(frozen=True, slots=True)
class Shot:
    """What one press of the shutter asks of the studio."""

    number: int
    """frame number, from 1"""
    jpeg: bool
    raw: bool
    iso: int
    f_number: float
    exposure_s: float
    flaw: Flaw = Flaw.NONE


@dataclass(frozen=True, slots=True)
class Exposure:
    """The files of one frame; None for a file the shot did not ask for."""

    jpeg: bytes | None
    raw: bytes | None
    width: int
    height: int


class Studio(Protocol):
    """Whatever stands in front of the camera."""

    def still(self, shot: Shot) -> Exposure:
        """The files of one frame, marked as simulated."""

    def live(self) -> bytes:
        """The next live view JPEG."""
