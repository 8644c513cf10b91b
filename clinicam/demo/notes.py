# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo remembers across the lock, which replaces its process, and says at the end in `summary.json`."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

HALFWAY = "halfway.json"
SUMMARY = "summary.json"


class Notes(msgspec.Struct):
    """Mutable while the demo runs. All of it is about a training vault; so the password and the words may be here."""

    folder: str = ""
    user_id: str = ""
    password: str = ""
    kit_words: list[str] = []
    kept: int = 0
    refused_without_permit: int = 0
    screenshots: int = 0
    timings: dict[str, float] = {}
    ticks: list[float] = []
    unlocked_at: float = 0.0
    unlock_to_first_frame_s: float = 0.0
    camera: str = ""

    def first_live(self, now: float) -> None:
        """The first live picture is on screen."""
        self.unlock_to_first_frame_s = round(now - self.unlocked_at, 3)

    def keep(self, out: Path) -> None:
        """Leave them for the process after the lock."""
        (out / HALFWAY).write_bytes(msgspec.json.encode(self))

    @classmethod
    def take(cls, out: Path) -> Notes:
        """What the process before the lock left; its file is removed."""
        path = out / HALFWAY
        notes = msgspec.json.decode(path.read_bytes(), type=cls)
        path.unlink()
        return notes


class Summary(msgspec.Struct, frozen=True):
    """The content of `summary.json`. Times in seconds."""

    images: int
    ledger_rows: int
    refused_without_permit: int
    verify: str
    findings: list[str]
    unlock_to_first_frame_s: float
    timings: dict[str, float]
    screenshots: int
    folder: str
    user_id: str
    password: str
    kit_words: list[str]

    def write(self, out: Path) -> None:
        """As indented JSON."""
        (out / SUMMARY).write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n")


def since(start: float) -> float:
    """Seconds since a moment of the monotonic clock, to the millisecond."""
    return round(time.monotonic() - start, 3)
