# SPDX-License-Identifier: GPL-3.0-or-later
"""One row of the ledger: a header of 96 bytes, a sealed act, sealed content, a signature (vault.md 2.3). Pure."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

import msgspec

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.acts import Act
from clinicam.vault.aead import (
    HPKE_OVERHEAD,
    NONCE,
    TAG,
    Randomness,
    hpke_seal,
    open_sealed,
    seal,
    system_randomness,
)
from clinicam.vault.audit import AuditKeys
from clinicam.vault.codec import decode, encode
from clinicam.vault.content import RowContent, check_scope, decode_content
from clinicam.vault.heads import Head
from clinicam.vault.keyref import ContentKey, KeyTable, mask
from clinicam.vault.labels import ID, LP, ZERO_ID, L
from clinicam.vault.sign import SIGNATURE, SigningKey, verify

VERSION = 1
HEADER = 96
FLAG_HPKE = 1
"""The act is sealed to the audit public key: nobody was unlocked."""
FLAG_MORE = 2
"""The batch continues in the next row."""
PADDING = 256
_HEADER = struct.Struct(">HHI16sQ16s16s32s")
_U32 = struct.Struct(">I")
# Made once: a start without a snapshot hashes and opens every row of the practice.
_ROW_HASH, _ROW_SIG, _ACT, _CONTENT = L("row hash"), L("row sig"), L("act"), L("content")


class Row(msgspec.Struct, frozen=True, gc=False):
    """One parsed row, not yet opened. `act` and `content` are still sealed; `end` is the offset after it."""

    flags: int
    writer: bytes
    seq: int
    rid: bytes
    key_ref: bytes
    prev: bytes
    header: bytes
    act: bytes
    content: bytes
    row_hash: bytes
    signature: bytes
    start: int
    end: int

    @property
    def more(self) -> bool:
        """The batch continues in the next row."""
        return bool(self.flags & FLAG_MORE)

    @property
    def head(self) -> Head:
        """The chain's head once this row is its last."""
        return Head(self.writer, self.seq, self.row_hash)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A row ready to append, and the head it makes."""

    data: bytes
    rid: bytes
    head: Head


def pad(body: bytes) -> bytes:
    """u32 length, body, least zeros to a multiple of 256."""
    padded = LP(body)
    return padded + b"\0" * (-len(padded) % PADDING)


def unpad(padded: bytes) -> bytes:
    """The body of `pad`.

    Raises:
        Corrupt: the padding is not the least, or not zero.
    """
    size = len(padded)
    end = _U32.unpack_from(padded)[0] + _U32.size if size >= _U32.size else size + 1
    if end > size:
        raise Corrupt("row: too short")
    if size != end + -end % PADDING or padded[end:].strip(b"\0"):
        raise Corrupt("row: padding")
    return padded[_U32.size : end]


def row_hash(vault: bytes, header: bytes, body: bytes | memoryview) -> bytes:
    """What the next row's prev names and the signature covers."""
    return hashlib.sha256(b"".join((_ROW_HASH, vault, header, body))).digest()


def seal_row(
    act: Act,
    content: RowContent | None,
    *,
    vault: bytes,
    head: Head,
    signer: SigningKey,
    audit: AuditKeys,
    locator: bytes,
    key: ContentKey | None = None,
    more: bool = False,
    rid: bytes | None = None,
    random: Randomness = system_randomness,
) -> SealedRow:
    """The row after `head`. `key` goes with `content`; give `rid` if the act signs an intent over it.

    Raises:
        Corrupt: content without key or the reverse, or of another patient or session than the key's.
    """
    if (content is None) != (key is None):
        raise Corrupt("row: content and key go together")
    rid = rid if rid is not None else random(ID)
    act_plain = pad(encode(act))
    content_plain, key_ref = b"", ZERO_ID
    if content is not None and key is not None:
        check_scope(content, key)
        content_plain, key_ref = pad(encode(content)), mask(locator, key.key_id, rid)
    act_size = NONCE + len(act_plain) + TAG
    content_size = NONCE + len(content_plain) + TAG if key is not None else 0
    header = _header(FLAG_MORE if more else 0, act_size + content_size, head, rid, key_ref)
    nonce = random(NONCE)
    sealed_act = nonce + seal(audit.key, nonce, act_plain, _act_aad(vault, header))
    sealed_content = b""
    if key is not None:
        nonce = random(NONCE)
        sealed_content = nonce + seal(key.secret, nonce, content_plain, _content_aad(vault, header))
    return assemble(header, sealed_act, sealed_content, vault=vault, signer=signer)


def seal_locked_row(
    act: Act,
    *,
    vault: bytes,
    head: Head,
    signer: SigningKey,
    audit_public: bytes,
    more: bool = False,
    random: Randomness = system_randomness,
) -> SealedRow:
    """The row after `head` when nobody is unlocked: an act alone, sealed to the audit public key of the keyring."""
    rid = random(ID)
    plain = pad(encode(act))
    header = _header(FLAG_HPKE | (FLAG_MORE if more else 0), HPKE_OVERHEAD + len(plain), head, rid, ZERO_ID)
    sealed = hpke_seal(audit_public, _act_aad(vault, header), plain)
    return assemble(header, sealed, b"", vault=vault, signer=signer)


def assemble(header: bytes, act: bytes, content: bytes, *, vault: bytes, signer: SigningKey) -> SealedRow:
    """Header, sealed act and sealed content joined, hashed and signed."""
    body = LP(act) + LP(content)
    digest = row_hash(vault, header, body)
    _, _, _, writer, seq, rid, _, _ = _HEADER.unpack(header)
    return SealedRow(header + body + signer.sign(_ROW_SIG + digest), rid, Head(writer, seq, digest))


def parse_row(data: bytes | memoryview, start: int, vault: bytes) -> Row:
    """The row at offset `start`, hashed but with chain and signature unchecked.

    Raises:
        Corrupt: too short, a length that does not add up, an unknown flag, key_ref without content or the reverse.
        UnsupportedFormat: a later version.
    """
    size = len(data)
    if size - start < HEADER:
        raise Corrupt("row: too short")
    version, flags, body_len, writer, seq, rid, key_ref, prev = _HEADER.unpack_from(data, start)
    if version != VERSION:
        raise UnsupportedFormat("row: unknown version")
    if flags & ~(FLAG_HPKE | FLAG_MORE) or seq == 0:
        raise Corrupt("row: unknown flag or no number")
    act_at = start + HEADER + 4
    body_end = start + HEADER + body_len
    if body_len < 8 or body_end + SIGNATURE > size:
        raise Corrupt("row: too short")
    # Plain offsets rather than a Cursor: a start without a snapshot parses every row of the practice.
    (act_len,) = _U32.unpack_from(data, act_at - 4)
    content_at = act_at + act_len + 4
    if content_at > body_end:
        raise Corrupt("row: act longer than its row")
    (content_len,) = _U32.unpack_from(data, content_at - 4)
    if content_at + content_len != body_end:
        raise Corrupt("row: lengths do not add up")
    if (key_ref == ZERO_ID) != (content_len == 0):
        raise Corrupt("row: key reference and content do not go together")
    header = bytes(data[start : start + HEADER])
    act, content = bytes(data[act_at : act_at + act_len]), bytes(data[content_at:body_end])
    end = body_end + SIGNATURE
    digest = row_hash(vault, header, data[act_at - 4 : body_end])
    signature = bytes(data[body_end:end])
    return Row(flags, writer, seq, rid, key_ref, prev, header, act, content, digest, signature, start, end)


def check_link(row: Row, head: Head) -> None:
    """Return if `row` follows `head`.

    Raises:
        Corrupt: another writer, a number skipped or repeated, another row before it.
    """
    if row.writer != head.writer or row.seq != head.seq + 1 or row.prev != head.row_hash:
        raise Corrupt("row: does not follow the one before")


def check_signature(row: Row, public: bytes) -> None:
    """Return if the writer's key signed the row.

    Raises:
        Corrupt: it did not.
    """
    verify(public, row.signature, _ROW_SIG + row.row_hash)


def open_act(row: Row, vault: bytes, audit: AuditKeys) -> Act:
    """What the row says happened.

    Raises:
        Corrupt: it does not open under the audit keys, or is not an act.
    """
    aad = _act_aad(vault, row.header)
    if row.flags & FLAG_HPKE:
        return decode(unpad(audit.pair.open(aad, row.act)), Act)
    return decode(unpad(_open(audit.key, row.act, aad)), Act)


def open_content(row: Row, vault: bytes, keys: KeyTable) -> RowContent | None:
    """What the row says of a patient; None if it has no content.

    Raises:
        Corrupt: no such key (ask `keys.find` first where erasure is possible), damage, or a moved row.
        UnsupportedFormat: a kind of a later version.
    """
    if not row.content:
        return None
    return open_under(row, vault, keys.by_ref(row.key_ref, row.rid))


def open_under(row: Row, vault: bytes, key: ContentKey) -> RowContent:
    """The content of a row that has one, under the key its key_ref stands for (`keys.find`). Raises: as `open_content`."""
    return decode_content(unpad(_open(key.secret, row.content, _content_aad(vault, row.header))), key)


def opens_with(row: Row, vault: bytes, secret: bytes) -> bool:
    """Whether `secret` opens the row's content: the proof of an erasure tries every key that is left."""
    try:
        _open(secret, row.content, _content_aad(vault, row.header))
    except Corrupt:
        return False
    return True


def _header(flags: int, sealed_size: int, head: Head, rid: bytes, key_ref: bytes) -> bytes:
    # Two LP lengths of four bytes stand in the body beside what is sealed.
    return _HEADER.pack(VERSION, flags, sealed_size + 8, head.writer, head.seq + 1, rid, key_ref, head.row_hash)


def _act_aad(vault: bytes, header: bytes) -> bytes:
    return _ACT + vault + header


def _content_aad(vault: bytes, header: bytes) -> bytes:
    return _CONTENT + vault + header


def _open(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(sealed) < NONCE + TAG:
        raise Corrupt("row: sealed part too short")
    return open_sealed(key, sealed[:NONCE], sealed[NONCE:], aad)
