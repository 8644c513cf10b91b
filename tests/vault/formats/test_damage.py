# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bit turned, every cut, everything appended: refused, with the right kind of error, in every structure.

Of the two that take long, keyring and roster, one bit of some bytes here and every bit with `make damage`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault import bag, checkpoint, hoststate, keyring, objectfile, rows, segment, snapshotfile
from clinicam.vault import slot as slots
from clinicam.vault.heads import chain_start
from clinicam.vault.roster import parse_roster
from tests.vault import world
from tests.vault.formats.damage import Opener, additions, all_damage, cuts, every_bit, flips, undetected

HEAD = world.open_rows_head()
THOROUGH = "CLINICAM_DAMAGE_COUNT" in os.environ


def _open_slot(data: bytes) -> object:
    slot = slots.Slot.decode(data)
    slots.check_place(slot, vault=world.VAULT, user=world.KIT_USER)
    return slots.open_kit_slot(slot, world.KIT)


def _open_ledger(data: bytes) -> object:
    found = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER))
    order = segment.ActOrder()
    for row in found.whole():
        rows.check_signature(row, world.SIGNER.public)
        order.see(row, rows.open_act(row, world.VAULT, world.AUDIT))
        rows.open_content(row, world.VAULT, world.table())
    if found.head != HEAD:
        raise Corrupt("marks: a head is missing")  # what host state finds when whole batches are cut off
    return found


def _open_bag(data: bytes) -> object:
    return bag.open_bag(data, vault=world.VAULT, epoch=world.EPOCH_1, writer_public=world.SIGNER.public)


def _open_snapshot(data: bytes) -> object:
    return snapshotfile.open_snapshot(data, vault=world.VAULT, generation=1, index_key=world.SHARED.index)


def _open_marks(data: bytes) -> object:
    return hoststate.Marks.decode(data, vault=world.VAULT, writer=world.WRITER, public=world.SIGNER.public)


def _open_logins(data: bytes) -> object:
    return hoststate.decode_logins(data, vault=world.VAULT, public=world.SIGNER.public)


def _open_checkpoint(data: bytes) -> object:
    return checkpoint.read_checkpoint(data, vault=world.VAULT, writer=world.WRITER, public=world.SIGNER.public)


def _open_object(data: bytes) -> object:
    return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)


FOUNDER_PAIR = world.SECRETS[world.FOUNDER].hpke_pair()


def _open_keyring(data: bytes) -> object:
    found = keyring.parse_keyring(data, vault=world.VAULT, anchor=world.ANCHOR)
    return found.open_seed(world.FOUNDER, FOUNDER_PAIR)


OPENERS: dict[str, tuple[Opener, int]] = {
    "slot-kit": (_open_slot, 1),
    "bag-1": (_open_bag, 1),
    "bag-2": (_open_bag, 1),
    "snapshot": (_open_snapshot, 1),
    "marks": (_open_marks, 1),
    "logins": (_open_logins, 1),
    "checkpoint": (_open_checkpoint, 1),
    "object-small": (_open_object, 1),
    "keyring-1": (_open_keyring, 1 if THOROUGH else 4),
}
"""How each is opened, and every how many bytes it is damaged."""


@pytest.mark.parametrize("name", sorted(OPENERS))
def test_damage_is_refused(name: str) -> None:
    opener, step = OPENERS[name]
    stored = world.frozen(name)
    opener(stored)
    assert undetected(all_damage(stored, step), opener) == []
    if THOROUGH or len(stored) < 5000:
        assert undetected(every_bit(stored), opener) == []


def test_damage_to_open_rows_is_refused() -> None:
    stored = segment.join(world.open_rows(), new_segment=True)
    _open_ledger(stored)
    assert undetected(all_damage(stored), _open_ledger) == []
    if THOROUGH:
        assert undetected(every_bit(stored), _open_ledger) == []


def test_damage_to_a_locked_row_is_refused() -> None:
    stored = world.frozen("ledger")
    start = len(segment.join(world.open_rows(), new_segment=True))

    def opener(row: bytes) -> object:
        found = rows.parse_row(row, 0, world.VAULT)
        if found.end != len(row):
            raise Corrupt("segment: bytes after the row")
        rows.check_link(found, HEAD)
        rows.check_signature(found, world.SIGNER.public)
        return rows.open_act(found, world.VAULT, world.AUDIT)

    opener(stored[start:])
    assert undetected(all_damage(stored[start:]), opener) == []
    assert undetected(every_bit(stored[start:]), opener) == []


@pytest.mark.parametrize("number", range(5))
def test_every_bit_of_a_row_is_refused(number: int) -> None:
    """Each row as it stands in its chain: an act alone, a patient, a picture, a long note, an intent."""
    data = segment.join(world.open_rows(), new_segment=True)
    found = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER)).rows
    before = found[number - 1].head if number else chain_start(world.VAULT, world.WRITER)

    def opener(row: bytes) -> object:
        parsed = rows.parse_row(row, 0, world.VAULT)
        if parsed.end != len(row):
            raise Corrupt("segment: bytes after the row")
        rows.check_link(parsed, before)
        rows.check_signature(parsed, world.SIGNER.public)
        return rows.open_act(parsed, world.VAULT, world.AUDIT), rows.open_content(parsed, world.VAULT, world.table())

    stored = data[found[number].start : found[number].end]
    opener(stored)
    assert undetected(every_bit(stored), opener) == []


def test_without_the_signature_the_seals_still_hold() -> None:
    """An act or content turned in a row is refused by its own seal, not only by the writer's signature."""
    data = segment.join(world.open_rows(), new_segment=True)
    row = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER)).rows[1]

    def opener(body: bytes) -> object:
        found = rows.parse_row(row.header + body + row.signature, 0, world.VAULT)
        act = rows.open_act(found, world.VAULT, world.AUDIT)
        return act, rows.open_content(found, world.VAULT, world.table())

    body = data[row.start + rows.HEADER : row.end - 64]
    opener(body)
    assert undetected(flips(body), opener) == []


def test_writer_state_shows_another_size_or_kind() -> None:
    """It has no checksum: a turned seed is another key, which no row and no roster will own."""
    stored = world.frozen("writer")

    def opener(data: bytes) -> object:
        state = hoststate.WriterState.decode(data, vault=world.VAULT)
        if state.writer != world.WRITER or state.key().public != world.SIGNER.public:
            raise Corrupt("writer: not in the roster")
        return state

    assert undetected(all_damage(stored), opener) == []


def test_large_object_damage_is_refused() -> None:
    stored = world.object_large()

    def opener(data: bytes) -> object:
        name = world.named("large object")
        return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=name)

    assert undetected(flips(stored, 9_973), opener) == []
    assert undetected(cuts(stored, 65_536), opener) == []
    assert undetected(additions(stored), opener) == []
    assert undetected(_rearranged(stored), opener) == []


def _rearranged(data: bytes) -> Iterator[bytes]:
    """Chunks dropped, swapped, repeated, each kept within a size that could be."""
    head, chunk = data[:128], 262_160
    chunks = [data[at : at + chunk] for at in range(128, len(data), chunk)]
    assert len(chunks) == 3
    for drop in range(3):
        yield head + b"".join(c for i, c in enumerate(chunks) if i != drop)
    yield head + chunks[1] + chunks[0] + chunks[2]
    yield head + chunks[0] + chunks[0] + chunks[2]
    yield head + chunks[0] + chunks[1] + chunks[1]
    yield head + b"".join(chunks) + chunks[2]
    yield head


VERSIONED = {
    "slot-kit": 7, "bag-1": 7, "snapshot": 7, "marks": 7, "logins": 7, "object-small": 6, "keyring-1": 7,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(VERSIONED))
def test_a_later_version_is_said_to_be_one(name: str) -> None:
    stored = bytearray(world.frozen(name))
    stored[VERSIONED[name]] += 1
    with pytest.raises(UnsupportedFormat):
        OPENERS[name][0](bytes(stored))


def test_a_later_version_within_an_object_row_or_note() -> None:
    later = bytearray(world.frozen("object-small"))
    later[9] = 2
    with pytest.raises(UnsupportedFormat):
        _open_object(bytes(later))
    row = bytearray(world.frozen("ledger")[8:])
    row[1] = 2
    with pytest.raises(UnsupportedFormat):
        rows.parse_row(bytes(row), 0, world.VAULT)
    note = checkpoint.Checkpoint(world.VAULT, 1, bytes(32), ())
    signed = checkpoint.sign_checkpoint(note, writer=world.WRITER, key=world.SIGNER)
    assert _open_checkpoint(signed) == note
    with pytest.raises(Corrupt):
        _open_checkpoint(signed.replace(b"v1", b"v2"))


def test_roster_damage_is_refused() -> None:
    stored = world.roster_2()

    def opener(data: bytes) -> object:
        found = parse_roster(data, vault=world.VAULT, generation=2, anchor=world.ANCHOR)
        if len(found.entries) < 8:
            raise Corrupt("marks: a shorter roster")  # whole entries cut off: the keyring's signature and marks
        return found

    assert undetected(all_damage(stored, 1 if THOROUGH else 41), opener) == []
