# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged and missing pictures put back from a backup: nothing of them is thrown away, whatever goes wrong meanwhile."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

import pytest

from clinicam.errors import BackupRefused, Cancelled, RoleRefused, VaultExists, WriteFailed
from clinicam.identity import ImageId
from clinicam.vault.acts import What
from clinicam.vault.keys import KeyBook
from clinicam.vault.openvault import OpenVault
from clinicam.vault.repairing import Repaired, Repairs
from clinicam.vault.stores.embedded_objects import EmbeddedObjects
from clinicam.vault.stores.port import Part
from tests.vault.backup.test_backup_commands import Station, refused
from tests.vault.backup.yard import Yard, make_yard
from tests.vault.engine.bench import FaultyCalls, check
from tests.vault.engine.test_scrub import flip, path_of


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    """Three pictures, in two backups."""
    yard = make_yard(tmp_path, calls=FaultyCalls())
    with yard.open() as opened:
        yard.back_up(opened)
        yard.back_up(opened)
    return yard


def repair(yard: Yard, opened: OpenVault) -> Repaired:
    return Repairs(opened.inside, opened.damages).run(yard.nas)


def quarantined(yard: Yard) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (yard.practice.place / "quarantine").iterdir()}


def is_whole(yard: Yard, opened: OpenVault) -> bool:
    same = all(opened.read(image) == data for image, data in yard.pictures.items())
    return same and check(opened).findings == ()


def damage(yard: Yard, opened: OpenVault, image: ImageId) -> bytes:
    """Turn a bit; what lies there then. A check finds it."""
    path = path_of(yard.practice, image)
    flip(path)
    opened.damages.record(check(opened).findings, "verify")
    assert opened.damages.is_open
    return path.read_bytes()


def spoil(yard: Yard, image: ImageId) -> None:
    """The picture's blob, in every backup."""
    (entry,) = [one for one in yard.objects(yard.manifests()[-1]) if one.object_id == image]
    flip(yard.blob(entry.sha256))


def test_damaged_and_missing_pictures_are_put_back(yard: Yard) -> None:
    first, second, _ = yard.pictures
    with yard.open() as opened:
        bad = damage(yard, opened, first)
        path_of(yard.practice, second).unlink()
        done = repair(yard, opened)
        assert (set(done.repaired), done.left, done.is_decided, done.alarms) == ({first, second}, (), True, ())
        name = first.hex()
        assert quarantined(yard) == {f"objects-{name[:2]}-{name}": bad}
        assert not opened.damages.is_open
        assert opened.counts().acts[What.OBJECT_REPAIRED.value] == 2
        assert is_whole(yard, opened)
        again = repair(yard, opened)
        assert (again.repaired, again.left, again.whole, again.is_decided) == ((), (), 1, False)
    with yard.open() as opened:
        assert is_whole(yard, opened)
        assert not opened.damages.is_open
        bad = damage_again(yard, first)
        done = repair(yard, opened)
        assert done.repaired == (first,)
        assert quarantined(yard)[f"objects-{name[:2]}-{name}-2"] == bad
        assert is_whole(yard, opened)


def damage_again(yard: Yard, image: ImageId) -> bytes:
    path = path_of(yard.practice, image)
    flip(path, 500)
    return path.read_bytes()


def test_a_backup_without_it(yard: Yard) -> None:
    with yard.open() as opened:
        late = yard.shoot(opened, b"late" * 3_000)
        first = next(iter(yard.pictures))
        flip(path_of(yard.practice, first))
        bad = damage(yard, opened, late)
        done = repair(yard, opened)
        assert (done.repaired, done.left, done.is_decided) == ((first,), (late,), False)
        assert path_of(yard.practice, late).read_bytes() == bad
        assert opened.damages.is_open


def test_a_backup_in_which_it_is_damaged_too(yard: Yard) -> None:
    first = next(iter(yard.pictures))
    spoil(yard, first)
    with yard.open() as opened:
        bad = damage(yard, opened, first)
        done = repair(yard, opened)
        assert (done.repaired, done.left, done.is_decided) == ((), (first,), False)
        assert len(done.alarms) == 1
        assert path_of(yard.practice, first).read_bytes() == bad
        assert quarantined(yard) == {}
        assert opened.damages.is_open


def test_a_list_of_a_backup_that_is_damaged(yard: Yard) -> None:
    first = next(iter(yard.pictures))
    for one in yard.manifests()[-1].lists:
        flip(yard.blob(one.sha256))
    with yard.open() as opened:
        damage(yard, opened, first)
        done = repair(yard, opened)
        assert (done.repaired, done.left) == ((), (first,))
        assert any("a list of 3 objects" in alarm for alarm in done.alarms)


def test_other_damage_stays_to_be_decided(yard: Yard) -> None:
    first = next(iter(yard.pictures))
    with yard.open() as opened:
        damage(yard, opened, first)
        opened.damages.record(["chain " + "0" * 32 + ": damaged"], "scrub")
        done = repair(yard, opened)
        assert (done.repaired, done.is_decided) == ((first,), False)
        assert opened.damages.is_open


@pytest.mark.parametrize("op", ["replace", "fsync", "publish"])
def test_a_disk_that_fails_meanwhile(yard: Yard, op: str) -> None:
    calls = yard.practice.calls
    assert isinstance(calls, FaultyCalls)
    first = next(iter(yard.pictures))
    with yard.open() as opened:
        bad = damage(yard, opened, first)
        calls.fail(op, 0, errno.EIO, stays=True)
        with pytest.raises(WriteFailed):
            repair(yard, opened)
        calls.mend()
        lying = [path.read_bytes() for path in (path_of(yard.practice, first),) if path.exists()]
        assert bad in [*quarantined(yard).values(), *lying]
    with yard.open() as opened:
        assert repair(yard, opened).repaired == (first,)
        assert bad in quarantined(yard).values()
        assert is_whole(yard, opened)
        assert not opened.damages.is_open


def test_a_crash_before_the_row(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(yard.pictures))
    with yard.open() as opened:
        damage(yard, opened, first)
        real = EmbeddedObjects.put

        def put(self: EmbeddedObjects, object_id: bytes, parts: Iterable[Part]) -> None:
            real(self, object_id, parts)
            raise VaultExists("stopped here")

        with monkeypatch.context() as patched:
            patched.setattr(EmbeddedObjects, "put", put)
            with pytest.raises(VaultExists):
                repair(yard, opened)
    with yard.open() as opened:
        done = repair(yard, opened)
        assert (done.repaired, done.whole, done.is_decided) == ((), 1, True)
        assert is_whole(yard, opened)


def test_refusals(yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(yard.pictures))
    other = make_yard(tmp_path / "other", pictures=1)
    with other.open() as opened:
        other.back_up(opened)
    with yard.open() as opened:
        bad = damage(yard, opened, first)
        repairs = Repairs(opened.inside, opened.damages)
        with pytest.raises(BackupRefused):
            repairs.run(tmp_path / "nowhere")
        with pytest.raises(BackupRefused):
            repairs.run(other.nas)
        with pytest.raises(Cancelled):
            repairs.run(yard.nas, cancelled=lambda: True)
        asked = iter((False, True))
        with pytest.raises(Cancelled):
            repairs.run(yard.nas, cancelled=lambda: next(asked))
        with monkeypatch.context() as patched:
            patched.setattr(KeyBook, "is_manager", False)
            with pytest.raises(RoleRefused):
                repairs.run(yard.nas)
        assert path_of(yard.practice, first).read_bytes() == bad
        assert quarantined(yard) == {}


def test_the_command(tmp_path: Path) -> None:
    station = Station(tmp_path)
    assert station.run("backup", "--to", station.nas, "--kit").exit_code == 0
    done = station.run("repair", "--from", station.nas, "--kit")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "ok: 0 put back, 0 not")
    assert refused(station.run("repair", "--from", tmp_path / "none", "--kit"), BackupRefused)
