# SPDX-License-Identifier: GPL-3.0-or-later
"""Unlocks one vault, says what that took, and locks without saving: see ``rows``. Kit words from standard input."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from benchmarks.bed import OpenGate
from benchmarks.rows import Seen
from clinicam.vault.host import HostFolder
from clinicam.vault.index import Index
from clinicam.vault.snapshotfile import open_snapshot
from clinicam.vault.vault import Vault
from clinicam.vault.verify import verify_vault


def main() -> None:
    """Once."""
    folder, words = Path(sys.argv[1]), sys.stdin.readline().split()
    before = _resident_kib()
    vault = Vault.open(folder / "vault", HostFolder(folder / "host"))
    start = time.perf_counter()
    opened = vault.unlock_with_kit(words, OpenGate())
    unlocked = time.perf_counter() - start
    grown = _resident_kib() - before
    inside = opened.inside
    rows = inside.index.fact("rows")
    restored = verified = 0.0
    raw = inside.files.snapshot(inside.scribe.writer.writer)
    if raw is not None:
        start = time.perf_counter()
        book = inside.book
        snapshot = open_snapshot(raw, vault=book.vault, generation=book.keyring.generation, index_key=book.shared.index)
        Index(snapshot.index).close()
        restored = time.perf_counter() - start
    if sys.argv[2:]:
        start = time.perf_counter()
        verify_vault(
            inside.files, inside.book, index=inside.index, deep=False, progress=lambda *_: None, cancelled=lambda: False
        )
        verified = time.perf_counter() - start
    sys.stdout.write(msgspec.json.encode(Seen(rows, unlocked, restored, grown, verified)).decode())
    sys.stdout.flush()
    vault.close()


def _resident_kib() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


if __name__ == "__main__":
    main()
