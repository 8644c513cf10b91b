# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who has left, with the roster of their time and write access to the backups: they erase nobody and do not come back."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from clinicam.errors import NotFound
from clinicam.identity import StaffId, new_id
from clinicam.vault.acts import Intent, What, encode_intent, sign_intent, spell
from clinicam.vault.aead import HPKE_PUBLIC
from clinicam.vault.agreements import agreements, listed_in
from clinicam.vault.erasure import Erasures
from clinicam.vault.erasurelist import ListedIntent, ListPart, encode_erasure_list, list_parts, parse_erasure_list
from clinicam.vault.keyring import publish_keyring
from clinicam.vault.keys import WriterKey
from clinicam.vault.manifest import FileEntry, Manifest
from clinicam.vault.openvault import OpenVault
from clinicam.vault.restore import restore, unlocked_as
from clinicam.vault.roster import Rank, add_user, remove_user, remove_writer
from clinicam.vault.scribe import Draft
from clinicam.vault.slot import UserSecret
from tests.vault.backup.test_backup_straddle import leave
from tests.vault.backup.yard import Yard, make_yard
from tests.vault.engine.bench import check
from tests.vault.engine.twopeople import Person, enrol

PASSED_OVER = "erasures: 1 parts of lists passed over, by somebody who has left"


@dataclass
class Left:
    """A manager who was taken out, and what is on any copy of the folder from their time."""

    person: Person
    roster: bytes
    generation: int
    keys: tuple[bytes, ...]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return make_yard(tmp_path, pictures=2)


def taken_out(yard: Yard, opened: OpenVault) -> Left:
    """A manager is let in, a backup is made, they leave."""
    eve = enrol(opened, rank=Rank.MANAGER)
    book = opened.inside.book
    keys = tuple(key.key_id for key in book.table.all() if key.patient == yard.practice.permit.patient)
    left = Left(eve, book.keyring.roster.raw, book.keyring.generation, keys)
    yard.back_up(opened)
    leave(opened, eve)
    return left


def forged(yard: Yard, left: Left) -> bytes:
    """A list with an intent that they sign as two people: themselves, and one who never was."""
    vault = yard.practice.created.vault_id
    puppet, secret = StaffId(new_id()), UserSecret.make(left.person.secret.anchor)
    roster = add_user(
        left.roster,
        vault=vault,
        generation=left.generation + 1,
        user=puppet,
        rank=Rank.NURSE,
        hpke_public=secret.hpke_pair().public,
        sign_public=secret.signing_key().public,
        author=left.person.user,
        key=left.person.secret.signing_key(),
    )
    rid, packed = new_id(), encode_intent(Intent(left.keys, f"{What.ERASURE_INTENDED.value} request"))
    signatures = tuple(
        (bytes(user), sign_intent(key, vault=vault, rid=rid, intent=packed))
        for user, key in (
            (left.person.user, left.person.secret.signing_key()),
            (puppet, secret.signing_key()),
        )
    )
    one = ListedIntent(rid, bytes(left.person.user), 1, "patient", None, packed, signatures)
    return encode_erasure_list(vault, (ListPart(left.generation + 1, roster, (one,)),))


def everything_reads(yard: Yard, place: Path) -> None:
    with yard.opened_at(place, yard.other_host()) as opened:
        for image, data in yard.pictures.items():
            assert opened.read(image) == data
        assert check(opened).ok


@pytest.mark.parametrize("number", [1, 2])
def test_somebody_who_has_left_erases_nobody(yard: Yard, tmp_path: Path, number: int) -> None:
    with yard.open() as opened:
        left = taken_out(yard, opened)
        yard.back_up(opened)
        (yard.nas / "erasures").write_bytes(forged(yard, left))
    report = yard.restore(tmp_path / "to", yard.other_host(), number=number)
    assert (report.erased, report.findings, report.objects) == (0, (), 2)
    assert PASSED_OVER in report.alarms
    everything_reads(yard, tmp_path / "to")
    with yard.open() as opened:
        again = yard.back_up(opened)
        assert again.alarms == ("erasures: 1 parts of a list by somebody who has left, replaced",)
        assert yard.back_up(opened).alarms == ()


def test_nor_by_a_list_laid_into_the_vault_itself(yard: Yard) -> None:
    with yard.open() as opened:
        left = taken_out(yard, opened)
    (yard.practice.place / "erasures").write_bytes(forged(yard, left))
    with yard.open() as opened:
        assert any("vouched for by somebody who has left" in line for line in opened.alarms)
        for image, data in yard.pictures.items():
            assert opened.read(image) == data
        assert opened.inside.files.erasures() is None
        # Nor where a row pretends that it is done.
        inside, book = opened.inside, opened.inside.book
        rosters = [book.keyring.roster]
        listed = parse_erasure_list(forged(yard, left), vault=book.vault, anchor=book.secret.anchor, rosters=rosters)
        inside.write([Draft("erasure.done generation=1", None, done=listed[0].rid)])
        known, alarms = agreements(inside.index, book, listed)
        assert (known, len(alarms)) == ((), 1)


def test_a_roster_that_two_people_vouch_for_counts_whoever_leaves_later(yard: Yard, tmp_path: Path) -> None:
    """An erasure agreed to by somebody who then leaves, and a list that is ahead of every manifest."""
    with yard.open() as opened:
        yard.back_up(opened)
        ann = enrol(opened, rank=Rank.MANAGER)
        patient = yard.practice.permit.patient
        Erasures(opened.inside).erase(patient, reason="request", second=ann.cosigns())
        (yard.nas / "erasures").write_bytes(Erasures(opened.inside).erasure_list())
        first = yard.restore(tmp_path / "one", yard.other_host("one"))
        assert (first.erased, first.findings) == (1, ())
        with yard.opened_at(tmp_path / "one", yard.other_host("one")) as restored:
            # A row of it, were there one, says more than the list does.
            inside, book = restored.inside, restored.inside.book
            (one,) = listed_in(inside.files, book)
            told = spell(What.ERASURE_INTENDED, "session")
            act = one.act()
            inside.write([Draft(told, None, rid=one.rid, intent=act.intent, signatures=act.signatures or ())])
            ((known,), _) = agreements(inside.index, book, [one])
            assert (known.is_listed, known.detail) == (True, "session")
        leave(opened, ann)
        yard.back_up(opened)
    second = yard.restore(tmp_path / "two", yard.other_host("two"), number=1)
    assert (second.erased, second.findings) == (1, ())
    assert not any("passed over" in line for line in second.alarms)
    # Whoever is gone from the list of people vouches for what was done while they were in it.
    shutil.rmtree(yard.practice.place)
    with yard.opened_at(tmp_path / "two", yard.other_host("two")) as opened:
        assert len(Erasures(opened.inside).done()) == 1
        for image in yard.pictures:
            with pytest.raises(NotFound):
                opened.read(image)
        yard.nas = tmp_path / "nas two"
        yard.back_up(opened)
    assert yard.restore(tmp_path / "three", yard.other_host("three")).ok


def test_what_a_list_says_beside_its_signatures_is_not_believed(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        ann = enrol(opened)
        yard.back_up(opened)
        patient = yard.practice.permit.patient
        Erasures(opened.inside).erase(patient, reason="request", second=ann.cosigns())
        (true,) = Erasures(opened.inside).done()
        (part,) = list_parts(Erasures(opened.inside).erasure_list(), opened.vault_id)
        (one,) = part.intents
        twice = encode_erasure_list(opened.vault_id, (part, part))
        anchor = opened.inside.book.secret.anchor
        assert len(parse_erasure_list(twice, vault=opened.vault_id, anchor=anchor)) == 1
        fake = msgspec.structs.replace(one, detail="session", subject=b"X" * 16, wall=1, who=b"Z" * 16)
        data = encode_erasure_list(opened.vault_id, (msgspec.structs.replace(part, intents=(fake,)),))
    (yard.nas / "erasures").write_bytes(data)
    assert yard.restore(tmp_path / "to", yard.other_host()).erased == 1
    with yard.opened_at(tmp_path / "to", yard.other_host()) as opened:
        (told,) = Erasures(opened.inside).done()
        assert (told.scope, told.subject, told.signers) == (true.scope, true.subject, true.signers)


# --- nobody comes back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_known_here", [True, False], ids=["here", "elsewhere"])
def test_whoever_had_left_is_taken_out_again(yard: Yard, tmp_path: Path, is_known_here: bool) -> None:
    with yard.open() as opened:
        left = taken_out(yard, opened)
        yard.back_up(opened)
    shutil.rmtree(yard.practice.place)
    host = yard.practice.host if is_known_here else yard.other_host()
    report = yard.restore(yard.practice.place, host, number=1)
    assert report.findings == ()
    assert report.alarms == (f"user {left.person.user.hex()} had left, and was taken out again",)
    with yard.opened_at(yard.practice.place, host) as opened:
        roster = opened.inside.book.keyring.roster
        assert left.person.user in roster.former
        assert left.person.user not in opened.inside.files.slots()
        # What is sealed from here on lies under keys that they never had.
        assert opened.inside.book.table.last_removal == opened.inside.book.keyring.generation
        assert check(opened).ok


def test_what_only_this_workstation_knows_is_told(yard: Yard) -> None:
    with yard.open() as opened:
        taken_out(yard, opened)
    shutil.rmtree(yard.practice.place)
    report = yard.restore(yard.practice.place, yard.practice.host)
    assert [line for line in report.alarms if "seen a later list" in line]


def test_whoever_restores_and_had_left_is_told_of(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        left = taken_out(yard, opened)
        yard.back_up(opened)
    unlock = unlocked_as(left.person.user, left.person.secret)
    report = restore(yard.nas, tmp_path / "to", yard.other_host(), unlock, number=1)
    assert report.alarms == (f"user {left.person.user.hex()}, who restores this, had left",)


def test_keyrings_that_do_not_agree_take_nobody_out(yard: Yard, tmp_path: Path) -> None:
    """Somebody who has left puts a keyring of their own there, without whoever took them out."""
    with yard.open() as opened:
        author = opened.inside.book.user
        left = taken_out(yard, opened)
        yard.back_up(opened)
    vault = yard.practice.created.vault_id
    eve, key = left.person.user, left.person.secret.signing_key()
    roster = remove_user(
        left.roster,
        vault=vault,
        generation=left.generation + 1,
        user=author,
        author=eve,
        key=key,
    )
    keyring = publish_keyring(
        vault=vault,
        training=False,
        generation=left.generation + 1,
        prev=bytes(31) + b"\1",
        audit_public=bytes(HPKE_PUBLIC),
        roster=roster,
        epoch=bytes(32),
        audit_seed=bytes(32),
        anchor=left.person.secret.anchor,
        signer=eve,
        key=key,
    )
    _as_backup_three(yard, keyring)
    report = yard.restore(tmp_path / "to", yard.other_host(), number=1)
    assert "people: backups there do not agree who has left" in report.alarms
    assert not any("taken out again" in line for line in report.alarms)
    everything_reads(yard, tmp_path / "to")


def _as_backup_three(yard: Yard, keyring: bytes) -> None:
    """A manifest that names this keyring; who signs it does not matter."""
    first = yard.manifests()[0]
    digest = hashlib.sha256(keyring).digest()
    yard.blob(digest).parent.mkdir(exist_ok=True)
    yard.blob(digest).write_bytes(keyring)
    files = (FileEntry("keyring", len(keyring), (digest,)),)
    stranger = WriterKey.make()
    manifest = Manifest(first.vault, stranger.writer, 3, first.made_ms, 9, (), b"", first.erasures, files, ())
    (yard.nas / "manifests" / "000003").write_bytes(manifest.encode(stranger.signing))


def test_a_workstation_that_had_been_taken_out_is_named(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        yard.back_up(opened)
    host = yard.other_host("first")
    assert yard.restore(tmp_path / "one", host).ok
    yard.nas = tmp_path / "nas one"
    with yard.opened_at(tmp_path / "one", host) as opened:
        yard.back_up(opened)
        inside = opened.inside
        book = inside.book
        old = next(head for head in inside.index.heads() if head.writer != inside.scribe.writer.writer)
        roster = remove_writer(
            book.keyring.roster.raw,
            vault=book.vault,
            generation=book.keyring.generation + 1,
            final=old,
            author=book.user,
            key=book.secret.signing_key(),
        )
        inside.publish(roster=roster)
        yard.back_up(opened)
    report = yard.restore(tmp_path / "two", yard.other_host("second"), number=1)
    assert report.alarms == (f"workstation {old.writer.hex()} had been taken out, and is in again",)


def test_a_keyring_that_cannot_be_read_tells_nothing(yard: Yard, tmp_path: Path) -> None:
    with yard.open() as opened:
        taken_out(yard, opened)
        yard.back_up(opened)
    newest = next(one for one in yard.manifests()[1].files if one.path == "keyring")
    yard.blob(newest.pieces[0]).write_bytes(b"x" * newest.size)
    assert yard.restore(tmp_path / "to", yard.other_host(), number=1).alarms == ()
