# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint: the heads of all chains as a signed C2SP note, for others to keep as witness (vault.md 2.3). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.crockford import spell_out
from clinicam.vault.heads import Head
from clinicam.vault.sign import SIGNATURE, SigningKey, verify

FIRST_LINE = "clinicam checkpoint v1"
_ED25519 = b"\x01"
_KEY_HASH = 4
_DASH = "\N{EM DASH} "
_SECOND = re.compile(r"([0-9a-f]{32}) ([1-9][0-9]{0,19}) ([0-9a-f]{64})")
_HEAD = re.compile(r"([0-9a-f]{32}) ([1-9][0-9]{0,19}) ([0-9a-f]{64})")
_VKEY = re.compile(r"clinicam/([0-9a-f]{32})/([0-9a-f]{32})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_SIGNED = re.compile(_DASH + r"(\S+) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says."""

    vault: bytes
    generation: int
    keyring_sha256: bytes
    heads: tuple[Head, ...]

    def text(self) -> str:
        """The signed text, each line ended; heads sorted by writer."""
        lines = [FIRST_LINE, f"{self.vault.hex()} {self.generation} {self.keyring_sha256.hex()}"]
        lines += [f"{head.writer.hex()} {head.seq} {head.row_hash.hex()}" for head in sorted(self.heads)]
        return "".join(f"{line}\n" for line in lines)

    def short(self) -> str:
        """Twenty Crockford characters of the text's SHA-256, for the daily sheet."""
        return spell_out(hashlib.sha256(self.text().encode()).digest(), 20)


def note_name(vault: bytes, writer: bytes) -> str:
    """The name a workstation signs notes under."""
    return f"clinicam/{vault.hex()}/{writer.hex()}"


def vkey(vault: bytes, writer: bytes, public: bytes) -> str:
    """A writer's public key as C2SP writes one: ``name+key hash+base64``. What somebody outside needs to check a note."""
    name = note_name(vault, writer)
    key = base64.b64encode(_ED25519 + public).decode()
    return f"{name}+{_key_hash(name, public).hex()}+{key}"


def read_vkey(key: str) -> tuple[bytes, dict[bytes, bytes]]:
    """The vault and the writer's public key by its id that `vkey` spells.

    Raises:
        Corrupt: not such a key.
    """
    found = _VKEY.fullmatch(key.strip())
    if found is None:
        raise Corrupt("key: not a workstation's public key")
    vault, writer = bytes.fromhex(found[1]), bytes.fromhex(found[2])
    try:
        raw = base64.b64decode(found[4], validate=True)
    except binascii.Error as error:
        raise Corrupt("key: not a workstation's public key") from error
    if raw[:1] != _ED25519 or vkey(vault, writer, raw[1:]) != key.strip():
        raise Corrupt("key: not a workstation's public key")
    return vault, {writer: raw[1:]}


def sign_note(text: str, *, vault: bytes, writer: bytes, key: SigningKey) -> bytes:
    """Text whose lines are ended, a blank line, one signature line."""
    return f"{text}\n{_line(text, note_name(vault, writer), key)}".encode()


def sign_checkpoint(checkpoint: Checkpoint, *, writer: bytes, key: SigningKey) -> bytes:
    """The note: text, a blank line, one signature line."""
    return sign_note(checkpoint.text(), vault=checkpoint.vault, writer=writer, key=key)


def witness(note: bytes, *, vault: bytes, writer: bytes, key: SigningKey) -> bytes:
    """The note with one line more, by `writer`. Who calls it has read the note and found its heads in the chains.

    Raises:
        Corrupt: not a note.
    """
    text, _ = _split(note)
    return note + _line(text, note_name(vault, writer), key).encode()


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note's text, and which of the writers that were asked for have signed it, in the order of their ids."""

    text: str
    by: tuple[bytes, ...]


def read_note(note: bytes, *, vault: bytes, writers: Mapping[bytes, bytes]) -> SignedNote:
    """A note that at least one of `writers` (id -> Ed25519 public key) signed. Lines of others are not looked at.

    Raises:
        Corrupt: damage, nobody of them signed it, one did twice, or a signature of theirs does not verify.
    """
    text, signatures = _split(note)
    by = [writer for writer, public in sorted(writers.items()) if _signed(signatures, text, vault, writer, public)]
    if not by:
        raise Corrupt("note: signed by nobody we know")
    return SignedNote(text, tuple(by))


def read_checkpoint(note: bytes, *, vault: bytes, writer: bytes, public: bytes) -> Checkpoint:
    """What `writer` signed. Further signature lines (of witnesses) are allowed and not looked at.

    Raises:
        Corrupt: damage, another vault, no signature of this writer, or one that does not verify.
        UnsupportedFormat: a later version.
    """
    return read_any(note, vault=vault, writers={writer: public})[0]


def read_any(note: bytes, *, vault: bytes, writers: Mapping[bytes, bytes]) -> tuple[Checkpoint, tuple[bytes, ...]]:
    """A checkpoint that any of `writers` (id -> Ed25519 public key) signed, and which of them did.

    Raises:
        Corrupt: damage, another vault, signed by none of them, or a signature of theirs that does not verify.
        UnsupportedFormat: a later version.
    """
    signed = read_note(note, vault=vault, writers=writers)
    checkpoint = _parse(signed.text)
    if checkpoint.vault != vault or checkpoint.text() != signed.text:
        raise Corrupt("checkpoint: of another vault, or out of order")
    return checkpoint, signed.by


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_HASH]


def _line(text: str, name: str, key: SigningKey) -> str:
    stamp = base64.b64encode(_key_hash(name, key.public) + key.sign(text.encode())).decode()
    return f"{_DASH}{name} {stamp}\n"


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """A note's text, and name and stamp of each signature line. Raises Corrupt."""
    try:
        text, blank, signatures = note.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise Corrupt("note: not text") from error
    if not blank or not text or not signatures.endswith("\n"):
        raise Corrupt("note: no signatures")
    lines = []
    for line in signatures[:-1].split("\n"):
        found = _SIGNED.fullmatch(line)
        if found is None:
            raise Corrupt("note: not a signature line")
        try:
            stamp = base64.b64decode(found[2], validate=True)
        except binascii.Error as error:
            raise Corrupt("note: not a signature line") from error
        if base64.b64encode(stamp).decode() != found[2]:
            raise Corrupt("note: not a signature line")
        lines.append((found[1], stamp))
    return f"{text}\n", lines


def _signed(signatures: list[tuple[str, bytes]], text: str, vault: bytes, writer: bytes, public: bytes) -> bool:
    """Whether `writer` signed. Raises Corrupt, if it did so wrongly."""
    name = note_name(vault, writer)
    mine = [s for who, s in signatures if who == name and s[:_KEY_HASH] == _key_hash(name, public)]
    if len(mine) > 1 or any(len(stamp) != _KEY_HASH + SIGNATURE for stamp in mine):
        raise Corrupt("note: signed twice, or not at all")
    for stamp in mine:
        verify(public, stamp[_KEY_HASH:], text.encode())
    return bool(mine)


def _parse(text: str) -> Checkpoint:
    lines = text[:-1].split("\n")
    if lines[0] != FIRST_LINE:
        raise UnsupportedFormat("checkpoint: unknown first line")
    second = _SECOND.fullmatch(lines[1]) if len(lines) > 1 else None
    found = [_HEAD.fullmatch(line) for line in lines[2:]]
    heads = tuple(Head(bytes.fromhex(m[1]), int(m[2]), bytes.fromhex(m[3])) for m in found if m is not None)
    if second is None or len(heads) != len(found) or len({head.writer for head in heads}) != len(heads):
        raise Corrupt("checkpoint: not a line of heads")
    return Checkpoint(bytes.fromhex(second[1]), int(second[2]), bytes.fromhex(second[3]), heads)
