# SPDX-License-Identifier: GPL-3.0-or-later
"""Erasure interrupted: by every failing call, and by the program's end at each of them. What was agreed to is carried out."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from clinicam.errors import DiskFull, NotFound, RolledBack, VaultError, WriteFailed
from clinicam.vault.erasure import Erasures
from clinicam.vault.files import VaultFiles
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank
from tests.vault.engine.bench import FaultyCalls, Practice, check, make_practice, outcome
from tests.vault.engine.twopeople import Charted, Person, chart, enrol
from tests.vault.engine.workcopy import Killed, drop, put_back_start

OPS = ("open", "write_at", "fsync", "publish", "replace", "unlink", "mkdir", "close")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Practice, Charted, Charted, Person]:
    """A vault with two charts and two people, locked. Each test works on a copy."""
    practice = make_practice(tmp_path_factory.mktemp("erasure") / "practice", calls=FaultyCalls())
    vault, opened = practice.unlocked()
    ann = enrol(opened)
    marsh, lee = chart(practice, opened, "Marsh", pictures=1), chart(practice, opened, "Lee", pictures=1)
    vault.close()
    return practice, marsh, lee, ann


class Scene:
    """A working copy of the vault and of the host's folder, put back to the start by `again`."""

    def __init__(self, source: tuple[Practice, Charted, Charted, Person], keep: Path) -> None:
        self.practice, self.marsh, self.lee, self.ann = source
        self.keep = keep
        put_back_start(self.practice.folder, keep)
        assert isinstance(self.practice.calls, FaultyCalls)
        self.calls = self.practice.calls

    def again(self) -> None:
        self.calls.mend()
        self.calls.before = lambda _op: None
        put_back_start(self.keep, self.practice.folder)

    def erase(self, opened: OpenVault) -> None:
        Erasures(opened.inside).erase(self.marsh.patient, reason="retention", second=self.ann.cosigns())

    def is_shut(self, opened: OpenVault) -> bool:
        """Whether a picture of Marsh's cannot be read."""
        return isinstance(outcome(lambda: opened.read(self.marsh.frames[0].images[0])), VaultError)

    def is_whole(self, opened: OpenVault) -> bool:
        """Whether Marsh is there as before; else nothing of Marsh may be."""
        images = opened.images(patient=self.marsh.patient)
        if not images:
            assert opened.search_patients("Marsh") == ()
            assert isinstance(outcome(lambda: opened.patient(self.marsh.patient)), NotFound)
            return False
        assert len(images) == 2
        assert [opened.read(one.image) for one in images]
        assert opened.search_patients("Marsh")
        return True

    def check_after(self, *, begun: bool) -> None:
        """A manager opens: either nothing was agreed to, or it is carried out to the end; Lee is never touched."""
        self.calls.mend()
        self.calls.before = lambda _op: None
        vault, opened = self.practice.unlocked()
        try:
            there = self.is_whole(opened)
            assert not (there and begun)
            assert Erasures(opened.inside).pending() == ()
            assert bool(Erasures(opened.inside).done()) is not there
            assert len([opened.read(one.image) for one in opened.images(patient=self.lee.patient)]) == 2
            report = check(opened)
            assert report.ok, report.findings
            assert not [alarm for alarm in report.alarms if "quarantine" not in alarm]
            if not there:
                assert len(list(opened.inside.files.objects.ids())) == 4
        finally:
            vault.close()


@pytest.fixture
def scene(before: tuple[Practice, Charted, Charted, Person], tmp_path: Path) -> Scene:
    return Scene(before, tmp_path / "kept")


def is_agreed(opened: OpenVault) -> bool:
    return bool(Erasures(opened.inside).pending() or Erasures(opened.inside).done())


@pytest.mark.parametrize("op", OPS)
def test_every_call_fails_once(scene: Scene, op: str) -> None:
    for nth in range(0, 60, 4):
        vault, opened = scene.practice.unlocked()
        scene.calls.fail(op, nth, errno.ENOSPC if nth % 2 else errno.EIO)
        problem = outcome(lambda opened=opened: scene.erase(opened))  # type: ignore[misc]
        failed = scene.calls.failed
        scene.calls.mend()
        assert problem is None or isinstance(problem, DiskFull | WriteFailed)
        agreed = is_agreed(opened)
        assert agreed or problem is not None
        if agreed:
            # From the intent on nothing opens, in the same sitting too, and what is left to do can be done at once.
            assert scene.is_shut(opened)
            if nth % 2:
                Erasures(opened.inside).finish()
        vault.close()
        scene.check_after(begun=agreed)
        scene.again()
        if not failed:
            break


def killed_at(scene: Scene, wanted: int) -> tuple[bool, bool]:
    """Erase until the call of that number, then let go of everything. Whether it was killed, and whether it was agreed."""
    vault, opened = scene.practice.unlocked()
    count = 0

    def before(_op: str) -> None:
        nonlocal count
        count += 1
        if count > wanted:
            raise Killed

    scene.calls.before = before
    killed = True
    try:
        scene.erase(opened)
        killed = False
    except Killed:
        pass
    scene.calls.before = lambda _op: None
    agreed = is_agreed(opened)
    drop(vault)
    return killed, agreed


def test_killed_at_every_call(scene: Scene) -> None:
    wanted, outcomes = 0, set()
    while True:
        killed, agreed = killed_at(scene, wanted)
        scene.check_after(begun=agreed)
        outcomes.add((killed, agreed))
        scene.again()
        if not killed:
            break
        wanted += 5
    assert {(True, False), (True, True), (False, True)} <= outcomes


def test_until_a_manager_comes_nothing_opens(scene: Scene) -> None:
    vault, opened = scene.practice.unlocked()
    jo = enrol(opened, rank=Rank.NURSE, password="a nurse's own words")
    vault.close()
    vault, opened = scene.practice.unlocked()
    inside = opened.inside
    scene.calls.fail("replace", 0, errno.EIO, stays=True)  # the first bag
    assert isinstance(outcome(lambda: scene.erase(opened)), WriteFailed)
    scene.calls.mend()
    assert len(Erasures(inside).pending()) == 1
    drop(vault)
    vault = scene.practice.open()
    opened = vault.unlock(jo.user, "a nurse's own words", scene.practice.gate)
    assert not opened.inside.book.is_manager
    assert [alarm for alarm in opened.alarms if "waits for a manager" in alarm]
    assert not scene.is_whole(opened)
    assert isinstance(outcome(lambda: opened.add(scene.practice.frame(b"x", permit=scene.marsh.permits[0]))), NotFound)
    assert opened.images(patient=scene.lee.patient)
    report = check(opened)
    assert report.ok, report.findings
    assert len([alarm for alarm in report.alarms if "waits to be erased" in alarm]) == 4
    vault.close()
    scene.check_after(begun=True)
    scene.again()


def test_a_full_disk_at_the_manager_is_an_alarm_not_a_closed_door(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_files: VaultFiles, _data: bytes) -> None:
        raise DiskFull("keyring: ENOSPC")

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr(VaultFiles, "write_keyring", full)
    assert isinstance(outcome(lambda: scene.erase(opened)), DiskFull)
    drop(vault)
    vault, opened = scene.practice.unlocked()
    monkeypatch.undo()
    assert [alarm for alarm in opened.alarms if "could not be carried out" in alarm]
    assert not scene.is_whole(opened)
    assert Erasures(opened.inside).finish()
    vault.close()
    scene.check_after(begun=True)
    scene.again()


def test_an_erased_key_that_comes_back_is_noticed(scene: Scene) -> None:
    vault, opened = scene.practice.unlocked()
    place = scene.practice.place
    old = {path: path.read_bytes() for path in [place / "keyring", *(place / "bags").iterdir()]}
    scene.erase(opened)
    vault.close()
    for path in (place / "bags").iterdir():
        path.unlink()
    for path, data in old.items():
        path.write_bytes(data)
    # A workstation without marks: it has not seen that there was a newer keyring.
    for path in scene.practice.host.path.glob("*.marks"):
        path.unlink()
    vault = scene.practice.open()
    problem = outcome(lambda: vault.unlock_with_kit(scene.practice.created.kit_words, scene.practice.gate))
    assert isinstance(problem, RolledBack)
    assert "erased key" in str(problem)
    vault.close()
    scene.again()
