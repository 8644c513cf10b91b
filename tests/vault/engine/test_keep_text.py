# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate kept outside: whole or not at all, never into the vault, never over a file."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from clinicam.errors import DiskFull, ExtractRefused
from clinicam.vault.keeptext import keep_text
from tests.vault.engine.bench import FaultyCalls


def test_where_it_may_lie(tmp_path: Path) -> None:
    vault = tmp_path / "vault"
    (vault / "objects").mkdir(parents=True)
    kept = tmp_path / "certificate.txt"
    keep_text(kept, "caf\u00e9\n", vault=vault)
    assert kept.read_bytes() == "caf\u00e9\n".encode()
    assert kept.stat().st_mode & 0o777 == 0o600
    for path, reason in (
        (kept, "exists"),
        (vault / "a.txt", "inside"),
        (vault / "objects" / "a.txt", "inside"),
        (tmp_path / "nowhere" / "a.txt", "missing"),
        (Path("relative.txt"), "missing"),
    ):
        with pytest.raises(ExtractRefused) as refused:
            keep_text(path, "x", vault=vault)
        assert refused.value.reason == reason


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    calls = FaultyCalls()
    calls.fail("fsync", 0, errno.ENOSPC)
    with pytest.raises(DiskFull):
        keep_text(tmp_path / "a.txt", "x", vault=tmp_path / "vault", calls=calls)
    assert not list(tmp_path.glob("*.txt")) + list(tmp_path.glob(".new-*"))
