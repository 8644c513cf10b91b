# SPDX-License-Identifier: GPL-3.0-or-later
"""Every symmetric, password and hybrid primitive of the vault. With `vault.sign` the only place that names `cryptography`.

All functions are pure and thread-safe. A failed authentication is `Corrupt`; what was sealed never appears in an error.
Sources: vault.md 2.2 and 2.3; RFC 5116, 5869, 9106, 9180; FIPS 203.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError

Buffer = bytes | bytearray | memoryview
Randomness = Callable[[int], bytes]
"""Gives n unpredictable bytes. Every function that draws takes one, `os.urandom` unless a frozen vector is being made."""

KEY = 32
NONCE = 12
TAG = 16
HPKE_SEED = 32
HPKE_PUBLIC = 1216
HPKE_ENC = 1120
HPKE_OVERHEAD = HPKE_ENC + TAG
"""A sealed message is this much longer than its plaintext."""
_MLKEM_PUBLIC = 1184
_MLKEM_SEED = 64

system_randomness: Randomness = os.urandom


def seal(key: Buffer, nonce: bytes, plaintext: Buffer, aad: bytes) -> bytes:
    """AES-256-GCM: ciphertext followed by the 16-byte tag."""
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def open_sealed(key: Buffer, nonce: bytes, ciphertext: Buffer, aad: bytes) -> bytes:
    """The plaintext of `seal`.

    Raises:
        Corrupt: key, nonce, ciphertext and associated data do not belong together.
    """
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag as error:
        raise Corrupt("sealed bytes do not authenticate") from error


class ChunkCipher:
    """AES-256-GCM under one key into buffers the caller owns, for objects of many chunks."""

    def __init__(self, key: Buffer) -> None:
        self._cipher = AESGCM(key)

    def seal_into(self, nonce: bytes, plaintext: Buffer, aad: bytes, out: Buffer) -> None:
        """Write ciphertext and tag to `out`, which is exactly 16 bytes longer than `plaintext`."""
        self._cipher.encrypt_into(nonce, plaintext, aad, out)

    def open_into(self, nonce: bytes, ciphertext: Buffer, aad: bytes, out: Buffer) -> None:
        """Write the plaintext to `out`, which is exactly 16 bytes shorter than `ciphertext`.

        Raises:
            Corrupt: the chunk does not authenticate; `out` must not be used.
        """
        try:
            self._cipher.decrypt_into(nonce, ciphertext, aad, out)
        except InvalidTag as error:
            raise Corrupt("chunk does not authenticate") from error


def hkdf_sha512(ikm: Buffer, salt: bytes | None, info: bytes, length: int) -> bytes:
    """RFC 5869 over SHA-512. `salt` None means none."""
    return HKDF(hashes.SHA512(), length, salt, info).derive(ikm)


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 over SHA-256: 32 bytes."""
    return hmac.digest(key, message, "sha256")


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Argon2id cost: memory in KiB, passes, lanes. Floors and ceilings hold for what we make and for what we read.

    Raises:
        Corrupt: below the floor (weak) or above the ceiling (a trap that would hang or exhaust the machine).
    """

    m_kib: int
    t: int
    p: int

    def __post_init__(self) -> None:
        inside = (
            KDF_FLOOR_M <= self.m_kib <= KDF_CEILING_M
            and KDF_FLOOR_T <= self.t <= KDF_CEILING_T
            and KDF_FLOOR_P <= self.p <= KDF_CEILING_P
        )
        if not inside:
            raise Corrupt("password cost outside the permitted range")


KDF_FLOOR_M, KDF_CEILING_M = 64 * 1024, 1024 * 1024
KDF_FLOOR_T, KDF_CEILING_T = 3, 10
KDF_FLOOR_P, KDF_CEILING_P = 4, 16
KDF_START = KdfParameters(256 * 1024, 3, 4)


def argon2id(password: str, salt: bytes, cost: KdfParameters) -> bytes:
    """32 bytes from a password, NFC-normalised UTF-8. Slow by design (0.3 to 4 s): never on the UI thread.

    Raises:
        VaultError: the machine cannot give the memory this costs.
    """
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    kdf = Argon2id(salt=salt, length=KEY, iterations=cost.t, lanes=cost.p, memory_cost=cost.m_kib)
    try:
        return kdf.derive(text)
    except MemoryError as error:
        raise VaultError("not enough memory to derive a key from the password") from error


def calibrate(
    measure: Callable[[KdfParameters], float] | None = None,
    *,
    fastest: float = 0.5,
    slowest: float = 1.0,
) -> KdfParameters:
    """The cost that takes between `fastest` and `slowest` seconds here, never below the floor. Takes seconds itself.

    Memory is moved first, since memory is what makes guessing dear; passes only once memory is at its ceiling.
    """
    timed = measure if measure is not None else _seconds_for
    cost = KDF_START
    seconds = timed(cost)
    while seconds > slowest and cost.m_kib > KDF_FLOOR_M:
        cost = KdfParameters(max(cost.m_kib // 2, KDF_FLOOR_M), cost.t, cost.p)
        seconds = timed(cost)
    while seconds < fastest and (cost.m_kib < KDF_CEILING_M or cost.t < KDF_CEILING_T):
        if cost.m_kib < KDF_CEILING_M:
            dearer = KdfParameters(min(cost.m_kib * 2, KDF_CEILING_M), cost.t, cost.p)
        else:
            dearer = KdfParameters(cost.m_kib, cost.t + 1, cost.p)
        seconds = timed(dearer)
        if seconds > slowest:
            break
        cost = dearer
    return cost


def _seconds_for(cost: KdfParameters) -> float:
    """How long one derivation takes; for ever if the machine has not the memory."""
    start = time.perf_counter()
    try:
        argon2id("calibration", b"\0" * KEY, cost)
    except VaultError:
        return float("inf")
    return time.perf_counter() - start


def _suite() -> hpke.Suite:
    """The one HPKE suite of format 1. A build without it is refused; there is no second choice."""
    try:
        return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA512, hpke.AEAD.AES_256_GCM)
    except (AttributeError, UnsupportedAlgorithm) as error:
        raise UnsupportedFormat("this build of cryptography has no ML-KEM-768 with X25519") from error


class HpkeKeyPair:
    """An ML-KEM-768 and X25519 key pair grown from one 32-byte seed. `public` is 1216 bytes."""

    def __init__(self, private: hpke.MLKEM768X25519PrivateKey, public: bytes) -> None:
        self._private = private
        self.public = public

    @staticmethod
    def from_seed(seed: bytes) -> HpkeKeyPair:
        """SHAKE-256 stretches the seed to 96 bytes: ML-KEM d and z (64), then the X25519 scalar (32).

        Raises:
            UnsupportedFormat: this build of `cryptography` lacks the key encapsulation.
        """
        _suite()
        if len(seed) != HPKE_SEED:
            raise Corrupt("key seed has the wrong length")
        stretched = hashlib.shake_256(seed).digest(_MLKEM_SEED + KEY)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(stretched[:_MLKEM_SEED])
        curve = x25519.X25519PrivateKey.from_private_bytes(stretched[_MLKEM_SEED:])
        public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        return HpkeKeyPair(hpke.MLKEM768X25519PrivateKey(lattice, curve), public)

    def open(self, info: bytes, sealed: Buffer) -> bytes:
        """See `hpke_open`."""
        try:
            return _suite().decrypt(sealed, self._private, info=info)
        except (InvalidTag, ValueError) as error:
            raise Corrupt("message for this key does not authenticate") from error


def hpke_seal(public: bytes, info: bytes, plaintext: Buffer) -> bytes:
    """Base mode, one shot, no associated data: enc 1120 | ciphertext and tag. Not reproducible: it draws its own key.

    Raises:
        Corrupt: `public` is not a key.
        UnsupportedFormat: this build lacks the suite.
    """
    suite = _suite()
    try:
        key = hpke.MLKEM768X25519PublicKey(
            mlkem.MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            x25519.X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
        return suite.encrypt(plaintext, key, info=info)
    except ValueError as error:
        raise Corrupt("not a public key") from error


def hpke_open(pair: HpkeKeyPair, info: bytes, sealed: Buffer) -> bytes:
    """The plaintext of `hpke_seal`.

    Raises:
        Corrupt: not sealed for this pair and `info`, or damaged.
    """
    return pair.open(info, sealed)
