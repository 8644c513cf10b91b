# SPDX-License-Identifier: GPL-3.0-or-later
"""A second reader of the vault, written from docs/vault-format.md and importing nothing of clinicam.

It shares no code with the program: its own MessagePack, its own HPKE key schedule, its own parsing. If it can open what
the program wrote, the document says enough; what it refuses, the document forbids. Nothing but `Refused` and its child
`Later` comes out of it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.vault.independent_keys import AUDITOR, Keyring, Keys, Secret, open_bag, open_slot, read_keyring, read_roster
from tests.vault.independent_papers import open_snapshot, read_checkpoint, read_logins, read_marks, read_writer
from tests.vault.independent_primitives import (
    HASH,
    ID,
    Bytes,
    Later,
    Pair,
    Refused,
    check,
    hkdf,
    is_bin,
    is_count,
    is_text,
    label,
    need,
    nil_or,
    refusing,
    sha256,
    size,
    unpack,
    unseal,
    verify,
)

__all__ = [
    "Keyring", "Keys", "Later", "OpenRow", "Pair", "Refused", "Secret", "hkdf", "label", "open_bag", "open_object",
    "open_slot", "open_snapshot", "read_acts", "read_checkpoint", "read_keyring", "read_logins", "read_marks",
    "read_roster", "read_segment", "read_vault", "read_writer", "sha256", "unpack",
]  # fmt: skip


# --- rows --------------------------------------------------------------------------------------------------------------


@dataclass
class OpenRow:
    """`content` is None where there is none, where it was erased (`erased` is then its key's id), and for auditors."""

    writer: bytes
    seq: int
    rid: bytes
    locked: bool
    more: bool
    act: dict[str, Any]
    content: dict[str, Any] | None
    row_hash: bytes
    erased: bytes | None = None


def _is_batch(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and ID(value[0]) and is_count(value[1]) and is_count(value[2])


def _are_signatures(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, list) and len(one) == 2 and ID(one[0]) and size(64)(one[1]) for one in value
    )


_ACT = {
    "who": nil_or(ID), "what": is_text, "wall": is_count, "lamport": is_count, "subject": nil_or(ID), "batch": _is_batch,
    "intent": nil_or(is_bin), "signatures": nil_or(_are_signatures), "done": nil_or(ID),
}  # fmt: skip
_IMAGE = {
    "kind": is_text, "patient": ID, "session": nil_or(ID), "frame": nil_or(ID), "object_id": ID,
    "rendition": lambda value: is_count(value) and 1 <= value <= 5, "parent": nil_or(ID), "media_type": is_text,
    "view": is_text, "sha256": HASH,
}  # fmt: skip
_ENTRY = {"kind": is_text, "patient": ID, "session": nil_or(ID), "topic": is_text, "subject": ID, "body": is_bin}
_INTENT = {"keys": lambda keys: isinstance(keys, list) and all(ID(key) for key in keys), "reason": is_text}


@refusing
def read_content(plain: bytes, key: dict[str, Any]) -> dict[str, Any]:
    value = unpack(plain)
    need(isinstance(value, dict) and is_text(value.get("kind")), "content without kind")
    if value["kind"] not in {"image", "entry"}:
        raise Later("content of a later kind")
    content = check(value, _IMAGE if value["kind"] == "image" else _ENTRY)
    free = value["kind"] == "entry" and key["session"] is None
    need(content["patient"] == key["patient"], "content of another patient than its key")
    need(free or content["session"] == key["session"], "content of another session than its key")
    return content


@refusing
def read_act(plain: bytes) -> dict[str, Any]:
    return check(unpack(plain), _ACT)


@refusing
def read_intent(act: dict[str, Any], *, vault: bytes, rid: bytes, users: dict[bytes, bytes]) -> dict[str, Any]:
    """The intent of an act, signed by two different people of `users` (id, Ed25519 public key)."""
    need(act["intent"] is not None and act["signatures"] is not None, "no intent")
    need(len(act["signatures"]) == 2 and len({user for user, _ in act["signatures"]}) == 2, "not two people")
    for user, signature in act["signatures"]:
        need(user in users, "signed by nobody we know")
        verify(users[user], signature, label("intent") + vault + rid + act["intent"])
    return check(unpack(act["intent"]), _INTENT)


@refusing
def unpad(padded: bytes) -> bytes:
    (length,) = struct.unpack(">I", padded[:4])
    need(len(padded) % 256 == 0 and len(padded) - 256 < 4 + length <= len(padded), "padding is not the least")
    need(not any(padded[4 + length :]), "padding that is not zero")
    return padded[4 : 4 + length]


@dataclass
class Chain:
    """Where a chain is: what the next row has to follow."""

    seq: int
    prev: bytes
    lamport: int = -1
    batch: tuple[bytes, int, int] | None = None


def start(vault: bytes, writer: bytes) -> Chain:
    return Chain(0, sha256(label("chain"), vault, writer))


def read_segment(
    data: bytes, keys: Keys, public: bytes, writer: bytes, chain: Chain | None = None
) -> Iterator[OpenRow]:
    """The rows of a segment; `chain`, if given, is where the one before it ended, and is moved on."""
    chain = chain if chain is not None else start(keys.vault, writer)
    Bytes(data, b"CCROWS\x00\x01")
    at = 8
    while at < len(data):
        row, at = read_row(data, at, keys, public, writer, chain)
        yield row
    need(chain.batch is None, "the last batch is incomplete")


@refusing
def read_row(data: bytes, at: int, keys: Keys, public: bytes, writer: bytes, chain: Chain) -> tuple[OpenRow, int]:
    source = Bytes(data[at:])
    if source.number(2) != 1:
        raise Later("a row of another version")
    flags, length, named, seq = source.number(2), source.number(4), source.take(16), source.number(8)
    rid, key_ref, prev = source.take(16), source.take(16), source.take(32)
    header, body, signature = source.taken(), source.take(length), source.take(64)
    need(flags in {0, 1, 2, 3} and seq > 0, "unknown flags, or no number")
    need(named == writer and seq == chain.seq + 1 and prev == chain.prev, "does not follow the one before")
    row_hash = sha256(label("row hash"), keys.vault, header, body)
    verify(public, signature, label("row sig") + row_hash)
    parts = Bytes(body)
    act, content = parts.take(parts.number(4)), parts.take(parts.number(4))
    parts.end()
    need(bool(content) == any(key_ref), "key reference and content do not go together")
    aad = label("act") + keys.vault + header
    if flags & 1:
        plain_act = Pair(hkdf(keys.audit, b"", label("audit hpke"))).open(aad, act)
    else:
        plain_act = unseal(hkdf(keys.audit, b"", label("audit key")), act[:12], act[12:], aad)
    opened = read_act(unpad(plain_act))
    key = keys.find(key_ref, rid) if content and keys.locator else None
    said = None
    if key is not None:
        aad = label("content") + keys.vault + header
        said = read_content(unpad(unseal(key["secret"], content[:12], content[12:], aad)), key)
    need(opened["lamport"] > chain.lamport, "Lamport time does not rise")
    name, i, n = opened["batch"]
    expected = (name, 1, n) if chain.batch is None else (chain.batch[0], chain.batch[1] + 1, chain.batch[2])
    need((name, i, n) == expected and bool(flags & 2) == (i < n), "the batch does not add up")
    chain.seq, chain.prev, chain.lamport = seq, row_hash, opened["lamport"]
    chain.batch = (name, i, n) if flags & 2 else None
    erased = keys.key_id(key_ref, rid) if content and keys.locator and key is None else None
    row = OpenRow(writer, seq, rid, bool(flags & 1), bool(flags & 2), opened, said, row_hash, erased)
    return row, at + len(source.taken())


# --- object ------------------------------------------------------------------------------------------------------------

_META = {
    "patient": ID, "session": nil_or(ID), "frame": nil_or(ID), "consent": nil_or(ID), "permit": nil_or(ID),
    "captured": is_count, "camera": is_text, "proof": is_text, "parent": nil_or(ID), "media_type": is_text,
    "view": is_text, "sha256": HASH,
}  # fmt: skip


@refusing
def open_object(data: bytes, keys: Keys, name: bytes | None = None) -> tuple[dict[str, Any], int, bytes]:
    """Meta, rendition, picture. `name`: the file's."""
    source = Bytes(data, b"CCOBJ\x00\x01\n", version_at=6)
    if source.number(2) != 1:
        raise Later("an object of another version")
    rendition = source.number(2)
    source.zeros(4)
    vault, object_id, key_ref, nonce, wrapped = (source.take(n) for n in (16, 16, 16, 12, 48))
    source.zeros(4)
    header, body = source.taken(), len(data) - 128
    need(1 <= rendition <= 5, "unknown rendition")
    need(vault == keys.vault and name in {None, object_id}, "of another vault or name")
    count = -(-body // 262160)
    length = body - 16 * count
    step = 4096 if length <= 262144 else 65536
    need(0 < length <= 1 << 30 and length % step == 0 and count == -(-length // 262144), "an impossible size")
    key = keys.by_ref(key_ref, object_id)
    object_key = unseal(key["secret"], nonce, wrapped, label("object key") + header[:64])
    aad = hashlib.sha512(label("object") + header).digest()
    chunks = [data[128 + i * 262160 : 128 + (i + 1) * 262160] for i in range(count)]
    plain = b"".join(
        unseal(object_key, i.to_bytes(11, "big") + bytes([i == count - 1]), chunk, aad)
        for i, chunk in enumerate(chunks)
    )
    meta_len, image_len = struct.unpack(">IQ", plain[:12])
    used = 12 + meta_len + image_len
    step = 4096 if used <= 262144 else 65536
    need(used <= len(plain) == -(-used // step) * step and not any(plain[used:]), "lengths or padding")
    meta, image = check(unpack(plain[12 : 12 + meta_len]), _META), plain[12 + meta_len : used]
    need(meta["patient"] == key["patient"] and meta["session"] == key["session"], "of another patient than its key")
    need(meta["sha256"] == sha256(image), "another picture than its meta names")
    return meta, rendition, image


# --- a whole folder ------------------------------------------------------------------------------------------------------


def read_vault(
    folder: Path, user: bytes, password: str
) -> tuple[list[OpenRow], dict[bytes, tuple[dict[str, Any], int, bytes]]]:
    """All rows in ledger order of each writer and all objects by id, of a vault without a device key."""
    secret = open_slot((folder / "slots" / user.hex()).read_bytes(), password=password)
    return read_folder(folder, secret)


def read_folder(folder: Path, secret: Secret) -> tuple[list[OpenRow], dict[bytes, tuple[dict[str, Any], int, bytes]]]:
    """As `read_vault`, for whoever's secret is open: the rules that a reader of a whole vault checks hold."""
    keyring = read_keyring((folder / "keyring").read_bytes(), secret.anchor)
    need(keyring.users.get(secret.user, (AUDITOR, b""))[0] != AUDITOR, "an auditor holds no bags: see read_acts")
    keys = _keys(folder, keyring, keyring.seed(secret))
    rows = list(_chains(folder, keyring, keys))
    gone = _check_intents(rows, keyring, keys)
    objects = {}
    for path in sorted((folder / "objects").glob("??/*")):
        need(path.name.startswith(path.parent.name), "an object in another's folder")
        objects[bytes.fromhex(path.name)] = open_object(path.read_bytes(), keys, bytes.fromhex(path.name))
    images = {row.content["object_id"]: row.content for row in rows if row.content and row.content["kind"] == "image"}
    images = {name: image for name, image in images.items() if name not in gone}
    need(images.keys() == objects.keys(), "an image row without its object, or the reverse")
    for name, image in images.items():
        meta, rendition, _ = objects[name]
        need(rendition == image["rendition"], "another rendition than its row says")
        need(all(meta[field] == value for field, value in image.items() if field in meta), "its row says otherwise")
    return rows, objects


def read_acts(folder: Path, secret: Secret) -> list[OpenRow]:
    """What an auditor can read: every act of every chain, and no content."""
    keyring = read_keyring((folder / "keyring").read_bytes(), secret.anchor)
    need(keyring.users[secret.user][0] == AUDITOR, "not an auditor")
    keys = Keys(keyring.vault, b"", b"", keyring.seed(secret))
    _check_audit(keys, keyring)
    return list(_chains(folder, keyring, keys))


def _check_audit(keys: Keys, keyring: Keyring) -> None:
    need(Pair(hkdf(keys.audit, b"", label("audit hpke"))).public == keyring.audit_public, "another audit key")


def _keys(folder: Path, keyring: Keyring, epoch: bytes) -> Keys:
    keys: Keys | None = None
    content: dict[bytes, dict[str, Any]] = {}
    for path in sorted((folder / "bags").glob(f"*.{keyring.generation:06d}")):
        data = path.read_bytes()
        need(path.name.startswith(f"{data[24:40].hex()}-{int.from_bytes(data[40:44], 'big'):06d}."), "another's name")
        bag = open_bag(data, keyring, epoch)
        need(not content.keys() & {key["key_id"] for key in bag["keys"]}, "two keys of one id")
        content |= {key["key_id"]: key for key in bag["keys"]}
        if bag["shared"] is not None:
            need(keys is None, "shared keys twice")
            keys = Keys(keyring.vault, bag["shared"]["locator"], bag["shared"]["index"], bag["shared"]["audit"])
    if keys is None:
        raise Refused("no shared keys")
    _check_audit(keys, keyring)
    keys.content = content
    return keys


def _chains(folder: Path, keyring: Keyring, keys: Keys) -> Iterator[OpenRow]:
    rids: set[bytes] = set()
    for place in sorted((folder / "ledger").iterdir()):
        writer = bytes.fromhex(place.name)
        need(writer in keyring.writers, "rows of an unknown workstation")
        chain = start(keyring.vault, writer)
        for number, path in enumerate(sorted(place.glob("*.rows")), 1):
            need(path.name == f"{number:06d}.rows", "a segment is missing")
            for row in read_segment(path.read_bytes(), keys, keyring.writers[writer], writer, chain):
                need(row.rid not in rids, "a row's id twice")
                final = keyring.final.get(writer)
                need(
                    final is None or row.seq < final[0] or (row.seq, row.row_hash) == final, "rows after the final one"
                )
                rids.add(row.rid)
                yield row


def _check_intents(rows: list[OpenRow], keyring: Keyring, keys: Keys) -> set[bytes]:
    """Every intent has its two people; what was done was intended; no key of what was done is left. What is gone."""
    people = {user: ed for user, (_, ed) in (keyring.former | keyring.users).items()}
    intents = {}
    for row in rows:
        if row.act["intent"] is not None:
            intents[row.rid] = read_intent(row.act, vault=keyring.vault, rid=row.rid, users=people)
    gone: set[bytes] = set()
    for row in rows:
        if row.act["done"] is not None:
            need(row.act["done"] in intents, "done without an intent")
            if row.act["what"] == "move.done objects=0":
                continue  # given up: the pictures are where they were
            gone.update(intents[row.act["done"]]["keys"])
    need(not gone & keys.content.keys(), "an erased key is back")
    for row in rows:
        if row.content is not None and row.content.get("topic") == "keys-dropped":
            # The practice's, or in older vaults the patient's own.
            need(row.content["patient"] in (bytes(16), row.content["subject"]), "another's dropped keys")
            gone.update(unpack(row.content["body"])["keys"])
    need(all(row.erased is None or row.erased in gone for row in rows), "a key is gone that nobody erased")
    return gone
