# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the wrong patient: two people move them, and a crash anywhere leaves them whole in exactly one place."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from clinicam.errors import (
    Corrupt,
    DiskFull,
    EraseRefused,
    MoveRefused,
    NotFound,
    SecondPersonRefused,
    WriteFailed,
)
from clinicam.identity import ConsentId, ImageId, PatientId, SessionId, new_id
from clinicam.vault.acts import What
from clinicam.vault.cosigning import Cosigners
from clinicam.vault.erasure import Erasures
from clinicam.vault.keyref import subject_of
from clinicam.vault.moving import Moved, Moving
from clinicam.vault.openvault import OpenVault, Rendition
from clinicam.vault.quarantine import Quarantine
from clinicam.vault.storing import Kept, Storer
from tests.vault.engine.bench import PASSWORD, FaultyCalls, Practice, check, make_practice, outcome
from tests.vault.engine.twopeople import Charted, Person, chart, enrol
from tests.vault.engine.workcopy import Killed, drop, put_back_start
from tests.vault.independent_reader import read_vault

OPS = ("open", "write_at", "fsync", "publish", "replace", "unlink", "close")
CONSENT = ConsentId(b"c" * 16)


def wrong(charted: Charted) -> list[ImageId]:
    """One frame of each session."""
    return [charted.frames[0].images[0], charted.frames[2].images[0]]


def move(opened: OpenVault, source: Charted, to: Charted, second: Person) -> Moved:
    return Moving(opened.inside).move(
        wrong(source),
        to=to.patient,
        session=SessionId(b"new session here"),
        consent=CONSENT,
        reason="wrong-chart",
        second=second.cosigns(),
    )


@pytest.fixture
def opened(practice: Practice) -> Iterator[OpenVault]:
    vault, unlocked = practice.unlocked()
    try:
        yield unlocked
    finally:
        vault.close()


def test_both_charts_are_right_and_tell_of_it(practice: Practice, opened: OpenVault) -> None:
    ann = enrol(opened)
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    opened.add_rendition(wrong(marsh)[0], Rendition.PREVIEW, "image/jpeg", b"larger")
    opened.add_rendition(wrong(marsh)[0], Rendition.DERIVATIVE, "image/png", b"crop")
    before = {one.image: one for one in opened.images(patient=marsh.patient)}
    Quarantine(opened.inside).set_aside(wrong(marsh), "wrong chart")
    told: list[tuple[int, int]] = []
    moved = Moving(opened.inside).move(
        wrong(marsh),
        to=lee.patient,
        session=SessionId(b"new session here"),
        consent=CONSENT,
        reason="wrong-chart",
        second=ann.cosigns(),
        progress=lambda *step: told.append(step),
    )
    assert moved.objects == 6
    assert told == [(done, 6) for done in range(1, 7)]
    here = opened.images(patient=lee.patient, session=moved.session)
    assert tuple(one.image for one in here) == moved.images
    assert [opened.read(one.image) for one in here] == [b"Marsh 0" * 40, b"Marsh 0" * 40, b"crop"]
    assert all(one.consent == CONSENT for one in here)
    old = before[wrong(marsh)[0]]
    assert (here[0].captured_ms, here[0].view, here[0].permit) == (old.captured_ms, old.view, old.permit)
    assert here[0].preview is not None
    assert opened.read(here[0].preview) == b"larger"
    assert here[0].thumbnail is not None
    assert opened.read(here[0].thumbnail) == b"Marsh" * 9
    assert here[2].parent == here[0].image
    # Gone from the other chart, whose history says where they went.
    left = opened.images(patient=marsh.patient)
    assert {one.image for one in left} == set(before) - set(wrong(marsh)) - {
        one.image for one in before.values() if one.parent is not None
    }
    assert Quarantine(opened.inside).held() == ()
    assert isinstance(outcome(lambda: opened.read(wrong(marsh)[0])), NotFound)
    assert opened.search_patients("Marsh")[0].image_count == 2
    assert opened.search_patients("Lee")[0].image_count == 6
    moving = Moving(opened.inside)
    ((_, away),) = moving.history(marsh.patient)
    ((_, came),) = moving.history(lee.patient)
    assert (away.is_arrival, away.other, away.objects) == (False, lee.patient, came.objects)
    assert (came.is_arrival, came.other, came.consent) == (True, marsh.patient, CONSENT)
    assert came.other_session is None  # two sessions
    report = check(opened)
    assert report.ok, report.findings
    assert not report.alarms


def test_it_stays_moved_after_locking_with_and_without_a_snapshot(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    ann = enrol(opened)
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    Quarantine(opened.inside).set_aside(wrong(marsh), "wrong chart")
    move(opened, marsh, lee, ann)
    vault.close()
    for forget in (True, False):
        vault, opened = practice.unlocked()
        assert opened.alarms == ()
        assert len(opened.images(patient=marsh.patient)) == 2
        assert len(opened.images(patient=lee.patient)) == 6
        assert opened.search_patients("Marsh")[0].image_count == 2
        assert check(opened).ok
        vault.close()
        if forget:
            for path in (practice.place / "index").iterdir():
                path.unlink()


def test_erasing_either_patient_afterwards_leaves_the_other(practice: Practice, opened: OpenVault) -> None:
    ann = enrol(opened)
    marsh, lee, roe = (chart(practice, opened, name) for name in ("Marsh", "Lee", "Roe"))
    for source in (marsh, roe):
        Quarantine(opened.inside).set_aside(wrong(source), "wrong chart")
        Moving(opened.inside).move(
            wrong(source),
            to=lee.patient,
            session=SessionId(new_id()),
            consent=CONSENT,
            reason="wrong-chart",
            second=ann.cosigns(),
        )
    erasures = Erasures(opened.inside)
    erasures.erase(marsh.patient, reason="retention", second=ann.cosigns())
    assert len([opened.read(one.image) for one in opened.images(patient=lee.patient)]) == 8
    assert check(opened).ok
    erasures.erase(lee.patient, reason="retention", second=ann.cosigns())
    assert opened.images(patient=lee.patient) == ()
    assert len([opened.read(one.image) for one in opened.images(patient=roe.patient)]) == 2
    report = check(opened)
    assert report.ok, report.findings


def test_what_cannot_be_moved(practice: Practice, opened: OpenVault) -> None:
    ann = enrol(opened)
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    moving, rows = Moving(opened.inside), opened.counts().rows

    def refusal(images: list[ImageId], to: PatientId, who: Person = ann) -> str:
        problem = outcome(
            lambda: moving.move(
                images, to=to, session=SessionId(new_id()), consent=CONSENT, reason="x", second=who.cosigns()
            )
        )
        if isinstance(problem, MoveRefused | SecondPersonRefused):
            return problem.reason
        return type(problem).__name__

    assert refusal([], lee.patient) == "nothing"
    assert refusal(wrong(marsh), marsh.patient) == "same-patient"
    assert refusal(wrong(marsh), PatientId(new_id())) == "NotFound"
    assert refusal([ImageId(new_id())], lee.patient) == "NotFound"
    assert refusal(wrong(marsh), lee.patient) == "not-quarantined"
    assert opened.counts().rows == rows
    quarantine = Quarantine(opened.inside)
    quarantine.set_aside(wrong(marsh)[:1], "x")
    assert refusal(wrong(marsh), lee.patient) == "not-quarantined"
    quarantine.set_aside([*wrong(marsh), *wrong(lee)], "x")
    roe = chart(practice, opened, "Roe", pictures=1)
    assert refusal([*wrong(marsh), *wrong(lee)], roe.patient) == "nothing"
    assert refusal(wrong(marsh), lee.patient, Person(opened.user, opened.inside.book.secret)) == "same"
    Erasures(opened.inside).erase(roe.patient, reason="retention", second=ann.cosigns())
    assert refusal(wrong(marsh), roe.patient) == "erased"
    # A damaged one is not moved: it is told before anybody signs.
    path = practice.place / "objects" / wrong(marsh)[0].hex()[:2] / wrong(marsh)[0].hex()
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert refusal(wrong(marsh), lee.patient) == "Corrupt"
    path.write_bytes(data)
    assert Moving(opened.inside).pending() == ()
    assert len(quarantine.held(marsh.patient)) == 2


class Scene:
    """A vault with a quarantined picture of each of Marsh's sessions, put back to the start by `again`."""

    def __init__(self, practice: Practice, keep: Path) -> None:
        self.practice, self.keep = practice, keep
        assert isinstance(practice.calls, FaultyCalls)
        self.calls = practice.calls
        vault, opened = practice.unlocked()
        self.ann = enrol(opened)
        self.marsh, self.lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee", pictures=1)
        Quarantine(opened.inside).set_aside(wrong(self.marsh), "wrong chart")
        vault.close()
        put_back_start(practice.folder, keep)

    def again(self) -> None:
        put_back_start(self.keep, self.practice.folder)

    def mend(self) -> None:
        self.calls.mend()
        self.calls.before = lambda _op: None

    def move(self, opened: OpenVault) -> None:
        move(opened, self.marsh, self.lee, self.ann)

    def check_after(self, *, agreed: bool) -> None:
        """Whoever opens finds every picture once: all at the old place or all at the new one."""
        self.mend()
        vault, opened = self.practice.unlocked()
        try:
            assert not [alarm for alarm in opened.alarms if "quarantine" not in alarm]
            assert Moving(opened.inside).pending() == ()
            held = Quarantine(opened.inside).held()
            arrived = opened.images(patient=self.lee.patient, session=SessionId(b"new session here"))
            assert (len(held), len(arrived)) == ((0, 2) if agreed else (2, 0))
            for one in (*held, *arrived):
                assert opened.read(one.image) == b"Marsh 0" * 40
                assert one.thumbnail is not None
                assert opened.read(one.thumbnail)
            assert len(opened.images(patient=self.marsh.patient)) == 2
            assert len(opened.images(patient=self.lee.patient)) == 2 + len(arrived)
            assert len(list(opened.inside.files.objects.ids())) == 12
            report = check(opened)
            assert report.ok, report.findings
        finally:
            vault.close()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("moving")
    return Scene(make_practice(folder / "practice", calls=FaultyCalls()), folder / "kept")


@pytest.mark.parametrize("op", OPS)
def test_every_call_fails_once(scene: Scene, op: str) -> None:
    for nth in range(0, 40, 3):
        vault, opened = scene.practice.unlocked()
        scene.calls.fail(op, nth, errno.ENOSPC if nth % 2 else errno.EIO)
        problem = outcome(lambda opened=opened: scene.move(opened))  # type: ignore[misc]
        failed = scene.calls.failed
        scene.mend()
        assert problem is None or isinstance(problem, DiskFull | WriteFailed)
        agreed = problem is None or bool(Moving(opened.inside).pending())
        if agreed and problem is not None and nth % 2:
            assert len(Moving(opened.inside).finish()) == 1
        vault.close()
        scene.check_after(agreed=agreed)
        scene.again()
        if not failed:
            break


def test_killed_at_every_call(scene: Scene) -> None:
    wanted, outcomes = 0, set()
    while True:
        vault, opened = scene.practice.unlocked()
        start = scene.calls.counts.total()

        def before(_op: str, limit: int = start + wanted) -> None:
            if scene.calls.counts.total() > limit:
                raise Killed

        scene.calls.before = before
        killed = True
        try:
            scene.move(opened)
            killed = False
        except Killed:
            pass
        scene.mend()
        agreed = not killed or bool(Moving(opened.inside).pending())
        drop(vault)
        scene.check_after(agreed=agreed)
        scene.again()
        outcomes.add((killed, agreed))
        if not killed:
            break
        wanted += 4
    assert outcomes == {(True, False), (True, True), (False, True)}


def test_a_move_that_waits_stands_before_an_erasure(scene: Scene) -> None:
    vault, opened = scene.practice.unlocked()
    scene.calls.fail("unlink", 0, errno.EIO)
    assert isinstance(outcome(lambda: scene.move(opened)), WriteFailed)
    scene.mend()
    with pytest.raises(EraseRefused, match="moving"):
        Erasures(opened.inside).erase(scene.lee.patient, reason="retention", second=scene.ann.cosigns())
    assert len(Moving(opened.inside).finish()) == 1
    vault.close()
    scene.check_after(agreed=True)
    scene.again()


def test_a_disk_that_stays_full_is_an_alarm(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise DiskFull("object: ENOSPC")

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr("clinicam.vault.storing.Storer.put", full)
    assert isinstance(outcome(lambda: scene.move(opened)), DiskFull)
    vault.close()
    vault, opened = scene.practice.unlocked()
    assert [alarm for alarm in opened.alarms if "could not be moved" in alarm]
    assert len(Quarantine(opened.inside).held()) == 2
    monkeypatch.undo()
    vault.close()
    scene.check_after(agreed=True)
    scene.again()


def test_memory_that_gives_back_another_picture_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Storer.put

    def other(*arguments: object, **named: object) -> Kept:
        kept = real(*arguments, **named)  # type: ignore[arg-type]
        return Kept(msgspec.structs.replace(kept.content, sha256=b"x" * 32), kept.key)

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr(Storer, "put", other)
    assert isinstance(outcome(lambda: scene.move(opened)), Corrupt)
    monkeypatch.undo()
    vault.close()
    scene.check_after(agreed=True)
    scene.again()


def agree_to_erase(opened: OpenVault, whom: Charted, second: Person) -> None:
    """The row of an erasure that was agreed to elsewhere, as a list brought by a backup has it: it asks for no move."""
    inside = opened.inside
    keys = sorted(key.key_id for key in inside.book.table.all() if key.patient == whom.patient)
    subject = subject_of(inside.book.table.locator, whom.patient)
    drafted = Cosigners(inside).draft(
        What.ERASURE_INTENDED, keys, "request", second.cosigns(), detail="patient", subject=subject
    )
    inside.write([drafted])


def no_move_waits(opened: OpenVault) -> None:
    assert not [alarm for alarm in opened.alarms if "quarantine" not in alarm]
    assert Moving(opened.inside).pending() == ()
    report = check(opened)
    assert report.ok, report.findings
    assert not report.alarms


def test_the_destination_was_erased_before_anything_was_moved(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise DiskFull("object: ENOSPC")

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr("clinicam.vault.storing.Storer.put", full)
    assert isinstance(outcome(lambda: scene.move(opened)), DiskFull)
    monkeypatch.undo()
    agree_to_erase(opened, scene.lee, scene.ann)
    drop(vault)
    for forget in (False, True):
        vault, opened = scene.practice.unlocked()
        no_move_waits(opened)
        held = Quarantine(opened.inside).held(scene.marsh.patient)
        assert [opened.read(one.image) for one in held] == [b"Marsh 0" * 40] * 2
        assert opened.images(patient=scene.lee.patient) == ()
        vault.close()
        read_vault(scene.practice.place, scene.practice.created.user, PASSWORD)
        if forget:
            for path in (scene.practice.place / "index").iterdir():
                path.unlink()
    vault, opened = scene.practice.unlocked()
    Erasures(opened.inside).erase(scene.marsh.patient, reason="request", second=scene.ann.cosigns())
    no_move_waits(opened)
    vault.close()
    scene.again()


def test_the_destination_was_erased_after_all_was_moved(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_named: object) -> None:
        raise DiskFull("ledger: ENOSPC")

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr("clinicam.vault.moving.quarantine_drafts", full)
    assert isinstance(outcome(lambda: scene.move(opened)), DiskFull)
    monkeypatch.undo()
    agree_to_erase(opened, scene.lee, scene.ann)
    drop(vault)
    vault, opened = scene.practice.unlocked()
    no_move_waits(opened)
    assert Quarantine(opened.inside).held() == ()
    assert len(opened.images(patient=scene.marsh.patient)) == 2
    vault.close()
    scene.again()


def test_the_source_was_erased_before_all_was_moved(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = Storer.put, [0]

    def fills_up(*arguments: object, **named: object) -> Kept:
        calls[0] += 1
        if calls[0] > 2:
            raise DiskFull("object: ENOSPC")
        return real(*arguments, **named)  # type: ignore[arg-type]

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr(Storer, "put", fills_up)
    assert isinstance(outcome(lambda: scene.move(opened)), DiskFull)
    monkeypatch.undo()
    agree_to_erase(opened, scene.marsh, scene.ann)
    drop(vault)
    vault, opened = scene.practice.unlocked()
    no_move_waits(opened)
    arrived = opened.images(patient=scene.lee.patient, session=SessionId(b"new session here"))
    assert [opened.read(one.image) for one in arrived] == [b"Marsh 0" * 40] * len(arrived)
    assert arrived
    assert opened.images(patient=scene.marsh.patient) == ()
    vault.close()
    scene.again()


def test_a_picture_that_is_not_there_is_no_reason_to_give_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: object) -> None:
        raise NotFound("no such object")

    vault, opened = scene.practice.unlocked()
    monkeypatch.setattr(Moving, "_copy", gone)
    assert isinstance(outcome(lambda: scene.move(opened)), NotFound)
    monkeypatch.undo()
    assert len(Moving(opened.inside).pending()) == 1
    vault.close()
    scene.check_after(agreed=True)
    scene.again()
