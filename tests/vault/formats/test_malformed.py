# SPDX-License-Identifier: GPL-3.0-or-later
"""Hundreds of malformed structures, each refused by the program with the error written beside it, and by the second reader.

The cases are data: see tests/vault/make_malformed.py for where they come from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError, WrongPassword
from clinicam.vault import bag, checkpoint, hoststate, keyring, objectfile, rows, segment, snapshotfile
from clinicam.vault import slot as slots
from clinicam.vault.heads import chain_start
from clinicam.vault.roster import parse_roster
from tests.vault import independent_reader as other
from tests.vault import world
from tests.vault.independent_primitives import need
from tests.vault.make_malformed import BASES, FOLDER, base_of, join

PUBLIC = world.SIGNER.public
ERRORS: dict[str, type[VaultError]] = {
    "Corrupt": Corrupt, "UnsupportedFormat": UnsupportedFormat, "WrongPassword": WrongPassword,
}  # fmt: skip
BEGINS = re.compile(
    r"(slot|roster|keyring|bag|row|segment|act|content|object|snapshot|marks|logins|writer|note|checkpoint|record): "
    r"|(_Body|Act|ImageContent|EntryContent|ObjectMeta): |(sealed bytes|chunk|signature|message for this key) do(es)? not "
    r"|no key for this reference$|password cost outside |slot does not open$"
)
"""How every error's text begins: with the structure, or with what did not authenticate."""


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text())
        base = base_of(file["base"])
        for case in file["cases"]:
            data = join(case["parts"], base)
            name = f"{file['structure']}: {case['name']}"
            found.append(pytest.param(file["structure"], data, case["error"], case["says"], id=name))
    return found


CASES = _cases()


# --- the program ---------------------------------------------------------------------------------------------------------


def _slot(data: bytes) -> object:
    slot = slots.Slot.decode(data)
    slots.check_place(slot, vault=world.VAULT, user=world.KIT_USER)
    return slots.open_kit_slot(slot, world.KIT)


def _roster(data: bytes) -> object:
    return parse_roster(data, vault=world.VAULT, generation=2, anchor=world.ANCHOR)


def _keyring(data: bytes) -> object:
    found = keyring.parse_keyring(data, vault=world.VAULT, anchor=world.ANCHOR)
    return found.open_seed(world.FOUNDER, world.SECRETS[world.FOUNDER].hpke_pair())


@cache
def _members() -> keyring.KeyringFile:
    return keyring.parse_keyring(world.frozen("keyring-1"), vault=world.VAULT, anchor=world.ANCHOR)


def _bag(data: bytes) -> object:
    public = _members().roster.active_writer(bag.parse_bag_header(data).writer)
    return bag.open_bag(data, vault=world.VAULT, epoch=world.EPOCH_1, writer_public=public)


def _ledger(data: bytes) -> object:
    found = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER))
    order = segment.ActOrder()
    for row in found.rows:
        rows.check_signature(row, PUBLIC)
        order.see(row, rows.open_act(row, world.VAULT, world.AUDIT))
        rows.open_content(row, world.VAULT, world.table())
    return found.whole()


def _object(data: bytes) -> object:
    return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)


def _snapshot(data: bytes) -> object:
    return snapshotfile.open_snapshot(data, vault=world.VAULT, generation=1, index_key=world.SHARED.index)


def _marks(data: bytes) -> object:
    return hoststate.Marks.decode(data, vault=world.VAULT, writer=world.WRITER, public=PUBLIC)


def _logins(data: bytes) -> object:
    return hoststate.decode_logins(data, vault=world.VAULT, public=PUBLIC)


def _writer(data: bytes) -> object:
    return hoststate.WriterState.decode(data, vault=world.VAULT)


def _checkpoint(data: bytes) -> object:
    return checkpoint.read_checkpoint(data, vault=world.VAULT, writer=world.WRITER, public=PUBLIC)


OURS: dict[str, Callable[[bytes], object]] = {
    "slot": _slot, "roster": _roster, "keyring": _keyring, "bag": _bag, "ledger": _ledger, "object": _object,
    "snapshot": _snapshot, "marks": _marks, "logins": _logins, "writer": _writer, "checkpoint": _checkpoint,
}  # fmt: skip


# --- the second reader -----------------------------------------------------------------------------------------------------


@cache
def _their_keyring() -> tuple[other.Keyring, other.Secret]:
    secret = other.open_slot(world.frozen("slot-kit"), kit=world.KIT)
    return other.read_keyring(world.frozen("keyring-1"), secret.anchor), secret


@cache
def _their_keys() -> other.Keys:
    found, secret = _their_keyring()
    opened = other.open_bag(world.frozen("bag-1"), found, found.seed(secret))
    shared = opened["shared"]
    content = {key["key_id"]: key for key in opened["keys"]}
    return other.Keys(found.vault, shared["locator"], shared["index"], shared["audit"], content)


def _their_slot(data: bytes) -> object:
    need(data[8:24] == world.VAULT and data[24:40] == world.KIT_USER, "of another vault or user")
    return other.open_slot(data, kit=world.KIT)


def _their_opened_keyring(data: bytes) -> object:
    found, (_, secret) = other.read_keyring(data, world.ANCHOR), _their_keyring()
    need(found.vault == world.VAULT, "of another vault")
    return found.seed(other.Secret(secret.user, secret.pair, b"", secret.anchor))


THEIRS: dict[str, Callable[[bytes], object]] = {
    "slot": _their_slot,
    "roster": lambda data: other.read_roster(data, vault=world.VAULT, generation=2, anchor=world.ANCHOR),
    "keyring": _their_opened_keyring,
    "bag": lambda data: other.open_bag(data, _their_keyring()[0], world.EPOCH_1),
    "ledger": lambda data: list(other.read_segment(data, _their_keys(), PUBLIC, world.WRITER)),
    "object": lambda data: other.open_object(data, _their_keys(), world.OBJECT_ID),
    "snapshot": lambda data: other.open_snapshot(data, _their_keys(), 1),
    "marks": lambda data: other.read_marks(data, PUBLIC, world.VAULT, world.WRITER),
    "logins": lambda data: other.read_logins(data, PUBLIC, world.VAULT),
    "writer": lambda data: other.read_writer(data, world.VAULT),
    "checkpoint": lambda data: other.read_checkpoint(data, vault=world.VAULT, writer=world.WRITER, public=PUBLIC),
}


# --- the tests ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("structure", sorted(BASES))
def test_the_undamaged_neighbour_opens(structure: str) -> None:
    base = base_of(json.loads((FOLDER / f"{structure}.json").read_text())["base"])
    OURS[structure](base)
    THEIRS[structure](base)


@pytest.mark.parametrize(("structure", "data", "error", "says"), CASES)
def test_refused_by_name(structure: str, data: bytes, error: str, says: str) -> None:
    with pytest.raises(ERRORS[error]) as ours:
        OURS[structure](data)
    assert type(ours.value) is ERRORS[error]
    assert says in str(ours.value)
    assert BEGINS.match(str(ours.value)), "the text does not say what is damaged"
    expected = other.Later if error == "UnsupportedFormat" else other.Refused
    with pytest.raises(expected) as theirs:
        THEIRS[structure](data)
    assert type(theirs.value) is expected


def test_there_are_enough_and_none_twice() -> None:
    assert len(CASES) >= 150
    assert len({str(case.id) for case in CASES}) == len(CASES)
    assert {case.values[0] for case in CASES} == OURS.keys() == THEIRS.keys() == BASES.keys()
