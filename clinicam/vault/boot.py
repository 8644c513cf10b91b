# SPDX-License-Identifier: GPL-3.0-or-later
"""The time since this machine was started, which nobody can set: for waits and for what must not outlive a sleep."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BootTime:
    """A moment. `boot` names the start of the machine (empty where the system does not say), `awake_ms` counts from it
    without the time asleep, `since_ms` with it.
    """

    boot: str
    awake_ms: int
    since_ms: int

    @property
    def slept_ms(self) -> int:
        """Time asleep since the start."""
        return self.since_ms - self.awake_ms


def boot_time(id_file: Path = Path("/proc/sys/kernel/random/boot_id")) -> BootTime:
    """Now. Where the system has no clock that runs on through sleep, time asleep counts as none."""
    try:
        boot = id_file.read_text("ascii").strip()
    except OSError:
        boot = ""
    awake = time.monotonic_ns()
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    since = time.clock_gettime_ns(clock) if clock is not None else awake
    return BootTime(boot, awake // 1_000_000, since // 1_000_000)
