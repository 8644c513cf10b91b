# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a key is gone is still known when the patient whose it was is gone too."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinicam.identity import NOBODY
from clinicam.vault.acts import What, spell
from clinicam.vault.agreements import agreements
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent
from clinicam.vault.erasure import Erasures
from clinicam.vault.gonekeys import DROPPED_TOPIC, DroppedKeys, explained, note_dropped
from clinicam.vault.people import People, Rank
from clinicam.vault.reencrypting import Reencryption
from clinicam.vault.scribe import Draft
from tests.vault.engine.bench import PASSWORD, Practice, check
from tests.vault.engine.people_bench import OWN, without_stretching
from tests.vault.engine.twopeople import chart, enrol
from tests.vault.independent_reader import Refused, read_vault


def forget_snapshots(place: Path) -> None:
    """They are only a cache: without them every row is read."""
    for path in (place / "index").iterdir():
        path.unlink()


def test_sealed_anew_then_erased(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)
    vault, opened = practice.unlocked()
    ann = enrol(opened)
    user = People(opened.inside).add(Rank.NURSE, OWN, shown="Jo")
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    People(opened.inside).remove(user)
    assert Reencryption(opened.inside).run(marsh.patient).keys == 2
    (note,) = opened.entries(DROPPED_TOPIC)
    assert (note.patient, note.subject) == (None, marsh.patient)
    Erasures(opened.inside).erase(marsh.patient, reason="request", second=ann.cosigns())
    report = check(opened)
    assert report.ok, report.findings
    vault.close()
    forget_snapshots(practice.place)
    vault, opened = practice.unlocked()
    assert opened.alarms == ()
    assert opened.images(patient=marsh.patient) == ()
    assert opened.read(lee.frames[0].images[0]) == b"Lee 0" * 40
    vault.close()


def test_the_second_reader_and_older_notes(practice: Practice) -> None:
    """Notes under the patient's own key, as they were written before, count as well."""
    vault, opened = practice.unlocked()
    lee = chart(practice, opened, "Lee")
    inside = opened.inside
    book = inside.book
    own = book.sealing_key(inside.scribe.writer, lee.patient)
    body = encode(DroppedKeys((b"o" * 16,)))
    note = EntryContent(lee.patient, None, DROPPED_TOPIC, lee.patient, body)
    inside.write([Draft(spell(What.SESSION_EVENT, DROPPED_TOPIC), None, note, own)])
    note_dropped(inside, lee.patient, [b"n" * 16])
    assert explained(inside.index, agreements(inside.index, book)[0]) == {b"o" * 16, b"n" * 16}
    opened.close()
    rows, _ = read_vault(practice.place, practice.created.user, PASSWORD)
    notes = [row.content for row in rows if row.content is not None and row.content.get("topic") == DROPPED_TOPIC]
    assert [one["patient"] for one in notes] == [lee.patient, NOBODY]
    vault.close()


def test_another_patients_dropped_keys(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    lee = chart(practice, opened, "Lee")
    inside = opened.inside
    own = inside.book.sealing_key(inside.scribe.writer, lee.patient)
    note = EntryContent(lee.patient, None, DROPPED_TOPIC, b"x" * 16, encode(DroppedKeys(())))
    inside.write([Draft(spell(What.SESSION_EVENT, DROPPED_TOPIC), None, note, own)])
    vault.close()
    with pytest.raises(Refused):
        read_vault(practice.place, practice.created.user, PASSWORD)
