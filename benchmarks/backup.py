# SPDX-License-Identifier: GPL-3.0-or-later
"""A first backup of 300 MB of pictures against `cp -r` of the same files followed by `sync` of what it wrote.

The backup also reads everything again, verifies it and signs a manifest. An incremental one, with nothing new, is
given beside it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.fill import filled, reopened
from benchmarks.measure import against, alone, interleaved, timed
from clinicam.vault.backup import Backups

PICTURES = 16
SIZE = 20_000_000
ROUNDS = 5
_OURS, _PEER, _AGAIN = "backup", "cp + sync", "nothing new"


def measure(folder: Path) -> Findings:
    """Each into an empty folder, which is removed again."""
    with filled(folder, pictures=PICTURES, size=SIZE) as (created, _):
        pass
    os.sync()
    target, copied, kept = folder / "backup", folder / "copied", folder / "kept"
    with reopened(folder, created) as opened:
        backups = Backups(opened.inside)
        backups.run(kept, fresh=True)

        def ours() -> float:
            took = timed(lambda: backups.run(target, fresh=True))
            shutil.rmtree(target)
            return took

        def peer() -> float:
            took = timed(lambda: _copy(opened.place, copied))
            shutil.rmtree(copied)
            return took

        medians = interleaved({_OURS: ours, _PEER: peer, _AGAIN: lambda: timed(lambda: backups.run(kept))}, ROUNDS)
    return Findings(
        [
            against(f"backup of {PICTURES * SIZE // 10**6} MB, first", medians, _OURS, _PEER, target=1.3),
            alone("backup with nothing new", medians[_AGAIN] * 1000, "ms", target=None),
        ],
        remarks=["backup: written, flushed, read again and verified; cp writes and one sync follows"],
    )


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["/bin/cp", "-r", str(source), str(target)], check=True)
    files = [str(path) for path in target.rglob("*") if path.is_file()]
    subprocess.run(["/bin/sync", *files], check=True)
