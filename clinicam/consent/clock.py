# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as consent needs it: the wall clock for stamps, a clock that runs through suspend for durations, and days."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from datetime import time as clock_time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds. `boottime_ms` never goes back and goes on while the machine sleeps."""

    def wall_ms(self) -> int:
        """UTC wall clock, since 1970."""
        ...

    def boottime_ms(self) -> int:
        """Since some fixed moment of this boot."""
        ...


_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux counts sleep in CLOCK_BOOTTIME; macOS counts it in CLOCK_MONOTONIC."""


class SystemClock:
    """This machine's clocks."""

    def wall_ms(self) -> int:
        """UTC wall clock, since 1970."""
        return time.time_ns() // 1_000_000

    def boottime_ms(self) -> int:
        """Since boot, sleep included."""
        return time.clock_gettime_ns(_BOOT) // 1_000_000


@dataclass(frozen=True, slots=True)
class Day:
    """One day on the practice's calendar, as [start_ms, end_ms) of the UTC wall clock; 23 or 25 hours when clocks change."""

    date: date
    start_ms: int
    end_ms: int

    def has(self, at_ms: int | None) -> bool:
        """Whether that moment is in this day."""
        return at_ms is not None and self.start_ms <= at_ms < self.end_ms


def day_of(wall_ms: int, zone: tzinfo | None = None) -> Day:
    """The day a moment falls on, in `zone` or else this machine's own zone."""
    here = datetime.fromtimestamp(wall_ms / 1000, zone) if zone else datetime.fromtimestamp(wall_ms / 1000).astimezone()
    today = here.date()
    return Day(today, _midnight(today, zone), _midnight(today + timedelta(days=1), zone))


def _midnight(day: date, zone: tzinfo | None) -> int:
    start = datetime.combine(day, clock_time.min, zone)
    return int((start if zone else start.astimezone()).timestamp() * 1000)
