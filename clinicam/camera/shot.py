# SPDX-License-Identifier: GPL-3.0-or-later
"""One press of the shutter, from exposure to its last file. Pure: told events and times, answers whether it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from clinicam.camera.port import FilePath, Proof, Trigger
from clinicam.identity import FrameId, PermitId

QUIET_AFTER_FILE_S = 2.0
"""Without a word that the capture is complete, this long after the last file no other is expected."""
FIRST_FILE_S = 20.0
"""A picture that has not come by then will not: long exposures are not what a surgery takes."""
COMPLETE_WITHOUT_FILE_S = 4.0
"""The body said complete but sent nothing."""


class Outcome(Enum):
    """What became of a shot when nothing more is happening."""

    WAITING = "waiting"
    """more may come"""
    WHOLE = "whole"
    """all files are there"""
    NOTHING = "nothing"
    """no file came"""


@dataclass(slots=True)
class Shot:
    """A shot under way. Times are monotonic seconds."""

    frame: FrameId
    permit: PermitId
    trigger: Trigger
    request: int | None
    began: float
    paths: list[FilePath] = field(default_factory=list)
    media_types: set[str] = field(default_factory=set)
    proof: Proof = Proof.MEMORY
    _complete: float | None = None
    _last_file: float = 0.0

    def takes(self, media_type: str) -> bool:
        """Whether a file of this type can belong here: RAW+JPEG is one of each, a second JPEG is the next press."""
        return media_type not in self.media_types

    def add(self, path: FilePath, media_type: str, proof: Proof, now: float) -> None:
        """A file of this shot arrived."""
        self.paths.append(path)
        self.media_types.add(media_type)
        self._last_file = now
        if proof is Proof.CARD:
            self.proof = Proof.CARD

    def complete(self, now: float) -> None:
        """The body says the exposure is over; files may still follow."""
        if self._complete is None:
            self._complete = now

    def when_quiet(self, now: float) -> Outcome:
        """Nothing is happening at `now`: is it over?"""
        if self.paths:
            over = self._complete is not None or now - self._last_file >= QUIET_AFTER_FILE_S
            return Outcome.WHOLE if over else Outcome.WAITING
        waited = now - self.began >= FIRST_FILE_S
        sent_nothing = self._complete is not None and now - self._complete >= COMPLETE_WITHOUT_FILE_S
        return Outcome.NOTHING if waited or sent_nothing else Outcome.WAITING
