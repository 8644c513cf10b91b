# SPDX-License-Identifier: GPL-3.0-or-later
"""The second reader's snapshot, host state, checkpoint and recovery kit, from docs/vault-format.md alone."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from mnemonic import Mnemonic

from tests.vault.independent_keys import Keys
from tests.vault.independent_primitives import Bytes, Later, label, need, refusing, sha256, unseal, verify

Heads = dict[bytes, tuple[int, bytes]]


def _heads(source: Bytes, *, is_sorted: bool) -> Heads:
    found = [(source.take(16), source.number(8), source.take(32)) for _ in range(source.number(2))]
    writers = [writer for writer, _, _ in found]
    need(len(set(writers)) == len(writers), "a writer twice")
    need(not is_sorted or writers == sorted(writers), "heads that are not sorted")
    need(all(seq > 0 for _, seq, _ in found), "a head without a row")
    return {writer: (seq, row_hash) for writer, seq, row_hash in found}


@refusing
def open_snapshot(data: bytes, keys: Keys, generation: int | None = None) -> tuple[int, Heads, bytes]:
    """Schema, heads, index."""
    source = Bytes(data, b"CCSNAP\x00\x01")
    need(source.take(16) == keys.vault, "of another vault")
    need(source.number(8) == generation or generation is None, "of another generation")
    schema = source.number(4)
    heads = _heads(source, is_sorted=True)
    bound = source.taken()[8:]
    return schema, heads, unseal(keys.index, source.take(12), source.rest(), label("index") + bound)


@refusing
def read_writer(data: bytes, vault: bytes) -> tuple[bytes, bytes]:
    """Writer and its Ed25519 seed."""
    source = Bytes(data, b"CCWRIT\x00\x01")
    need(source.take(16) == vault, "of another vault")
    writer, seed = source.take(16), source.take(32)
    source.end()
    return writer, seed


@refusing
def read_marks(data: bytes, public: bytes, vault: bytes | None = None, writer: bytes | None = None) -> dict[str, Any]:
    source = Bytes(data, b"CCMARK\x00\x01")
    need(source.take(16) == vault or vault is None, "of another vault")
    need(source.take(16) == writer or writer is None, "of another writer")
    generation, keyring, roster_len, roster = source.number(8), source.take(32), source.number(4), source.take(32)
    bags = [(source.take(16), source.number(4), source.number(8), source.take(32)) for _ in range(source.number(4))]
    heads = _heads(source, is_sorted=False)
    signed = source.taken()
    signature = source.take(64)
    source.end()
    need(len({bag[:2] for bag in bags}) == len(bags), "a bag twice")
    verify(public, signature, label("marks") + signed)
    volumes = {(name, volume): (revision, digest) for name, volume, revision, digest in bags}
    return {
        "generation": generation, "keyring": keyring, "roster": (roster_len, roster), "bags": volumes, "heads": heads,
    }  # fmt: skip


@refusing
def read_logins(data: bytes, public: bytes, vault: bytes) -> dict[bytes, str]:
    source = Bytes(data, b"CCLOGN\x00\x01")
    need(source.take(16) == vault, "of another vault")
    raw = [(source.take(16), source.take(source.number(4))) for _ in range(source.number(2))]
    signed = source.taken()
    signature = source.take(64)
    source.end()
    verify(public, signature, label("logins") + signed)
    names = {user: name.decode() for user, name in raw}
    need(len(names) == len(raw), "a user twice")
    need(all(name.isprintable() and len(name) <= 200 for name in names.values()), "a name that is no line of text")
    return names


_LINE = re.compile(r"([0-9a-f]{32}) ([1-9][0-9]{0,19}) ([0-9a-f]{64})")


@refusing
def read_checkpoint(note: bytes, *, vault: bytes, writer: bytes, public: bytes) -> tuple[int, bytes, Heads]:
    """Generation, SHA-256 of the keyring, heads."""
    text, blank, signatures = note.decode().partition("\n\n")
    need(bool(blank) and signatures.endswith("\n"), "not a note")
    text += "\n"
    name = f"clinicam/{vault.hex()}/{writer.hex()}"
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    ours = []
    for line in signatures[:-1].split("\n"):
        dash, signer, stamp = line.split(" ")
        need(dash == "\N{EM DASH}", "not a signature line")
        raw = base64.b64decode(stamp, validate=True)
        need(base64.b64encode(raw).decode() == stamp and len(signer) > 0, "not a signature line")
        if signer == name and raw[:4] == key_hash:
            ours.append(raw[4:])
    need(len(ours) == 1, "not signed by this workstation, or twice")
    verify(public, ours[0], text.encode())
    first, second, *rest = text[:-1].split("\n")
    if first != "clinicam checkpoint v1":
        raise Later("another first line")
    about = _LINE.fullmatch(second)
    lines = [_LINE.fullmatch(line) for line in rest]
    need(about is not None and None not in lines, "not a line of heads")
    heads = {bytes.fromhex(m[1]): (int(m[2]), bytes.fromhex(m[3])) for m in lines if m}
    need(len(heads) == len(lines) and list(heads) == sorted(heads), "a writer twice, or out of order")
    need(about is not None and bytes.fromhex(about[1]) == vault, "of another vault")
    return (int(about[2]), bytes.fromhex(about[3]), heads) if about else (0, b"", {})


# --- recovery kit --------------------------------------------------------------------------------------------------------

_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@refusing
def kit_secret(sheet: str) -> bytes:
    """The 32 bytes of a kit from its six printed rows, each four words and a check code."""
    words: list[str] = []
    for number, line in enumerate(sheet.strip().split("\n"), 1):
        *four, code = line.split()
        bits = int.from_bytes(sha256(label("kit row"), bytes([number]), " ".join(four).encode())[:2], "big") >> 6
        need(len(four) == 4 and code == _BASE32[bits >> 5] + _BASE32[bits & 31], "a row that its code does not fit")
        words += four
    need(len(words) == 24, "not 24 words")
    listed = Mnemonic("english").wordlist
    number = 0
    for word in words:
        number = number << 11 | listed.index(word)
    secret = (number >> 8).to_bytes(32, "big")
    need(sha256(secret)[0] == number & 255, "words that are no kit")
    return secret
