# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody with a program of their own writes rows about an erasure that others agreed to: it is carried out all the same."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from clinicam.vault.acts import Act, What, spell
from clinicam.vault.codec import decode, encode
from clinicam.vault.erasure import Erasures
from clinicam.vault.openvault import OpenVault
from clinicam.vault.scribe import Draft
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Practice, check
from tests.vault.engine.twopeople import Charted, chart, enrol


@pytest.fixture
def begun(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Vault, OpenVault, Charted, bytes]]:
    """Marsh's erasure is agreed to, and was interrupted."""

    class Cut(Exception):
        pass

    def cut(*_: object) -> None:
        raise Cut

    vault, opened = practice.unlocked()
    ann, marsh = enrol(opened), chart(practice, opened, "Marsh")
    monkeypatch.setattr(Erasures, "_carry_out", cut)
    with pytest.raises(Cut):
        Erasures(opened.inside).erase(marsh.patient, reason="request", second=ann.cosigns())
    monkeypatch.undo()
    (waiting,) = Erasures(opened.inside).pending()
    yield vault, opened, marsh, waiting.rid
    vault.close()


def is_gone(practice: Practice, marsh: Charted, alarms: list[str]) -> None:
    for _ in range(2):
        vault, opened = practice.unlocked()
        try:
            assert list(opened.alarms) == alarms
            assert opened.images(patient=marsh.patient) == ()
            assert not [key for key in opened.inside.book.table.all() if key.patient == marsh.patient]
            assert list(opened.inside.files.objects.ids()) == []
            (done,) = Erasures(opened.inside).done()
            assert (done.scope, done.reason, done.objects) == ("patient", "request", 8)
            assert Erasures(opened.inside).pending() == ()
            assert not [one for one in check(opened).findings if "used twice" not in one]
        finally:
            vault.close()


@pytest.mark.parametrize("detail", ["", "keys=1", "keys=1 generation=1"])
def test_done_that_was_not_done(
    practice: Practice, begun: tuple[Vault, OpenVault, Charted, bytes], detail: str
) -> None:
    vault, opened, marsh, rid = begun
    opened.inside.write([Draft(spell(What.ERASURE_DONE, detail), done=rid)])
    assert len(Erasures(opened.inside).pending()) == 1
    vault.close()
    is_gone(practice, marsh, [])


def test_done_that_was_not_done_is_shut_to_who_only_looks(
    practice: Practice, begun: tuple[Vault, OpenVault, Charted, bytes]
) -> None:
    vault, opened, marsh, rid = begun
    opened.inside.write([Draft(spell(What.ERASURE_DONE, "keys=1"), done=rid)])
    vault.close()
    vault = practice.open()
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    assert looking.problems == ()
    assert looking.images(patient=marsh.patient) == ()
    vault.close()
    is_gone(practice, marsh, [])


def test_another_row_takes_its_id(practice: Practice, begun: tuple[Vault, OpenVault, Charted, bytes]) -> None:
    vault, opened, marsh, rid = begun
    opened.inside.write([
        Draft(spell(What.ERASURE_INTENDED, "patient"), rid=rid, intent=b"x", signatures=()),
    ])
    assert len(Erasures(opened.inside).pending()) == 1
    vault.close()
    is_gone(practice, marsh, [f"agreement {rid.hex()}: another row took its id"])


def test_another_row_had_its_id_before(practice: Practice, begun: tuple[Vault, OpenVault, Charted, bytes]) -> None:
    """A chain with a time of its own puts it in front."""
    vault, opened, marsh, rid = begun
    db = opened.inside.index.db
    with opened.inside.index.lock:
        (packed,) = db.execute("SELECT act FROM intent WHERE rid = ?", (rid,)).fetchone()
        forged = msgspec.structs.replace(decode(packed, Act), signatures=())
        db.execute("INSERT INTO intent VALUES (?, 0, ?, 1, ?, NULL)", (rid, b"w" * 16, encode(forged)))
    assert [one.rid for one in Erasures(opened.inside).pending()] == [rid]
    Erasures(opened.inside).finish()
    vault.close()
    is_gone(practice, marsh, [])
