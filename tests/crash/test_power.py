# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts on a real ext4: nothing claimed before the cut is lost, and the vault opens without anybody's help.

``CLINICAM_POWER`` says how many (100 if unset). Needs root, a loop device and mkfs.ext4; skipped by name where they are not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.powercut import CANNOT

ROOT = Path(__file__).resolve().parents[2]
CUTS = int(os.environ.get("CLINICAM_POWER", "100"))
FOR_THE_CONTROL = 20


def powercut(folder: Path, *wanted: str) -> tuple[int, str]:
    """Run the harness in a process of its own; its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.powercut", str(folder), *wanted],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # locking a vault whose disk is gone logs that it could not
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    if done.returncode == CANNOT:
        pytest.skip(done.stdout.strip())
    return done.returncode, done.stdout


def test_nothing_claimed_before_a_power_cut_is_lost(memory: Path) -> None:
    code, said = powercut(memory / "power", "--cuts", str(CUTS))
    assert code == 0, said
    assert f": {CUTS} cuts in" in said


def test_a_program_that_does_not_flush_is_noticed(memory: Path) -> None:
    code, said = powercut(memory / "control", "--cuts", str(FOR_THE_CONTROL), "--control", "no-flush")
    assert code == 1, said
    assert "WRONG" in said
