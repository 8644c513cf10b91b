# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures set aside: out of the chart and the counts at once, not out of the vault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clinicam.errors import NotFound, VaultClosed
from clinicam.identity import ImageId, new_id
from clinicam.vault.acts import What
from clinicam.vault.codec import encode
from clinicam.vault.indexfold import QuarantineNote
from clinicam.vault.openvault import NewRow, OpenVault
from clinicam.vault.quarantine import Quarantine
from tests.vault.engine.bench import Practice, check
from tests.vault.engine.twopeople import chart


@pytest.fixture
def opened(practice: Practice) -> Iterator[OpenVault]:
    vault, unlocked = practice.unlocked()
    try:
        yield unlocked
    finally:
        vault.close()


def test_one_person_hides_a_picture(practice: Practice, opened: OpenVault) -> None:
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    both = opened.add(practice.frame(b"jpeg" * 90, b"raw" * 900, permit=marsh.permits[0]))
    quarantine = Quarantine(opened.inside)
    wrong = both.images[0]
    quarantine.set_aside([wrong, wrong], "two names on one list")
    assert {one.image for one in quarantine.held()} == set(both.images)
    assert quarantine.held(lee.patient) == ()
    assert not {one.image for one in opened.images(patient=marsh.patient)} & set(both.images)
    assert not {one.image for one in opened.images(session=marsh.sessions[0])} & set(both.images)
    (hit,) = opened.search_patients("Marsh")
    assert hit.image_count == 4
    assert opened.counts().acts["image.quarantined"] == 1
    # Whoever looks into it can see it, and nothing of it was touched.
    assert opened.read(wrong) == b"jpeg" * 90
    report = check(opened)
    assert report.ok
    assert not report.alarms


def test_it_stays_hidden_and_comes_back(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    marsh = chart(practice, opened, "Marsh")
    wrong = marsh.frames[1].images[0]
    Quarantine(opened.inside).set_aside([wrong], "wrong patient")
    vault.close()
    for snapshot in (practice.place / "index").iterdir():
        vault, opened = practice.unlocked()
        assert [one.image for one in Quarantine(opened.inside).held()] == [wrong]
        vault.close()
        snapshot.unlink()  # and once more from the rows alone
    vault, opened = practice.unlocked()
    quarantine = Quarantine(opened.inside)
    assert [one.image for one in quarantine.held(marsh.patient)] == [wrong]
    quarantine.put_back([wrong], "it was right")
    assert quarantine.held() == ()
    assert len(opened.images(patient=marsh.patient)) == 4
    (hit,) = opened.search_patients("Marsh")
    assert hit.image_count == 4
    vault.close()
    with pytest.raises(VaultClosed):
        quarantine.held()
    with pytest.raises(VaultClosed):
        quarantine.set_aside([wrong], "x")


def test_what_is_not_there_cannot_be_hidden(practice: Practice, opened: OpenVault) -> None:
    marsh = chart(practice, opened, "Marsh", pictures=1)
    quarantine, rows = Quarantine(opened.inside), opened.counts().rows
    with pytest.raises(NotFound):
        quarantine.set_aside([marsh.frames[0].images[0], ImageId(new_id())], "x")
    quarantine.set_aside([], "nothing")
    opened.inside.index.db.execute("UPDATE image SET frame = NULL")
    with pytest.raises(NotFound):
        quarantine.set_aside([marsh.frames[0].images[0]], "of no frame")
    assert opened.counts().rows == rows


def test_the_topic_is_the_vaults_own(opened: OpenVault) -> None:
    row = NewRow(What.SESSION_EVENT, None, None, "quarantine", b"f" * 16, encode(QuarantineNote(True, "x")))
    with pytest.raises(ValueError, match="own"):
        opened.append([row])


def test_the_newest_note_counts_in_whatever_order_chains_are_read(practice: Practice, opened: OpenVault) -> None:
    marsh = chart(practice, opened, "Marsh", pictures=1)
    quarantine, wrong = Quarantine(opened.inside), marsh.frames[0].images[0]
    quarantine.set_aside([wrong], "wrong")
    db = opened.inside.index.db
    db.execute("UPDATE quarantined SET lamport = lamport + 1000")
    quarantine.put_back([wrong], "older than what is known")
    assert quarantine.held()
