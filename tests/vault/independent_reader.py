# SPDX-License-Identifier: GPL-3.0-or-later
"""A second reader of the vault, written from docs/vault-format.md and importing nothing of clinicam.

It shares no code with the program: its own MessagePack, its own HPKE key schedule, its own parsing. If it can open what
the program wrote, the document says enough. It checks what it needs to trust what it returns, and asserts the rest.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def label(name: str) -> bytes:
    return b"clinicam/1 " + name.encode() + b"\x00"


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


# --- HKDF-SHA512 and HPKE (RFC 5869, RFC 9180, KEM 0x647a), spelled out ---------------------------------------------


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


# --- MessagePack, the part the schemas use ---------------------------------------------------------------------------


def unpack(data: bytes) -> Any:
    value, end = _value(data, 0)
    assert end == len(data), "bytes after the value"
    return value


def _value(data: bytes, at: int) -> tuple[Any, int]:
    head = data[at]
    at += 1
    if head < 0x80:
        return head, at
    if head < 0x90:
        return _map(data, at, head & 15)
    if head < 0xA0:
        return _array(data, at, head & 15)
    if head < 0xC0:
        return data[at : at + (head & 31)].decode(), at + (head & 31)
    if head in {0xC0, 0xC2, 0xC3}:
        return {0xC0: None, 0xC2: False, 0xC3: True}[head], at
    sizes = {
        0xC4: 1, 0xC5: 2, 0xC6: 4, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
        0xD9: 1, 0xDA: 2, 0xDB: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4,
    }  # fmt: skip
    if head >= 0xE0:
        return head - 256, at
    number = int.from_bytes(data[at : at + sizes[head]], "big", signed=0xD0 <= head <= 0xD3)
    at += sizes[head]
    if head >= 0xDE:
        return _map(data, at, number)
    if head >= 0xDC:
        return _array(data, at, number)
    if head >= 0xD9:
        return data[at : at + number].decode(), at + number
    if head >= 0xCC:
        return number, at
    return data[at : at + number], at + number


def _array(data: bytes, at: int, count: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, at = _value(data, at)
        items.append(item)
    return items, at


def _map(data: bytes, at: int, count: int) -> tuple[dict[str, Any], int]:
    items: dict[str, Any] = {}
    for _ in range(count):
        name, at = _value(data, at)
        assert isinstance(name, str), "a name that is not text"
        assert name not in items, "a name twice"
        items[name], at = _value(data, at)
    return items, at


# --- slot --------------------------------------------------------------------------------------------------------------


@dataclass
class Secret:
    user: bytes
    pair: Pair
    sign_seed: bytes
    anchor: bytes


def open_slot(data: bytes, *, password: str | None = None, kit: bytes = b"", device_key: bytes = bytes(32)) -> Secret:
    assert len(data) == 212
    assert data[:8] == b"CCSLOT\x00\x01"
    assert data[42:44] == b"\0\0"
    header, nonce, sealed = data[:88], data[88:100], data[100:]
    kind, flags, m, t, p = data[40], data[41], *struct.unpack(">III", data[44:56])
    if kind == 1:
        assert password is not None
        text = unicodedata.normalize("NFC", password).encode()
        ikm = Argon2id(salt=data[56:88], length=32, iterations=t, lanes=p, memory_cost=m).derive(text)
    else:
        assert kind == 2
        assert flags == m == t == p == 0
        ikm = kit
    key = hkdf(ikm, device_key if flags else bytes(32), label("slot") + header)
    secret = AESGCM(key).decrypt(nonce, sealed, header)
    return Secret(data[24:40], Pair(secret[:32]), secret[32:64], secret[64:96])


# --- keyring -----------------------------------------------------------------------------------------------------------


@dataclass
class Keyring:
    vault: bytes
    training: bool
    generation: int
    audit_public: bytes
    users: dict[bytes, tuple[int, bytes]]
    writers: dict[bytes, bytes]
    final: dict[bytes, tuple[int, bytes]]
    sealed: dict[bytes, bytes] = field(repr=False)

    def seed(self, secret: Secret) -> bytes:
        info = label("epoch") + self.vault + struct.pack(">Q", self.generation) + secret.user
        return secret.pair.open(info, self.sealed[secret.user])


def _verify(public: bytes, signature: bytes, message: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def read_keyring(data: bytes, anchor: bytes) -> Keyring:
    assert data[:8] == b"CCKEYS\x00\x01"
    vault, flags, generation = data[8:24], *struct.unpack(">HQ", data[24:34])
    audit_public = data[66:1282]
    (roster_len,) = struct.unpack(">I", data[1282:1286])
    roster, at = data[1286 : 1286 + roster_len], 1286 + roster_len
    users: dict[bytes, tuple[int, bytes]] = {}
    writers: dict[bytes, bytes] = {}
    final: dict[bytes, tuple[int, bytes]] = {}
    for i in range(0, roster_len, 4 + 1354):
        assert roster[i : i + 4] == struct.pack(">I", 1354)
        entry = roster[i + 4 : i + 4 + 1354]
        op, subject, role, ed, author = entry[8], entry[9:25], entry[25], entry[1242:1274], entry[1274:1290]
        if i == 0:
            assert op == 1
            assert role == 4
            assert author == subject
            assert ed == anchor
            key = anchor
        else:
            assert users[author][0] == 4
            key = users[author][1]
        _verify(key, entry[1290:], label("roster") + vault + entry[:1290])
        if op == 1:
            users[subject] = (role, ed)
        elif op == 2:
            del users[subject]
        elif op == 3:
            writers[subject] = ed
        else:
            assert op == 4
            final[subject] = (struct.unpack(">Q", entry[26:34])[0], entry[34:66])
    (n,) = struct.unpack(">H", data[at : at + 2])
    at += 2
    sealed = {data[i : i + 16]: data[i + 16 : i + 1184] for i in range(at, at + n * 1184, 1184)}
    at += n * 1184
    signer, signature = data[at : at + 16], data[at + 16 :]
    assert sealed.keys() == users.keys()
    assert users[signer][0] == 4
    _verify(users[signer][1], signature, label("keyring") + data[: at + 16])
    return Keyring(vault, bool(flags & 1), generation, audit_public, users, writers, final, sealed)


# --- bag ---------------------------------------------------------------------------------------------------------------


def open_bag(data: bytes, keyring: Keyring, epoch: bytes) -> dict[str, Any]:
    assert data[:8] == b"CCBAG\x00\x00\x01"
    assert data[8:24] == keyring.vault
    writer, _volume, generation, _revision = data[24:40], *struct.unpack(">IQQ", data[40:60])
    assert generation == keyring.generation
    assert data[60:76] == sha256(label("epoch id"), epoch)[:16]
    _verify(keyring.writers[writer], data[-64:], label("bag sig") + data[:-64])
    opened: dict[str, Any] = unpack(AESGCM(epoch).decrypt(data[76:88], data[88:-64], label("bag") + data[:76]))
    return opened


# --- rows --------------------------------------------------------------------------------------------------------------


@dataclass
class Keys:
    """Everything a bag holder has."""

    vault: bytes
    locator: bytes
    index: bytes
    audit: bytes
    content: dict[bytes, dict[str, Any]] = field(default_factory=dict)

    def by_ref(self, key_ref: bytes, name: bytes) -> dict[str, Any]:
        pad = hmac.digest(self.locator, label("keyref") + name, "sha256")[:16]
        return self.content[bytes(a ^ b for a, b in zip(key_ref, pad, strict=True))]


@dataclass
class OpenRow:
    writer: bytes
    seq: int
    rid: bytes
    locked: bool
    more: bool
    act: dict[str, Any]
    content: dict[str, Any] | None
    row_hash: bytes


def read_segment(data: bytes, keys: Keys, public: bytes, writer: bytes, prev: bytes | None = None) -> Iterator[OpenRow]:
    assert data[:8] == b"CCROWS\x00\x01"
    at, expected = 8, prev if prev is not None else sha256(label("chain"), keys.vault, writer)
    while at < len(data):
        header = data[at : at + 96]
        version, flags, body_len, named, seq = struct.unpack(">HHI16sQ", header[:32])
        rid, key_ref = header[32:48], header[48:64]
        assert version == 1
        assert named == writer
        assert header[64:96] == expected
        body, signature = data[at + 96 : at + 96 + body_len], data[at + 96 + body_len : at + 160 + body_len]
        expected = sha256(label("row hash"), keys.vault, header, body)
        _verify(public, signature, label("row sig") + expected)
        (act_len,) = struct.unpack(">I", body[:4])
        act, content = body[4 : 4 + act_len], body[8 + act_len :]
        assert struct.unpack(">I", body[4 + act_len : 8 + act_len])[0] == len(content)
        aad = label("act") + keys.vault + header
        if flags & 1:
            plain_act = Pair(hkdf(keys.audit, b"", label("audit hpke"))).open(aad, act)
        else:
            key = hkdf(keys.audit, b"", label("audit key"))
            plain_act = AESGCM(key).decrypt(act[:12], act[12:], aad)
        plain = None
        if content:
            secret = keys.by_ref(key_ref, rid)["secret"]
            plain = AESGCM(secret).decrypt(content[:12], content[12:], label("content") + keys.vault + header)
        yield OpenRow(
            writer, seq, rid, bool(flags & 1), bool(flags & 2), _unpad(plain_act),
            _unpad(plain) if plain is not None else None, expected,
        )  # fmt: skip
        at += 160 + body_len


def _unpad(padded: bytes) -> dict[str, Any]:
    (length,) = struct.unpack(">I", padded[:4])
    assert len(padded) % 256 == 0
    assert len(padded) - 256 < 4 + length <= len(padded)
    assert not any(padded[4 + length :])
    body: dict[str, Any] = unpack(padded[4 : 4 + length])
    return body


# --- object ------------------------------------------------------------------------------------------------------------


def open_object(data: bytes, keys: Keys) -> tuple[dict[str, Any], int, bytes]:
    """Meta, rendition, picture."""
    h = data[:128]
    assert h[:10] == b"CCOBJ\x00\x01\n\x00\x01"
    assert h[12:16] == bytes(4) == h[124:128]
    assert h[16:32] == keys.vault
    key = keys.by_ref(h[48:64], h[32:48])
    object_key = AESGCM(key["secret"]).decrypt(h[64:76], h[76:124], label("object key") + h[:64])
    aad = hashlib.sha512(label("object") + h).digest()
    count = -(-(len(data) - 128) // 262160)
    plain = b"".join(
        AESGCM(object_key).decrypt(
            i.to_bytes(11, "big") + bytes([i == count - 1]), data[128 + i * 262160 : 128 + (i + 1) * 262160], aad
        )
        for i in range(count)
    )
    meta_len, image_len = struct.unpack(">IQ", plain[:12])
    used = 12 + meta_len + image_len
    step = 4096 if used <= 262144 else 65536
    assert len(plain) == -(-used // step) * step
    assert not any(plain[used:])
    meta, image = unpack(plain[12 : 12 + meta_len]), plain[12 + meta_len : used]
    assert meta["patient"] == key["patient"]
    assert meta["session"] == key["session"]
    assert meta["sha256"] == sha256(image)
    return meta, struct.unpack(">H", h[10:12])[0], image


# --- snapshot, marks, checkpoint -----------------------------------------------------------------------------------------


def open_snapshot(data: bytes, keys: Keys) -> tuple[int, dict[bytes, tuple[int, bytes]], bytes]:
    """Schema, heads, index."""
    assert data[:24] == b"CCSNAP\x00\x01" + keys.vault
    _generation, schema, n = struct.unpack(">QIH", data[24:38])
    end = 38 + 56 * n
    heads = {
        data[i : i + 16]: (int.from_bytes(data[i + 16 : i + 24], "big"), data[i + 24 : i + 56])
        for i in range(38, end, 56)
    }
    return (
        schema,
        heads,
        AESGCM(keys.index).decrypt(data[end : end + 12], data[end + 12 :], label("index") + data[8:end]),
    )


def read_marks(data: bytes, public: bytes) -> dict[str, Any]:
    assert data[:8] == b"CCMARK\x00\x01"
    _verify(public, data[-64:], label("marks") + data[:-64])
    (bags,) = struct.unpack(">I", data[116:120])
    at = 120
    volumes = {}
    for _ in range(bags):
        volume, revision = struct.unpack(">IQ", data[at + 16 : at + 28])
        volumes[data[at : at + 16], volume] = (revision, data[at + 28 : at + 60])
        at += 60
    (n,) = struct.unpack(">H", data[at : at + 2])
    heads = {
        data[i : i + 16]: (struct.unpack(">Q", data[i + 16 : i + 24])[0], data[i + 24 : i + 56])
        for i in range(at + 2, at + 2 + 56 * n, 56)
    }
    assert at + 2 + 56 * n == len(data) - 64
    return {"generation": struct.unpack(">Q", data[40:48])[0], "bags": volumes, "heads": heads}


# --- a whole folder ------------------------------------------------------------------------------------------------------


def read_vault(
    folder: Path, user: bytes, password: str
) -> tuple[list[OpenRow], dict[bytes, tuple[dict[str, Any], int, bytes]]]:
    """All rows in ledger order of each writer and all objects by id, of a vault without a device key."""
    secret = open_slot((folder / "slots" / user.hex()).read_bytes(), password=password)
    keyring = read_keyring((folder / "keyring").read_bytes(), secret.anchor)
    epoch = keyring.seed(secret)
    bags = [
        open_bag(path.read_bytes(), keyring, epoch)
        for path in sorted((folder / "bags").glob(f"*.{keyring.generation:06d}"))
    ]
    (shared,) = (bag["shared"] for bag in bags if bag["shared"] is not None)
    keys = Keys(keyring.vault, shared["locator"], shared["index"], shared["audit"])
    assert Pair(hkdf(keys.audit, b"", label("audit hpke"))).public == keyring.audit_public
    keys.content = {key["key_id"]: key for bag in bags for key in bag["keys"]}
    rows: list[OpenRow] = []
    for chain in sorted((folder / "ledger").iterdir()):
        writer, prev = bytes.fromhex(chain.name), None
        for segment in sorted(chain.glob("*.rows")):
            rows += read_segment(segment.read_bytes(), keys, keyring.writers[writer], writer, prev)
            prev = rows[-1].row_hash
    objects = {
        bytes.fromhex(path.name): open_object(path.read_bytes(), keys)
        for path in sorted((folder / "objects").glob("??/*"))
    }
    return rows, objects
