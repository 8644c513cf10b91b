# SPDX-License-Identifier: GPL-3.0-or-later
"""`bags/<writer>-<volume>.<gen>`: content keys under the epoch key E, signed by the workstation that wrote them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from clinicam.errors import Corrupt
from clinicam.vault.aead import KEY, NONCE, TAG, Randomness, open_sealed, seal, system_randomness
from clinicam.vault.codec import Hash, Record, decode, encode
from clinicam.vault.keyref import ContentKey
from clinicam.vault.labels import ID, Cursor, L
from clinicam.vault.sign import SIGNATURE, SigningKey, verify

MAGIC = b"CCBAG\0\0\1"
HEADER = 76
FULL = 4096
"""Keys a volume may hold."""


class SharedKeys(Record, frozen=True, forbid_unknown_fields=True):
    """The keys of the whole vault, in exactly one volume: locator key, index key, audit seed A."""

    locator: Hash
    index: Hash
    audit: Hash

    @staticmethod
    def make(random: Randomness = system_randomness) -> SharedKeys:
        """Fresh ones, for a new vault."""
        return SharedKeys(random(KEY), random(KEY), random(KEY))


class _Body(Record, frozen=True, forbid_unknown_fields=True):
    """What is sealed."""

    keys: tuple[ContentKey, ...]
    shared: SharedKeys | None


@dataclass(frozen=True, slots=True)
class BagHeader:
    """The clear part: whose volume, of which generation, rewritten how often, under which epoch key."""

    vault: bytes
    writer: bytes
    volume: int
    generation: int
    revision: int
    epoch_id: bytes

    def encode(self) -> bytes:
        """The 76 bytes before the nonce, which are associated data."""
        numbers = self.volume.to_bytes(4, "big") + self.generation.to_bytes(8, "big") + self.revision.to_bytes(8, "big")
        return MAGIC + self.vault + self.writer + numbers + self.epoch_id


@dataclass(frozen=True, slots=True)
class Bag:
    """An opened volume."""

    header: BagHeader
    keys: tuple[ContentKey, ...]
    shared: SharedKeys | None
    sha256: bytes

    def __repr__(self) -> str:
        return f"<Bag of {len(self.keys)}>"


def epoch_id(epoch: bytes) -> bytes:
    """What a bag says of its epoch key E, so that a leftover of another is told from damage. 16 bytes."""
    return hashlib.sha256(L("epoch id") + epoch).digest()[:ID]


def parse_bag_header(data: bytes) -> BagHeader:
    """The clear part of a bag; neither signature nor key is looked at.

    Raises:
        Corrupt: too short, or revision 0.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "bag")
    cursor.magic(MAGIC)
    header = BagHeader(cursor.id(), cursor.id(), cursor.u32(), cursor.u64(), cursor.u64(), cursor.id())
    if header.revision == 0 or header.generation == 0:
        raise cursor.damaged("revision or generation 0")
    if cursor.left < NONCE + TAG + SIGNATURE:
        raise cursor.damaged("too short")
    return header


def open_bag(data: bytes, *, vault: bytes, epoch: bytes, writer_public: bytes) -> Bag:
    """The keys of a volume. `writer_public`: `Roster.active_writer` of the header's writer.

    Raises:
        Corrupt: another vault or epoch (compare `epoch_id` first to tell leftovers), signature, seal, or entries.
        UnsupportedFormat: a later version.
    """
    header = parse_bag_header(data)
    if header.vault != vault or header.epoch_id != epoch_id(epoch):
        raise Corrupt("bag: of another vault or epoch")
    verify(writer_public, data[-SIGNATURE:], L("bag sig") + data[:-SIGNATURE])
    nonce, sealed = data[HEADER : HEADER + NONCE], data[HEADER + NONCE : -SIGNATURE]
    body = decode(open_sealed(epoch, nonce, sealed, L("bag") + data[:HEADER]), _Body)
    _check(body, header.generation)
    return Bag(header, body.keys, body.shared, hashlib.sha256(data).digest())


def seal_bag(
    keys: Sequence[ContentKey],
    shared: SharedKeys | None,
    *,
    vault: bytes,
    writer: bytes,
    volume: int,
    generation: int,
    revision: int,
    epoch: bytes,
    signer: SigningKey,
    random: Randomness = system_randomness,
) -> bytes:
    """The file of one volume. `revision` counts rewrites from 1; `signer` is the workstation's key.

    Raises:
        Corrupt: more than 4,096 keys, two of one id, or a key from a later generation.
    """
    body = _Body(tuple(keys), shared)
    _check(body, generation)
    header = BagHeader(vault, writer, volume, generation, revision, epoch_id(epoch)).encode()
    nonce = random(NONCE)
    data = header + nonce + seal(epoch, nonce, encode(body), L("bag") + header)
    return data + signer.sign(L("bag sig") + data)


def _check(body: _Body, generation: int) -> None:
    if len(body.keys) > FULL or len({key.key_id for key in body.keys}) != len(body.keys):
        raise Corrupt("bag: too many keys, or two of one id")
    if any(key.created > generation for key in body.keys):
        raise Corrupt("bag: a key from a later generation")
