# SPDX-License-Identifier: GPL-3.0-or-later
"""A writer is killed at random moments of a burst. What it had acknowledged opens; nothing half-written is left.

``CLINICAM_KILLS`` says how often (30 by itself; nightly thousands). It makes the test longer, never laxer.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

from clinicam.identity import ImageId
from clinicam.vault.host import HostFolder
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Gate, Practice, check
from tests.vault.engine.burst import picture

ROOT = Path(__file__).resolve().parents[3]
KILLS = int(os.environ.get("CLINICAM_KILLS", "30"))


def burst_and_kill(practice: Practice, after_s: float) -> list[tuple[ImageId, ImageId, int]]:
    """Start a burst, kill it `after_s` seconds after it unlocked; what it had said by then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.vault.engine.burst", str(practice.folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(" ".join(practice.created.kit_words) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        timer = threading.Timer(after_s, process.send_signal, (signal.SIGKILL,))
        timer.start()
        lines = process.stdout.read().splitlines(keepends=True)
        timer.join()
    assert process.returncode == -signal.SIGKILL
    said = [line.split() for line in lines if line.endswith("\n")]
    return [(ImageId(bytes.fromhex(one[0])), ImageId(bytes.fromhex(one[1])), int(one[2])) for one in said]


def test_killed_at_random_moments(practice: Practice) -> None:
    source = random.Random(KILLS)
    acked: list[tuple[ImageId, ImageId, int]] = []
    for _ in range(KILLS):
        acked += burst_and_kill(practice, source.random() * 0.15)
    assert acked, "no burst got as far as one frame"
    leftovers = [path for path in practice.folder.rglob(".new-*") if path.is_file()]
    vault = Vault.open(practice.place, HostFolder(practice.host.path, machine=b"one"))
    opened = vault.unlock_with_kit(practice.created.kit_words, Gate())
    for jpeg, raw, seed in acked:
        assert opened.read(jpeg) == picture(seed)
        assert opened.read(raw) == picture(seed + 1)
    report = check(opened)
    assert report.findings == ()
    counts = opened.counts()
    assert counts.images >= len(acked)
    # Whatever was not acknowledged is either whole or not there: every object opened above, deeply.
    assert report.objects == counts.objects
    assert not [path for path in practice.place.rglob(".new-*") if path.is_file()]
    assert len(leftovers) <= KILLS
    vault.close()
