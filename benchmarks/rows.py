# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long ledger costs: unlocking with a snapshot and without, the check of every row, memory.

Each unlock is a process of its own, `benchmarks.rows_child`, so that its memory is its own too. The topic ``million``
does the same with a million rows, which takes some minutes to fill and is therefore measured only when named.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.bed import Findings
from benchmarks.fill import filled
from benchmarks.measure import Result, alone

SIZES = (10_000, 100_000)
ROUNDS = 3
RESTORE_MS_A_ROW = 200 / 200_000
REBUILD_MS_A_ROW = 4000 / 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What one child found. Seconds; memory in KiB."""

    rows: int
    unlock_s: float
    restore_s: float
    grown_kib: int
    verify_s: float


def measure(folder: Path) -> Findings:
    """Both sizes."""
    return measure_sizes(folder, SIZES)


def measure_sizes(folder: Path, sizes: tuple[int, ...]) -> Findings:
    """Fill, then open as often as there are rounds, then without the snapshot, then check."""
    found = Findings(
        remarks=["rows: 25 a patient, 60 % of them pictures; each unlock by the recovery kit in a process of its own"]
    )
    memory: list[tuple[int, int]] = []
    for size in sizes:
        place = folder / f"{size}"
        place.mkdir()
        with filled(place, rows=size) as (created, _):
            words = " ".join(created.kit_words)
        seen = [_child(place, words) for _ in range(ROUNDS)]
        found.results += _unlocking(size, min(s.unlock_s for s in seen), min(s.restore_s for s in seen))
        memory.append((seen[0].rows, min(s.grown_kib for s in seen)))
        for snapshot in (place / "vault" / "index").iterdir():
            snapshot.unlink()
        anew = _child(place, words, verify=True)
        found.results += _checking(size, anew)
    (few, least), (many, most) = memory[0], memory[-1]
    grown = (most - least) / 1024 * 100_000 / (many - few) if many > few else most / 1024 * 100_000 / many
    found.results.append(alone("memory for every 100,000 rows", grown, "MiB", target=None))
    return found


def _unlocking(size: int, unlock_s: float, restore_s: float) -> list[Result]:
    return [
        alone(f"unlock with {size:,} rows, without Argon2id", unlock_s * 1000, "ms", target=None),
        alone(f"snapshot of {size:,} rows restored", restore_s * 1000, "ms", target=max(size * RESTORE_MS_A_ROW, 20)),
    ]


def _checking(size: int, anew: Seen) -> list[Result]:
    return [
        alone(
            f"unlock with {size:,} rows, no snapshot", anew.unlock_s * 1000, "ms", target=size * REBUILD_MS_A_ROW + 500
        ),
        alone(f"ledger of {size:,} rows verified", anew.rows / anew.verify_s, "/s", target=None, better="higher"),
    ]


def _child(place: Path, words: str, *, verify: bool = False) -> Seen:
    command = [sys.executable, "-m", "benchmarks.rows_child", str(place), *(["verify"] if verify else [])]
    done = subprocess.run(command, input=words, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return msgspec.json.decode(done.stdout, type=Seen)
