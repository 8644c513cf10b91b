# SPDX-License-Identifier: GPL-3.0-or-later
"""From the press to the tick on the simulated body, against a plain python-gphoto2 script that keeps the file in clear.

Ours: window process, camera process, session with live view running, permit checked, encrypted vault. The script: one
process, no live view, `trigger_capture`, `wait_for_event`, `file_get`, write, fsync.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.measure import against, interleaved
from benchmarks.practice import Room, both

BYTES_PER_SECOND = 40_000_000
FRAME_BYTES = 24_000_000
ROUNDS = 7
_OURS, _PEER = "CliniCam", "plain gphoto2 script"


def measure(folder: Path) -> Findings:
    """Shots of either side in turn."""
    with both(folder, bytes_per_second=BYTES_PER_SECOND, frame_bytes=FRAME_BYTES) as (ours, script):
        medians = interleaved({_OURS: lambda: _shot(ours), _PEER: lambda: script.ask("shot")}, ROUNDS)
    return Findings(
        [against("shot to tick, 24 MB at 40 MB/s", medians, _OURS, _PEER, target=1.25)],
        remarks=["shot: each side has a body of its own with the same settings; the other rests meanwhile"],
    )


def _shot(ours: Room) -> float:
    ours.wake()
    took = ours.shot()
    ours.rest()
    return took
