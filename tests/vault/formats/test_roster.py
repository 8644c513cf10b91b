# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may change the roster and the keyring, and everything that must not pass for a change."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from clinicam.errors import Corrupt
from clinicam.vault import keyring, roster
from clinicam.vault.aead import HPKE_PUBLIC
from clinicam.vault.labels import LP, L
from clinicam.vault.roster import NO_HPKE, NO_PUBLIC, Rank, RosterOp
from clinicam.vault.sign import SigningKey
from tests.vault import world

FOUNDER_KEY = world.SECRETS[world.FOUNDER].signing_key()
SOME_HPKE = world.SECRETS[world.NURSE].hpke_pair().public
SOME_SIGN = world.SECRETS[world.NURSE].signing_key().public
FIRST = roster.found(
    vault=world.VAULT,
    user=world.FOUNDER,
    hpke_public=world.SECRETS[world.FOUNDER].hpke_pair().public,
    key=FOUNDER_KEY,
)


def _entry(
    *,
    generation: int = 1,
    op: int = RosterOp.ADD_USER,
    subject: bytes = world.NURSE,
    rank: int = Rank.NURSE,
    hpke: bytes = SOME_HPKE,
    sign: bytes = SOME_SIGN,
    author: bytes = world.FOUNDER,
    key: SigningKey = FOUNDER_KEY,
    vault: bytes = world.VAULT,
) -> bytes:
    """An entry made by hand, signed whatever it says."""
    fields = struct.pack(">QB16sB", generation, op, subject, rank) + hpke + sign + author
    return LP(fields + key.sign(L("roster") + vault + fields))


def _parse(raw: bytes, generation: int = 5) -> roster.Roster:
    return roster.parse_roster(raw, vault=world.VAULT, generation=generation, anchor=world.ANCHOR)


def _writer(**changes: object) -> bytes:
    settings: dict[str, Any] = {"op": RosterOp.ADD_WRITER, "subject": world.WRITER, "rank": 0, "hpke": NO_HPKE}
    return _entry(**(settings | changes))


def _removal(op: RosterOp, subject: bytes, **changes: object) -> bytes:
    settings: dict[str, Any] = {"op": op, "subject": subject, "rank": 0, "hpke": NO_HPKE, "sign": NO_PUBLIC}
    return _entry(**(settings | changes))


def test_what_is_made_by_hand_is_what_the_program_makes() -> None:
    assert FIRST + _entry() == roster.add_user(
        FIRST, vault=world.VAULT, generation=1, user=world.NURSE, rank=Rank.NURSE, hpke_public=SOME_HPKE,
        sign_public=SOME_SIGN, author=world.FOUNDER, key=FOUNDER_KEY,
    )  # fmt: skip
    assert len(FIRST) == 4 + roster.ENTRY


def test_users_come_and_go() -> None:
    found = _parse(FIRST + _entry() + _writer() + _removal(RosterOp.REMOVE_USER, world.NURSE, generation=3))
    assert found.users.keys() == {world.FOUNDER}
    assert found.former.keys() == {world.NURSE}
    assert found.last_removal == 3
    assert found.active_writer(world.WRITER) == SOME_SIGN
    with pytest.raises(Corrupt):
        found.active_writer(world.OLD_WRITER)


def test_a_removal_may_name_the_role_it_ends() -> None:
    assert _parse(FIRST + _entry() + _removal(RosterOp.REMOVE_USER, world.NURSE, rank=Rank.NURSE)).former


def test_a_removed_workstation_is_not_active() -> None:
    final = (7).to_bytes(8, "big") + world.named("h", 32)
    found = _parse(
        FIRST + _writer() + _removal(RosterOp.REMOVE_WRITER, world.WRITER, hpke=final.ljust(HPKE_PUBLIC, b"\0"))
    )
    assert found.writers[world.WRITER].final is not None
    with pytest.raises(Corrupt):
        found.active_writer(world.WRITER)


def test_without_an_anchor_it_is_held_to_its_own_founder() -> None:
    assert roster.parse_roster(FIRST, vault=world.VAULT, generation=1, anchor=None).founder == world.FOUNDER


NURSE_KEY = world.SECRETS[world.NURSE].signing_key()
HPKE_TAIL = (b"\0" * 41).ljust(HPKE_PUBLIC, b"\1")

REFUSED = {
    "empty": b"",
    "no founder": _entry(),
    "founder removed first": _removal(RosterOp.REMOVE_USER, world.FOUNDER),
    "founder not a manager": _entry(subject=world.FOUNDER, rank=Rank.NURSE, sign=world.ANCHOR),
    "founder by another": _entry(subject=world.FOUNDER, rank=Rank.MANAGER, sign=world.ANCHOR, author=world.NURSE),
    "another founder": _entry(rank=Rank.MANAGER, author=world.NURSE, key=NURSE_KEY),
    "founded at generation 0": _entry(subject=world.FOUNDER, rank=Rank.MANAGER, sign=world.ANCHOR, generation=0),
    "signed by another": FIRST + _entry(key=NURSE_KEY),
    "for another vault": FIRST + _entry(vault=world.named("another vault")),
    "author unknown": FIRST + _entry(author=world.LEAVER),
    "author not a manager": FIRST
    + _entry()
    + _entry(subject=world.LEAVER, author=world.NURSE, key=NURSE_KEY),
    "author left": FIRST
    + _entry(rank=Rank.MANAGER)
    + _removal(RosterOp.REMOVE_USER, world.NURSE)
    + _entry(subject=world.LEAVER, author=world.NURSE, key=NURSE_KEY),
    "unknown operation": FIRST + _entry(op=5),
    "unknown role": FIRST + _entry(rank=5),
    "generations backwards": FIRST + _entry(generation=2) + _writer(generation=1),
    "ahead of its keyring": FIRST + _entry(generation=6),
    "id twice": FIRST + _entry() + _entry(),
    "id used again": FIRST + _entry() + _removal(RosterOp.REMOVE_USER, world.NURSE) + _entry(),
    "user named as workstation": FIRST + _entry(subject=world.WRITER) + _writer(),
    "workstation named as user": FIRST + _writer() + _entry(subject=world.WRITER),
    "user without role": FIRST + _entry(rank=0),
    "user without hpke key": FIRST + _entry(hpke=NO_HPKE),
    "user without signing key": FIRST + _entry(sign=NO_PUBLIC),
    "removes nobody": FIRST + _removal(RosterOp.REMOVE_USER, world.NURSE),
    "removes a workstation as user": FIRST + _writer() + _removal(RosterOp.REMOVE_USER, world.WRITER),
    "removal with another role": FIRST + _entry() + _removal(RosterOp.REMOVE_USER, world.NURSE, rank=Rank.CLINICIAN),
    "removal with hpke key": FIRST + _entry() + _removal(RosterOp.REMOVE_USER, world.NURSE, hpke=SOME_HPKE),
    "removal with signing key": FIRST + _entry() + _removal(RosterOp.REMOVE_USER, world.NURSE, sign=SOME_SIGN),
    "workstation with role": FIRST + _writer(rank=Rank.NURSE),
    "workstation with hpke key": FIRST + _writer(hpke=SOME_HPKE),
    "workstation without key": FIRST + _writer(sign=NO_PUBLIC),
    "removes no workstation": FIRST + _removal(RosterOp.REMOVE_WRITER, world.WRITER),
    "removes a user as workstation": FIRST + _entry() + _removal(RosterOp.REMOVE_WRITER, world.NURSE),
    "removes a workstation twice": FIRST + _writer() + _removal(RosterOp.REMOVE_WRITER, world.WRITER) * 2,
    "removes a workstation with role": FIRST + _writer() + _removal(RosterOp.REMOVE_WRITER, world.WRITER, rank=2),
    "removes a workstation with key": FIRST + _writer() + _removal(RosterOp.REMOVE_WRITER, world.WRITER, sign=SOME_SIGN),
    "rubbish after the final row": FIRST + _writer() + _removal(RosterOp.REMOVE_WRITER, world.WRITER, hpke=HPKE_TAIL),
    "longer entry": LP(FIRST[4:] + b"\0"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refused(name: str) -> None:
    with pytest.raises(Corrupt):
        _parse(REFUSED[name])


def _keyring(**changes: object) -> bytes:
    """A keyring made by hand around the frozen one's recipients."""
    stored = keyring.parse_keyring(world.frozen("keyring-1"), vault=world.VAULT, anchor=world.ANCHOR)
    settings: dict[str, Any] = {
        "vault": world.VAULT, "training": True, "generation": 1, "prev": bytes(32), "audit_public": world.AUDIT.public,
        "roster": world.roster_1(), "recipients": stored.recipients, "signer": world.FOUNDER, "key": FOUNDER_KEY,
    } | changes  # fmt: skip
    return keyring.sign_keyring(**settings)


KEYRING_1 = keyring.parse_keyring(world.frozen("keyring-1"), vault=world.VAULT, anchor=world.ANCHOR)

KEYRINGS_REFUSED: dict[str, dict[str, Any]] = {
    "generation 0": {"generation": 0},
    "generation 1 with a previous": {"prev": b"\1" * 32},
    "generation 2 without a previous": {"generation": 2},
    "a recipient short": {"recipients": {world.FOUNDER: KEYRING_1.recipients[world.FOUNDER]}},
    "a recipient more": {"recipients": KEYRING_1.recipients | {world.NURSE: bytes(keyring.SEALED)}},
    "signer unknown": {"signer": world.NURSE, "key": NURSE_KEY},
    "signature of another": {"key": NURSE_KEY},
    "another vault's roster": {"vault": world.named("another vault")},
}


@pytest.mark.parametrize("name", sorted(KEYRINGS_REFUSED))
def test_keyring_refused(name: str) -> None:
    keyring.parse_keyring(_keyring(), vault=world.VAULT, anchor=world.ANCHOR)
    with pytest.raises(Corrupt):
        keyring.parse_keyring(_keyring(**KEYRINGS_REFUSED[name]), vault=None, anchor=world.ANCHOR)


def test_keyring_with_a_flag_nobody_knows_or_a_recipient_twice() -> None:
    stored = world.frozen("keyring-1")
    flagged = stored[:24] + b"\0\3" + stored[26:-64]
    at = 66 + HPKE_PUBLIC + 4 + len(world.roster_1())
    twice = stored[:at] + b"\0\3" + stored[at + 2 : at + 2 + 1184] + stored[at + 2 : -64]
    for body in (flagged, twice):
        with pytest.raises(Corrupt):
            keyring.parse_keyring(body + FOUNDER_KEY.sign(L("keyring") + body), vault=None, anchor=world.ANCHOR)


def test_keyring_signed_by_one_who_may_not() -> None:
    """A nurse is active and has keys, yet publishes nothing."""
    recipients = keyring.parse_keyring(world.frozen("keyring-2"), vault=None, anchor=world.ANCHOR).recipients
    body = _keyring(
        generation=2, prev=b"\1" * 32, roster=world.roster_2(), recipients=recipients, signer=world.NURSE, key=NURSE_KEY
    )
    with pytest.raises(Corrupt, match="active manager"):
        keyring.parse_keyring(body, vault=None, anchor=world.ANCHOR)
    with pytest.raises(Corrupt):
        keyring.publish_keyring(
            vault=world.VAULT, training=False, generation=2, prev=b"\1" * 32, audit_public=world.AUDIT.public,
            roster=world.roster_2(), epoch=world.EPOCH_2, audit_seed=world.SHARED.audit, anchor=world.ANCHOR,
            signer=world.NURSE, key=NURSE_KEY,
        )  # fmt: skip


def test_seed_only_for_those_it_was_sealed_to() -> None:
    leaver = world.SECRETS[world.LEAVER].hpke_pair()
    second = keyring.parse_keyring(world.frozen("keyring-2"), vault=None, anchor=world.ANCHOR)
    for user in (world.LEAVER, world.NURSE):
        with pytest.raises(Corrupt):
            second.open_seed(user, leaver)
