# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that are not what they should be: somebody else's, changed by whoever runs them, full, gone, locked, pulled out."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import BackupRefused, Corrupt, Forked, VaultError
from clinicam.vault.backup import Backups
from clinicam.vault.backupmedia import is_off_machine, judge_backup
from clinicam.vault.backupplace import reading, writing
from clinicam.vault.blobshelf import place_named
from clinicam.vault.keys import WriterKey
from clinicam.vault.manifest import Blob, Manifest
from clinicam.vault.mounts import Standing, System
from clinicam.vault.stores.calls import REAL, Calls
from tests.vault.backup.yard import DAY_S, Yard, make_yard
from tests.vault.engine.bench import FaultyCalls, outcome


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path)


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """One practice for tests that only look at places: each has a folder of its own for backups."""
    return make_yard(tmp_path_factory.mktemp("hostile"), calls=FaultyCalls())


def refused(act: Callable[[], object]) -> str:
    """The word of the refusal."""
    with pytest.raises(BackupRefused) as caught:
        act()
    return caught.value.reason


# --- where -------------------------------------------------------------------------------------------------------------


def system(kind: str, source: str = "server:/share", sysfs: Path = Path("/nonexistent")) -> System:
    """A machine on which everything lies on one mount of that kind."""
    return System(
        sysfs=sysfs,
        mountinfo=f"1 0 0:50 / / rw - {kind} {source} rw\n",
        stand=lambda path: Standing(path, "0:50", 1),
    )


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_server_may_keep_backups(tmp_path: Path, kind: str) -> None:
    judge_backup(tmp_path / "nas", tmp_path / "vault", system=system(kind))
    assert is_off_machine(tmp_path / "nas", system(kind))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("vfat", "filesystem"),
        ("tmpfs", "tmpfs"),
        ("fuse.something", "fuse"),
        ("ext4", "unknown"),
        ("exfat", "filesystem"),
    ],
)
def test_what_is_not_known_to_stay_may_not(tmp_path: Path, kind: str, reason: str) -> None:
    there = system(kind, "/dev/gone")
    assert refused(lambda: judge_backup(tmp_path / "nas", tmp_path / "vault", system=there)) == reason
    assert not is_off_machine(tmp_path / "nas", there)


def test_a_removable_disk_never(tmp_path: Path) -> None:
    device = tmp_path / "sys/block/sdx"
    device.mkdir(parents=True)
    (device / "removable").write_text("1\n")
    (tmp_path / "sys/dev/block").mkdir(parents=True)
    (tmp_path / "sys/dev/block/8:80").symlink_to(device)
    stick = System(
        sysfs=tmp_path / "sys",
        mountinfo="1 0 8:80 / / rw - ext4 /dev/sdx rw\n",
        stand=lambda path: Standing(path, "8:80", 1),
    )
    for training in (False, True):
        act = lambda: judge_backup(tmp_path / "nas", tmp_path / "vault", training=training, system=stick)  # noqa: B023, E731
        assert refused(act) == "removable"


def test_a_folder_that_copies_itself_to_the_internet_never(tmp_path: Path) -> None:
    nas = tmp_path / "Dropbox" / "backup"
    assert refused(lambda: judge_backup(nas, tmp_path / "vault", training=True)) == "synced"


def test_not_in_the_vault_nor_around_it(tmp_path: Path) -> None:
    vault = tmp_path / "practice" / "vault"
    vault.mkdir(parents=True)
    (tmp_path / "link").symlink_to(vault)
    for place in (vault, vault / "backup", tmp_path / "practice", tmp_path / "link" / "x"):
        assert refused(lambda: judge_backup(place, vault, training=True)) == "inside"  # noqa: B023


# --- whose -------------------------------------------------------------------------------------------------------------


def test_another_vaults_place(common: Yard, tmp_path: Path) -> None:
    with writing(tmp_path / "nas", b"x" * 16, REAL, fresh=True):
        pass
    with common.open() as opened:
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "nas", fresh=True)) == "foreign"


@pytest.mark.parametrize("name", ["letters.odt", "Pictures"])
def test_a_folder_with_something_else_in_it(common: Yard, tmp_path: Path, name: str) -> None:
    (tmp_path / "nas").mkdir()
    (tmp_path / "nas" / name).touch()
    with common.open() as opened:
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "nas", fresh=True)) == "foreign"
    assert os.listdir(tmp_path / "nas") == [name], "not even a lock is left there"


def test_what_servers_put_into_every_folder_is_let_be(common: Yard, tmp_path: Path) -> None:
    (tmp_path / "nas" / "@eaDir").mkdir(parents=True)
    (tmp_path / "nas" / ".DS_Store").touch()
    with common.open() as opened:
        assert Backups(opened.inside).run(tmp_path / "nas", fresh=True).number == 1


def test_a_server_that_is_not_mounted_is_not_mistaken_for_a_fresh_place(common: Yard, tmp_path: Path) -> None:
    with common.open() as opened:
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "nas")) == "gone"
        (tmp_path / "nas").mkdir()
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "nas")) == "gone"
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "no" / "nas", fresh=True)) == "gone"
    assert os.listdir(tmp_path / "nas") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"CCPLAC\0\2" + b"v" * 16, "newer"),
        (b"CCPLAC\0\1" + b"v" * 15, "foreign"),
        (b"CCPLAC\0\1" + b"v" * 17, "foreign"),
        (b"", "foreign"),
    ],
)
def test_a_place_of_another_kind(common: Yard, tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "nas").mkdir()
    (tmp_path / "nas" / "vault").write_bytes(data)
    with common.open() as opened:
        assert refused(lambda: Backups(opened.inside).run(tmp_path / "nas", fresh=True)) == reason
    assert refused(lambda: reading(tmp_path / "nas", REAL).__enter__()) == reason


def test_reading_what_is_no_place(tmp_path: Path) -> None:
    assert refused(lambda: reading(tmp_path / "nas", REAL).__enter__()) == "gone"
    (tmp_path / "nas").mkdir()
    assert refused(lambda: reading(tmp_path / "nas", REAL).__enter__()) == "gone"
    (tmp_path / "nas" / "x").touch()
    assert refused(lambda: reading(tmp_path / "nas", REAL).__enter__()) == "foreign"
    assert refused(lambda: reading(tmp_path / "nas" / "x", REAL).__enter__()) == "foreign"


def test_two_at_once(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        with writing(yard.nas, opened.vault_id, REAL, fresh=False):
            assert refused(lambda: yard.back_up(opened)) == "busy"
            assert refused(lambda: reading(yard.nas, REAL).__enter__()) == "busy"
        with reading(yard.nas, REAL), reading(yard.nas, REAL):
            assert refused(lambda: yard.back_up(opened)) == "busy"
        assert yard.back_up(opened).number == 2


# --- changed by whoever runs it -----------------------------------------------------------------------------------------


def manifest_file(yard: Yard, number: int = 1) -> Path:
    return yard.nas / "manifests" / f"{number:06d}"


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "renamed"])
def test_a_damaged_manifest_is_told_of_and_made_anew(yard: Yard, how: str) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        path = manifest_file(yard)
        data = path.read_bytes()
        if how == "renamed":
            path.rename(manifest_file(yard, 7))
        else:
            path.write_bytes(
                {"flip": data[:100] + bytes([data[100] ^ 1]) + data[101:], "cut": data[:-9], "empty": b""}[how]
            )
        report = yard.back_up(opened)
    assert report.number == (8 if how == "renamed" else 2)
    assert len(report.alarms) == 1
    assert [one.number for one in yard.manifests()] == [report.number], "a manifest of no use is gone"
    assert yard.is_whole()


def test_a_manifest_of_a_later_version_is_left_alone(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        path = manifest_file(yard)
        path.write_bytes(b"CCBACK\0\2" + path.read_bytes()[8:])
        assert refused(lambda: yard.back_up(opened)) == "newer"
    assert path.exists()


def test_a_manifest_by_an_unknown_workstation(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        stranger = WriterKey.make()
        (first,) = yard.manifests()
        forged = Manifest(first.vault, stranger.writer, 2, 5, 1, (), b"", Blob(0, b"\0" * 32), (), ())
        manifest_file(yard, 2).write_bytes(forged.encode(stranger.signing))
        with pytest.raises(Forked):
            yard.back_up(opened)


def _is_link(yard: Yard, name: str, tmp_path: Path) -> Path:
    path = yard.nas / name
    away = tmp_path / "away"
    path.rename(away)
    path.symlink_to(away)
    return away


@pytest.mark.parametrize("name", ["manifests", "blobs", "vault", "lock"])
def test_links_in_the_place_are_not_followed(yard: Yard, tmp_path: Path, name: str) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        away = _is_link(yard, name, tmp_path)
        before = sorted(away.rglob("*"))
        assert refused(lambda: yard.back_up(opened)) == "foreign"
        assert refused(lambda: reading(yard.nas, REAL).__enter__()) == "foreign"
    assert sorted(away.rglob("*")) == before


@pytest.mark.parametrize("name", ["erasures", "manifests/000001"])
def test_a_file_that_is_a_link_is_damage(yard: Yard, tmp_path: Path, name: str) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        away = _is_link(yard, name, tmp_path)
        before = away.read_bytes()
        problem = outcome(lambda: yard.back_up(opened))
        assert problem is None or isinstance(problem, Corrupt)
    assert away.read_bytes() == before


def test_folders_of_blobs_that_are_links_or_files(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        branch = yard.blob(yard.objects(yard.manifests()[0])[0].sha256).parent
        branch.rename(tmp_path / "away")
        branch.symlink_to(tmp_path / "away")
        assert refused(lambda: yard.back_up(opened)) == "foreign"
        branch.unlink()
        branch.touch()
        assert refused(lambda: yard.back_up(opened)) == "foreign"
        branch.unlink()
        assert yard.back_up(opened).objects == 3
    assert yard.is_whole()


def _spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[:-1])
    elif how == "folder":
        path.unlink()
        path.mkdir()
    elif how == "link":
        path.unlink()
        path.symlink_to("/etc/hostname")
    else:
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])


@pytest.mark.parametrize("how", ["gone", "cut", "flipped", "link"])
def test_every_blob_that_was_spoilt_is_found_and_copied_again(yard: Yard, how: str) -> None:
    """All at once, then everything is read again."""
    with yard.open() as opened:
        yard.back_up(opened)
        blobs = list(yard.names(yard.manifests()[0]))
        for sha256 in blobs:
            _spoil(yard.blob(sha256), how)
        yard.clock.forward(DAY_S)
        report = yard.back_up(opened, thorough=True)
        assert report.objects == 3
        assert len(report.alarms) >= (1 if how == "gone" else len(yard.pictures))
    assert yard.is_whole()


def test_a_blob_that_was_spoilt_is_found_within_32_days(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        target = yard.objects(yard.manifests()[0])[0].sha256
        _spoil(yard.blob(target), "flipped")
        found: list[str] = []
        for _ in range(32):
            yard.clock.forward(DAY_S)
            found += yard.back_up(opened).alarms
        assert len(found) == 1
    assert yard.is_whole()


def test_an_object_lost_in_both_is_told_and_listed_no_more(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        first, second, third = yard.objects(yard.manifests()[0])
        for one in (first, second, third):
            yard.blob(one.sha256).unlink()
        (yard.practice.place / "objects" / first.object_id.hex()[:2] / first.object_id.hex()).unlink()
        path = yard.practice.place / "objects" / second.object_id.hex()[:2] / second.object_id.hex()
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        path = yard.practice.place / "objects" / third.object_id.hex()[:2] / third.object_id.hex()
        path.unlink()
        path.mkdir()
        report = yard.back_up(opened)
        assert report.objects == 1
        text = " ".join(report.alarms)
        assert "missing in the vault and in the backup" in text
        assert "changed in the vault since it was copied" in text
        assert "unreadable" in text
        path.rmdir()


def test_rows_damaged_here_are_not_called_a_fork(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        (segment,) = (yard.practice.place / "ledger").glob("*/*.rows")
        data = bytearray(segment.read_bytes())
        data[2000] ^= 1
        segment.write_bytes(data)
        with pytest.raises(Corrupt):
            yard.back_up(opened)
        data[2000] ^= 1
        segment.write_bytes(data)
        assert yard.back_up(opened).number == 2


def test_rows_that_are_not_ours(yard: Yard) -> None:
    """A manifest of ours whose ledger file another history could have written."""
    with yard.open() as opened:
        yard.back_up(opened)
        (first,) = yard.manifests()
        writer = opened.inside.scribe.writer
        for change in ("other", "more", "gone"):
            files = tuple(
                type(one)(one.path, one.size + (10**6 if change == "more" else 0), one.pieces)
                if not one.path.startswith("ledger/")
                else type(one)(
                    one.path.replace("000001", "000009") if change == "gone" else one.path,
                    one.size if change != "more" else one.size + 4000,
                    tuple(bytes(32) for _ in one.pieces),
                )
                for one in first.files
                if change != "more" or one.path.startswith("ledger/")
            )
            other = Manifest(
                first.vault, writer.writer, 2, first.made_ms, first.generation, (), b"", first.erasures, files, ()
            )
            manifest_file(yard, 2).write_bytes(other.encode(writer.signing))
            with pytest.raises(Forked):
                yard.back_up(opened)


# --- what the operating system says -------------------------------------------------------------------------------------

OPS = ("open", "write_at", "fsync", "replace", "unlink", "mkdir")


class PlaceCalls(FaultyCalls):
    """Fails in the place only: the vault writes by other calls."""


@pytest.mark.parametrize("stays", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize("op", OPS)
def test_whatever_fails_the_one_before_stands(common: Yard, tmp_path: Path, op: str, stays: bool) -> None:
    calls = PlaceCalls()
    yard = Yard(common.practice, tmp_path / "nas", dict(common.pictures))
    with yard.open() as opened:
        Backups(opened.inside).run(yard.nas, fresh=True)
        for nth in (0, 1, 2, 3, 5, 8, 13, 21, 34):
            yard.shoot(opened, bytes([nth]) * 5000)
            common.pictures.update(yard.pictures)
            before = yard.manifests()[-1].number
            calls.fail(op, nth, errno.EIO, stays=stays)
            problem = outcome(lambda: Backups(opened.inside, calls=calls).run(yard.nas, keep_days=1))
            failed = calls.failed
            calls.mend()
            assert problem is None or isinstance(problem, BackupRefused | Corrupt)
            assert problem is not None or not (failed and stays)
            assert yard.manifests()[-1].number in {before, before + 1}
            assert yard.is_whole()
            assert Backups(opened.inside, calls=calls).run(yard.nas).objects == len(yard.pictures)
            assert yard.is_whole()
            assert not [path for path in yard.nas.rglob(".new-*")]
            if not failed:
                break


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "full"),
        (errno.EDQUOT, "full"),
        (errno.EROFS, "denied"),
        (errno.EACCES, "denied"),
        (errno.ESTALE, "gone"),
        (errno.EHOSTDOWN, "gone"),
        (errno.EIO, "failed"),
    ],
)
def test_each_trouble_has_its_word(common: Yard, tmp_path: Path, code: int, reason: str) -> None:
    calls = PlaceCalls()
    yard = Yard(common.practice, tmp_path / "nas", dict(common.pictures))
    with yard.open() as opened:
        calls.fail("write_at", 3, code)
        assert refused(lambda: Backups(opened.inside, calls=calls).run(yard.nas, fresh=True)) == reason


def test_a_place_that_vanishes_while_it_is_written_to(common: Yard, tmp_path: Path) -> None:
    calls = PlaceCalls()
    yard = Yard(common.practice, tmp_path / "nas", dict(common.pictures))
    with yard.open() as opened:
        Backups(opened.inside).run(yard.nas, fresh=True)
        yard.nas.rename(tmp_path / "unmounted")
        assert refused(lambda: Backups(opened.inside, calls=calls).run(yard.nas)) == "gone"
        (tmp_path / "unmounted").rename(yard.nas)
        assert Backups(opened.inside, calls=calls).run(yard.nas).number == 2


class Liar(Calls):
    """A disk that keeps other bytes than it was given."""

    def __init__(self, how: str) -> None:
        self._how = how

    def write_at(self, fd: int, data: memoryview, offset: int) -> int:
        changed = bytes(data[:-1]) + bytes([data[-1] ^ 1])
        if self._how == "flips":
            return super().write_at(fd, memoryview(changed), offset)
        super().write_at(fd, data[:-1], offset)
        return len(data)


@pytest.mark.parametrize("how", ["flips", "drops"])
def test_a_disk_that_lies_is_caught_before_the_backup_counts(common: Yard, tmp_path: Path, how: str) -> None:
    yard = Yard(common.practice, tmp_path / "nas")
    with yard.open() as opened:
        with writing(yard.nas, opened.vault_id, REAL, fresh=True):
            pass
        assert refused(lambda: Backups(opened.inside, calls=Liar(how)).run(yard.nas)) == "failed"
        assert yard.manifests() == []


def test_a_place_whose_locks_do_not_work(common: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_fd: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    yard = Yard(common.practice, tmp_path / "nas")
    with yard.open() as opened:
        real = fcntl.flock
        with writing(yard.nas, opened.vault_id, REAL, fresh=True):
            pass
        monkeypatch.setattr("clinicam.vault.backupplace.fcntl.flock", no_locks)
        problem = outcome(lambda: writing(yard.nas, opened.vault_id, REAL, fresh=False).__enter__())
        monkeypatch.setattr("clinicam.vault.backupplace.fcntl.flock", real)
    assert isinstance(problem, BackupRefused)
    assert problem.reason == "failed"


def test_an_error_without_a_number(tmp_path: Path) -> None:
    def odd() -> None:
        with place_named():
            raise OSError("no number")

    assert refused(odd) == "failed"


def test_every_word_has_a_sentence() -> None:
    from clinicam.ui.messages import message_for
    from clinicam.vault.media import Refusal

    words = {one.value for one in Refusal} - {"network"}
    words |= {"gone", "foreign", "newer", "busy", "changing", "inside", "full", "denied", "failed"}
    sentences = {message_for(BackupRefused(word)).sentence for word in words}
    assert len(sentences) == len(words)
    assert isinstance(BackupRefused("x"), VaultError)
