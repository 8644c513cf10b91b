# SPDX-License-Identifier: GPL-3.0-or-later
"""Format 1 is frozen: what was written once is written again byte for byte, and still opens."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Literal

import pytest

from clinicam.vault import bag, hoststate, keyring, kit, objectfile, rows, segment, snapshotfile
from clinicam.vault import slot as slots
from clinicam.vault.acts import What, check_intent
from clinicam.vault.checkpoint import read_checkpoint
from clinicam.vault.content import check_agreement
from clinicam.vault.heads import chain_start
from tests.vault import world


@pytest.mark.parametrize("name", sorted(world.REPRODUCIBLE))
def test_written_again_as_frozen(name: str) -> None:
    assert world.REPRODUCIBLE[name]() == world.frozen(name)


@pytest.mark.parametrize("name", sorted(world.AROUND))
def test_written_again_around_what_hpke_sealed(name: str) -> None:
    stored = world.frozen(name)
    assert world.AROUND[name][1](stored) == stored


@pytest.mark.parametrize("generation", [1, 2])
def test_a_keyring_published_afresh_differs_only_in_what_hpke_sealed(generation: int) -> None:
    stored, fresh = world.frozen(f"keyring-{generation}"), world.publish(generation)
    assert len(fresh) == len(stored)
    assert fresh != stored
    found = keyring.parse_keyring(fresh, vault=world.VAULT, anchor=world.ANCHOR)
    epoch = {1: world.EPOCH_1, 2: world.EPOCH_2}[generation]
    assert found.open_seed(world.FOUNDER, world.SECRETS[world.FOUNDER].hpke_pair()) == epoch


def test_a_row_sealed_while_locked_opens_for_audit_alone() -> None:
    sealed = world.locked_row()
    row = rows.parse_row(sealed.data, 0, world.VAULT)
    rows.check_link(row, world.open_rows_head())
    rows.check_signature(row, world.SIGNER.public)
    assert rows.open_act(row, world.VAULT, world.AUDIT) == world.locked_act()
    assert rows.open_content(row, world.VAULT, world.table()) is None
    assert row.head == sealed.head
    assert len(sealed.data) == len(world.frozen("ledger")) - len(segment.join(world.open_rows(), new_segment=True))
    going_on = rows.seal_locked_row(
        world.locked_act(), vault=world.VAULT, head=world.open_rows_head(), signer=world.SIGNER,
        audit_public=world.AUDIT.public, more=True,
    )  # fmt: skip
    assert rows.parse_row(going_on.data, 0, world.VAULT).more


def test_every_vector_is_checked() -> None:
    assert {p.stem for p in world.VECTORS.glob("*.hex")} == set(world.REPRODUCIBLE) | set(world.AROUND)


@pytest.mark.parametrize("spelling", ["NFC", "NFD"])
def test_password_slot_opens_in_either_spelling(spelling: Literal["NFC", "NFD"]) -> None:

    slot = slots.Slot.decode(world.frozen("slot-password"))
    slots.check_place(slot, vault=world.VAULT, user=world.FOUNDER)
    password = unicodedata.normalize(spelling, world.PASSWORD)
    assert slots.open_password_slot(slot, password) == world.SECRETS[world.FOUNDER]


def test_device_slot_opens_with_the_device_key_only() -> None:
    slot = slots.Slot.decode(world.frozen("slot-device"))
    assert slots.open_password_slot(slot, world.PASSWORD, world.DEVICE_KEY) == world.SECRETS[world.NURSE]


def test_kit_slot_opens() -> None:
    slot = slots.Slot.decode(world.frozen("slot-kit"))
    words = [line.split()[:4] for line in world.frozen("kit").decode().splitlines()]
    assert kit.secret_of([w for row in words for w in row]) == world.KIT
    assert slots.open_kit_slot(slot, world.KIT) == world.SECRETS[world.KIT_USER]


def test_keyrings_open_for_each_user() -> None:
    first = keyring.parse_keyring(world.frozen("keyring-1"), vault=world.VAULT, anchor=world.ANCHOR)
    second = keyring.parse_keyring(world.frozen("keyring-2"), vault=None, anchor=world.ANCHOR)
    assert first.training
    assert not second.training
    assert second.prev == first.sha256
    assert second.roster.extends(len(first.roster.raw), first.roster.sha256())
    assert not first.roster.extends(len(second.roster.raw), second.roster.sha256())
    assert second.roster.last_removal == 2
    assert second.roster.founder == world.FOUNDER
    assert second.roster.writers[world.OLD_WRITER].final == world.old_head()
    assert second.roster.public_keys().keys() == world.SECRETS.keys()
    for user in (world.FOUNDER, world.KIT_USER):
        assert first.open_seed(user, world.SECRETS[user].hpke_pair()) == world.EPOCH_1
    for user in (world.FOUNDER, world.KIT_USER, world.NURSE):
        assert second.open_seed(user, world.SECRETS[user].hpke_pair()) == world.EPOCH_2
    assert second.open_seed(world.AUDITOR, world.SECRETS[world.AUDITOR].hpke_pair()) == world.SHARED.audit


def test_bags_open() -> None:
    public = world.SIGNER.public
    one = bag.open_bag(world.frozen("bag-1"), vault=world.VAULT, epoch=world.EPOCH_1, writer_public=public)
    two = bag.open_bag(world.frozen("bag-2"), vault=world.VAULT, epoch=world.EPOCH_1, writer_public=public)
    assert (one.keys, one.shared) == (world.KEYS, world.SHARED)
    assert (two.keys, two.shared) == ((), None)
    assert (one.header.volume, one.header.revision, one.header.generation) == (1, 3, 1)


def test_ledger_opens() -> None:
    start = chain_start(world.VAULT, world.WRITER)
    found = segment.scan_segment(world.frozen("ledger"), vault=world.VAULT, head=start)
    order, acts = segment.ActOrder(), []
    for row in found.whole():
        rows.check_signature(row, world.SIGNER.public)
        acts.append(rows.open_act(row, world.VAULT, world.AUDIT))
        order.see(row, acts[-1])
    said = [rows.open_content(row, world.VAULT, world.table()) for row in found.rows]
    assert [a.what for a in acts] == [
        What.VAULT_CREATED, What.PATIENT_ADDED, What.IMAGE_STORED, What.SESSION_EVENT, What.ERASURE_INTENDED,
        What.FRAME_UNCLAIMED,
    ]  # fmt: skip
    assert said == [
        None,
        world.entry(),
        world.image_row(),
        world.entry(topic="note", body=b"\xa4note" * 90),
        None,
        None,
    ]
    assert (found.left, found.end, found.head.seq) == (0, len(world.frozen("ledger")), 6)
    users = {user: secret.signing_key().public for user, secret in world.SECRETS.items()}
    intent = check_intent(acts[4], vault=world.VAULT, rid=found.rows[4].rid, users=users)
    assert intent.keys == (world.SESSION_KEY.key_id,)


def test_objects_open() -> None:
    by_ref = world.table().by_ref
    small = world.frozen("object-small")
    meta, image = objectfile.open_object(small, by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)
    assert image == world.PICTURE
    assert meta == world.meta()
    check_agreement(meta, objectfile.parse_header(small).rendition, world.OBJECT_ID, world.image_row())
    large = world.object_large()
    assert hashlib.sha512(large).digest() == world.frozen("object-large.sha512")
    name = world.named("large object")
    assert objectfile.open_object(large, by_ref, vault=world.VAULT, object_id=name)[1] == world.LARGE


def test_snapshot_opens() -> None:
    found = snapshotfile.open_snapshot(
        world.frozen("snapshot"), vault=world.VAULT, generation=1, index_key=world.SHARED.index
    )
    assert found.index.startswith(b"SQLite format 3\0")
    assert found.schema == 1
    assert found.heads == tuple(sorted((world.open_rows()[-1].head, world.old_head())))


def test_host_state_opens() -> None:
    public = world.SIGNER.public
    state = hoststate.WriterState.decode(world.frozen("writer"), vault=world.VAULT)
    assert state == world.WRITER_STATE
    marks = hoststate.Marks.decode(world.frozen("marks"), vault=world.VAULT, writer=world.WRITER, public=public)
    assert marks == world.marks()
    assert hoststate.decode_logins(world.frozen("logins"), vault=world.VAULT, public=public) == world.LOGINS


def test_checkpoint_opens() -> None:
    found = read_checkpoint(
        world.frozen("checkpoint"), vault=world.VAULT, writer=world.WRITER, public=world.SIGNER.public
    )
    assert sorted(found.heads) == sorted(world.witness().heads)
    assert found.short() == world.witness().short()
    assert len(found.short()) == 20


def test_nothing_prints_its_secrets() -> None:
    things = [*world.KEYS, world.SHARED, world.SECRETS[world.FOUNDER], world.WRITER_STATE, world.entry(), world.table()]
    things += [world.AUDIT, snapshotfile.Snapshot(1, 1, (), b"\x12\x34secret")]
    opened = bag.open_bag(world.bag_1(), vault=world.VAULT, epoch=world.EPOCH_1, writer_public=world.SIGNER.public)
    secrets = [k.secret for k in world.KEYS] + [world.SHARED.locator, world.SECRETS[world.FOUNDER].sign_seed, b"secret"]
    secrets += [world.WRITER_STATE.seed, b"name\\xa3Ann"]
    for thing in [*things, opened]:
        shown = repr(thing)
        for secret in secrets:
            assert repr(secret)[2:-1] not in shown
