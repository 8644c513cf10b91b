# SPDX-License-Identifier: GPL-3.0-or-later
"""Every storage call fails in every way, by strace: never a false claim, never a vault that does not verify.

``CLINICAM_STRACE`` says how many times of each call and error are tried (2 if unset; ``all``: each time it is made).
Needs strace and leave to trace; skipped by name where they are not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.faulting import CANNOT

ROOT = Path(__file__).resolve().parents[2]
EACH = os.environ.get("CLINICAM_STRACE", "2")


def test_no_call_that_fails_makes_a_false_claim(memory: Path) -> None:
    every = [] if EACH == "all" else ["--each", EACH]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.faulting", str(memory / "faults"), *every],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what could not be written at locking is logged
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    if done.returncode == CANNOT:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout
    assert "strace faults: " in done.stdout
