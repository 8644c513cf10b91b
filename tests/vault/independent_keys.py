# SPDX-License-Identifier: GPL-3.0-or-later
"""The second reader's slots, rosters, keyrings and bags, from docs/vault-format.md alone."""

from __future__ import annotations

import hmac
import struct
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tests.vault.independent_primitives import (
    HASH,
    ID,
    Bytes,
    Pair,
    Refused,
    check,
    hkdf,
    is_count,
    label,
    need,
    nil_or,
    refusing,
    sha256,
    unpack,
    unseal,
    verify,
)

AUDITOR, MANAGER = 1, 4


# --- slot --------------------------------------------------------------------------------------------------------------


@dataclass
class Secret:
    user: bytes
    pair: Pair
    sign_seed: bytes
    anchor: bytes


@refusing
def open_slot(data: bytes, *, password: str | None = None, kit: bytes = b"", device_key: bytes = bytes(32)) -> Secret:
    source = Bytes(data, b"CCSLOT\x00\x01")
    _vault, user, kind, flags = source.take(16), source.take(16), source.number(1), source.number(1)
    source.zeros(2)
    m, t, p = source.number(4), source.number(4), source.number(4)
    salt, header = source.take(32), data[:88]
    nonce, sealed = source.take(12), source.take(112)
    source.end()
    if kind == 1:
        need(flags in {0, 1}, "unknown flags")
        need(65_536 <= m <= 1_048_576 and 3 <= t <= 10 and 4 <= p <= 16, "a cost outside the range")
        need(password is not None, "a password's slot")
        text = unicodedata.normalize("NFC", password or "").encode()
        ikm = Argon2id(salt=salt, length=32, iterations=t, lanes=p, memory_cost=m).derive(text)
    else:
        need(kind == 2 and flags == m == t == p == 0, "unknown kind, or a kit with costs")
        ikm = kit
    key = hkdf(ikm, device_key if flags else bytes(32), label("slot") + header)
    secret = unseal(key, nonce, sealed, header)
    return Secret(user, Pair(secret[:32]), secret[32:64], secret[64:96])


# --- roster and keyring --------------------------------------------------------------------------------------------------


@dataclass
class Keyring:
    vault: bytes
    training: bool
    generation: int
    prev: bytes
    audit_public: bytes
    users: dict[bytes, tuple[int, bytes]]
    former: dict[bytes, tuple[int, bytes]]
    writers: dict[bytes, bytes]
    final: dict[bytes, tuple[int, bytes]]
    sealed: dict[bytes, bytes] = field(repr=False)
    digest: bytes = b""

    def seed(self, secret: Secret) -> bytes:
        info = label("epoch") + self.vault + struct.pack(">Q", self.generation) + secret.user
        need(secret.user in self.sealed, "not an active user")
        return secret.pair.open(info, self.sealed[secret.user])


class _Roster:
    def __init__(self, vault: bytes, anchor: bytes) -> None:
        self.vault, self.anchor, self.generation, self.first = vault, anchor, 0, True
        self.users: dict[bytes, tuple[int, bytes]] = {}
        self.former: dict[bytes, tuple[int, bytes]] = {}
        self.writers: dict[bytes, bytes] = {}
        self.final: dict[bytes, tuple[int, bytes]] = {}

    def take(self, entry: bytes) -> None:
        source = Bytes(entry)
        generation, op, subject, role = source.number(8), source.number(1), source.take(16), source.number(1)
        hpke, ed, author, signature = source.take(1216), source.take(32), source.take(16), source.take(64)
        source.end()
        need(generation >= max(self.generation, 1), "generations run backwards")
        need(op in {1, 2, 3, 4} and role in {0, 1, 2, 3, 4}, "unknown operation or role")
        if self.first:
            need(op == 1 and role == MANAGER and author == subject and ed == self.anchor, "no founder")
            key = self.anchor
        else:
            need(author in self.users and self.users[author][0] == MANAGER, "author is no active manager")
            key = self.users[author][1]
        verify(key, signature, label("roster") + self.vault + entry[:1290])
        no_hpke, no_ed = not any(hpke), not any(ed)
        if op in {1, 3}:
            need(not {subject} & (self.users.keys() | self.former.keys() | self.writers.keys()), "an id used twice")
        if op == 1:
            need(role != 0 and not no_hpke and not no_ed, "a user without role or key")
            self.users[subject] = (role, ed)
        elif op == 2:
            need(subject in self.users and role in {0, self.users[subject][0]} and no_hpke and no_ed, "no such user")
            self.former[subject] = self.users.pop(subject)
        elif op == 3:
            need(role == 0 and no_hpke and not no_ed, "a workstation with role or without key")
            self.writers[subject] = ed
        else:
            need(subject in self.writers and subject not in self.final and role == 0, "no such workstation")
            need(no_ed and not any(hpke[40:]), "a removal with keys")
            self.final[subject] = (struct.unpack(">Q", hpke[:8])[0], hpke[8:40])
        self.generation, self.first = generation, False


@refusing
def read_roster(raw: bytes, *, vault: bytes, generation: int, anchor: bytes) -> _Roster:
    source, roster = Bytes(raw), _Roster(vault, anchor)
    while source.at < len(raw):
        roster.take(source.take(source.number(4)))
    need(not roster.first and roster.generation <= generation, "an empty roster, or one ahead of its keyring")
    return roster


@refusing
def read_keyring(data: bytes, anchor: bytes) -> Keyring:
    source = Bytes(data, b"CCKEYS\x00\x01")
    vault, flags, generation, prev = source.take(16), source.number(2), source.number(8), source.take(32)
    need(flags in {0, 1}, "unknown flags")
    need(generation > 0 and (generation == 1) == (not any(prev)), "generation and previous keyring do not fit")
    audit_public = source.take(1216)
    roster = read_roster(source.take(source.number(4)), vault=vault, generation=generation, anchor=anchor)
    n = source.number(2)
    pairs = [(source.take(16), source.take(1168)) for _ in range(n)]
    sealed = dict(pairs)
    signer = source.take(16)
    signed = source.taken()
    signature = source.take(64)
    source.end()
    need(len(sealed) == n and sealed.keys() == roster.users.keys(), "recipients are not the active users")
    need(signer in roster.users and roster.users[signer][0] == MANAGER, "signer is no active manager")
    verify(roster.users[signer][1], signature, label("keyring") + signed)
    return Keyring(
        vault, bool(flags), generation, prev, audit_public, roster.users, roster.former, roster.writers, roster.final,
        sealed, sha256(data),
    )  # fmt: skip


# --- bag ---------------------------------------------------------------------------------------------------------------

_KEY = {"key_id": ID, "patient": ID, "session": nil_or(ID), "version": is_count, "secret": HASH, "created": is_count}
_SHARED = {"locator": HASH, "index": HASH, "audit": HASH}


@refusing
def open_bag(data: bytes, keyring: Keyring, epoch: bytes) -> dict[str, Any]:
    source = Bytes(data, b"CCBAG\x00\x00\x01")
    need(source.take(16) == keyring.vault, "of another vault")
    writer, _volume, generation, revision = source.take(16), source.number(4), source.number(8), source.number(8)
    need(generation == keyring.generation and revision > 0, "of another generation, or never written")
    need(source.take(16) == sha256(label("epoch id"), epoch)[:16], "of another epoch")
    header, nonce = source.taken(), source.take(12)
    need(len(data) >= 88 + 16 + 64, "too short")
    need(writer in keyring.writers and writer not in keyring.final, "not of an active workstation")
    verify(keyring.writers[writer], data[-64:], label("bag sig") + data[:-64])
    plain = unpack(unseal(epoch, nonce, data[88:-64], label("bag") + header))
    body = check(plain, {"keys": lambda keys: isinstance(keys, list), "shared": lambda _: True})
    keys = [check(key, _KEY) for key in body["keys"]]
    need(len(keys) <= 4096 and len({key["key_id"] for key in keys}) == len(keys), "too many keys, or two of one id")
    need(all(key["created"] <= generation for key in keys), "a key from a later generation")
    if body["shared"] is not None:
        check(body["shared"], _SHARED)
    return body


# --- what a bag holder has -------------------------------------------------------------------------------------------


@dataclass
class Keys:
    """Everything a bag holder has."""

    vault: bytes
    locator: bytes
    index: bytes
    audit: bytes
    content: dict[bytes, dict[str, Any]] = field(default_factory=dict)

    def key_id(self, key_ref: bytes, name: bytes) -> bytes:
        """Which key a row or object names, whether it is here or not."""
        pad = hmac.digest(self.locator, label("keyref") + name, "sha256")[:16]
        return bytes(a ^ b for a, b in zip(key_ref, pad, strict=True))

    def find(self, key_ref: bytes, name: bytes) -> dict[str, Any] | None:
        """None once it was erased."""
        return self.content.get(self.key_id(key_ref, name))

    def by_ref(self, key_ref: bytes, name: bytes) -> dict[str, Any]:
        key = self.find(key_ref, name)
        if key is None:
            raise Refused("no such key")
        return key

    def subject(self, patient: bytes) -> bytes:
        """The patient's pseudonym in acts."""
        return hmac.digest(self.locator, label("subject") + patient, "sha256")[:16]
