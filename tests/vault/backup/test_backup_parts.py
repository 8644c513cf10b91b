# SPDX-License-Identifier: GPL-3.0-or-later
"""The rarer ways through a backup: many segments, many batches, what vanishes on the way, what else lies in a vault."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.errors import BackupRefused, Corrupt
from clinicam.vault import backupcopy
from clinicam.vault.backup import Backups, finish
from clinicam.vault.blobshelf import BlobShelf, small_file
from clinicam.vault.stores.calls import folder
from tests.vault.backup.yard import DAY_S, Yard, make_yard
from tests.vault.engine.bench import FaultyCalls, check, outcome


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path)


def test_more_than_one_batch(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backupcopy, "BATCH_FILES", 2)
    with yard.open() as opened:
        assert yard.back_up(opened).objects == 3
    assert yard.is_whole()


def test_many_segments(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        opened.inside.files.ledger._limit = 1  # type: ignore[attr-defined]
        yard.shoot(opened, b"second segment")
        backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        yard.shoot(opened, b"a segment that begins after the heads")
        finish(backup, lambda call: call(), progress=lambda _: None, cancelled=lambda: False)
        (first,) = yard.manifests()
        segments = [one.path for one in first.files if one.path.startswith("ledger/")]
        assert len(segments) >= 2
        yard.back_up(opened)
        # Damage in a segment that is not the last is damage, not another history.
        (path,) = (yard.practice.place / "ledger").glob("*/000001.rows")
        data = path.read_bytes()
        path.write_bytes(data[:600] + bytes([data[600] ^ 1]) + data[601:])
        with pytest.raises(Corrupt):
            yard.back_up(opened)
        path.write_bytes(data)
    assert yard.restore(tmp_path / "to", yard.other_host()).ok


def test_an_object_that_goes_while_it_is_listed(yard: Yard) -> None:
    with yard.open() as opened:
        ids = opened.inside.files.objects.ids

        def one_more(branch: int | None = None) -> Iterator[bytes]:
            yield from ids(branch)
            yield b"gone meanwhile!!"

        opened.inside.files.objects.ids = one_more  # type: ignore[method-assign]
        report = yard.back_up(opened)
        assert (report.objects, report.alarms) == (3, ())


def test_a_picture_that_was_moved_stays_in_the_older_backup(yard: Yard) -> None:
    """No row names it any more, but its key lives: it goes with the backups that name it, not before."""
    with yard.open() as opened:
        yard.back_up(opened)
        moved, damaged, _ = yard.objects(yard.manifests()[0])
        for one in (moved, damaged):
            with opened.inside.index.lock:
                opened.inside.index.db.execute("DELETE FROM image WHERE object = ?", (one.object_id,))
            (yard.practice.place / "objects" / one.object_id.hex()[:2] / one.object_id.hex()).unlink()
        yard.blob(damaged.sha256).write_bytes(b"x")
        assert yard.back_up(opened).objects == 1
        assert yard.blob(moved.sha256).exists()
        yard.clock.forward(30 * DAY_S)
        yard.back_up(opened)
        yard.clock.forward(6 * DAY_S)
        yard.back_up(opened)
        assert not yard.blob(moved.sha256).exists()
        assert not yard.blob(damaged.sha256).exists()


def test_an_older_backup_whose_list_is_damaged_keeps_what_it_may_name(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        (first,) = yard.manifests()
        yard.shoot(opened, b"so that the list grows")
        yard.back_up(opened)
        yard.blob(first.lists[0].sha256).write_bytes(b"x")
        yard.shoot(opened, b"one more")
        report = yard.back_up(opened)
        assert (report.pruned, len(report.alarms)) == (0, 1)
        yard.clock.forward(30 * DAY_S)
        yard.back_up(opened)
        yard.clock.forward(6 * DAY_S)
        assert yard.back_up(opened).pruned > 0


def test_another_keyring_than_the_one_it_was_opened_with(yard: Yard) -> None:
    with yard.open() as opened:
        path = yard.practice.place / "keyring"
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(Corrupt):
            yard.back_up(opened)
        path.write_bytes(data)


def test_what_else_lies_in_a_vault(yard: Yard, tmp_path: Path) -> None:
    """Quarantined bytes go along, also an empty file; links, folders, odd and temporary names do not."""
    odd = yard.practice.place / "quarantine"
    (odd / "00-000001-8").write_bytes(b"torn")
    (odd / "00-000001-9").touch()
    (odd / "00-link").symlink_to("/etc/hostname")
    (odd / "00-folder").mkdir()
    (odd / ".new-temp").touch()
    (odd / "a b").touch()
    (odd / "00-nothing").symlink_to(tmp_path / "nowhere")
    with yard.open() as opened:
        yard.back_up(opened)
    (manifest,) = yard.manifests()
    assert [(one.path, one.size) for one in manifest.files if one.path.startswith("quarantine/")] == [
        ("quarantine/00-000001-8", 4),
        ("quarantine/00-000001-9", 0),
    ]
    yard.restore(tmp_path / "to", yard.other_host())
    assert (tmp_path / "to" / "quarantine" / "00-000001-8").read_bytes() == b"torn"
    assert (tmp_path / "to" / "quarantine" / "00-000001-9").read_bytes() == b""


def test_a_file_that_goes_while_it_is_copied(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_more(_files: object) -> Iterator[str]:
        yield "quarantine/gone"

    monkeypatch.setattr("clinicam.vault.backupsmall._others", one_more)
    with yard.open() as opened:
        assert yard.back_up(opened).alarms == ()


def test_what_a_crash_left_unnamed_is_swept(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        left = [yard.nas / ".new-vault", yard.nas / "manifests" / ".new-000002", yard.nas / "blobs" / "00" / ".new-x"]
        for path in left:
            path.touch()
        (yard.nas / "blobs" / "00" / "strange").touch()
        (yard.nas / "blobs" / "strange").touch()
        yard.back_up(opened)
        assert not any(path.exists() for path in left)
        assert check(opened).ok


def test_a_blob_of_a_backup_that_was_not_completed_is_read_before_it_is_relied_on(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        (yard.nas / "manifests" / "000001").unlink()
        spoilt = [path for path in (yard.nas / "blobs").glob("*/*") if path.stat().st_size > 9000]
        for path in spoilt:
            path.write_bytes(b"x" * path.stat().st_size)
        assert yard.back_up(opened).copied >= len(spoilt)
    assert yard.is_whole()


@pytest.mark.parametrize("code", [errno.EACCES, errno.ENOENT, errno.ELOOP, errno.ENOTDIR])
def test_every_file_that_cannot_be_opened(yard: Yard, code: int) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        for nth in range(0, 120, 3 if code == errno.EACCES else 11):
            calls = FaultyCalls()
            calls.fail("open", nth, code)
            yard.clock.forward(DAY_S)
            problem = outcome(lambda calls=calls: Backups(opened.inside, calls=calls).run(yard.nas))  # type: ignore[misc]
            assert problem is None or isinstance(problem, BackupRefused | Corrupt)
            if not calls.failed:
                break
            assert yard.is_whole()


def test_a_manifest_that_goes_while_they_are_read(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        monkeypatch.setattr("clinicam.vault.backupplace.BackupPlace.numbers", lambda _self: (1, 5))
        assert yard.back_up(opened).number == 6


def test_removing_what_is_gone_already(tmp_path: Path) -> None:
    calls = FaultyCalls()
    with folder(calls, tmp_path) as fd:
        shelf = BlobShelf(fd, calls)
        assert shelf.remove([b"\0" * 32]) == 0
        shelf.put([(b"\0" * 32, b"data")])
        assert shelf.remove([b"\0" * 32, b"\0" * 31 + b"\1"]) == 1
        with pytest.raises(Corrupt):
            shelf.get(b"\1" * 32, 5)
        shelf.put([(b"\1" * 32, b"data")])
        calls.fail("open", 0, errno.EACCES)
        with pytest.raises(BackupRefused):
            shelf.get(b"\1" * 32, 4)
        for code, error in ((errno.EACCES, OSError), (errno.ELOOP, Corrupt), (errno.EIO, Corrupt)):
            calls.fail("open", 0, code)
            with pytest.raises(error):
                small_file(calls, "manifest", fd, 100)
        calls.mend()
        assert small_file(calls, "manifest", fd, 100) is None
        shelf.put([])
        shelf.lay_out()
        shelf.close()
