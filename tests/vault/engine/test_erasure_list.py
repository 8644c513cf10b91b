# SPDX-License-Identifier: GPL-3.0-or-later
"""The erasures that travel with backups: an older one put back erases again; and intents that nobody agreed to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.identity import new_id
from clinicam.vault import erasureproof
from clinicam.vault.acts import Intent, What, encode_intent
from clinicam.vault.agreements import agreements
from clinicam.vault.codec import encode
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.erasure import Erasures, apply_erasures
from clinicam.vault.erasurelist import MAGIC, parse_erasure_list
from clinicam.vault.erasureproof import prove
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank
from clinicam.vault.scribe import Draft
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Practice, check, make_practice, outcome
from tests.vault.engine.twopeople import chart, enrol


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


def put_back(practice: Practice, copy: Path, where: Path) -> tuple[Path, HostFolder]:
    """What a restore leaves: the files of a backup in a fresh place, on a machine that has not seen the vault."""
    shutil.copytree(copy, where / "vault")
    return where / "vault", HostFolder(
        where / "host", wall_ms=practice.clock.wall_ms, monotonic=practice.clock.monotonic, machine=b"two"
    )


def test_an_older_backup_erases_again(practice: Practice, tmp_path: Path) -> None:
    vault, opened = practice.unlocked()
    ann = enrol(opened)
    marsh, lee = chart(practice, opened, "Marsh"), chart(practice, opened, "Lee")
    vault.close()
    backup = tmp_path / "backup"
    shutil.copytree(practice.place, backup)
    vault, opened = practice.unlocked()
    anchor = opened.inside.book.secret.anchor
    # The one who signs came after the backup was made: its roster does not know her, the list's does.
    late = enrol(opened)
    Erasures(opened.inside).erase(lee.patient, lee.sessions[0], reason="withdrawn", second=ann.cosigns())
    Erasures(opened.inside).erase(marsh.patient, reason="retention", second=late.cosigns())
    told = Erasures(opened.inside).erasure_list()
    vault.close()
    place, host = put_back(practice, backup, tmp_path / "new")
    assert apply_erasures(VaultFiles(place), told, vault=practice.created.vault_id, anchor=anchor) == 2
    restored = Vault.open(place, host)
    again = restored.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert again.search_patients("Marsh") == ()
    assert {one.session for one in again.images(patient=lee.patient)} == {lee.sessions[1]}
    assert len(list(again.inside.files.objects.ids())) == 4
    assert check(again).ok
    restored.close()
    # One intent stands in its own ledger now; for the other, whose signer this roster does not know, the list vouches.
    restored = Vault.open(place, host)
    again = restored.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert again.alarms == ()
    assert {one.reason for one in Erasures(again.inside).done()} == {"withdrawn", "retention"}
    assert Erasures(again.inside).pending() == ()
    assert again.search_patients("Marsh") == ()
    both = Erasures(again.inside).erasure_list()
    assert {one.rid for one in parse_erasure_list(both, vault=again.vault_id, anchor=anchor)} == {
        one.rid for one in Erasures(again.inside).done()
    }
    restored.close()


def test_a_list_whose_people_are_known_is_not_kept(practice: Practice, tmp_path: Path) -> None:
    vault, opened = practice.unlocked()
    ann, marsh = enrol(opened), chart(practice, opened, "Marsh", pictures=1)
    vault.close()
    backup = tmp_path / "backup"
    shutil.copytree(practice.place, backup)
    vault, opened = practice.unlocked()
    Erasures(opened.inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    told = Erasures(opened.inside).erasure_list()
    vault.close()
    place, host = put_back(practice, backup, tmp_path / "new")
    apply_erasures(VaultFiles(place), told, vault=practice.created.vault_id)
    restored = Vault.open(place, host)
    again = restored.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert not (place / "erasures").exists()
    assert len(Erasures(again.inside).done()) == 1
    assert check(again).ok
    restored.close()


def test_a_list_with_nothing_lays_down_nothing(practice: Practice, opened: OpenVault) -> None:
    told = Erasures(opened.inside).erasure_list()
    assert apply_erasures(opened.inside.files, told, vault=opened.vault_id) == 0
    assert not (practice.place / "erasures").exists()


def test_a_list_that_is_known_already_is_taken_away(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    ann, marsh = enrol(opened), chart(practice, opened, "Marsh", pictures=1)
    Erasures(opened.inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    told = Erasures(opened.inside).erasure_list()
    assert apply_erasures(opened.inside.files, told, vault=opened.vault_id) == 1
    vault.close()
    vault, opened = practice.unlocked()
    assert opened.alarms == ()
    assert not (practice.place / "erasures").exists()
    assert len(Erasures(opened.inside).done()) == 1
    vault.close()


def test_a_forged_list_is_refused(practice: Practice, opened: OpenVault) -> None:
    ann, marsh = enrol(opened), chart(practice, opened, "Marsh", pictures=1)
    inside, anchor = opened.inside, opened.inside.book.secret.anchor
    Erasures(inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    told = Erasures(inside).erasure_list()
    assert parse_erasure_list(told, vault=opened.vault_id, anchor=anchor)[0].intent.detail == "patient"
    body = msgspec.msgpack.decode(told[len(MAGIC) :])
    forged = []
    (part,) = body["parts"]
    (intent,) = part["intents"]
    for change in (
        {"generation": 1},
        {"roster": b""},
        {"roster": part["roster"][:-1]},
        {"intents": [intent | {"rid": new_id()}]},
        {"intents": [intent | {"detail": "two\nlines"}]},
        {"intents": [intent | {"signatures": intent["signatures"][:1]}]},
    ):
        forged.append(MAGIC + encode(body | {"parts": [part | change]}))
    forged.append(MAGIC + encode(body | {"vault": new_id()}))
    forged += [b"", told[:-1], told + b"\0", b"CCROWS\0\1" + told[8:]]
    for data in forged:
        with pytest.raises(Corrupt):
            apply_erasures(inside.files, data, vault=opened.vault_id, anchor=anchor)
    with pytest.raises(Corrupt):
        parse_erasure_list(told, vault=opened.vault_id, anchor=b"a" * 32)
    with pytest.raises(UnsupportedFormat):
        parse_erasure_list(MAGIC[:-1] + b"\2" + told[8:], vault=opened.vault_id, anchor=anchor)
    assert inside.files.erasures() is None


def test_a_damaged_list_opens_nothing(practice: Practice) -> None:
    (practice.place / "erasures").write_bytes(b"CCERAS\0\1\xc0")
    vault = practice.open()
    problem = outcome(lambda: vault.unlock_with_kit(practice.created.kit_words, practice.gate))
    assert isinstance(problem, Corrupt)
    vault.close()


def test_who_agrees_alone_agrees_to_nothing(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    marsh = chart(practice, opened, "Marsh", pictures=1)
    inside = opened.inside
    keys = tuple(key.key_id for key in inside.book.table.all() if key.patient == marsh.patient)
    packed = encode_intent(Intent(keys, "erasure.intended mischief"))
    signer, rid = inside.book.secret.signing_key(), new_id()
    me = Cosigner(opened.user, signer).sign(vault=inside.book.vault, rid=rid, intent=packed)
    jo, sam = enrol(opened, rank=Rank.NURSE), enrol(opened, rank=Rank.NURSE)
    two = tuple(one.cosigns().sign(vault=inside.book.vault, rid=rid, intent=packed) for one in (jo, sam))
    forgeries: tuple[tuple[tuple[bytes, bytes], ...], ...] = ((), (me,), (me, me), two)
    for signatures in forgeries:
        own = rid if signatures == two else new_id()
        draft = Draft(What.ERASURE_INTENDED.value, rid=own, intent=packed, signatures=signatures)
        inside.write([draft])
    # Somebody says that something is done which nobody agreed to.
    inside.write([Draft(What.ERASURE_DONE.value, done=new_id())])
    assert agreements(inside.index, inside.book)[0] == ()
    vault.close()
    vault, opened = practice.unlocked()
    assert len([alarm for alarm in opened.alarms if "does not count" in alarm]) == 5
    assert opened.search_patients("Marsh")
    assert opened.read(marsh.frames[0].images[0])
    vault.close()


def test_the_proof_tells_what_is_left(practice: Practice, opened: OpenVault) -> None:
    marsh = chart(practice, opened, "Marsh", pictures=1)
    inside = opened.inside
    ids = {key.key_id for key in inside.book.table.all() if key.patient == marsh.patient}
    with pytest.raises(Corrupt, match="still in a bag"):
        prove(inside.files, inside.book, ids, lambda _done, _of: None)
    # Out of the bags, but the objects are there.
    inside.publish(drop=ids)
    with pytest.raises(Corrupt, match="object is still there"):
        prove(inside.files, inside.book, ids, lambda _done, _of: None)


def test_the_proof_knows_a_key_by_what_it_opens(
    practice: Practice, opened: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    marsh = chart(practice, opened, "Marsh", pictures=1)
    inside = opened.inside
    doomed = [key for key in inside.book.table.all() if key.patient == marsh.patient]
    # The same secret kept under another name.
    hidden = [msgspec.structs.replace(key, key_id=new_id()) for key in doomed]
    inside.publish(drop=[key.key_id for key in doomed])

    def opened_keys(*place: VaultFiles, **who: Any) -> KeyBook:
        book = open_keys(*place, **who)
        for key in hidden:
            book.table.add(key)
        return book

    monkeypatch.setattr(erasureproof, "open_keys", opened_keys)
    inside.files.objects.remove(list(inside.files.objects.ids()))
    told: list[tuple[int, int]] = []
    with pytest.raises(Corrupt, match="a key that is left"):
        prove(inside.files, inside.book, {key.key_id for key in doomed}, lambda *step: told.append(step))


def test_an_object_that_is_none_is_no_obstacle(practice: Practice, opened: OpenVault) -> None:
    ann, marsh = enrol(opened), chart(practice, opened, "Marsh", pictures=1)
    stray = new_id().hex()
    (practice.place / "objects" / stray[:2] / stray).write_bytes(b"not an object")
    done = Erasures(opened.inside).erase(marsh.patient, reason="retention", second=ann.cosigns())
    assert done.objects == 4
    (practice.place / "objects" / stray[:2] / stray).unlink()


def test_long_work_tells_how_far_it_is(practice: Practice, opened: OpenVault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.erasureproof._TELL_EVERY", 1)
    ann, marsh, lee = enrol(opened), chart(practice, opened, "Marsh", pictures=1), chart(practice, opened, "Lee")
    told: list[tuple[int, int]] = []
    Erasures(opened.inside).erase(
        marsh.patient, reason="retention", second=ann.cosigns(), progress=lambda *step: told.append(step)
    )
    assert told
    assert all(0 < done <= of for done, of in told)
    assert opened.images(patient=lee.patient)
