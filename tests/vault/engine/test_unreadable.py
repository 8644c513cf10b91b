# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk that will not show what lies on it: told in the vault's own words, whatever was asked for."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, DiskFull, RolledBack, WriteFailed
from clinicam.vault.host import HostFolder
from clinicam.vault.stores.calls import TEMP_PREFIX, make_folders
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import FaultyCalls, Practice, outcome


def broken(*_args: object, **_named: object) -> None:
    raise OSError(errno.EIO, "broken")


def test_names_that_cannot_be_listed(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    files = opened.inside.files
    writer = bytes(opened.writer)
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", broken)
        patch.setattr(os, "scandir", broken)
        for ask in (
            files.ledger.writers,
            lambda: files.ledger.segments(writer),
            files.ledger.quarantine,
            lambda: list(files.objects.ids()),
            files.slots,
            files.bags,
            files.remove_snapshots,
        ):
            with pytest.raises(Corrupt, match="unreadable"):
                ask()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", broken)
        with pytest.raises(Corrupt, match="unreadable"):
            files.ledger.size(writer, 1)
        with pytest.raises(WriteFailed):
            _ = files.inode
    vault.close()


def test_branch_that_cannot_be_listed(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", broken)
        with pytest.raises(Corrupt, match="unreadable"):
            list(opened.inside.files.objects.ids())
    vault.close()


def test_room_that_cannot_be_told_refuses_the_frame(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    with monkeypatch.context() as patch:
        patch.setattr(os, "statvfs", broken)
        assert isinstance(outcome(lambda: opened.add(practice.frame(b"picture"))), WriteFailed)
    opened.add(practice.frame(b"picture"))
    vault.close()


def test_folders_that_are_gone(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.add(practice.frame(b"picture"))
    vault.close()
    (practice.place / "objects").rename(practice.place / "elsewhere")
    assert list(vault._files.objects.ids()) == []
    (practice.place / "elsewhere").rename(practice.place / "objects")
    (practice.place / "ledger").rename(practice.place / "elsewhere")
    assert isinstance(outcome(practice.unlocked), RolledBack)


def test_full_disk_does_not_keep_the_vault_shut(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", broken)
        lock = practice.host.hold(practice.created.vault_id)
    lock.release()


def test_lock_that_cannot_be_taken_or_let_go(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", broken)
        assert isinstance(outcome(practice.open), WriteFailed)
    lock = practice.host.hold(practice.created.vault_id)
    with monkeypatch.context() as patch:
        patch.setattr(os, "close", broken)
        lock.release()
    practice.open().close()


def test_what_a_crash_left_in_host_state_goes_with_the_next_opening(practice: Practice) -> None:
    name = practice.created.vault_id.hex()
    mine, other = (practice.host.path / f"{TEMP_PREFIX}{one}.marks" for one in (name, "0" * 32))
    mine.write_bytes(b"half")
    other.write_bytes(b"of a vault that may be open")
    Vault.open(practice.place, practice.host).close()
    assert not mine.exists()
    assert other.exists()


def test_new_parents_are_flushed_in_theirs(tmp_path: Path) -> None:
    calls = FaultyCalls()
    make_folders(calls, tmp_path / "a" / "b" / "c")
    assert (calls.counts["mkdir"], calls.counts["fsync"]) == (3, 3)
    make_folders(calls, tmp_path / "a" / "b" / "c")
    assert calls.counts["mkdir"] == 3
    calls.fail("fsync", 0, errno.ENOSPC)
    host = HostFolder(tmp_path / "d" / "e", calls=calls)
    assert isinstance(outcome(lambda: host.write(bytes(16), "note", b"x")), DiskFull)
