# SPDX-License-Identifier: GPL-3.0-or-later
"""`slots/<user>`: one user's secret behind a password or a recovery kit. 212 bytes (vault.md 2.3). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from clinicam.errors import Corrupt, WrongPassword
from clinicam.vault.aead import (
    KEY,
    NONCE,
    TAG,
    HpkeKeyPair,
    KdfParameters,
    Randomness,
    argon2id,
    hkdf_sha512,
    open_sealed,
    seal,
    system_randomness,
)
from clinicam.vault.labels import ID, Cursor, L
from clinicam.vault.sign import SigningKey

MAGIC = b"CCSLOT\0\1"
HEADER = 88
SIZE = 212
_SECRET = 96
_DEVICE_KEY = 1
_NO_DEVICE_KEY = b"\0" * KEY


class SlotKind(IntEnum):
    """What opens a slot."""

    PASSWORD = 1
    """a password through Argon2id, with the practice's device key where there is one"""
    KIT = 2
    """the 32 bytes of a recovery kit, which need no stretching"""


@dataclass(frozen=True, slots=True)
class UserSecret:
    """What a slot keeps: two 32-byte seeds and the anchor, the founder's Ed25519 public key."""

    hpke_seed: bytes = field(repr=False)
    sign_seed: bytes = field(repr=False)
    anchor: bytes

    @staticmethod
    def make(anchor: bytes | None = None, random: Randomness = system_randomness) -> UserSecret:
        """A new user's secret; without `anchor` the founder's own, whose signing key is the anchor."""
        hpke_seed, sign_seed = random(KEY), random(KEY)
        return UserSecret(hpke_seed, sign_seed, anchor or SigningKey.from_seed(sign_seed).public)

    def hpke_pair(self) -> HpkeKeyPair:
        """The pair that keyring messages are sealed to."""
        return HpkeKeyPair.from_seed(self.hpke_seed)

    def signing_key(self) -> SigningKey:
        """The key that signs rosters, keyrings and intents."""
        return SigningKey.from_seed(self.sign_seed)


@dataclass(frozen=True, slots=True)
class Slot:
    """The fields of a slot file. `cost` is None for a kit."""

    vault: bytes
    user: bytes
    kind: SlotKind
    uses_device_key: bool
    cost: KdfParameters | None
    salt: bytes
    nonce: bytes
    sealed: bytes

    def header(self) -> bytes:
        """The 88 bytes before the nonce: key derivation info and associated data."""
        cost = (self.cost.m_kib, self.cost.t, self.cost.p) if self.cost is not None else (0, 0, 0)
        start = MAGIC + self.vault + self.user + bytes((self.kind, int(self.uses_device_key), 0, 0))
        return start + b"".join(n.to_bytes(4, "big") for n in cost) + self.salt

    def encode(self) -> bytes:
        """The 212 bytes of the file."""
        return self.header() + self.nonce + self.sealed

    @staticmethod
    def decode(data: bytes) -> Slot:
        """The fields, checked as far as they can be without the password.

        Raises:
            Corrupt: wrong size, unknown kind or flag, or a password cost outside the permitted range.
            UnsupportedFormat: a later version.
        """
        cursor = Cursor(data, "slot")
        cursor.magic(MAGIC)
        vault, user, kind, flags = cursor.id(), cursor.id(), cursor.u8(), cursor.u8()
        cursor.zeros(2)
        m_kib, t, p = cursor.u32(), cursor.u32(), cursor.u32()
        salt, nonce, sealed = cursor.take(KEY), cursor.take(NONCE), cursor.take(_SECRET + TAG)
        cursor.end()
        if kind == SlotKind.PASSWORD and flags in {0, _DEVICE_KEY}:
            return Slot(vault, user, SlotKind.PASSWORD, bool(flags), KdfParameters(m_kib, t, p), salt, nonce, sealed)
        if kind == SlotKind.KIT and flags == m_kib == t == p == 0:
            return Slot(vault, user, SlotKind.KIT, False, None, salt, nonce, sealed)
        raise cursor.damaged("unknown kind or flag")


def seal_password_slot(
    secret: UserSecret,
    *,
    vault: bytes,
    user: bytes,
    password: str,
    cost: KdfParameters,
    device_key: bytes | None = None,
    random: Randomness = system_randomness,
) -> bytes:
    """The slot of `user` behind `password` (and the device key, if given). Slow: Argon2id."""
    salt, nonce = random(KEY), random(NONCE)
    blank = Slot(vault, user, SlotKind.PASSWORD, device_key is not None, cost, salt, nonce, b"")
    return _seal(blank, secret, argon2id(password, salt, cost), device_key)


def seal_kit_slot(
    secret: UserSecret, *, vault: bytes, user: bytes, kit: bytes, random: Randomness = system_randomness
) -> bytes:
    """The slot of a kit's identity behind the kit's 32 bytes."""
    salt, nonce = random(KEY), random(NONCE)
    return _seal(Slot(vault, user, SlotKind.KIT, False, None, salt, nonce, b""), secret, kit, None)


def open_password_slot(slot: Slot, password: str, device_key: bytes | None = None) -> UserSecret:
    """The secret behind a password. Slow: Argon2id.

    Raises:
        WrongPassword: the password, or the device key the slot was made with, is another; damage looks the same.
        Corrupt: a kit's slot.
    """
    if slot.cost is None:
        raise Corrupt("slot: not behind a password")
    if slot.uses_device_key and device_key is None:
        raise WrongPassword("this slot needs the practice's device key")
    return _open(slot, argon2id(password, slot.salt, slot.cost), device_key if slot.uses_device_key else None)


def open_kit_slot(slot: Slot, kit: bytes) -> UserSecret:
    """The secret behind a recovery kit's 32 bytes; try it on every slot of kind KIT.

    Raises:
        WrongPassword: another kit; damage looks the same.
        Corrupt: a password's slot.
    """
    if slot.kind is not SlotKind.KIT:
        raise Corrupt("slot: not behind a kit")
    return _open(slot, kit, None)


def _kek(slot: Slot, ikm: bytes, device_key: bytes | None) -> bytes:
    return hkdf_sha512(ikm, device_key or _NO_DEVICE_KEY, L("slot") + slot.header(), KEY)


def _seal(slot: Slot, secret: UserSecret, ikm: bytes, device_key: bytes | None) -> bytes:
    body = secret.hpke_seed + secret.sign_seed + secret.anchor
    header = slot.header()
    return header + slot.nonce + seal(_kek(slot, ikm, device_key), slot.nonce, body, header)


def _open(slot: Slot, ikm: bytes, device_key: bytes | None) -> UserSecret:
    try:
        body = open_sealed(_kek(slot, ikm, device_key), slot.nonce, slot.sealed, slot.header())
    except Corrupt as error:
        raise WrongPassword("slot does not open") from error
    return UserSecret(body[:KEY], body[KEY : 2 * KEY], body[2 * KEY :])


def check_place(slot: Slot, *, vault: bytes, user: bytes) -> None:
    """Return if the slot belongs where it was found.

    Raises:
        Corrupt: it was made for another vault or user.
    """
    if slot.vault != vault or slot.user != user or len(user) != ID:
        raise Corrupt("slot: of another vault or user")
