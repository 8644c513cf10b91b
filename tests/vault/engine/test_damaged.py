# SPDX-License-Identifier: GPL-3.0-or-later
"""Each file of a vault damaged by itself: an error with its name, or a way on; and nothing is lost by having looked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import (
    Corrupt,
    Forked,
    NotFound,
    RolledBack,
    UnsupportedFormat,
    VaultError,
    VaultMissing,
    WrongPassword,
)
from clinicam.identity import ImageId, SessionId, new_id
from clinicam.vault.acts import What
from clinicam.vault.openvault import NewRow, OpenVault
from tests.vault.engine.bench import PASSWORD, Practice, check, make_permit, outcome, patient_row, someone


def flip(path: Path, at: int) -> Callable[[], None]:
    """Turn one bit; the result turns it back."""
    place = at % path.stat().st_size

    def turn() -> None:
        with path.open("r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes((byte ^ 1,)))

    turn()
    return turn


def host_file(practice: Practice, kind: str) -> Path:
    return practice.host.path / f"{practice.created.vault_id.hex()}.{kind}"


def only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def rows_file(practice: Practice) -> Path:
    return only(only(practice.place / "ledger"))


@pytest.fixture
def worked(practice: Practice) -> tuple[Practice, ImageId]:
    """A vault with a patient and a picture, locked."""
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    image = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    return practice, image


def still_whole(practice: Practice, image: ImageId) -> None:
    vault, opened = practice.unlocked()
    assert opened.read(image) == b"picture"
    assert check(opened).findings == ()
    vault.close()


def attempt(practice: Practice) -> VaultError | None:
    return outcome(lambda: practice.unlocked()[0].close())


@pytest.mark.parametrize("at", [0, 7, 30, 1500, -1])
def test_keyring(worked: tuple[Practice, ImageId], at: int) -> None:
    practice, image = worked
    mend = flip(practice.place / "keyring", at)
    problem = attempt(practice)
    assert isinstance(problem, Corrupt | UnsupportedFormat)
    mend()
    still_whole(practice, image)


def test_keyring_gone(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    (practice.place / "keyring").rename(practice.folder / "keyring")
    assert isinstance(attempt(practice), VaultMissing)
    (practice.folder / "keyring").rename(practice.place / "keyring")
    still_whole(practice, image)


@pytest.mark.parametrize("at", [0, 20, 40, 60, 100, -1])
def test_slot(worked: tuple[Practice, ImageId], at: int) -> None:
    practice, image = worked
    mend = flip(practice.place / "slots" / practice.created.user.hex(), at)
    vault = practice.open()
    problem = outcome(lambda: vault.unlock(practice.created.user, PASSWORD, practice.gate))
    assert isinstance(problem, Corrupt | UnsupportedFormat | WrongPassword)
    # The recovery kit has a slot of its own.
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.read(image) == b"picture"
    assert any(practice.created.user.hex() in finding for finding in check(opened).findings) == (0 <= at < 60)
    vault.close()
    mend()
    still_whole(practice, image)


def test_slot_of_the_kit(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    slots = [path for path in (practice.place / "slots").iterdir() if path.name != practice.created.user.hex()]
    mend = flip(slots[0], 0)
    problem = attempt(practice)
    assert isinstance(problem, Corrupt)
    mend()
    shutil.copy(slots[0], slots[0].with_name(new_id().hex()))
    still = practice.open()
    assert still.unlock_with_kit(practice.created.kit_words, practice.gate).read(image) == b"picture"
    still.close()


@pytest.mark.parametrize("at", [0, 7, 30, 60, 90, -1])
def test_bag(worked: tuple[Practice, ImageId], at: int) -> None:
    practice, image = worked
    mend = flip(only(practice.place / "bags"), at)
    problem = attempt(practice)
    assert isinstance(problem, Corrupt | UnsupportedFormat)
    mend()
    still_whole(practice, image)


def test_bag_of_another_name_and_bag_gone(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    bag = only(practice.place / "bags")
    aside = practice.folder / "bag"
    shutil.copy(bag, bag.with_name(bag.name.replace("-000001.", "-000002.")))
    assert isinstance(attempt(practice), Corrupt)
    bag.with_name(bag.name.replace("-000001.", "-000002.")).unlink()
    bag.rename(aside)
    assert isinstance(attempt(practice), Corrupt)
    aside.rename(bag)
    still_whole(practice, image)


def test_older_bag_is_rolled_back(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    bag = only(practice.place / "bags")
    old = bag.read_bytes()
    vault, opened = practice.unlocked()
    other = make_permit()
    practice.gate.permits[other.permit] = other
    opened.add(practice.frame(b"other", permit=other))
    vault.close()
    new = bag.read_bytes()
    bag.write_bytes(old)
    assert isinstance(attempt(practice), RolledBack)
    bag.write_bytes(new)
    still_whole(practice, image)


@pytest.mark.parametrize("at", [0, 8, 20, 200, 1200])
def test_rows_from_a_fresh_index(worked: tuple[Practice, ImageId], at: int) -> None:
    practice, image = worked
    shutil.rmtree(practice.place / "index")
    mend = flip(rows_file(practice), at)
    problem = attempt(practice)
    assert isinstance(problem, Corrupt | UnsupportedFormat | RolledBack)
    assert not any((practice.place / "quarantine").iterdir())
    mend()
    still_whole(practice, image)


def test_old_row_under_a_snapshot_is_found_by_verify(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    mend = flip(rows_file(practice), 1200)
    vault, opened = practice.unlocked()
    assert opened.read(image) == b"picture"
    report = check(opened)
    assert not report.ok
    assert any(finding.startswith("chain ") for finding in report.findings)
    vault.close()
    mend()
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


def test_marked_row_damaged_or_gone(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    path = rows_file(practice)
    mend = flip(path, -100)
    assert isinstance(attempt(practice), Corrupt | RolledBack)
    mend()
    data = path.read_bytes()
    path.write_bytes(data[:-700])
    assert isinstance(attempt(practice), RolledBack)
    vault = practice.open()
    with pytest.raises(RolledBack):
        vault.record_while_locked(What.FRAME_UNCLAIMED)
    vault.close()
    path.write_bytes(data)
    still_whole(practice, image)


def test_whole_ledger_gone(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    chain = only(practice.place / "ledger")
    chain.rename(practice.folder / "chain")
    assert isinstance(attempt(practice), RolledBack)
    (practice.folder / "chain").rename(chain)
    still_whole(practice, image)


@pytest.mark.parametrize("at", [0, 9, 70, 140, 100_000])
def test_object(practice: Practice, at: int) -> None:
    vault, opened = practice.unlocked()
    image, other = opened.add(practice.frame(b"x" * 300_000, b"raw")).images
    path = practice.place / "objects" / image.hex()[:2] / image.hex()
    mend = flip(path, at)
    with pytest.raises((Corrupt, UnsupportedFormat)):
        opened.read(image)
    assert opened.read(other) == b"raw"
    report = check(opened)
    assert report.findings
    assert image.hex() in report.findings[0]
    mend()
    assert check(opened).ok
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(NotFound):
        opened.read(image)
    assert check(opened, deep=False).findings == (f"object {image.hex()}: missing",)
    path.write_bytes(kept)
    vault.close()


def test_missing_object_is_an_alarm_after_a_crash(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    shutil.rmtree(practice.place / "index")
    path = practice.place / "objects" / image.hex()[:2] / image.hex()
    kept = path.read_bytes()
    path.unlink()
    vault, opened = practice.unlocked()
    assert opened.alarms == (f"object {image.hex()} is missing",)
    vault.close()
    path.write_bytes(kept)
    still_whole(practice, image)


def test_a_damaged_object_without_a_row_stays_and_is_an_alarm(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    shutil.rmtree(practice.place / "index")
    stray = ImageId(new_id())
    path = practice.place / "objects" / stray.hex()[:2] / stray.hex()
    path.write_bytes((practice.place / "objects" / image.hex()[:2] / image.hex()).read_bytes())
    vault, opened = practice.unlocked()
    assert len(opened.alarms) == 1
    assert stray.hex() in opened.alarms[0]
    findings = check(opened).findings
    assert any(stray.hex() in finding for finding in findings)
    shallow = check(opened, deep=False).findings
    assert any(stray.hex() in finding for finding in shallow)
    vault.close()
    path.unlink()
    still_whole(practice, image)


@pytest.mark.parametrize("at", [0, 7, 9, 40, 200, -1])
def test_snapshot_is_thrown_away(worked: tuple[Practice, ImageId], at: int) -> None:
    practice, image = worked
    flip(only(practice.place / "index"), at)
    still_whole(practice, image)


def test_snapshot_of_another_time_is_thrown_away(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    snapshot = only(practice.place / "index")
    old = snapshot.read_bytes()
    vault, opened = practice.unlocked()
    second = opened.add(practice.frame(b"second")).images[0]
    vault.close()
    snapshot.write_bytes(old)
    vault, opened = practice.unlocked()
    assert opened.read(image) == b"picture"
    assert opened.read(second) == b"second"
    assert len(opened.images()) == 2
    vault.close()


@pytest.mark.parametrize("kind", ["writer", "marks"])
@pytest.mark.parametrize("at", [0, 7, 20, 40, -1])
def test_host_state(worked: tuple[Practice, ImageId], kind: str, at: int) -> None:
    practice, image = worked
    mend = flip(host_file(practice, kind), at)
    problem = attempt(practice)
    if problem is None:  # another seed or name: then this is no writer of the roster, and a new one was made
        assert kind == "writer"
        assert at in {40, 20, -1}
        return
    assert isinstance(problem, Corrupt | UnsupportedFormat)
    mend()
    still_whole(practice, image)


def test_login_names(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    mend = flip(host_file(practice, "logins"), -1)
    vault = practice.open()
    with pytest.raises(Corrupt):
        vault.logins()
    assert vault.unlock_with_kit(practice.created.kit_words, practice.gate).read(image) == b"picture"
    vault.close()
    mend()
    still_whole(practice, image)


def test_marks_of_nobody(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    mend = flip(host_file(practice, "marks"), 30)
    assert isinstance(attempt(practice), Corrupt)
    aside = host_file(practice, "writer").read_bytes()
    host_file(practice, "writer").unlink()
    assert isinstance(attempt(practice), Corrupt)
    host_file(practice, "writer").write_bytes(aside)
    mend()
    still_whole(practice, image)


def test_unreadable_files_are_damage(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    for path in (host_file(practice, "writer"), practice.place / "keyring"):
        aside = practice.folder / "aside"
        path.rename(aside)
        path.mkdir()
        assert isinstance(attempt(practice), Corrupt)
        path.rmdir()
        aside.rename(path)
    still_whole(practice, image)


def test_checkpoint(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    note = only(practice.place / "checkpoints")
    mend = flip(note, 40)
    vault, opened = practice.unlocked()
    assert any(finding.startswith("checkpoint") for finding in check(opened).findings)
    vault.close()
    mend()
    note.with_name(new_id().hex()).write_bytes(note.read_bytes())
    vault, opened = practice.unlocked()
    assert any("unknown" in finding for finding in check(opened).findings)
    vault.close()
    for extra in note.parent.iterdir():
        if extra != note:
            extra.unlink()
    still_whole(practice, image)


def test_older_keyring_is_rolled_back_and_a_rewritten_one_forked(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    first = (practice.place / "keyring").read_bytes()
    old_bags = {path.name: path.read_bytes() for path in (practice.place / "bags").iterdir()}
    host_file(practice, "writer").unlink()
    vault, opened = practice.unlocked()  # a new generation
    opened.append([NewRow(What.CLOCK_JUMP, None, SessionId(new_id()), "", b"", None)])
    vault.close()
    second = (practice.place / "keyring").read_bytes()
    assert first != second
    (practice.place / "keyring").write_bytes(first)
    for name, data in old_bags.items():
        (practice.place / "bags" / name).write_bytes(data)
    problem = attempt(practice)
    assert isinstance(problem, RolledBack | Forked)
    (practice.place / "keyring").write_bytes(second)
    for name in old_bags:
        (practice.place / "bags" / name).unlink()
    still_whole(practice, image)


def test_everything_opens_after_all_that(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    vault, opened = practice.unlocked()
    assert isinstance(opened, OpenVault)
    assert opened.read(image) == b"picture"
    vault.close()


def test_a_wrong_password_is_told_although_it_cannot_be_recorded(worked: tuple[Practice, ImageId]) -> None:
    practice, _ = worked
    path = rows_file(practice)
    data = path.read_bytes()
    path.write_bytes(data[:-700])
    vault = practice.open()
    with pytest.raises(WrongPassword):
        vault.unlock(practice.created.user, "guess", practice.gate)
    vault.close()
    path.write_bytes(data)


def test_a_bag_that_says_another_name(worked: tuple[Practice, ImageId]) -> None:
    practice, image = worked
    bag = only(practice.place / "bags")
    other = bag.with_name(bag.name.replace("-000001.", "-000009."))
    bag.rename(other)
    assert isinstance(attempt(practice), Corrupt)
    other.rename(bag)
    still_whole(practice, image)
