# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup holds, what it copies again and what not, and what goes when."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from pathlib import Path

import pytest

from clinicam.errors import BackupRefused, Cancelled, DiskFull, Forked, VaultClosed
from clinicam.vault.acts import What, spell
from clinicam.vault.backup import Backup, BackupProgress, Backups, Stage, finish
from clinicam.vault.backupnote import TOPIC, NoteKind, read_notes
from clinicam.vault.checkpoint import read_checkpoint
from clinicam.vault.manifest import PIECE
from clinicam.vault.scribe import Draft
from tests.vault.backup.yard import DAY_S, Yard, another_patient, make_yard
from tests.vault.engine.bench import check


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path)


def test_everything_is_there_and_nothing_else(yard: Yard) -> None:
    with yard.open() as opened:
        report = yard.back_up(opened)
        heads = opened.inside.index.heads()
        (manifest,) = yard.manifests()
        assert report.alarms == ()
        assert (report.number, report.objects, report.pruned) == (1, 3, 0)
        assert not report.is_off_machine
        assert {one.object_id for one in yard.objects(manifest)} == set(yard.pictures)
        assert set(yard.names(manifest)) == {bytes.fromhex(name) for name in yard.blobs()}
        assert yard.is_whole()
        assert report.copied_bytes == sum(yard.names(manifest).values())
        # The note of the backup itself came after.
        assert [head.seq for head in manifest.heads] == [head.seq - 1 for head in heads]
        checkpoint = read_checkpoint(
            manifest.checkpoint,
            vault=manifest.vault,
            writer=manifest.writer,
            public=opened.inside.scribe.writer.signing.public,
        )
        assert checkpoint.vault == manifest.vault
    paths = {one.path.partition("/")[0] for one in manifest.files}
    assert paths == {"keyring", "slots", "bags", "ledger", "checkpoints"}


def test_only_ciphertext_leaves_the_vault(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
    everything = b"".join(path.read_bytes() for path in yard.nas.rglob("*") if path.is_file())
    assert b"Marsh" not in everything
    assert all(data[:64] not in everything for data in yard.pictures.values())


def test_what_is_there_is_not_copied_again(yard: Yard) -> None:
    with yard.open() as opened:
        first = yard.back_up(opened)
        before = yard.blobs()
        yard.shoot(opened, b"new" * 1000)
        second = yard.back_up(opened)
    old, new = yard.manifests()
    after = yard.blobs()
    assert {name: inode for name, inode in after.items() if name in before} == before
    added = set(yard.names(new)) - set(yard.names(old))
    assert second.copied == len(added)
    assert second.copied_bytes == sum(yard.names(new)[name] for name in added)
    assert second.copied_bytes < first.copied_bytes
    assert set(yard.objects(new)) > set(yard.objects(old))
    assert yard.is_whole()


def test_nothing_of_an_object_that_was_copied_is_read_again_in_the_vault(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        read: list[bytes] = []
        get = opened.inside.files.objects.get

        def noted(object_id: bytes) -> bytes:
            read.append(object_id)
            return get(object_id)

        opened.inside.files.objects.get = noted  # type: ignore[method-assign]
        image = yard.shoot(opened, b"new")
        yard.back_up(opened)
    assert read == [image]


def test_a_segment_that_grew_is_copied_from_the_piece_on_in_which_it_grew(yard: Yard) -> None:
    with yard.open() as opened:
        for _ in range(6):
            opened.inside.write([Draft(spell(What.CLOCK_JUMP))] * 400)
        yard.back_up(opened)
        opened.inside.write([Draft(spell(What.CLOCK_JUMP))])
        yard.back_up(opened)
    old, new = ([one for one in manifest.files if one.path.startswith("ledger/")] for manifest in yard.manifests())
    assert old[0].size > PIECE
    assert old[0].pieces[:-1] == new[0].pieces[: len(old[0].pieces) - 1]
    assert new[0].size > old[0].size


def test_each_day_reads_another_part_again_until_all_was(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        assert yard.back_up(opened).reread_bytes == 0, "today's part was read"
        wanted = set(yard.names(yard.manifests()[-1]))
        read: Counter[str] = Counter()
        for _ in range(32):
            yard.clock.forward(DAY_S)
            run = Backups(opened.inside).begin(yard.nas)
            steps = run.steps(lambda call: call())
            for one in steps:
                read[one.stage.name] += one.stage is Stage.REREAD
        assert read["REREAD"] >= len(wanted) - 8  # small files changed meanwhile are other blobs


def test_old_backups_go_and_what_only_they_name(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        only_first = set(yard.names(yard.manifests()[0]))
        yard.clock.forward(20 * DAY_S)
        yard.back_up(opened)
        yard.clock.forward(20 * DAY_S)
        report = yard.back_up(opened)
    assert [one.number for one in yard.manifests()] == [2, 3]
    named = set().union(*(yard.names(one) for one in yard.manifests()))
    assert {bytes.fromhex(name) for name in yard.blobs()} == named
    assert report.pruned == len(only_first - named) > 0
    assert yard.is_whole()


def test_a_clock_that_was_wrong_once_removes_nothing(yard: Yard) -> None:
    with yard.open() as opened:
        for _ in range(3):
            yard.back_up(opened)
            yard.clock.forward(DAY_S)
        yard.clock.wall += 400 * DAY_S * 1000
        assert yard.back_up(opened).pruned == 0
        yard.clock.wall -= 400 * DAY_S * 1000
        yard.back_up(opened)
        assert [one.number for one in yard.manifests()] == [1, 2, 3, 4, 5]
        yard.clock.forward(34 * DAY_S)
        yard.back_up(opened)
        assert [one.number for one in yard.manifests()] == [3, 4, 5, 6]
    assert yard.is_whole()


def test_after_a_long_rest_what_is_too_old_goes_with_the_second_backup(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        yard.clock.forward(4000 * DAY_S)
        yard.back_up(opened)
        assert [one.number for one in yard.manifests()] == [1, 2]
        yard.clock.forward(DAY_S)
        yard.back_up(opened)
    assert [one.number for one in yard.manifests()] == [2, 3]
    assert yard.is_whole()


def test_erased_pictures_go_from_older_backups_too(yard: Yard) -> None:
    with yard.open() as opened:
        doomed = set(yard.pictures)
        another_patient(yard, opened)
        kept = yard.shoot(opened, b"stays")
        yard.back_up(opened)
        blobs = {one.object_id: one.sha256 for one in yard.objects(yard.manifests()[0])}
        patient = yard.practice.permit
        yard.practice.permit = next(one for one in yard.practice.gate.permits.values() if one is not patient)
        yard.erase(opened)
        report = yard.back_up(opened)
        assert report.objects == 1
    assert not any(yard.blob(blobs[one]).exists() for one in doomed)
    assert yard.blob(blobs[kept]).exists()
    assert [one.number for one in yard.manifests()] == [1, 2]
    assert yard.is_whole()


def test_an_object_that_vanished_from_the_vault_stays_in_the_backup(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        image = next(iter(yard.pictures))
        (yard.practice.place / "objects" / image.hex()[:2] / image.hex()).unlink()
        assert yard.back_up(opened).objects == 3
        assert check(opened).findings != ()
    with yard.opened_at(_restored(yard), yard.other_host()) as opened:
        assert opened.read(image) == yard.pictures[image]
        assert check(opened).findings == ()


def _restored(yard: Yard) -> Path:
    to = yard.practice.folder / "restored"
    assert yard.restore(to, yard.other_host()).ok
    return to


def test_an_object_damaged_before_its_first_copy_is_told_of(yard: Yard) -> None:
    image = next(iter(yard.pictures))
    path = yard.practice.place / "objects" / image.hex()[:2] / image.hex()
    with yard.open() as opened:
        path.write_bytes(b"x" + path.read_bytes()[1:])
        report = yard.back_up(opened)
    assert any("damaged in the vault" in line for line in report.alarms)
    assert report.objects == 3


def test_pictures_taken_meanwhile_wait_for_none_of_it(yard: Yard) -> None:
    """The vault thread is asked twice, for keys and for the note, and reads no object: all else happens elsewhere."""
    with yard.open() as opened:
        threads: dict[str, set[str]] = {}
        objects = opened.inside.files.objects
        get, ids = objects.get, objects.ids

        def noted(name: str, call: object) -> object:
            def told(*given: object) -> object:
                threads.setdefault(name, set()).add(threading.current_thread().name)
                return call(*given)  # type: ignore[operator]

            return told

        objects.get, objects.ids = noted("get", get), noted("ids", ids)  # type: ignore[method-assign, assignment]
        backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        calls: list[str] = []
        shots: list[bytes] = []

        def between(_progress: BackupProgress) -> None:
            # What the vault thread does while the copying goes on.
            shots.append(yard.shoot(opened, b"meanwhile"))

        def on_vault(call: object) -> object:
            calls.append(threading.current_thread().name)
            return call()  # type: ignore[operator]

        report = finish(backup, on_vault, progress=between, cancelled=lambda: False)  # type: ignore[arg-type]
        assert len(calls) == 2
        assert threads["get"] == {"backup-read_0"}
        assert report.objects >= 3
        assert check(opened).findings == ()
        # What came after the heads is for the next backup.
        assert {one.object_id for one in yard.objects(yard.manifests()[0])} <= set(yard.pictures)
        yard.back_up(opened)
        assert {one.object_id for one in yard.objects(yard.manifests()[1])} == set(yard.pictures)
    assert shots


def test_an_erasure_while_it_copies_is_heeded(yard: Yard) -> None:
    with yard.open() as opened:
        done: list[bool] = []

        def erase(progress: BackupProgress) -> None:
            if progress.stage is Stage.FINISH and not done:
                done.append(True)
                yard.erase(opened)

        backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        report = finish(backup, lambda call: call(), progress=erase, cancelled=lambda: False)
        assert report.objects == 0
        assert yard.manifests()[0].generation == opened.inside.book.keyring.generation


@pytest.mark.parametrize("after", [0, 1, 2, 4, 7])
def test_stopping_at_any_point_leaves_the_one_before(yard: Yard, after: int) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        yard.shoot(opened, b"new")
        seen: list[BackupProgress] = []
        with pytest.raises(Cancelled) if after < 3 else _whatever():
            Backups(opened.inside).run(yard.nas, progress=seen.append, cancelled=lambda: len(seen) > after)
        assert yard.manifests()[-1].number in {1, 2}
        assert yard.is_whole()
        assert yard.back_up(opened).objects == 4
        assert yard.is_whole()


class _whatever:
    """Cancelled or not."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is None or issubclass(kind, Cancelled)


def test_a_backup_that_was_not_run_to_its_end_has_no_report(yard: Yard) -> None:
    with yard.open() as opened:
        backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        with pytest.raises(Cancelled):
            backup.done()


def test_locking_ends_it(yard: Yard) -> None:
    with yard.open() as opened:
        backup: Backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        opened.close()
        with pytest.raises(VaultClosed):
            finish(backup, lambda call: call(), progress=lambda _: None, cancelled=lambda: False)
        with pytest.raises(VaultClosed):
            Backups(opened.inside).begin(yard.nas)


def test_what_was_done_is_recorded(yard: Yard) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
        with pytest.raises(BackupRefused):
            Backups(opened.inside).run(yard.practice.place / "backup", fresh=True)
        made, failed = read_notes(opened.entries(TOPIC))
        assert (made.kind, made.number, made.objects, made.place) == (NoteKind.MADE, 1, 3, str(yard.nas))
        assert (failed.kind, failed.reason) == (NoteKind.FAILED, "inside")
        acts = opened.counts().acts
        assert (acts[What.BACKUP_MADE], acts[What.BACKUP_FAILED]) == (1, 1)
        assert check(opened).ok


def test_another_copy_that_went_on_is_forked(yard: Yard) -> None:
    """Two workstations that go on from one backup, into one place: the second is told, nothing of the first is lost."""
    with yard.open() as opened:
        yard.back_up(opened)
    one, two = yard.other_host("one more"), yard.other_host("two")
    for name, host in (("a", one), ("b", two)):
        assert yard.restore(yard.practice.folder / name, host).ok
    with yard.opened_at(yard.practice.folder / "a", one) as opened:
        yard.back_up(opened)
    before = hashlib.sha256(b"".join(sorted(name.encode() for name in yard.blobs()))).digest()
    with yard.opened_at(yard.practice.folder / "b", two) as opened, pytest.raises(Forked):
        yard.back_up(opened)
    assert hashlib.sha256(b"".join(sorted(name.encode() for name in yard.blobs()))).digest() == before
    # The original did not go on from that backup either.
    with yard.open() as opened, pytest.raises(Forked):
        yard.back_up(opened)


def test_a_disk_of_the_vault_that_is_full_is_told_as_such(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    with yard.open() as opened:

        def full(*_: object) -> None:
            raise DiskFull("checkpoint: ENOSPC")

        monkeypatch.setattr(opened.inside.upkeep, "save_checkpoint", full)
        with pytest.raises(DiskFull):
            Backups(opened.inside).begin(yard.nas, fresh=True)
