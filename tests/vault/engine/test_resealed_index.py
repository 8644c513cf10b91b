# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sealing anew replaced stays out of every index that is made anew, not only of the one at opening."""

from __future__ import annotations

import pytest

from clinicam.errors import Cancelled, Corrupt
from clinicam.vault.acts import What, spell
from clinicam.vault.content import EntryContent
from clinicam.vault.erasure import Erasures
from clinicam.vault.openvault import Rendition
from clinicam.vault.reencrypting import RESEAL_TOPIC, Reencryption
from clinicam.vault.scribe import Draft
from tests.vault.engine.bench import Practice, check
from tests.vault.engine.people_bench import Desk, by_kit, by_password, without_stretching
from tests.vault.engine.test_reencrypting import Marsh, lay_out
from tests.vault.engine.twopeople import chart, enrol


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)


def stop_between_sessions(desk: Desk, marsh: Marsh) -> None:
    told: list[int] = []
    with pytest.raises(Cancelled):
        Reencryption(desk.opened.inside).run(
            marsh.patient.patient,
            progress=lambda done, _of: told.append(done),
            cancelled=lambda: len(told) >= 7,
        )


def test_another_patient_is_erased_in_the_same_sitting(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        ann, lee = enrol(desk.opened), chart(practice, desk.opened, "Lee")
        stop_between_sessions(desk, marsh)
        before = desk.opened.images(patient=marsh.patient.patient)
        Erasures(desk.opened.inside).erase(lee.patient, reason="request", second=ann.cosigns())
        assert desk.opened.images(patient=marsh.patient.patient) == before
        assert marsh.seen(desk.opened) == marsh.pictures
        report = check(desk.opened)
        assert report.ok, report.findings
        assert not desk.opened.damages.is_open
    with by_kit(practice) as desk:
        assert marsh.seen(desk.opened) == marsh.pictures
        assert check(desk.opened).ok


def test_who_only_looks_sees_each_picture_once(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        stop_between_sessions(desk, marsh)
    vault = practice.open()
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    images = [one for one in looking.images(patient=marsh.patient.patient) if one.rendition is Rendition.ORIGINAL]
    assert {one.frame: looking.read(one.image) for one in images} == marsh.pictures
    assert len(images) == len(marsh.pictures)
    assert looking.problems == ()
    vault.close()


def test_a_plan_that_is_none_is_told_to_who_looks(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    inside, lee = opened.inside, chart(practice, opened, "Lee")
    key = inside.book.sealing_key(inside.scribe.writer, lee.patient)
    note = EntryContent(lee.patient, None, RESEAL_TOPIC, lee.patient, b"junk")
    inside.write([Draft(spell(What.SESSION_EVENT, RESEAL_TOPIC), None, note, key)])
    vault.close()
    vault = practice.open()
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    assert [type(problem) for problem in looking.problems] == [Corrupt]
    assert len(looking.images(patient=lee.patient)) == 4
    vault.close()
