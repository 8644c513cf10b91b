# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking without adding, and a manager's decision to go on from another history."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from clinicam.errors import (
    AlreadyRunning,
    Corrupt,
    DiskFull,
    Forked,
    LockedOut,
    RoleRefused,
    RolledBack,
    VaultClosed,
    VaultError,
    WrongPassword,
)
from clinicam.identity import ImageId, StaffId
from clinicam.vault.accepting import HISTORY_TOPIC, HistoryNote
from clinicam.vault.acts import What
from clinicam.vault.codec import decode
from clinicam.vault.heads import chain_start
from clinicam.vault.readonly import ReadOnlyVault
from clinicam.vault.segment import scan_segment
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import PASSWORD, FaultyCalls, Practice, check, patient_row, someone
from tests.vault.engine.test_chains import a_row
from tests.vault.engine.test_damaged import host_file, only, rows_file


def look(practice: Practice) -> tuple[Vault, ReadOnlyVault]:
    vault = practice.open()
    try:
        return vault, vault.unlock_read_only_with_kit(practice.created.kit_words)
    except BaseException:
        vault.close()
        raise


def rolled_back(practice: Practice) -> ImageId:
    """A vault of one picture, put back to an older state; the picture's id."""
    vault, opened = practice.unlocked()
    patient = someone(practice.permit.patient)
    opened.append([patient_row(patient)])
    image = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    old = practice.folder / "old"
    shutil.copytree(practice.place, old)
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    vault.close()
    # Put back in place, so that it is no copy to the workstation.
    for name in ("ledger", "index", "checkpoints"):
        shutil.rmtree(practice.place / name)
        shutil.copytree(old / name, practice.place / name)
    return image


def files_of(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_a_rolled_back_vault_can_be_looked_at(practice: Practice) -> None:
    image = rolled_back(practice)
    with pytest.raises(RolledBack):
        practice.unlocked()
    before = files_of(practice.place)
    vault, looking = look(practice)
    assert isinstance(looking.problems[0], RolledBack)
    assert looking.read(looking.images()[0].image) == b"picture"
    assert looking.images()[0].image == image
    assert [hit.patient.family for hit in looking.search_patients("marsh")] == ["Marsh"]
    assert looking.counts().images == 1
    assert looking.patient(practice.permit.patient).family == "Marsh"
    assert looking.entries("task") == ()
    assert looking.place == practice.place
    assert not hasattr(looking, "append")
    assert not hasattr(looking, "add")
    report = looking.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False)
    assert report.ok
    with pytest.raises(AlreadyRunning):
        vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    looking.close()
    looking.close()
    for use in (lambda: looking.images(), lambda: looking.read(image), lambda: looking.heads, looking.secret):
        with pytest.raises(VaultClosed):
            use()
    vault.close()
    assert files_of(practice.place) == before


def test_a_manager_goes_on_from_there(practice: Practice) -> None:
    rolled_back(practice)
    old_marks = host_file(practice, "marks").read_bytes()
    vault, looking = look(practice)
    opened = vault.accept_history(looking, practice.gate)
    assert not looking.is_open
    acts = opened.counts().acts
    assert acts[What.HISTORY_ACCEPTED.value] == 1
    assert acts[What.VAULT_LOOKED.value] == 1
    (entry,) = opened.entries(HISTORY_TOPIC)
    note = decode(entry.body, HistoryNote)
    assert note.seen is not None
    assert note.accepted is not None
    assert note.seen[0] > note.accepted[0]
    assert note.writer != opened.writer
    assert opened.read(opened.images()[0].image) == b"picture"
    aside = [path for path in practice.host.path.iterdir() if ".marks-" in path.name]
    assert [path.read_bytes() for path in aside] == [old_marks]
    opened.append([a_row(2)])
    assert check(opened).ok
    vault.close()
    vault, opened = practice.unlocked()
    assert [entry.subject for entry in opened.entries("task")] == [b"\2" * 16]
    assert check(opened).ok
    vault.close()


def test_checkpoints_of_what_was_lost_go_into_quarantine(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    writer = opened.writer
    vault.close()
    rows = rows_file(practice)
    old = rows.read_bytes()
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    vault.close()
    rows.write_bytes(old)
    vault, looking = look(practice)
    opened = vault.accept_history(looking, practice.gate)
    assert any(alarm == f"quarantine checkpoints-{writer.hex()}" for alarm in opened.alarms)
    assert check(opened).ok
    vault.close()


def test_nobody_but_a_manager_decides_and_only_while_looking(practice: Practice) -> None:
    rolled_back(practice)
    vault, looking = look(practice)
    looking.is_manager = False
    with pytest.raises(RoleRefused):
        vault.accept_history(looking, practice.gate)
    assert looking.is_open
    looking.close()
    with pytest.raises(VaultClosed):
        vault.accept_history(looking, practice.gate)
    vault.close()


def test_a_forked_chain_tells_so_first(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    vault.close()
    rows = rows_file(practice)
    old = rows.read_bytes()
    note, marks = (host_file(practice, kind).read_bytes() for kind in ("note", "marks"))
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    vault.close()
    theirs = rows.read_bytes()
    rows.write_bytes(old)
    shutil.rmtree(practice.place / "index")
    kept = {kind: host_file(practice, kind).read_bytes() for kind in ("note", "marks")}
    host_file(practice, "note").write_bytes(note)
    host_file(practice, "marks").write_bytes(marks)
    vault, opened = practice.unlocked()
    for n in range(2, 9):
        opened.append([a_row(n)])
    vault.close()
    assert rows.read_bytes() != theirs
    for kind, data in kept.items():
        host_file(practice, kind).write_bytes(data)
    with pytest.raises(Forked):
        practice.unlocked()
    vault, looking = look(practice)
    assert isinstance(looking.problems[0], Forked)
    assert len(looking.entries("task")) == 7
    opened = vault.accept_history(looking, practice.gate)
    assert check(opened, deep=False).ok
    vault.close()


def test_a_damaged_chain_is_read_up_to_the_damage(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    opened.append([a_row(2)])
    opened.append([a_row(3)])
    vault.close()
    rows = rows_file(practice)
    data = bytearray(rows.read_bytes())
    shutil.rmtree(practice.place / "index")

    found = scan_segment(
        bytes(data),
        vault=practice.created.vault_id,
        head=chain_start(practice.created.vault_id, bytes.fromhex(rows.parent.name)),
    ).rows
    data[found[-3].start + 200] ^= 1
    rows.write_bytes(bytes(data))
    with pytest.raises(VaultError):
        practice.unlocked()
    vault, looking = look(practice)
    assert any(isinstance(problem, Corrupt) for problem in looking.problems)
    assert 0 < len(looking.entries("task")) < 3
    vault.close()


def test_a_row_not_signed_ends_what_is_shown(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    opened.append([a_row(2)])
    vault.close()
    rows = rows_file(practice)
    data = bytearray(rows.read_bytes())

    found = scan_segment(
        bytes(data),
        vault=practice.created.vault_id,
        head=chain_start(practice.created.vault_id, bytes.fromhex(rows.parent.name)),
    ).rows
    data[found[-2].end - 1] ^= 1  # the signature of the second task
    rows.write_bytes(bytes(data))
    vault, looking = look(practice)
    assert [entry.subject for entry in looking.entries("task")] == [b"\1" * 16]
    vault.close()


def test_marks_and_chains_that_are_gone_or_damaged(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    vault.close()
    vault = practice.open()
    marks = host_file(practice, "marks")
    good = marks.read_bytes()
    marks.write_bytes(good[:-1] + bytes((good[-1] ^ 1,)))
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    assert isinstance(looking.problems[0], Corrupt)
    assert looking.seen == ()
    looking.close()
    marks.write_bytes(good)
    chain = only(practice.place / "ledger")
    chain.rename(practice.folder / "aside")
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    assert any("gone" in str(problem) for problem in looking.problems)
    assert looking.heads == ()
    vault.close()
    assert not looking.is_open


def test_passwords_count_for_looking_too(practice: Practice) -> None:
    vault = practice.open()
    user = practice.created.user
    looking = vault.unlock_read_only(StaffId(user), PASSWORD)
    assert looking.problems == ()
    assert looking.user == user
    looking.close()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            vault.unlock_read_only(StaffId(user), "wrong")
    with pytest.raises(LockedOut):
        vault.unlock_read_only(StaffId(user), PASSWORD)
    with pytest.raises(WrongPassword):
        vault.unlock_read_only_with_kit(["abandon"] * 24)
    vault.close()


def test_a_completely_full_disk_still_lets_people_look(faulty: Practice) -> None:
    practice, calls = faulty, faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    calls.fail("write_at", 0, errno.ENOSPC, stays=True)
    vault = practice.open()
    with pytest.raises(DiskFull):
        vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    assert looking.problems == ()
    assert looking.read(image) == b"picture"
    looking.close()
    calls.mend()
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.counts().acts[What.VAULT_LOOKED.value] == 1
    assert check(opened).ok
    vault.close()


def test_tries_count_on_a_full_disk(faulty: Practice) -> None:
    practice, calls = faulty, faulty.calls
    assert isinstance(calls, FaultyCalls)
    practice.host.begin_try(practice.created.vault_id)
    calls.fail("replace", 0, errno.ENOSPC, stays=True)
    for _ in range(4):
        practice.host.begin_try(practice.created.vault_id)
    with pytest.raises(LockedOut):
        practice.host.begin_try(practice.created.vault_id)
    calls.mend()
    os.unlink(host_file(practice, "tries"))
    calls.fail("replace", 0, errno.ENOSPC, stays=True)
    with pytest.raises(VaultError):
        practice.host.begin_try(practice.created.vault_id)
    calls.mend()


def test_a_batch_with_a_bad_row_is_not_shown_at_all(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    opened.append([a_row(2), a_row(3), a_row(4)])
    vault.close()
    rows = rows_file(practice)
    data = bytearray(rows.read_bytes())
    head = chain_start(practice.created.vault_id, bytes.fromhex(rows.parent.name))
    found = scan_segment(bytes(data), vault=practice.created.vault_id, head=head).rows
    data[found[-3].end - 1] ^= 1  # the signature in the middle of the batch; the lock follows it
    rows.write_bytes(bytes(data))
    vault, looking = look(practice)
    assert [entry.subject for entry in looking.entries("task")] == [b"\1" * 16]
    vault.close()
