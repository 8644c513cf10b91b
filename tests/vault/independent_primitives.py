# SPDX-License-Identifier: GPL-3.0-or-later
"""What the second reader stands on, written from docs/vault-format.md and importing nothing of clinicam.

Key derivation, HPKE and MessagePack are spelled out here a second time; AES-GCM, Argon2id, ML-KEM, X25519 and Ed25519
are taken from the library.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import struct
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

P = ParamSpec("P")
T = TypeVar("T")


class Refused(Exception):
    """Not what the document describes: damage, a forgery, or a rule broken."""


class Later(Refused):
    """Made by a later version."""


def need(holds: bool, why: str) -> None:
    """Raises: Refused, unless it holds."""
    if not holds:
        raise Refused(why)


def refusing(reader: Callable[P, T]) -> Callable[P, T]:
    """Whatever goes wrong in `reader` on untrusted bytes is a refusal."""

    @functools.wraps(reader)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return reader(*args, **kwargs)
        except (
            InvalidTag,
            InvalidSignature,
            ValueError,
            LookupError,
            struct.error,
            TypeError,
            RecursionError,
        ) as error:
            raise Refused(f"{reader.__name__}: {type(error).__name__}") from error

    return guarded


def label(name: str) -> bytes:
    return b"clinicam/1 " + name.encode() + b"\x00"


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    need(len(signature) == 64, "a signature of another length")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Refused("a signature that does not verify") from error


class Bytes:
    """Takes fields off untrusted bytes."""

    def __init__(self, data: bytes, magic: bytes = b"", version_at: int = 7) -> None:
        self.data, self.at = data, 0
        if magic:
            found = self.take(len(magic))
            same = found[:version_at] + found[version_at + 1 :] == magic[:version_at] + magic[version_at + 1 :]
            if same and found[version_at] > magic[version_at]:
                raise Later("a later version")
            need(found == magic, "not this kind of file")

    def take(self, length: int) -> bytes:
        need(self.at + length <= len(self.data), "too short")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    def zeros(self, length: int) -> None:
        need(not any(self.take(length)), "reserved bytes that are not zero")

    def end(self) -> None:
        need(self.at == len(self.data), "bytes after the end")

    def taken(self) -> bytes:
        return self.data[: self.at]


# --- HKDF-SHA512 and HPKE (RFC 5869, RFC 9180, KEM 0x647a) -----------------------------------------------------------


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(64), ikm, "sha512")


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([i]), "sha512")
        out, i = out + block, i + 1
    return out[:length]


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return expand(extract(salt, ikm), info, 32)


class Pair:
    """An HPKE key pair from its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        wide = hashlib.shake_256(seed).digest(96)
        self.lattice = MLKEM768PrivateKey.from_seed_bytes(wide[:64])
        self.curve = X25519PrivateKey.from_private_bytes(wide[64:])
        self.curve_public = self.curve.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public = self.lattice.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) + self.curve_public

    @refusing
    def open(self, info: bytes, sealed: bytes) -> bytes:
        enc, body = sealed[:1120], sealed[1120:]
        lattice_secret = self.lattice.decapsulate(enc[:1088])
        curve_secret = self.curve.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
        secret = hashlib.sha3_256(lattice_secret + curve_secret + enc[1088:] + self.curve_public + b"\\.//^\\").digest()
        suite = b"HPKE" + struct.pack(">HHH", 0x647A, 3, 2)

        def labeled_extract(salt: bytes, name: bytes, ikm: bytes) -> bytes:
            return extract(salt, b"HPKE-v1" + suite + name + ikm)

        def labeled_expand(prk: bytes, name: bytes, context: bytes, length: int) -> bytes:
            return expand(prk, struct.pack(">H", length) + b"HPKE-v1" + suite + name + context, length)

        context = b"\x00" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
        prk = labeled_extract(secret, b"secret", b"")
        key, nonce = labeled_expand(prk, b"key", context, 32), labeled_expand(prk, b"base_nonce", context, 12)
        return AESGCM(key).decrypt(nonce, body, b"")


@refusing
def unseal(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    """AES-256-GCM."""
    return AESGCM(key).decrypt(nonce, sealed, aad)


# --- MessagePack, the part the schemas use, one spelling for each value ----------------------------------------------

_LEAST = {0xC4: 0, 0xC5: 1 << 8, 0xC6: 1 << 16, 0xD9: 32, 0xDA: 1 << 8, 0xDB: 1 << 16, 0xDC: 16, 0xDD: 1 << 16, 0xDE: 16,
          0xDF: 1 << 16, 0xCC: 1 << 7, 0xCD: 1 << 8, 0xCE: 1 << 16, 0xCF: 1 << 32}  # fmt: skip
_WIDTH = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8, 0xD9: 1,
          0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}  # fmt: skip
_MOST_NEGATIVE = {0xD0: -33, 0xD1: -129, 0xD2: -32769, 0xD3: -2147483649}
DEEPEST = 32


@refusing
def unpack(data: bytes) -> Any:
    """The one value that `data` spells."""
    source = Bytes(data)
    value = _value(source, DEEPEST)
    source.end()
    return value


def _value(source: Bytes, depth: int) -> Any:
    need(depth > 0, "nested too deeply")
    head = source.number(1)
    if head < 0x80:
        return head
    if head < 0x90:
        return _map(source, head & 15, depth)
    if head < 0xA0:
        return [_value(source, depth - 1) for _ in range(head & 15)]
    if head < 0xC0:
        return source.take(head & 31).decode()
    if head in {0xC0, 0xC2, 0xC3}:
        return {0xC0: None, 0xC2: False, 0xC3: True}[head]
    if head >= 0xE0:
        return head - 256
    need(head in _WIDTH, "a kind of value that has no place here")
    raw = source.take(_WIDTH[head])
    if head in _MOST_NEGATIVE:
        number = int.from_bytes(raw, "big", signed=True)
        need(number <= _MOST_NEGATIVE[head], "a number in a longer form than need be")
        return number
    number = int.from_bytes(raw, "big")
    need(number >= _LEAST[head], "a number or length in a longer form than need be")
    if head >= 0xDE:
        return _map(source, number, depth)
    if head >= 0xDC:
        return [_value(source, depth - 1) for _ in range(number)]
    if head >= 0xD9:
        return source.take(number).decode()
    return number if head >= 0xCC else source.take(number)


def _map(source: Bytes, count: int, depth: int) -> dict[str, Any]:
    items: dict[str, Any] = {}
    for _ in range(count):
        name = _value(source, depth - 1)
        need(isinstance(name, str) and name not in items, "a name twice, or no name")
        items[name] = _value(source, depth - 1)
    return items


# --- the schemas -------------------------------------------------------------------------------------------------------

Shape = Callable[[Any], bool]


def size(length: int) -> Shape:
    """`bin` of that length."""
    return lambda value: isinstance(value, bytes) and len(value) == length


def nil_or(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_bin(value: Any) -> bool:
    return isinstance(value, bytes)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63


ID, HASH = size(16), size(32)


def check(value: Any, schema: dict[str, Shape]) -> dict[str, Any]:
    """`value` as a record of `schema`: every name there, none besides, each of its kind."""
    if not isinstance(value, dict) or value.keys() != schema.keys():
        raise Refused("another set of names")
    for name, shape in schema.items():
        need(shape(value[name]), f"{name} is of another kind")
    return value
