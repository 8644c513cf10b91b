# SPDX-License-Identifier: GPL-3.0-or-later
"""Torn ends, cut and kept; damage that is not a torn end; copies, clones and crashes between generations."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, Forked, RolledBack, VaultError, WriteFailed
from clinicam.identity import ImageId, PatientId, SessionId, new_id
from clinicam.vault import generation as generation_module
from clinicam.vault import keys as keys_module
from clinicam.vault.acts import What
from clinicam.vault.generation import enrol_writer
from clinicam.vault.host import HostFolder
from clinicam.vault.keys import KeyBook, WriterKey
from clinicam.vault.openvault import NewRow, OpenVault
from clinicam.vault.stores.calls import REAL
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import FaultyCalls, Practice, check, make_permit, outcome
from tests.vault.engine.test_damaged import host_file, only, rows_file

VAULT = b"v" * 16


def crash(vault: Vault) -> None:
    """Let go of everything as a killed process does: nothing is written any more."""
    vault._files.ledger.close()
    if vault._open is not None:
        vault._open.inside.storer.close()
        vault._open._index.close()
    vault._lock.release()


def a_row(n: int = 1) -> NewRow:
    return NewRow(What.TASK_RECORDED, None, None, "task", bytes([n]) * 16, b"\xc0")


@pytest.mark.parametrize("lost", [1, 64, 65, 300, 700])
def test_torn_last_batch_is_cut_kept_and_told(practice: Practice, lost: int) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    path = rows_file(practice)
    good = path.read_bytes()
    opened.append([a_row(2), a_row(3)])
    torn = path.read_bytes()[:-lost]
    crash(vault)
    path.write_bytes(torn)
    vault, opened = practice.unlocked()
    name = f"{opened.writer.hex()}-000001-{len(good)}"
    assert opened.alarms == (f"quarantine {name}",)
    assert (practice.place / "quarantine" / name).read_bytes() == torn[len(good) :]
    assert opened.counts().acts[What.CHAIN_CUT.value] == 1
    assert [entry.subject for entry in opened.entries("task")] == [b"\1" * 16]
    report = check(opened)
    assert report.ok
    assert report.alarms == (f"quarantine {name}",)
    vault.close()
    vault, opened = practice.unlocked()
    assert opened.alarms == (f"quarantine {name}",)
    vault.close()


def test_garbage_behind_the_last_batch_is_cut(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    crash(vault)
    with rows_file(practice).open("ab") as file:
        file.write(b"\0" * 4096)
    vault, opened = practice.unlocked()
    assert len(opened.alarms) == 1
    assert check(opened).ok
    vault.close()


def test_incomplete_batch_of_whole_rows_is_cut(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    path = rows_file(practice)
    before = path.stat().st_size
    opened.append([a_row(2), a_row(3)])
    crash(vault)
    data = path.read_bytes()
    path.write_bytes(data[: before + (len(data) - before) // 2])
    vault, opened = practice.unlocked()
    assert opened.entries("task") == ()
    assert len(opened.alarms) == 1
    vault.close()


def test_damage_before_later_batches_is_never_cut(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    path = rows_file(practice)
    before = path.stat().st_size
    for n in range(3):
        opened.append([a_row(n)])
    crash(vault)
    data = bytearray(path.read_bytes())
    data[before + 300] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt):
        practice.unlocked()
    assert not any((practice.place / "quarantine").iterdir())
    data[before + 300] ^= 1
    path.write_bytes(data)
    vault, opened = practice.unlocked()
    assert len(opened.entries("task")) == 3
    vault.close()


def test_acts_while_locked_after_a_crash_keep_time(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(n) for n in range(30)])
    crash(vault)
    vault = practice.open()
    vault.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
    crash(vault)
    host_note = host_file(practice, "note")
    host_note.write_bytes(b"CCNOTE\0\1damaged")
    assert practice.host.note(practice.created.vault_id) is None
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


# --- copies -----------------------------------------------------------------------------------------------------------


def other_machine(practice: Practice, place: Path) -> Practice:
    host = HostFolder(place.parent / "host", wall_ms=practice.clock.wall_ms, machine=b"two")
    return Practice(place.parent, practice.clock, host, practice.created, practice.permit, practice.gate, REAL)


def copy_of(practice: Practice, where: Path) -> Practice:
    shutil.copytree(practice.place, where / "vault")
    return other_machine(practice, where / "vault")


def test_a_copy_elsewhere_gets_a_writer_of_its_own(practice: Practice, tmp_path: Path) -> None:
    vault, opened = practice.unlocked()
    image, first = opened.add(practice.frame(b"picture")).images[0], opened.writer
    vault.close()
    copy = copy_of(practice, tmp_path / "copy")
    locked = copy.open()
    assert [login.shown for login in locked.logins()] == [practice.created.user.hex()[:8]]
    locked.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
    with pytest.raises(VaultError):
        locked.remember_login(practice.created.user, "Ann")
    opened = locked.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.writer != first
    assert opened.read(image) == b"picture"
    assert opened.counts().acts[What.FRAME_UNCLAIMED.value] == 1
    second = opened.add(copy.frame(b"second")).images[0]
    assert check(opened).findings == ()
    locked.close()
    locked, opened = copy.unlocked()
    assert opened.read(second) == b"second"
    assert len(opened.images()) == 2
    assert check(opened).findings == ()
    locked.close()
    # The original goes on with its own writer, and knows nothing of the copy.
    vault, opened = practice.unlocked()
    assert opened.writer == first
    vault.close()


def test_a_copy_on_this_machine_gets_one_too_and_the_original_is_then_behind(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    first = opened.writer
    vault.close()
    shutil.copytree(practice.place, practice.folder / "copy")
    locked = Vault.open(practice.folder / "copy", practice.host)
    opened = locked.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.writer != first
    locked.close()
    with pytest.raises((RolledBack, Forked)):
        practice.unlocked()


def test_a_moved_vault_is_the_same(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    first = opened.writer
    vault.close()
    practice.place.rename(practice.folder / "moved")
    locked = Vault.open(practice.folder / "moved", practice.host)
    assert locked.unlock_with_kit(practice.created.kit_words, practice.gate).writer == first
    locked.close()


def test_waiting_acts_are_bounded_and_counted(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.locked.MOST_WAITING", 2)
    host_file(practice, "note").unlink()
    vault = practice.open()
    for _ in range(5):
        vault.record_while_locked(What.FRAME_UNCLAIMED)
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.counts().acts[What.FRAME_UNCLAIMED.value] == 2
    assert opened.counts().acts[What.UNLOCK_FAILED.value] == 1
    vault.close()


def test_wrong_password_on_a_copy_waits_for_the_unlock(practice: Practice) -> None:
    host_file(practice, "note").unlink()
    vault = practice.open()
    assert outcome(lambda: vault.unlock(practice.created.user, "guess", practice.gate)) is not None
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.counts().acts[What.UNLOCK_FAILED.value] == 1
    vault.close()


def test_only_a_manager_makes_a_writer(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    host_file(practice, "writer").unlink()
    monkeypatch.setattr(KeyBook, "is_manager", property(lambda _: False))
    with pytest.raises(WriteFailed):
        practice.unlocked()
    monkeypatch.undo()
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


@pytest.mark.parametrize("op", ["open", "write_at", "fsync", "replace", "unlink"])
def test_a_generation_change_broken_off_anywhere(faulty: Practice, op: str) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    image = opened.add(faulty.frame(b"picture")).images[0]
    vault.close()
    for nth in range(14):
        note = host_file(faulty, "note")
        if note.exists():
            note.unlink()
        vault = faulty.open()
        calls.fail(op, nth, errno.EIO, stays=True)
        problem = outcome(lambda vault=vault: vault.unlock_with_kit(faulty.created.kit_words, faulty.gate))  # type: ignore[misc]
        failed = calls.failed
        calls.mend()
        crash(vault)
        assert problem is None or isinstance(problem, WriteFailed)
        vault, opened = faulty.unlocked()
        assert opened.read(image) == b"picture"
        assert check(opened).findings == ()
        vault.close()
        if not failed:
            break


def test_leftover_bags_are_not_read(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    vault.close()
    bag = only(practice.place / "bags")
    stray = bag.with_name(bag.name.replace(".000001", ".000002"))
    stray.write_bytes(b"half a bag")
    vault, opened = practice.unlocked()
    report = check(opened)
    assert report.ok
    assert any("generation" in alarm for alarm in report.alarms)
    vault.close()
    stray.unlink()
    other_epoch = bag.with_name(bag.name.replace("-000001.", "-000007."))
    book = opened_book(practice)
    data = keys_module.seal_bag(
        (), None, vault=book.vault, writer=bag_writer(bag), volume=7, generation=1, revision=1, epoch=b"e" * 32,
        signer=WriterKey.make().signing,
    )  # fmt: skip
    other_epoch.write_bytes(data)
    vault, _ = practice.unlocked()
    vault.close()


def opened_book(practice: Practice) -> KeyBook:
    vault, opened = practice.unlocked()
    book = opened._book
    data = KeyBook(
        book.files, book.keyring, user=book.user, secret=book.secret, epoch=book.epoch, bags=book.volumes.values()
    )
    vault.close()
    return data


def bag_writer(bag: Path) -> bytes:
    return bytes.fromhex(bag.name[:32])


def test_a_keyring_changed_by_another_stops_new_keys(practice: Practice, tmp_path: Path) -> None:
    vault, opened = practice.unlocked()
    opened.add(practice.frame(b"picture"))
    other = copy_of(practice, tmp_path / "copy")
    locked, _ = other.unlocked()
    locked.close()
    shutil.copy(other.place / "keyring", practice.place / "keyring")
    # Its bags are not there: it cannot be followed, and nothing is sealed beside it, whether the key is new or not.
    fresh = make_permit()
    practice.gate.permits[fresh.permit] = fresh
    for permit in (practice.permit, fresh):
        with pytest.raises(Forked):
            opened.add(practice.frame(b"picture", permit=permit))
    report = check(opened)
    assert "not the one" in " ".join(report.findings)
    assert "could not be recorded" in " ".join(report.alarms)
    with pytest.raises(Forked):
        enrol_writer(opened._book, WriterKey.make())
    vault.close()


def test_volumes_are_filled_one_after_the_other(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (keys_module, generation_module):
        monkeypatch.setattr(module, "FULL", 3)
    vault, opened = practice.unlocked()
    rows = [NewRow(What.TASK_RECORDED, PatientId(new_id()), None, "task", new_id(), b"\xc0") for _ in range(8)]
    opened.append(rows)
    vault.close()
    assert len(list((practice.place / "bags").iterdir())) == 3
    host_file(practice, "note").unlink()
    vault, opened = practice.unlocked()  # a new generation writes them all anew
    assert len(opened.entries("task")) == 8
    assert len(list((practice.place / "bags").iterdir())) == 3
    vault.close()
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


def test_another_hand_on_our_chain_is_noticed(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.close()
    path = rows_file(practice)
    path.write_bytes(path.read_bytes() + b"")
    scribe = vault._chain.scribe
    assert scribe is not None
    kept = scribe.end
    vault.record_while_locked(What.CLOCK_JUMP)
    scribe.end = kept
    with pytest.raises(Corrupt):
        vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    vault.close()


def test_rows_of_a_stranger(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    stranger = practice.place / "ledger" / new_id().hex()
    shutil.copytree(rows_file(practice).parent, stranger)
    vault.close()
    with pytest.raises(Corrupt):
        practice.unlocked()
    shutil.rmtree(stranger)
    vault, opened = practice.unlocked()
    shutil.copytree(practice.place / "ledger" / opened.writer.hex(), stranger)
    assert any("unknown" in finding for finding in check(opened).findings)
    shutil.rmtree(stranger)
    os.sync()
    vault.close()


def test_torn_end_of_a_former_writer_is_an_alarm(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row()])
    path = rows_file(practice)
    crash(vault)
    data = path.read_bytes()
    path.write_bytes(data[:-10])
    host_file(practice, "note").unlink()
    host_file(practice, "marks").unlink()
    vault, opened = practice.unlocked()
    assert any("torn end" in alarm for alarm in opened.alarms)
    vault.close()
    broken = bytearray(data)
    broken[700] ^= 1
    path.write_bytes(broken)
    with pytest.raises((Corrupt, RolledBack)):
        practice.unlocked()


def test_sessions_and_images_of_two_writers_are_one_vault(practice: Practice) -> None:
    images: list[ImageId] = []
    for _ in range(3):
        vault, opened = practice.unlocked()
        images += opened.add(practice.frame(b"picture")).images
        vault.close()
        host_file(practice, "note").unlink()
    vault, opened = practice.unlocked()
    assert isinstance(opened, OpenVault)
    assert [entry.image for entry in opened.images(session=SessionId(practice.permit.session))] == images
    assert len({entry.row.writer for entry in opened.images()}) == 3
    assert check(opened).findings == ()
    vault.close()
