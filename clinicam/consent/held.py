# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gate keeps of one permit: its state and the stretches of time in which it was live."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from clinicam.identity import PermitId
from clinicam.permits import Admission, CapturePermit, PermitState

IN_FLIGHT_MS = 10 * 60_000
"""How long after a pause a frame exposed before it may still arrive."""


class PauseCause(Enum):
    """Why a permit rests."""

    PERSON = "person"
    """somebody pressed pause"""
    LOCK = "lock"
    IDLE = "idle"
    HANDOVER = "handover"
    CLOCK_JUMP = "clock-jump"
    BLOCKED = "blocked"
    """a blocker about people came up"""
    MACHINE = "machine"
    """camera or vault; goes on by itself when they are well"""


class EndCause(Enum):
    """Why a permit is over."""

    STOPPED = "stopped"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    PATIENT_CHANGED = "patient-changed"
    REPLACED = "replaced"
    """another permit was minted"""
    NOT_PAUSABLE = "not-pausable"
    """it should have been paused, and was minted without that"""


@dataclass(frozen=True, slots=True)
class Change:
    """One permit changed. `cause` is None when it became live or ran out of time; `at_ms` is UTC wall clock."""

    permit: PermitId
    state: PermitState
    cause: PauseCause | EndCause | None
    at_ms: int


@dataclass(slots=True)
class Interval:
    """One stretch of being live, on the clock that cannot be set. An offset is wall clock minus that clock.

    A frame's time of exposure is a wall-clock stamp. It is looked at under the offset of both ends of the stretch,
    so that a clock that was set in between costs no picture.
    """

    start: int
    offset: int
    end: int | None = None
    end_offset: int = 0
    is_doubtful: bool = False

    def close(self, at: int, offset: int, *, is_doubtful: bool) -> None:
        self.end, self.end_offset, self.is_doubtful = at, offset, is_doubtful

    def holds(self, exposed_ms: int, now: int, now_offset: int) -> bool:
        end, end_offset = (now, now_offset) if self.end is None else (self.end, self.end_offset)
        return any(self.start <= exposed_ms - offset <= end for offset in (self.offset, end_offset))


@dataclass(slots=True)
class Held:
    """One permit and its history. Not thread-safe: the gate's lock guards it. Times as in `Interval`."""

    permit: CapturePermit
    expires: int
    intervals: list[Interval] = field(default_factory=list)
    state: PermitState = PermitState.PAUSED
    cause: PauseCause | EndCause | None = None

    def go_live(self, wall: int, boot: int) -> list[Change]:
        """From paused to live."""
        self.intervals.append(Interval(boot, wall - boot))
        return self._become(PermitState.LIVE, None, wall)

    def pause(self, cause: PauseCause, wall: int, boot: int) -> list[Change]:
        """From live to paused; a pause of the machine becomes one of people, never the reverse."""
        if self.state is PermitState.PAUSED and self.cause is PauseCause.MACHINE and cause is not PauseCause.MACHINE:
            self.intervals[-1].is_doubtful = True
            return self._become(PermitState.PAUSED, cause, wall)
        if self.state is not PermitState.LIVE:
            return []
        if not self.permit.pausable:
            return self.finish(EndCause.NOT_PAUSABLE, wall, boot)
        self.intervals[-1].close(boot, wall - boot, is_doubtful=cause is not PauseCause.MACHINE)
        return self._become(PermitState.PAUSED, cause, wall)

    def finish(self, cause: EndCause, wall: int, boot: int) -> list[Change]:
        """To the end, from anywhere but the end."""
        if self.state is PermitState.ENDED:
            return []
        if self.state is PermitState.LIVE:
            self.intervals[-1].close(boot, wall - boot, is_doubtful=True)
        return self._become(PermitState.ENDED, cause, wall)

    def watch(self, jump_ms: int, wall: int, boot: int) -> list[Change]:
        """Runs out, or pauses because the wall clock moved."""
        if self.state not in {PermitState.LIVE, PermitState.PAUSED}:
            return []
        if boot >= self.expires:
            if self.state is PermitState.LIVE:
                self.intervals[-1].close(self.expires, wall - boot, is_doubtful=True)
            return self._become(PermitState.EXPIRED, None, wall)
        if self.state is PermitState.LIVE and abs(wall - boot - self.intervals[-1].offset) > jump_ms:
            return self.pause(PauseCause.CLOCK_JUMP, wall, boot)
        return []

    def admission(self, exposed_ms: int, wall: int, boot: int) -> Admission | None:
        """How a frame exposed at that wall-clock time may be stored; None if it may not."""
        if self.state is PermitState.ENDED:
            return None
        is_doubtful = self.state is PermitState.EXPIRED
        for interval in reversed(self.intervals):
            is_doubtful = is_doubtful or interval.is_doubtful
            is_late = interval.end is not None and boot - interval.end > IN_FLIGHT_MS
            if not is_late and interval.holds(exposed_ms, boot, wall - boot):
                return Admission.UNFILED if is_doubtful else Admission.FILED
        return None

    def _become(self, state: PermitState, cause: PauseCause | EndCause | None, wall: int) -> list[Change]:
        self.state, self.cause = state, cause
        return [Change(self.permit.permit, state, cause, wall)]
