# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole, undamaged pieces put where they do not belong: another vault, patient, session, rendition, user, chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import msgspec
import pytest

from clinicam.errors import Corrupt, UnsupportedFormat, WrongPassword
from clinicam.vault import acts, bag, content, keyring, objectfile, rows, segment, snapshotfile
from clinicam.vault import slot as slots
from clinicam.vault.audit import AuditKeys
from clinicam.vault.codec import encode
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.keyref import ContentKey, KeyTable, mask
from tests.vault import world

ELSEWHERE = world.named("another vault")


@pytest.fixture
def buffer() -> Iterator[objectfile.SealBuffer]:
    made = objectfile.SealBuffer(1000)
    yield made
    made.close()


def _open(data: bytes, *, vault: bytes = world.VAULT, object_id: bytes = world.OBJECT_ID, table: KeyTable | None = None) -> object:  # fmt: skip
    return objectfile.open_object(data, (table or world.table()).by_ref, vault=vault, object_id=object_id)


def test_object_under_another_vault_or_name() -> None:
    stored = world.frozen("object-small")
    for vault, name in ((ELSEWHERE, world.OBJECT_ID), (world.VAULT, world.named("x"))):
        with pytest.raises(Corrupt):
            _open(stored, vault=vault, object_id=name)


def test_object_relabelled_in_every_clear_field() -> None:
    """Vault, name, rendition and key changed in the header, and looked for under the changed value."""
    stored = world.frozen("object-small")
    moved = stored[:16] + ELSEWHERE + stored[32:]
    renamed = (
        stored[:32] + world.named("x") + mask(world.LOCATOR, world.SESSION_KEY.key_id, world.named("x")) + stored[64:]
    )
    other_key = stored[:48] + mask(world.LOCATOR, world.OTHER_KEY.key_id, world.OBJECT_ID) + stored[64:]
    for data, vault, name in (
        (moved, ELSEWHERE, world.OBJECT_ID),
        (renamed, world.VAULT, world.named("x")),
        (other_key, world.VAULT, world.OBJECT_ID),
    ):
        with pytest.raises(Corrupt):
            _open(data, vault=vault, object_id=name)
    for rendition in range(8):
        if rendition != objectfile.Rendition.THUMBNAIL:
            with pytest.raises(Corrupt):
                _open(stored[:10] + rendition.to_bytes(2, "big") + stored[12:])


def test_object_with_the_chunks_of_another(buffer: objectfile.SealBuffer) -> None:
    stored = world.frozen("object-small")
    other = world.seal_picture(buffer, world.PICTURE, world.named("y"), objectfile.Rendition.THUMBNAIL)
    for cut in (64, 76, 124, 128):
        with pytest.raises(Corrupt):
            _open(stored[:cut] + other[cut:])


def test_object_of_another_patient_than_its_key(buffer: objectfile.SealBuffer) -> None:
    """Even a writer who holds all keys cannot file a picture under another patient's key unnoticed."""
    with pytest.raises(Corrupt):
        objectfile.seal_object(
            buffer, vault=world.VAULT, key=world.OTHER_KEY, locator=world.LOCATOR,
            rendition=objectfile.Rendition.ORIGINAL, meta=world.meta(), image=b"x",
        )  # fmt: skip
    lying = ContentKey(world.SESSION_KEY.key_id, world.OTHER_PATIENT, world.SESSION, 1, world.SESSION_KEY.secret, 1)
    with pytest.raises(Corrupt):
        _open(world.frozen("object-small"), table=KeyTable(world.LOCATOR, [lying]))


@pytest.mark.parametrize(
    "change",
    [
        {"patient": world.OTHER_PATIENT}, {"session": None}, {"frame": None}, {"parent": world.OBJECT_ID},
        {"media_type": "image/png"}, {"view": "EV-02"}, {"sha256": bytes(32)}, {"rendition": objectfile.Rendition.PREVIEW},
        {"object_id": world.named("x")},
    ],
)  # fmt: skip
def test_object_and_row_that_disagree(change: dict[str, object]) -> None:
    row = msgspec.structs.replace(world.image_row(), **change)
    with pytest.raises(Corrupt):
        content.check_agreement(world.meta(), objectfile.Rendition.THUMBNAIL, world.OBJECT_ID, row)


class Lying(objectfile.SealBuffer):
    """Says another hash than the picture's."""

    def hash(self, image: memoryview) -> Callable[[], bytes]:
        """Zeros."""
        return lambda: bytes(32)


def test_object_whose_hash_is_not_its_picture() -> None:
    liar = Lying()
    try:
        data = world.seal_picture(liar, world.PICTURE, world.OBJECT_ID, objectfile.Rendition.THUMBNAIL)
    finally:
        liar.close()
    with pytest.raises(Corrupt):
        _open(data)


def _sealed_row(**changes: object) -> rows.SealedRow:
    settings: dict[str, Any] = {
        "vault": world.VAULT, "head": chain_start(world.VAULT, world.WRITER), "signer": world.SIGNER,
        "audit": world.AUDIT, "locator": world.LOCATOR, "key": world.PATIENT_KEY,
    } | changes  # fmt: skip
    return rows.seal_row(world.act(1, acts.What.PATIENT_ADDED, (world.BATCH[0], 1, 1)), world.entry(), **settings)


def test_row_under_another_vault() -> None:
    sealed = _sealed_row()
    row = rows.parse_row(sealed.data, 0, world.VAULT)
    rows.check_signature(row, world.SIGNER.public)
    moved = rows.parse_row(sealed.data, 0, ELSEWHERE)
    with pytest.raises(Corrupt):
        rows.check_signature(moved, world.SIGNER.public)
    with pytest.raises(Corrupt):
        rows.open_act(row, ELSEWHERE, world.AUDIT)
    with pytest.raises(Corrupt):
        rows.open_content(row, ELSEWHERE, world.table())
    with pytest.raises(Corrupt):
        rows.check_link(row, chain_start(ELSEWHERE, world.WRITER))


def test_row_of_another_patient_than_its_key() -> None:
    with pytest.raises(Corrupt):
        _sealed_row(key=world.OTHER_KEY)
    with pytest.raises(Corrupt):
        _sealed_row(key=None)
    row = rows.parse_row(_sealed_row().data, 0, world.VAULT)
    lying = ContentKey(world.PATIENT_KEY.key_id, world.OTHER_PATIENT, None, 1, world.PATIENT_KEY.secret, 1)
    with pytest.raises(Corrupt):
        rows.open_content(row, world.VAULT, KeyTable(world.LOCATOR, [lying]))


def test_scope_of_entries_and_pictures() -> None:
    """A note about a session may lie under the patient's key; a picture may not, nor anything in another session."""
    note = msgspec.structs.replace(world.entry(), session=world.SESSION)
    content.check_scope(note, world.PATIENT_KEY)
    content.check_scope(note, world.SESSION_KEY)
    content.check_scope(world.image_row(), world.SESSION_KEY)
    for said, key in (
        (world.image_row(), world.PATIENT_KEY), (world.entry(), world.SESSION_KEY), (note, world.OTHER_KEY),
        (msgspec.structs.replace(note, session=world.named("z")), world.SESSION_KEY),
    ):  # fmt: skip
        with pytest.raises(Corrupt):
            content.check_scope(said, key)


def test_rows_dropped_swapped_repeated_or_from_another_chain() -> None:
    sealed = world.open_rows()
    start = chain_start(world.VAULT, world.WRITER)
    for order in permutations(range(5)):
        if order != (0, 1, 2, 3, 4):
            data = segment.join([sealed[i] for i in order], new_segment=True)
            assert segment.scan_segment(data, vault=world.VAULT, head=start).problem is not None
    for dropped in range(4):
        kept = [row for i, row in enumerate(sealed) if i != dropped]
        found = segment.scan_segment(segment.join(kept, new_segment=True), vault=world.VAULT, head=start)
        assert found.problem is not None
    doubled = segment.join([sealed[0], sealed[0]], new_segment=True)
    assert segment.scan_segment(doubled, vault=world.VAULT, head=start).problem is not None
    foreign = segment.scan_segment(
        segment.join(sealed, new_segment=True), vault=world.VAULT, head=Head(world.OLD_WRITER, 0, start.row_hash)
    )
    assert foreign.problem is not None
    assert foreign.rows == ()


def test_row_signed_by_another_workstation() -> None:
    row = rows.parse_row(_sealed_row(signer=world.OLD_SIGNER).data, 0, world.VAULT)
    with pytest.raises(Corrupt):
        rows.check_signature(row, world.SIGNER.public)


def test_act_and_content_are_not_exchanged() -> None:
    """What was sealed as content is no act under the same key, and the reverse."""
    row = rows.parse_row(_sealed_row().data, 0, world.VAULT)
    with pytest.raises(Corrupt):
        rows.open_act(
            msgspec.structs.replace(row, act=row.content),
            world.VAULT,
            replace(world.AUDIT, key=world.PATIENT_KEY.secret),
        )


def test_rows_without_what_they_need() -> None:
    row = rows.parse_row(_sealed_row().data, 0, world.VAULT)
    with pytest.raises(Corrupt, match="no key"):
        rows.open_content(row, world.VAULT, KeyTable(world.LOCATOR))
    with pytest.raises(Corrupt):
        rows.open_act(row, world.VAULT, AuditKeys.from_seed(bytes(32)))
    with pytest.raises(Corrupt, match="too short"):
        rows.open_act(msgspec.structs.replace(row, act=b"short"), world.VAULT, world.AUDIT)


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\x81\xa4kind\x05", b"\x81\xa1x\x01", b"\x90" * 5000, b"\x81\xa4kind\xa1\xff"]
)
def test_content_that_is_no_record(body: bytes) -> None:
    with pytest.raises(Corrupt):
        content.decode_content(body, world.PATIENT_KEY)


def test_content_of_a_later_kind() -> None:
    with pytest.raises(UnsupportedFormat):
        content.decode_content(encode({"kind": "hologram", "patient": world.PATIENT}), world.PATIENT_KEY)


def test_slot_bag_keyring_and_snapshot_elsewhere() -> None:
    slot = slots.Slot.decode(world.frozen("slot-kit"))
    for vault, user in ((ELSEWHERE, world.KIT_USER), (world.VAULT, world.FOUNDER)):
        with pytest.raises(Corrupt):
            slots.check_place(slot, vault=vault, user=user)
    renamed = bytearray(world.frozen("slot-kit"))
    renamed[24:40] = world.FOUNDER
    with pytest.raises(WrongPassword):
        slots.open_kit_slot(slots.Slot.decode(bytes(renamed)), world.KIT)
    for vault, epoch in ((ELSEWHERE, world.EPOCH_1), (world.VAULT, world.EPOCH_2)):
        with pytest.raises(Corrupt):
            bag.open_bag(world.frozen("bag-1"), vault=vault, epoch=epoch, writer_public=world.SIGNER.public)
    with pytest.raises(Corrupt):
        bag.open_bag(
            world.frozen("bag-1"), vault=world.VAULT, epoch=world.EPOCH_1, writer_public=world.OLD_SIGNER.public
        )
    with pytest.raises(Corrupt):
        keyring.parse_keyring(world.frozen("keyring-1"), vault=ELSEWHERE, anchor=world.ANCHOR)
    with pytest.raises(Corrupt):
        keyring.parse_keyring(world.frozen("keyring-1"), vault=None, anchor=world.SIGNER.public)
    for vault, generation, key in ((ELSEWHERE, 1, 0), (world.VAULT, 2, 0), (world.VAULT, 1, 1)):
        with pytest.raises(Corrupt):
            snapshotfile.open_snapshot(
                world.frozen("snapshot"), vault=vault, generation=generation,
                index_key=(world.SHARED.index, world.SHARED.locator)[key],
            )  # fmt: skip
