# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill -9 in a vault: before every step that changes a file, and at random moments. Nothing claimed is lost.

``CLINICAM_KILLS`` says how many at random (60 if unset; then the steps of all but rotation and erasure are only sampled).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("CLINICAM_KILLS", "60"))
EVERY = [] if "CLINICAM_KILLS" in os.environ else ["--most", "9"]
LEAST = 240
"""With those at random, 300 in all."""


def killing(folder: Path, *wanted: str) -> str:
    """Run the harness in a process of its own, since it forks; its last line, once nothing was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.killing", str(folder), *wanted],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()[-1]


def test_before_every_step(memory: Path) -> None:
    said = killing(memory / "steps", "--steps", *EVERY)
    assert int(said.split()[4]) >= LEAST, said


def test_at_random_moments(memory: Path) -> None:
    said = killing(memory / "random", "--random", str(KILLS))
    assert int(said.split()[4]) == KILLS, said
