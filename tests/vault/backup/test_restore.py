# SPDX-License-Identifier: GPL-3.0-or-later
"""Out of a backup: whole, erased again, as a new workstation; refused when it is not what it says; on trial."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from clinicam.errors import (
    AlreadyRunning,
    BackupRefused,
    Cancelled,
    Corrupt,
    DiskFull,
    Forked,
    NotFound,
    PlaceRefused,
    RoleRefused,
    VaultError,
    VaultExists,
    WrongPassword,
)
from clinicam.identity import StaffId
from clinicam.vault.acts import What
from clinicam.vault.keys import WriterKey
from clinicam.vault.manifest import parse_manifest
from clinicam.vault.model import Login
from clinicam.vault.restore import restore, unlocked_as
from clinicam.vault.restorereport import RestoreProgress, RestoreStage
from clinicam.vault.seen import load_writer
from tests.vault.backup.yard import DAY_S, Yard, make_yard
from tests.vault.engine.bench import PASSWORD, FaultyCalls, check, outcome


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Yard:
    """One backed-up practice for tests that only read the backup."""
    yard = make_yard(tmp_path_factory.mktemp("restore"))
    with yard.open() as opened:
        yard.back_up(opened)
    return yard


@pytest.fixture
def yard(common: Yard, tmp_path: Path) -> Yard:
    """Its backup, in a folder that may be changed."""
    shutil.copytree(common.nas, tmp_path / "nas")
    return Yard(common.practice, tmp_path / "nas", common.pictures)


@pytest.fixture
def own(tmp_path: Path) -> Yard:
    """A practice of one's own."""
    return make_yard(tmp_path)


def nothing_left(folder: Path) -> bool:
    """No half-made vault beside the backup."""
    return not [name for name in os.listdir(folder) if "restore" in name or name.startswith("to")]


def test_all_of_it_comes_back_and_goes_on(yard: Yard, tmp_path: Path) -> None:
    host = yard.other_host()
    report = yard.restore(tmp_path / "to", host)
    assert report.ok
    assert (report.number, report.objects, report.erased, report.rows_missing, report.alarms) == (1, 3, 0, 0, ())
    assert not [name for name in os.listdir(tmp_path) if "restore" in name]
    with yard.opened_at(tmp_path / "to", host) as opened:
        for image, data in yard.pictures.items():
            assert opened.read(image) == data
        new = opened.add(yard.practice.frame(b"from here on")).images[0]
        assert opened.read(new) == b"from here on"
        assert check(opened).ok
        assert opened.counts().acts[What.RESTORE_MADE] == 1
        assert len(opened.inside.book.keyring.roster.writers) == 2


def test_it_is_a_new_workstation_and_stays_that(yard: Yard, tmp_path: Path) -> None:
    host = yard.other_host("three")
    yard.restore(tmp_path / "to", host)
    old = yard.practice.host
    writer, before = load_writer(host, yard.practice.created.vault_id), load_writer(old, yard.practice.created.vault_id)
    assert writer is not None
    assert before is not None
    assert writer.writer != before.writer
    with yard.opened_at(tmp_path / "to", host) as opened:
        assert opened.writer == writer.writer, "opening it is no second copying"


def test_a_copy_of_a_restored_vault_is_recognised(yard: Yard, tmp_path: Path) -> None:
    host = yard.other_host("four")
    yard.restore(tmp_path / "to", host)
    shutil.copytree(tmp_path / "to", tmp_path / "clone")
    with yard.opened_at(tmp_path / "to", host) as opened:
        first = opened.writer
    with yard.opened_at(tmp_path / "clone", yard.other_host("five")) as opened:
        assert opened.writer != first
    # The machine that knows the one history is told of the other.
    problem = outcome(lambda: yard.opened_at(tmp_path / "clone", host).__enter__())
    assert isinstance(problem, VaultError)


def test_by_password_and_by_who_is_signed_in(yard: Yard, tmp_path: Path) -> None:
    user = yard.practice.created.user
    report = restore(
        yard.nas, tmp_path / "to", yard.other_host("six"), lambda door: (user, door.by_password(user, PASSWORD))
    )
    assert report.ok
    with pytest.raises(WrongPassword):
        restore(yard.nas, tmp_path / "to2", yard.other_host("six"), lambda door: (user, door.by_password(user, "no")))
    assert nothing_left(tmp_path) or os.listdir(tmp_path / "to")


def test_erased_patients_do_not_come_back(own: Yard, tmp_path: Path) -> None:
    """A backup from before an erasure, restored after it: the list beside it has the last word."""
    with own.open() as opened:
        own.back_up(opened)
        own.erase(opened)
        own.clock.forward(DAY_S)
        own.back_up(opened)
    host = own.other_host()
    report = own.restore(tmp_path / "to", host, number=1)
    assert report.ok, report.findings
    assert report.erased == 1
    with own.opened_at(tmp_path / "to", host) as opened:
        for image in own.pictures:
            with pytest.raises(NotFound):
                opened.read(image)
        assert opened.search_patients("Marsh") == ()
        assert list(opened.inside.files.objects.ids()) == []
        patient = own.practice.permit.patient
        assert not [key for key in opened.inside.book.table.all() if key.patient == patient]
        assert opened.counts().acts[What.ERASURE_DONE] == 1
        assert check(opened).ok


@pytest.mark.parametrize("how", ["gone", "older", "flipped", "link"])
def test_the_list_of_erasures_cannot_be_put_back(own: Yard, tmp_path: Path, how: str) -> None:
    with own.open() as opened:
        own.back_up(opened)
        older = (own.nas / "erasures").read_bytes()
        own.erase(opened)
        own.back_up(opened)
    path = own.nas / "erasures"
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "link":
        path.unlink()
        path.symlink_to("/etc/hostname")
    else:
        path.write_bytes(older if how == "older" else data[:200] + bytes([data[200] ^ 1]) + data[201:])
    report = own.restore(tmp_path / "to", own.other_host(), number=1)
    assert (report.ok, report.erased) == (True, 1)


def test_without_any_list_of_erasures_nothing_is_restored(yard: Yard, tmp_path: Path) -> None:
    (yard.nas / "erasures").unlink()
    (manifest,) = yard.manifests()
    yard.blob(manifest.erasures.sha256).unlink()
    with pytest.raises(Corrupt):
        yard.restore(tmp_path / "to", yard.other_host())
    assert nothing_left(tmp_path)


def test_a_backup_does_not_forget_erasures_it_knows_of(own: Yard, tmp_path: Path) -> None:
    """A vault put back by hand to before an erasure must not overwrite the list that knows better."""
    with own.open() as opened:
        own.back_up(opened)
    shutil.copytree(own.practice.place, tmp_path / "older")
    with own.open() as opened:
        own.erase(opened)
        own.back_up(opened)
    newer = own.manifests()[-1].number
    (own.nas / "manifests" / f"{newer:06d}").unlink()
    with own.opened_at(tmp_path / "older", own.other_host()) as opened, pytest.raises(Forked):
        own.back_up(opened)


def test_a_damaged_list_beside_the_backups_stops_them(own: Yard) -> None:
    with own.open() as opened:
        own.back_up(opened)
        (own.nas / "erasures").write_bytes(b"CCERAS\0\1nothing")
        with pytest.raises(Corrupt):
            own.back_up(opened)


def test_lists_that_do_not_agree(own: Yard, tmp_path: Path) -> None:
    shutil.copytree(own.practice.place, tmp_path / "copy")
    lists = []
    for name in ("one", "two"):
        shutil.copytree(tmp_path / "copy", tmp_path / name)
        with own.opened_at(tmp_path / name, own.other_host(name)) as opened:
            own.nas = tmp_path / f"nas-{name}"
            own.erase(opened)
            own.back_up(opened)
            lists.append((own.nas / "erasures").read_bytes())
    (own.nas / "erasures").write_bytes(lists[0])
    with pytest.raises(Forked):
        own.restore(tmp_path / "to", own.other_host("three"))


# --- never over what is there -------------------------------------------------------------------------------------------


def test_only_into_an_empty_place(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "x").touch()
    (tmp_path / "file").touch()
    for name in ("to", "file"):
        with pytest.raises(VaultExists):
            yard.restore(tmp_path / name, yard.other_host())
    (tmp_path / "to" / "x").unlink()
    assert yard.restore(tmp_path / "to", yard.other_host()).ok


def test_not_beside_the_vault_it_came_from(yard: Yard, tmp_path: Path) -> None:
    host = yard.other_host("seven")
    place = yard.practice.place
    with pytest.raises(VaultExists):
        restore(yard.nas, tmp_path / "to", host, yard.by_kit, current=place)  # type: ignore[arg-type]
    (tmp_path / "empty").mkdir()
    assert restore(yard.nas, tmp_path / "to", host, yard.by_kit, current=tmp_path / "empty").ok  # type: ignore[arg-type]
    other = make_yard(tmp_path / "other", pictures=0).practice.place
    host = yard.other_host("eight")
    assert restore(yard.nas, tmp_path / "to2", host, yard.by_kit, current=other).ok  # type: ignore[arg-type]


def test_not_while_the_vault_is_open_here(yard: Yard, tmp_path: Path) -> None:
    with yard.open(), pytest.raises(AlreadyRunning):
        yard.restore(tmp_path / "to", yard.practice.host)
    assert nothing_left(tmp_path)


def test_on_the_machine_that_lost_it(own: Yard, tmp_path: Path) -> None:
    """Its own notes are newer than the backup: what is missing is counted, and the restored vault opens all the same."""
    with own.open() as opened:
        own.back_up(opened)
        own.shoot(opened, b"after the backup")
    shutil.rmtree(own.practice.place)
    report = own.restore(own.practice.place, own.practice.host)
    assert report.ok
    assert report.rows_missing >= 3
    with own.open() as opened:
        assert opened.counts().images == 3
        assert check(opened).ok
    assert [login.shown for login in _logins(own)] == ["Ann"]


def _logins(yard: Yard) -> list[Login]:
    vault = yard.practice.open()
    try:
        return list(vault.logins())
    finally:
        vault.close()


def test_where_no_vault_may_lie(yard: Yard, tmp_path: Path) -> None:
    with pytest.raises(PlaceRefused):
        yard.restore(tmp_path / "Dropbox" / "vault", yard.other_host())


def test_not_without_room(yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.stores.embedded_objects.EmbeddedObjects.free_bytes", lambda _self: 1000)
    with pytest.raises(DiskFull):
        yard.restore(tmp_path / "to", yard.other_host())
    assert nothing_left(tmp_path)


def test_only_by_a_manager(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        secret = opened.inside.book.secret
    with pytest.raises(RoleRefused):
        restore(yard.nas, tmp_path / "to", yard.other_host(), lambda _door: (StaffId(b"n" * 16), secret))
    assert nothing_left(tmp_path)


# --- a backup that is not what it says ----------------------------------------------------------------------------------


def test_every_blob_counts(yard: Yard, tmp_path: Path) -> None:
    """Each one in turn: flipped, or gone. Objects are told of by name, everything else ends the restore."""
    (manifest,) = yard.manifests()
    objects = {one.sha256: one.object_id for one in yard.objects(manifest)}
    for number, sha256 in enumerate(yard.names(manifest)):
        path = yard.blob(sha256)
        data = path.read_bytes()
        path.unlink()
        if number % 2:
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        to = tmp_path / f"to{number}"
        try:
            report = yard.restore(to, yard.other_host(), drill=True)
        except Corrupt:
            assert sha256 not in objects
        else:
            if sha256 in objects:
                assert any(objects[sha256].hex() in line for line in report.findings)
            elif sha256 == manifest.erasures.sha256:
                assert report.ok, "the list beside it says the same"
            else:
                assert not report.ok
        path.write_bytes(data)
        assert not to.exists()
    assert yard.restore(tmp_path / "to", yard.other_host(), drill=True).ok


def test_what_can_be_had_is_restored(yard: Yard, tmp_path: Path) -> None:
    (manifest,) = yard.manifests()
    lost, *kept = yard.objects(manifest)
    yard.blob(lost.sha256).unlink()
    host = yard.other_host("nine")
    report = yard.restore(tmp_path / "to", host)
    assert not report.ok
    with yard.opened_at(tmp_path / "to", host) as opened:
        for one in kept:
            assert opened.read(one.object_id) == yard.pictures[one.object_id]  # type: ignore[arg-type, index]


def _manifest(yard: Yard, number: int = 1) -> Path:
    return yard.nas / "manifests" / f"{number:06d}"


@pytest.mark.parametrize("how", ["flip", "cut", "newer", "gone", "number"])
def test_a_manifest_that_cannot_be_used(yard: Yard, tmp_path: Path, how: str) -> None:
    path = _manifest(yard)
    data = path.read_bytes()
    expected: type[VaultError] = Corrupt
    wanted: int | None = 1
    if how == "flip":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "cut":
        path.write_bytes(data[:-70])
        wanted = None
    elif how == "newer":
        path.write_bytes(b"CCBACK\0\2" + data[8:])
        expected = BackupRefused
    elif how == "number":
        path.rename(_manifest(yard, 2))
        wanted = None
    else:
        path.unlink()
        expected = NotFound
    with pytest.raises(expected):
        yard.restore(tmp_path / "to", yard.other_host(), number=wanted)
    assert nothing_left(tmp_path)


def test_an_older_backup_where_the_newest_is_damaged(own: Yard, tmp_path: Path) -> None:
    with own.open() as opened:
        own.back_up(opened)
        own.shoot(opened, b"newer")
        own.back_up(opened)
    _manifest(own, 2).write_bytes(b"CCBACK\0\1")
    assert own.restore(tmp_path / "to", own.other_host(), drill=True).number == 1
    with pytest.raises(Corrupt):
        own.restore(tmp_path / "to", own.other_host(), number=2)


def test_a_manifest_that_is_signed_by_nobody_in_its_keyring(own: Yard, tmp_path: Path) -> None:
    with own.open() as opened:
        own.back_up(opened)
    path = _manifest(own)
    stranger = WriterKey.make()
    first = parse_manifest(path.read_bytes()).manifest
    for field, value in (("writer", stranger.writer), ("generation", 9), ("files", ())):
        fields = {name: getattr(first, name) for name in first.__dataclass_fields__} | {field: value}
        path.write_bytes(type(first)(**fields).encode(stranger.signing))
        with pytest.raises(Corrupt):
            own.restore(tmp_path / "to", own.other_host())
        assert nothing_left(tmp_path)


def test_a_list_of_objects_that_is_gone(own: Yard, tmp_path: Path) -> None:
    with own.open() as opened:
        own.back_up(opened)
    (manifest,) = own.manifests()
    own.blob(manifest.lists[0].sha256).unlink()
    report = own.restore(tmp_path / "to", own.other_host(), drill=True)
    assert any("a list of 3 objects" in line for line in report.findings)


def test_links_as_blobs(yard: Yard, tmp_path: Path) -> None:
    (manifest,) = yard.manifests()
    path = yard.blob(yard.objects(manifest)[0].sha256)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    assert not yard.restore(tmp_path / "to", yard.other_host(), drill=True).ok


# --- stopped, or failed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(RestoreStage), ids=lambda stage: stage.value)
@pytest.mark.parametrize("after", [0, 2])
def test_stopping_leaves_nothing(yard: Yard, tmp_path: Path, after: int, stage: RestoreStage) -> None:
    seen: list[RestoreProgress] = []

    def cancelled() -> bool:
        return sum(one.stage is stage for one in seen) > after

    with pytest.raises(Cancelled):
        restore(
            yard.nas,
            tmp_path / "to",
            yard.other_host(),
            yard.by_kit,  # type: ignore[arg-type]
            progress=seen.append,
            cancelled=cancelled,
        )
    assert seen[-1].stage is stage
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("op", ["open", "write_at", "fsync", "replace", "mkdir", "publish"])
def test_whatever_fails_there_is_no_vault_or_a_whole_one(yard: Yard, tmp_path: Path, op: str) -> None:
    for nth in (0, 2, 9, 30, 60, 90):
        calls = FaultyCalls()
        calls.fail(op, nth, errno.ENOSPC)
        problem = outcome(
            lambda calls=calls: restore(  # type: ignore[misc]
                yard.nas,
                tmp_path / "to",
                yard.other_host("ten"),
                yard.by_kit,  # type: ignore[arg-type]
                calls=calls,
            )
        )
        if not calls.failed:
            assert problem is None
            break
        if problem is not None:
            assert isinstance(problem, DiskFull | BackupRefused)
        shutil.rmtree(tmp_path / "to", ignore_errors=True)
        assert nothing_left(tmp_path)


def test_what_an_interrupted_restore_left_is_in_nobodys_way(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / ".to.clinicam-restore" / "bags").mkdir(parents=True)
    (tmp_path / ".to.clinicam-restore-host").mkdir()
    assert yard.restore(tmp_path / "to", yard.other_host("eleven")).ok


# --- on trial -----------------------------------------------------------------------------------------------------------


def test_the_slot_of_another_vault_opens_nothing(own: Yard, tmp_path: Path) -> None:
    with own.open() as opened:
        own.back_up(opened)
    other = make_yard(tmp_path / "other", pictures=0)
    with other.open() as opened:
        secret = opened.inside.book.secret
    with pytest.raises(Corrupt):
        restore(own.nas, tmp_path / "to", own.other_host(), unlocked_as(other.practice.created.user, secret))
