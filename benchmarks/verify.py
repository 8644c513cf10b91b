# SPDX-License-Identifier: GPL-3.0-or-later
"""The deep check of 300 MB of pictures against reading the same files from end to end, both from the disk.

Before each turn the kernel is asked to forget the files' pages, so that neither side reads from memory.
"""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.fill import filled, reopened
from benchmarks.measure import against, alone, interleaved, timed

PICTURES = 16
SIZE = 20_000_000
ROUNDS = 5
_OURS, _PEER = "deep verify", "sequential read"
_PIECE = 1 << 20


def measure(folder: Path) -> Findings:
    """Read and check in turn."""
    with filled(folder, pictures=PICTURES, size=SIZE) as (created, _):
        pass
    os.sync()
    with reopened(folder, created) as opened:
        paths = sorted(path for path in (opened.place / "objects").glob("??/*"))

        def deep() -> None:
            report = opened.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False)
            if not report.ok:
                raise RuntimeError("the vault does not verify")

        def cold(run: object) -> float:
            for path in paths:
                _forget(path)
            return timed(deep if run is _OURS else lambda: _read(paths))

        medians = interleaved({_OURS: lambda: cold(_OURS), _PEER: lambda: cold(_PEER)}, ROUNDS)
    total = sum(path.stat().st_size for path in paths) / 1e6
    return Findings(
        [
            against(f"deep verify of {PICTURES * SIZE // 10**6} MB", medians, _OURS, _PEER, target=2.0),
            alone("deep verify", total / medians[_OURS], "MB/s", target=None, better="higher"),
        ],
        remarks=["verify: pages of the pictures dropped before each turn; the disk may still have a cache of its own"],
    )


def _read(paths: list[Path]) -> None:
    buffer = bytearray(_PIECE)
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def _forget(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
