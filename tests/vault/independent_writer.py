# SPDX-License-Identifier: GPL-3.0-or-later
"""The writer to the second reader: seals and signs whatever it is told, right or wrong. Imports nothing of clinicam.

It knows the secrets of the small practice in tests/vault/world.py by the names they grow from, and takes what HPKE
sealed there from the frozen vectors, since that cannot be made twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.vault.independent_primitives import Pair, hkdf, label, sha256

VECTORS = Path(__file__).parent / "vectors"


def named(name: str, length: int = 16) -> bytes:
    return hashlib.shake_256(f"clinicam vector name {name}".encode()).digest(length)


def drawn(seed: str, number: int, length: int = 32) -> bytes:
    """The `number`-th draw, from 1, of the world's fixed randomness."""
    return hashlib.shake_256(f"clinicam vector {seed} {number}".encode()).digest(length)


def frozen(name: str) -> bytes:
    return bytes.fromhex((VECTORS / f"{name}.hex").read_text())


class Signer:
    """Ed25519 from its seed."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


VAULT, WRITER, OLD_WRITER = named("vault"), named("writer"), named("old writer")
FOUNDER, KIT_USER, NURSE, AUDITOR = (named(one) for one in ("founder", "kit user", "nurse", "auditor"))
PATIENT, OTHER, SESSION, FRAME = (named(one) for one in ("patient", "other patient", "session", "frame"))
OBJECT = named("object")
KIT = named("kit", 32)
EPOCH = named("epoch 1", 32)
LOCATOR, INDEX, AUDIT = (drawn("shared", number) for number in (1, 2, 3))
SIGNER, OLD_SIGNER = Signer(named("writer seed", 32)), Signer(named("old writer seed", 32))
PEOPLE = {FOUNDER: Signer(drawn("founder", 2))} | {
    user: Signer(drawn(user.hex(), 2)) for user in (KIT_USER, NURSE, AUDITOR)
}
PAIRS = {FOUNDER: Pair(drawn("founder", 1))} | {user: Pair(drawn(user.hex(), 1)) for user in (KIT_USER, NURSE, AUDITOR)}
ANCHOR = PEOPLE[FOUNDER].public
SECRETS = {"k1": named("s1", 32), "k2": named("s2", 32), "k3": named("s3", 32), "k4": named("s4", 32)}


def lp(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big") + field


# --- MessagePack ---------------------------------------------------------------------------------------------------------


class Raw(bytes):
    """Bytes to stand in a record as they are."""


def pack(value: Any) -> bytes:
    """The shortest spelling. Maps may be given as lists of pairs, so that a name can stand twice."""
    if isinstance(value, Raw):
        return bytes(value)
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return _number(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _length(len(value), 0, 0, (0xC4, 0xC5, 0xC6)) + value
    if isinstance(value, str):
        raw = value.encode()
        return _length(len(raw), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + raw
    if isinstance(value, Pairs):
        items = list(value)
        return _length(len(items), 0x80, 16, (0, 0xDE, 0xDF)) + b"".join(pack(n) + pack(v) for n, v in items)
    if isinstance(value, dict):
        return pack(Pairs(value.items()))
    return _length(len(value), 0x90, 16, (0, 0xDC, 0xDD)) + b"".join(pack(one) for one in value)


class Pairs(list[tuple[Any, Any]]):
    """A map in which a name may stand twice."""


def _number(value: int) -> bytes:
    if -32 <= value < 128:
        return (value & 0xFF).to_bytes(1, "big")
    if value < 0:
        for head, width in ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8)):
            if value >= -(1 << (8 * width - 1)):
                return bytes([head]) + value.to_bytes(width, "big", signed=True)
    for head, width in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        if value < 1 << (8 * width):
            return bytes([head]) + value.to_bytes(width, "big")
    raise ValueError("too large a number")


def _length(length: int, short: int, below: int, heads: tuple[int, int, int]) -> bytes:
    if length < below:
        return bytes([short | length])
    for head, width in zip(heads, (1, 2, 4), strict=True):
        if head and length < 1 << (8 * width):
            return bytes([head]) + length.to_bytes(width, "big")
    raise ValueError("too long")


# --- the structures ------------------------------------------------------------------------------------------------------


def seal(key: bytes, nonce: bytes, plain: bytes, aad: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, plain, aad)


def kit_slot(header: bytes, secret: bytes | None = None) -> bytes:
    """A kit's slot around a header of 88 bytes."""
    secret = secret if secret is not None else drawn(KIT_USER.hex(), 1) + drawn(KIT_USER.hex(), 2) + ANCHOR
    key = hkdf(KIT, bytes(32), label("slot") + header)
    return header + bytes(12) + seal(key, bytes(12), secret, header)


def entry(
    op: int,
    subject: bytes,
    *,
    generation: int = 1,
    role: int = 0,
    hpke: bytes = bytes(1216),
    ed: bytes = bytes(32),
    author: bytes = FOUNDER,
    vault: bytes = VAULT,
    signer: Signer | None = None,
) -> bytes:
    """A roster's entry behind its length, signed by its author."""
    fields = generation.to_bytes(8, "big") + bytes([op]) + subject + bytes([role]) + hpke + ed + author
    key = signer if signer is not None else PEOPLE[FOUNDER]
    return lp(fields + key.sign(label("roster") + vault + fields))


def founding(**changes: Any) -> bytes:
    """The roster's first entry."""
    usual: dict[str, Any] = {"role": 4, "hpke": PAIRS[FOUNDER].public, "ed": ANCHOR}
    return entry(**({"op": 1, "subject": FOUNDER} | usual | changes))


def user(who: bytes, role: int, **changes: Any) -> bytes:
    """An entry that adds a user."""
    return entry(
        **({"op": 1, "subject": who, "role": role, "hpke": PAIRS[who].public, "ed": PEOPLE[who].public} | changes)
    )


def keyring(
    *,
    vault: bytes = VAULT,
    flags: int = 1,
    generation: int = 1,
    prev: bytes = bytes(32),
    roster: bytes | None = None,
    recipients: list[tuple[bytes, bytes]] | None = None,
    count: int | None = None,
    signer: bytes = FOUNDER,
    key: Signer | None = None,
) -> bytes:
    """The frozen keyring of generation 1, changed, and signed again by `signer` (with `key`, if given)."""
    stored = frozen("keyring-1")
    length = int.from_bytes(stored[1282:1286], "big")
    roster = roster if roster is not None else stored[1286 : 1286 + length]
    at = 1286 + length + 2
    recipients = recipients if recipients is not None else sealed_parts(stored, at)
    body = b"CCKEYS\x00\x01" + vault + flags.to_bytes(2, "big") + generation.to_bytes(8, "big") + prev + stored[66:1282]
    body += lp(roster) + (count if count is not None else len(recipients)).to_bytes(2, "big")
    body += b"".join(who + sealed for who, sealed in recipients) + signer
    return body + (key or PEOPLE.get(signer, PEOPLE[FOUNDER])).sign(label("keyring") + body)


def sealed_parts(stored: bytes, at: int) -> list[tuple[bytes, bytes]]:
    """The recipients of a keyring from offset `at`."""
    n = int.from_bytes(stored[at - 2 : at], "big")
    return [(stored[i : i + 16], stored[i + 16 : i + 1184]) for i in range(at, at + 1184 * n, 1184)]


def content_key(number: int, patient: bytes, session: bytes | None, **changes: Any) -> dict[str, Any]:
    """A key as bags hold it."""
    return {
        "key_id": named(f"k{number}"), "patient": patient, "session": session, "version": 1,
        "secret": SECRETS[f"k{number}"], "created": 1,
    } | changes  # fmt: skip


def shared(**changes: Any) -> dict[str, Any]:
    return {"locator": LOCATOR, "index": INDEX, "audit": AUDIT} | changes


def bag(
    body: bytes,
    *,
    vault: bytes = VAULT,
    writer: bytes = WRITER,
    generation: int = 1,
    revision: int = 3,
    epoch: bytes = EPOCH,
    told: bytes | None = None,
    aad_name: str = "bag",
    signer: Signer = SIGNER,
) -> bytes:
    """Volume 1 of that body. `told`: the epoch id it says."""
    numbers = struct.pack(">IQQ", 1, generation, revision)
    header = b"CCBAG\x00\x00\x01" + vault + writer + numbers + (told or sha256(label("epoch id"), epoch)[:16])
    data = header + bytes(12) + seal(epoch, bytes(12), body, label(aad_name) + header)
    return data + signer.sign(label("bag sig") + data)


def pad(body: bytes) -> bytes:
    padded = lp(body)
    return padded + bytes(-len(padded) % 256)


def key_ref(key: str, name: bytes) -> bytes:
    mask = hmac.digest(LOCATOR, label("keyref") + name, "sha256")[:16]
    return bytes(a ^ b for a, b in zip(named(key), mask, strict=True))


def act(**changes: Any) -> dict[str, Any]:
    """The vault was created."""
    return {
        "who": FOUNDER, "what": "vault.created", "wall": 1_795_300_000_000, "lamport": 1, "subject": None,
        "batch": [named("batch 0"), 1, 1], "intent": None, "signatures": None, "done": None,
    } | changes  # fmt: skip


def note(**changes: Any) -> dict[str, Any]:
    """An entry about the patient."""
    return {
        "kind": "entry", "patient": PATIENT, "session": None, "topic": "note", "subject": PATIENT, "body": b"\xa3Ann",
    } | changes  # fmt: skip


def picture(**changes: Any) -> dict[str, Any]:
    """The row of an image of the patient's session."""
    return {
        "kind": "image", "patient": PATIENT, "session": SESSION, "frame": FRAME, "object_id": OBJECT, "rendition": 4,
        "parent": None, "media_type": "image/jpeg", "view": "EV-01", "sha256": sha256(b"img"),
    } | changes  # fmt: skip


def row(
    act_plain: bytes,
    content_plain: bytes | None = None,
    *,
    key: str = "k1",
    version: int = 1,
    flags: int = 0,
    writer: bytes = WRITER,
    seq: int = 1,
    prev: bytes | None = None,
    vault: bytes = VAULT,
    ref: bytes | None = None,
    body: bytes | None = None,
    length: int | None = None,
    act_name: str = "act",
    content_name: str = "content",
    signer: Signer = SIGNER,
) -> bytes:
    """One row; act and content are given padded."""
    rid = named("a row")
    content_size = 28 + len(content_plain) if content_plain is not None else 0
    size = length if length is not None else 8 + 28 + len(act_plain) + content_size if body is None else len(body)
    if ref is None:
        ref = key_ref(key, rid) if content_plain is not None else bytes(16)
    prev = prev if prev is not None else sha256(label("chain"), VAULT, WRITER)
    header = struct.pack(">HHI16sQ16s16s32s", version, flags, size, writer, seq, rid, ref, prev)
    if body is None:
        sealed = bytes(12) + seal(
            hkdf(AUDIT, b"", label("audit key")), bytes(12), act_plain, label(act_name) + vault + header
        )
        said = b""
        if content_plain is not None:
            said = bytes(12) + seal(SECRETS[key], bytes(12), content_plain, label(content_name) + vault + header)
        body = lp(sealed) + lp(said)
    digest = sha256(label("row hash"), vault, header, body)
    return header + body + signer.sign(label("row sig") + digest)


def meta(image: bytes = b"img", **changes: Any) -> dict[str, Any]:
    """An object's meta."""
    return {
        "patient": PATIENT, "session": SESSION, "frame": FRAME, "consent": None, "permit": None, "captured": 1,
        "camera": "Nikon Z 6", "proof": "ram", "parent": None, "media_type": "image/jpeg", "view": "EV-01",
        "sha256": sha256(image),
    } | changes  # fmt: skip


def plaintext(meta_plain: bytes, image: bytes = b"img", *, meta_len: int | None = None, image_len: int | None = None, fill: bytes = b"\0", size: int = 4096) -> bytes:  # fmt: skip
    lengths = struct.pack(
        ">IQ",
        len(meta_plain) if meta_len is None else meta_len,
        len(image) if image_len is None else image_len,
    )
    return (lengths + meta_plain + image).ljust(size, fill)


def thing(
    plain: bytes,
    *,
    vault: bytes = VAULT,
    name: bytes = OBJECT,
    key: str = "k2",
    version: int = 1,
    rendition: int = 4,
    reserved: bytes = bytes(4),
    tail: bytes = bytes(4),
    last: int = 1,
    wrap_name: str = "object key",
    chunk_name: str = "object",
    chunk: int = 262_144,
) -> bytes:
    """An object of that padded plaintext."""
    start = b"CCOBJ\x00\x01\n" + struct.pack(">HH", version, rendition) + reserved + vault + name + key_ref(key, name)
    object_key = named("an object's key", 32)
    header = start + bytes(12) + seal(SECRETS[key], bytes(12), object_key, label(wrap_name) + start) + tail
    aad = hashlib.sha512(label(chunk_name) + header).digest()
    parts = [plain[at : at + chunk] for at in range(0, len(plain), chunk)]
    return header + b"".join(
        seal(object_key, i.to_bytes(11, "big") + bytes([last if i == len(parts) - 1 else 0]), part, aad)
        for i, part in enumerate(parts)
    )


def heads(*some: tuple[bytes, int, bytes]) -> bytes:
    return len(some).to_bytes(2, "big") + b"".join(w + s.to_bytes(8, "big") + h for w, s, h in some)


def snapshot(
    listed: bytes, *, vault: bytes = VAULT, generation: int = 1, name: str = "index", key: bytes = INDEX
) -> bytes:
    bound = vault + struct.pack(">QI", generation, 1) + listed
    return b"CCSNAP\x00\x01" + bound + bytes(12) + seal(key, bytes(12), b"SQLite", label(name) + bound)


def marks(listed: bytes, bags: list[bytes], *, vault: bytes = VAULT, writer: bytes = WRITER, count: int | None = None, tail: bytes = b"", name: str = "marks", signer: Signer = SIGNER) -> bytes:  # fmt: skip
    body = b"CCMARK\x00\x01" + vault + writer + struct.pack(">Q", 1) + bytes(32) + struct.pack(">I", 0) + bytes(32)
    body += (len(bags) if count is None else count).to_bytes(4, "big") + b"".join(bags) + listed + tail
    return body + signer.sign(label(name) + body)


def logins(
    *names: tuple[bytes, bytes], vault: bytes = VAULT, count: int | None = None, signer: Signer = SIGNER
) -> bytes:
    body = b"CCLOGN\x00\x01" + vault + (len(names) if count is None else count).to_bytes(2, "big")
    body += b"".join(who + lp(name) for who, name in names)
    return body + signer.sign(label("logins") + body)


def checkpoint(
    text: str, *, name: str | None = None, stamp: str = "", writer: bytes = WRITER, signer: Signer = SIGNER
) -> bytes:
    """A note over `text`; `stamp` in place of ours."""
    name = name if name is not None else f"clinicam/{VAULT.hex()}/{writer.hex()}"
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + signer.public).digest()[:4]
    ours = base64.b64encode(key_hash + signer.sign(text.encode())).decode()
    return f"{text}\n\N{EM DASH} {name} {stamp or ours}\n".encode()
