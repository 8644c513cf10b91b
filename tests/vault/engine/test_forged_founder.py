# SPDX-License-Identifier: GPL-3.0-or-later
"""A keyring that somebody else founded in place of the practice's own: said to be damage, not a wrong kit."""

from __future__ import annotations

import pytest

from clinicam.errors import Corrupt, WrongPassword
from clinicam.identity import new_id
from clinicam.vault.audit import AuditKeys
from clinicam.vault.keyring import publish_keyring
from clinicam.vault.kit import secret_of, words_of
from clinicam.vault.roster import found
from clinicam.vault.slot import UserSecret, seal_kit_slot
from tests.vault.engine.bench import Practice

FORGER = b"\xee" * 16


def forge(practice: Practice) -> bytes:
    """The keyring of a vault of the same id that only the forger may open; and their slot in the vault."""
    vault = practice.created.vault_id
    secret = UserSecret.make()
    roster = found(vault=vault, user=FORGER, hpke_public=secret.hpke_pair().public, key=secret.signing_key())
    seed = b"a" * 32
    keyring = publish_keyring(
        vault=vault,
        training=True,
        generation=1,
        prev=bytes(32),
        audit_public=AuditKeys.from_seed(seed).public,
        roster=roster,
        epoch=b"e" * 32,
        audit_seed=seed,
        anchor=secret.anchor,
        signer=FORGER,
        key=secret.signing_key(),
    )
    slot = seal_kit_slot(secret, vault=vault, user=FORGER, kit=b"f" * 32)
    (practice.place / "slots" / FORGER.hex()).write_bytes(slot)
    return keyring


def test_it_is_damage_and_no_wrong_kit(practice: Practice) -> None:
    path = practice.place / "keyring"
    real = path.read_bytes()
    path.write_bytes(forge(practice))
    with pytest.raises(Corrupt):
        practice.unlocked()
    vault = practice.open()
    with pytest.raises(Corrupt):
        vault.unlock_read_only_with_kit(practice.created.kit_words)
    other = words_of(b"n" * 32)
    with pytest.raises(WrongPassword):
        vault.unlock_with_kit(other, practice.gate)
    vault.close()
    path.write_bytes(real)
    vault, _ = practice.unlocked()
    vault.close()


def test_a_slot_left_of_a_kit_that_counts_no_more_opens_nothing(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    anchor = opened.inside.book.secret.anchor
    vault.close()
    user, kit = new_id(), b"k" * 32
    slot = seal_kit_slot(UserSecret.make(anchor), vault=practice.created.vault_id, user=user, kit=kit)
    (practice.place / "slots" / user.hex()).write_bytes(slot)
    (practice.place / "slots" / new_id().hex()).write_bytes(b"half")
    words = words_of(kit)
    assert secret_of(words) == kit
    vault = practice.open()
    with pytest.raises(WrongPassword):
        vault.unlock_with_kit(words, practice.gate)
    vault.close()
