# SPDX-License-Identifier: GPL-3.0-or-later
"""Erasure as a whole: who may, what is left, what the proof says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.errors import EraseRefused, NotFound, RoleRefused, SecondPersonRefused, VaultClosed
from clinicam.identity import NOBODY, PatientId, new_id
from clinicam.vault.acts import What
from clinicam.vault.erasure import Erasures
from clinicam.vault.openvault import NewRow, OpenVault
from clinicam.vault.roster import Rank
from tests.vault.engine.bench import Practice, check, make_practice, outcome, patient_row, someone
from tests.vault.engine.twopeople import Person, chart, enrol, rids_of, rows_opened_by_any_key


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return make_practice(tmp_path)


@pytest.fixture
def opened(practice: Practice) -> Iterator[OpenVault]:
    vault, unlocked = practice.unlocked()
    try:
        yield unlocked
    finally:
        vault.close()


@pytest.fixture
def ann(opened: OpenVault) -> Person:
    return enrol(opened)


def test_a_patient_is_gone_for_good(practice: Practice, opened: OpenVault, ann: Person) -> None:
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    rids = rids_of(opened, marsh.patient)
    kept = {one.image: opened.read(one.image) for one in opened.images(patient=lee.patient)}
    told: list[tuple[int, int]] = []
    done = Erasures(opened.inside).erase(
        marsh.patient, reason="retention", second=ann.cosigns(), progress=lambda *step: told.append(step)
    )
    assert (done.scope, done.keys, done.objects, done.rows) == ("patient", 3, 8, len(rids))
    assert (done.left, done.reason) == (len(opened.inside.book.table), "retention")
    assert done.tries == 3 * done.left
    assert done.generation == opened.inside.book.keyring.generation
    assert {*done.signers} == {opened.user, ann.user}
    assert rows_opened_by_any_key(opened, rids) == 0
    assert opened.images(patient=marsh.patient) == ()
    assert opened.search_patients("Marsh") == ()
    assert isinstance(outcome(lambda: opened.patient(marsh.patient)), NotFound)
    assert isinstance(outcome(lambda: opened.read(marsh.frames[0].images[0])), NotFound)
    assert {image: opened.read(image) for image in kept} == kept
    report = check(opened)
    assert report.ok, report.findings
    assert not report.alarms


def test_it_stays_gone_after_locking(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    ann = enrol(opened)
    marsh = chart(practice, opened, "Marsh")
    done = Erasures(opened.inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    opened.close()
    vault.close()
    vault, opened = practice.unlocked()
    try:
        assert opened.alarms == ()
        assert opened.search_patients("Marsh") == ()
        assert check(opened).ok
        assert Erasures(opened.inside).done() == (done,)
        assert Erasures(opened.inside).pending() == ()
    finally:
        vault.close()


def test_a_session_goes_and_the_rest_of_the_patient_stays(practice: Practice, opened: OpenVault, ann: Person) -> None:
    marsh = chart(practice, opened, "Marsh")
    gone, left = marsh.sessions
    done = Erasures(opened.inside).erase(marsh.patient, gone, reason="withdrawn", second=ann.cosigns())
    assert (done.scope, done.keys, done.objects) == ("session", 1, 4)
    assert {one.session for one in opened.images(patient=marsh.patient)} == {left}
    (hit,) = opened.search_patients("Marsh")
    assert hit.image_count == 2
    assert check(opened).ok
    # Nothing may be sealed for that session again, not even under a new key.
    late = outcome(lambda: opened.add(practice.frame(b"late", permit=marsh.permits[0])))
    assert isinstance(late, NotFound)
    opened.add(practice.frame(b"next", permit=marsh.permits[1]))


def test_nothing_is_sealed_for_an_erased_patient(practice: Practice, opened: OpenVault, ann: Person) -> None:
    marsh = chart(practice, opened, "Marsh")
    Erasures(opened.inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    row = patient_row(someone(marsh.patient))
    assert isinstance(outcome(lambda: opened.append([row])), NotFound)
    assert isinstance(outcome(lambda: opened.add(practice.frame(b"x", permit=marsh.permits[1]))), NotFound)


def test_two_different_people(practice: Practice, opened: OpenVault, ann: Person) -> None:
    marsh = chart(practice, opened, "Marsh")
    erasures = Erasures(opened.inside)
    me = Person(opened.user, opened.inside.book.secret)
    stranger = Person(type(ann.user)(new_id()), ann.secret)
    for person, reason in ((me, "same"), (stranger, "unknown")):
        with pytest.raises(SecondPersonRefused) as refused:
            erasures.erase(marsh.patient, reason="retention", second=person.cosigns())
        assert refused.value.reason == reason
    once = ann.cosigns()
    erasures.erase(marsh.patient, marsh.sessions[0], reason="retention", second=once)
    with pytest.raises(SecondPersonRefused) as refused:
        erasures.erase(marsh.patient, reason="retention", second=once)
    assert refused.value.reason == "spent"
    unused = ann.cosigns()
    unused.forget()
    with pytest.raises(SecondPersonRefused):
        erasures.erase(marsh.patient, reason="retention", second=unused)
    assert opened.search_patients("Marsh")


def test_what_is_not_there_is_not_erased(practice: Practice, opened: OpenVault, ann: Person) -> None:
    erasures = Erasures(opened.inside)
    opened.append([NewRow(What.POLICY_CHANGED, None, None, "policy", NOBODY, b"\x80")])
    rows = opened.counts().rows
    for patient in (PatientId(new_id()), PatientId(NOBODY)):
        refused = outcome(lambda who=patient: erasures.erase(who, reason="x", second=ann.cosigns()))  # type: ignore[misc]
        assert isinstance(refused, EraseRefused)
        assert refused.reason == "nothing"
    assert opened.counts().rows == rows


def test_only_a_manager_begins(practice: Practice, opened: OpenVault, ann: Person) -> None:
    marsh = chart(practice, opened, "Marsh")
    inside = opened.inside
    person = enrol(opened, rank=Rank.NURSE)
    manager = inside.book.user
    inside.book.user = person.user
    refused = outcome(lambda: Erasures(inside).erase(marsh.patient, reason="x", second=ann.cosigns()))
    assert isinstance(refused, RoleRefused)
    assert isinstance(outcome(Erasures(inside).finish), RoleRefused)
    inside.book.user = manager
    opened.close()
    assert isinstance(outcome(Erasures(inside).pending), VaultClosed)


def test_the_register_of_a_fresh_vault_has_no_erasures(opened: OpenVault) -> None:
    assert Erasures(opened.inside).done() == ()
    assert Erasures(opened.inside).finish() == ()
