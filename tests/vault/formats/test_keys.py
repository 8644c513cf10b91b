# SPDX-License-Identifier: GPL-3.0-or-later
"""Bags, key references, slots: the rules beyond their bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat, WrongPassword
from clinicam.identity import NOBODY
from clinicam.vault import bag
from clinicam.vault import slot as slots
from clinicam.vault.aead import seal
from clinicam.vault.codec import encode
from clinicam.vault.keyref import ContentKey, KeyTable, mask, subject_of
from clinicam.vault.labels import L
from tests.vault import world


def _key(number: int, *, version: int = 1, created: int = 1, session: bytes | None = None) -> ContentKey:
    return ContentKey(number.to_bytes(16, "big"), world.PATIENT, session, version, bytes(32), created)


def _bag(keys: tuple[ContentKey, ...], **changes: int) -> bytes:
    numbers: dict[str, Any] = {"volume": 1, "generation": 1, "revision": 1} | changes
    return bag.seal_bag(
        keys, None, vault=world.VAULT, writer=world.WRITER, epoch=world.EPOCH_1, signer=world.SIGNER, **numbers
    )


def _open(data: bytes) -> bag.Bag:
    return bag.open_bag(data, vault=world.VAULT, epoch=world.EPOCH_1, writer_public=world.SIGNER.public)


def test_a_full_volume_and_one_too_many() -> None:
    full = tuple(_key(i) for i in range(bag.FULL))
    assert len(_open(_bag(full)).keys) == bag.FULL
    assert 118 < len(_bag(full)) / bag.FULL < 126
    with pytest.raises(Corrupt):
        _bag((*full, _key(bag.FULL)))


def test_bags_that_break_a_rule() -> None:
    for keys in ((_key(1), _key(1, version=2)), (_key(1, created=2),)):
        with pytest.raises(Corrupt):
            _bag(keys)
    for zero in ("revision", "generation"):
        with pytest.raises(Corrupt):
            bag.parse_bag_header(_bag((), **{zero: 0}))
    with pytest.raises(Corrupt, match="too short"):
        bag.parse_bag_header(_bag(())[:160])


def test_a_signed_and_sealed_bag_of_another_shape() -> None:
    """Even what the right workstation sealed is refused if it is not the schema."""
    whole: dict[str, Any] = {"keys": [], "shared": None}
    twice, later = [_key(1), _key(1, version=2)], [_key(1, created=2)]
    many = [_key(i) for i in range(bag.FULL + 1)]
    for body in (
        whole | {"more": 1}, {"keys": []}, whole | {"keys": [{"key_id": bytes(16)}]}, [], whole | {"keys": twice},
        whole | {"keys": later}, whole | {"keys": many},
    ):  # fmt: skip
        header = bag.BagHeader(world.VAULT, world.WRITER, 1, 1, 1, bag.epoch_id(world.EPOCH_1)).encode()
        data = header + bytes(12) + seal(world.EPOCH_1, bytes(12), encode(body), L("bag") + header)
        with pytest.raises(Corrupt):
            _open(data + world.SIGNER.sign(L("bag sig") + data))


def test_a_leftover_is_told_from_damage() -> None:
    header = bag.parse_bag_header(_bag(()))
    assert header.epoch_id == bag.epoch_id(world.EPOCH_1) != bag.epoch_id(world.EPOCH_2)


def test_fresh_shared_keys_differ() -> None:
    one = bag.SharedKeys.make()
    assert len({one.locator, one.index, one.audit}) == 3
    assert one != bag.SharedKeys.make()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_mask_undoes_itself(locator: bytes, key_id: bytes, name: bytes) -> None:
    assert mask(locator, mask(locator, key_id, name), name) == key_id


def test_subjects_differ_by_patient_and_vault() -> None:
    said = {subject_of(loc, p) for loc in (bytes(32), b"\1" * 32) for p in (world.PATIENT, world.OTHER_PATIENT)}
    assert len(said) == 4


def test_which_key_seals() -> None:
    table = KeyTable(world.LOCATOR, [_key(1), _key(2, version=2), _key(3, version=2), _key(9, session=world.SESSION)])
    assert table.sealing_key(world.PATIENT) == _key(3, version=2)
    assert table.sealing_key(world.PATIENT, world.SESSION) == _key(9, session=world.SESSION)
    assert table.sealing_key() is None
    assert table.next_version(world.PATIENT) == 3
    assert table.next_version() == 1
    assert table.get(_key(1).key_id) == _key(1)
    assert table.get(NOBODY) is None
    assert len(table) == 4


def test_after_somebody_left_old_keys_open_but_seal_no_more() -> None:
    table = KeyTable(world.LOCATOR, [_key(1, version=7), _key(2, version=3, created=4)], last_removal=4)
    assert table.sealing_key(world.PATIENT) == _key(2, version=3, created=4)
    table.last_removal = 5
    assert table.sealing_key(world.PATIENT) is None
    name = world.named("row")
    assert table.find(mask(world.LOCATOR, _key(1).key_id, name), name) == _key(1, version=7)
    assert table.find(mask(world.LOCATOR, _key(1).key_id, name), world.OBJECT_ID) is None
    with pytest.raises(Corrupt):
        table.by_ref(bytes(16), name)


def test_the_same_key_twice_is_one_and_another_of_its_id_is_refused() -> None:
    table = KeyTable(world.LOCATOR, [_key(1), _key(1)])
    assert len(table) == 1
    with pytest.raises(Corrupt):
        table.add(msgspec.structs.replace(_key(1), secret=b"\1" * 32))


def test_slots_behind_the_wrong_thing() -> None:
    password, device = (slots.Slot.decode(world.frozen(name)) for name in ("slot-password", "slot-device"))
    kit = slots.Slot.decode(world.frozen("slot-kit"))
    with pytest.raises(WrongPassword):
        slots.open_password_slot(password, world.PASSWORD.lower())
    with pytest.raises(WrongPassword):
        slots.open_password_slot(device, world.PASSWORD)
    with pytest.raises(WrongPassword):
        slots.open_password_slot(device, world.PASSWORD, bytes(32))
    with pytest.raises(WrongPassword):
        slots.open_kit_slot(kit, bytes(32))
    with pytest.raises(Corrupt):
        slots.open_password_slot(kit, world.PASSWORD)
    with pytest.raises(Corrupt):
        slots.open_kit_slot(password, world.KIT)


def test_a_device_key_that_a_slot_does_not_use_is_not_in_the_way() -> None:
    slot = slots.Slot.decode(world.frozen("slot-password"))
    assert slots.open_password_slot(slot, world.PASSWORD, world.DEVICE_KEY).anchor == world.ANCHOR


def test_slot_headers_of_every_damage_are_refused_or_kept_to_the_letter() -> None:
    """Without deriving anything: what still decodes encodes to the same bytes."""
    for name in ("slot-password", "slot-device", "slot-kit"):
        stored = world.frozen(name)
        for at in range(len(stored)):
            for bit in range(8):
                data = stored[:at] + bytes((stored[at] ^ 1 << bit,)) + stored[at + 1 :]
                try:
                    slot = slots.Slot.decode(data)
                except (Corrupt, UnsupportedFormat):
                    assert at < 56
                else:
                    assert slot.encode() == data


@pytest.mark.parametrize("at", [8, 24, 41, 56, 88, 100, 211])
def test_password_slot_damage_is_a_wrong_password(at: int) -> None:
    stored = bytearray(world.frozen("slot-device"))
    stored[at] ^= 1
    slot = slots.Slot.decode(bytes(stored))
    with pytest.raises(WrongPassword):
        slots.open_password_slot(slot, world.PASSWORD, world.DEVICE_KEY)


def test_a_founders_secret_is_its_own_anchor() -> None:
    founder = slots.UserSecret.make()
    assert founder.anchor == founder.signing_key().public
    assert slots.UserSecret.make(founder.anchor).anchor == founder.anchor
