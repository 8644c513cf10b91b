# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkpoint: the heads of all chains as a signed C2SP note, for others to keep as witness (vault.md 2.3). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
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


def sign_checkpoint(checkpoint: Checkpoint, *, writer: bytes, key: SigningKey) -> bytes:
    """The note: text, a blank line, one signature line."""
    text, name = checkpoint.text(), note_name(checkpoint.vault, writer)
    stamp = base64.b64encode(_key_hash(name, key.public) + key.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{name} {stamp}\n".encode()


def read_checkpoint(note: bytes, *, vault: bytes, writer: bytes, public: bytes) -> Checkpoint:
    """What `writer` signed. Further signature lines (of witnesses) are allowed and not looked at.

    Raises:
        Corrupt: damage, another vault, no signature of this writer, or one that does not verify.
        UnsupportedFormat: a later version.
    """
    try:
        text, blank, signatures = note.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise Corrupt("checkpoint: not text") from error
    if not blank or not signatures.endswith("\n"):
        raise Corrupt("checkpoint: not a note")
    text += "\n"
    _verify(signatures, text, note_name(vault, writer), public)
    checkpoint = _parse(text)
    if checkpoint.vault != vault or checkpoint.text() != text:
        raise Corrupt("checkpoint: of another vault, or out of order")
    return checkpoint


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_KEY_HASH]


def _verify(signatures: str, text: str, name: str, public: bytes) -> None:
    verified = False
    for line in signatures[:-1].split("\n"):
        found = _SIGNED.fullmatch(line)
        if found is None:
            raise Corrupt("checkpoint: not a signature line")
        try:
            stamp = base64.b64decode(found[2], validate=True)
        except binascii.Error as error:
            raise Corrupt("checkpoint: not a signature line") from error
        if base64.b64encode(stamp).decode() != found[2]:
            raise Corrupt("checkpoint: not a signature line")
        if found[1] == name and stamp[:_KEY_HASH] == _key_hash(name, public):
            if len(stamp) != _KEY_HASH + SIGNATURE or verified:
                raise Corrupt("checkpoint: signed twice, or not at all")
            verify(public, stamp[_KEY_HASH:], text.encode())
            verified = True
    if not verified:
        raise Corrupt("checkpoint: not signed by this workstation")


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
