# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup during which pictures are moved or sealed anew: whatever was readable is in it, by its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import BackupRefused
from clinicam.identity import ConsentId, SessionId
from clinicam.vault.backup import BackupProgress, Backups, Stage, finish
from clinicam.vault.moving import Moving
from clinicam.vault.openvault import OpenVault
from clinicam.vault.quarantine import Quarantine
from clinicam.vault.reencrypting import Reencryption
from clinicam.vault.roster import remove_user
from tests.vault.backup.yard import Yard, make_yard
from tests.vault.engine.bench import check
from tests.vault.engine.twopeople import Person, chart, enrol


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path, pictures=2)


def leave(opened: OpenVault, person: Person) -> None:
    """Take somebody out, so that keys from before are stale."""
    book = opened.inside.book
    roster = remove_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=person.user,
        author=book.user,
        key=book.secret.signing_key(),
    )
    opened.inside.publish(roster=roster)
    opened.inside.files.remove_slots([person.user])


def at(stage: Stage, act: Callable[[], object], *, always: bool = False) -> Callable[[BackupProgress], None]:
    """Act when a backup first comes to `stage`, or each time."""
    done: list[bool] = []

    def told(progress: BackupProgress) -> None:
        if progress.stage is stage and (always or not done) and len(done) < 9:
            done.append(True)
            act()

    return told


def backed_up(yard: Yard, opened: OpenVault, told: Callable[[BackupProgress], None]) -> None:
    backup = Backups(opened.inside).begin(yard.nas, fresh=True)
    report = finish(backup, lambda call: call(), progress=told, cancelled=lambda: False)
    assert report.alarms == ()
    assert {one.object_id for one in yard.objects(yard.manifests()[-1])} == set(opened.inside.files.objects.ids())
    assert yard.is_whole()


def nothing_lost(yard: Yard, pictures: dict[bytes, bytes]) -> None:
    host = yard.other_host()
    report = yard.restore(yard.practice.folder / "restored", host)
    assert (report.findings, report.alarms) == ((), ())
    with yard.opened_at(yard.practice.folder / "restored", host) as opened:
        for image, data in pictures.items():
            assert opened.read(image) == data  # type: ignore[arg-type]
        assert check(opened).ok


@pytest.mark.parametrize(("stage", "has_prior"), [(Stage.LEDGER, True), (Stage.OBJECTS, True), (Stage.FINISH, False)])
def test_pictures_moved_meanwhile_are_in_it(yard: Yard, stage: Stage, has_prior: bool) -> None:
    with yard.open() as opened:
        ann = enrol(opened)
        marsh, lee = chart(yard.practice, opened, "Marsh"), chart(yard.practice, opened, "Lee")
        image = marsh.frames[0].images[0]
        data = opened.read(image)
        Quarantine(opened.inside).set_aside([image], "wrong chart")
        if has_prior:
            yard.back_up(opened)
            yard.shoot(opened, b"so that there is something to copy")
        moved = []

        def move() -> None:
            moved.append(
                Moving(opened.inside).move(
                    [image],
                    to=lee.patient,
                    session=SessionId(b"new session here"),
                    consent=ConsentId(b"c" * 16),
                    reason="wrong-chart",
                    second=ann.cosigns(),
                )
            )

        backed_up(yard, opened, at(stage, move))
    nothing_lost(yard, {moved[0].images[0]: bytes(data)})


@pytest.mark.parametrize(("stage", "has_prior"), [(Stage.LEDGER, True), (Stage.OBJECTS, True), (Stage.FINISH, False)])
def test_pictures_sealed_anew_meanwhile_are_in_it(yard: Yard, stage: Stage, has_prior: bool) -> None:
    patient = yard.practice.permit.patient
    with yard.open() as opened:
        leave(opened, enrol(opened))
        if has_prior:
            yard.back_up(opened)
            yard.shoot(opened, b"so that there is something to copy")
        backed_up(yard, opened, at(stage, lambda: Reencryption(opened.inside).run(patient)))
        pictures = {bytes(one.image): opened.read(one.image) for one in opened.images(patient=patient)}
        assert not set(pictures) & set(list(yard.pictures)[:2])
        assert sorted(pictures.values()) == sorted(yard.pictures.values())
    nothing_lost(yard, pictures)


def test_one_that_never_comes_to_rest_is_given_up(yard: Yard) -> None:
    with yard.open() as opened:
        backup = Backups(opened.inside).begin(yard.nas, fresh=True)
        unrest = at(Stage.FINISH, lambda: opened.inside.publish(), always=True)
        with pytest.raises(BackupRefused) as problem:
            finish(backup, lambda call: call(), progress=unrest, cancelled=lambda: False)
        assert problem.value.reason == "changing"
        assert yard.manifests() == []
        assert yard.back_up(opened).objects == 2
