# SPDX-License-Identifier: GPL-3.0-or-later
"""`keyring`: the roster, and the key of this generation's bags sealed to each active user (vault.md 2.3). Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from clinicam.errors import Corrupt
from clinicam.vault.aead import HPKE_OVERHEAD, HPKE_PUBLIC, KEY, HpkeKeyPair, hpke_seal
from clinicam.vault.labels import HASH, LP, ZERO_HASH, Cursor, L
from clinicam.vault.roster import Rank, Roster, parse_roster
from clinicam.vault.sign import SIGNATURE, SigningKey, verify

MAGIC = b"CCKEYS\0\1"
SEALED = HPKE_OVERHEAD + KEY
"""Bytes of one sealed E or A: 1168."""
_TRAINING = 1


@dataclass(frozen=True, slots=True)
class KeyringFile:
    """A verified keyring. `recipients` maps each active user to the sealed E (auditors: the sealed A)."""

    vault: bytes
    training: bool
    generation: int
    prev: bytes
    audit_public: bytes = field(repr=False)
    roster: Roster
    recipients: dict[bytes, bytes] = field(repr=False)
    signer: bytes
    sha256: bytes

    def open_seed(self, user: bytes, pair: HpkeKeyPair) -> bytes:
        """The 32 bytes sealed to `user`: the epoch key E for holders of bags, the audit seed A for auditors.

        Raises:
            Corrupt: not an active user, or not this user's pair.
        """
        if user not in self.recipients:
            raise Corrupt("keyring: not an active user")
        return pair.open(_info(self.vault, self.generation, user), self.recipients[user])


def parse_keyring(data: bytes, *, vault: bytes | None, anchor: bytes | None) -> KeyringFile:
    """The keyring of `vault` (None: whichever it says), verified back to `anchor` (None: see `parse_roster`).

    Raises:
        Corrupt: damage, another vault, a rule broken, a signature that does not verify, an unknown flag.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "keyring")
    cursor.magic(MAGIC)
    named = cursor.id()
    if vault is not None and named != vault:
        raise cursor.damaged("of another vault")
    flags, generation, prev = cursor.u16(), cursor.u64(), cursor.take(HASH)
    if flags & ~_TRAINING:
        raise cursor.damaged("unknown flag")
    if generation == 0 or (generation == 1) != (prev == ZERO_HASH):
        raise cursor.damaged("generation and previous hash do not fit")
    audit_public = cursor.take(HPKE_PUBLIC)
    roster = parse_roster(cursor.prefixed(), vault=named, generation=generation, anchor=anchor)
    count = cursor.u16()
    pairs = [(cursor.id(), cursor.take(SEALED)) for _ in range(count)]
    signer = cursor.id()
    signed_to = cursor.position
    signature = cursor.take(SIGNATURE)
    cursor.end()
    recipients = dict(pairs)
    if len(recipients) != count or recipients.keys() != roster.users.keys():
        raise cursor.damaged("recipients are not the active users")
    member = roster.users.get(signer)
    if member is None or member.rank is not Rank.MANAGER:
        raise cursor.damaged("not signed by an active manager")
    verify(member.sign_public, signature, L("keyring") + data[:signed_to])
    digest = hashlib.sha256(data).digest()
    return KeyringFile(
        named, bool(flags & _TRAINING), generation, prev, audit_public, roster, recipients, signer, digest
    )


def publish_keyring(
    *,
    vault: bytes,
    training: bool,
    generation: int,
    prev: bytes,
    audit_public: bytes,
    roster: bytes,
    epoch: bytes,
    audit_seed: bytes,
    anchor: bytes,
    signer: bytes,
    key: SigningKey,
) -> bytes:
    """The file of a new generation: `epoch` (E) sealed to every active user, `audit_seed` (A) to auditors.

    `prev` is the SHA-256 of the previous file, zeros at generation 1. What is returned has been read back and verified.

    Raises:
        Corrupt: the roster or the signer would not be accepted.
    """
    members = parse_roster(roster, vault=vault, generation=generation, anchor=anchor).users
    recipients = {
        user: hpke_seal(
            member.hpke_public,
            _info(vault, generation, user),
            audit_seed if member.rank is Rank.AUDITOR else epoch,
        )
        for user, member in members.items()
    }
    data = sign_keyring(
        vault=vault,
        training=training,
        generation=generation,
        prev=prev,
        audit_public=audit_public,
        roster=roster,
        recipients=recipients,
        signer=signer,
        key=key,
    )
    parse_keyring(data, vault=vault, anchor=anchor)
    return data


def sign_keyring(
    *,
    vault: bytes,
    training: bool,
    generation: int,
    prev: bytes,
    audit_public: bytes,
    roster: bytes,
    recipients: Mapping[bytes, bytes],
    signer: bytes,
    key: SigningKey,
) -> bytes:
    """The file of already sealed `recipients`, sorted by user and signed. Checks nothing: see `publish_keyring`."""
    head = MAGIC + vault + (_TRAINING if training else 0).to_bytes(2, "big") + generation.to_bytes(8, "big")
    body = head + prev + audit_public + LP(roster) + len(recipients).to_bytes(2, "big")
    body += b"".join(user + recipients[user] for user in sorted(recipients)) + signer
    return body + key.sign(L("keyring") + body)


def _info(vault: bytes, generation: int, user: bytes) -> bytes:
    return L("epoch") + vault + generation.to_bytes(8, "big") + user
