# SPDX-License-Identifier: GPL-3.0-or-later
"""`objects/ab/<id>`: one encrypted picture, never changed after it was written (vault.md 2.3). Pure.

A put must cost little more than the raw write, so nothing here allocates per frame: the caller keeps one `SealBuffer`,
chunks are sealed from the caller's image straight into it, and the picture is hashed meanwhile on another thread.
Meta, which holds that hash, stands in the first chunk; the first chunk is therefore sealed last. The others are handed
over piece by piece, so that the disk already works on one while the next is sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from clinicam.errors import Corrupt
from clinicam.vault.aead import KEY, NONCE, TAG, Buffer, Randomness, seal, system_randomness
from clinicam.vault.codec import decode, encode
from clinicam.vault.content import ObjectMeta, Rendition, check_meta
from clinicam.vault.keyref import ContentKey, mask
from clinicam.vault.labels import ID, ZERO_HASH, L
from clinicam.vault.objectlayout import (
    CHUNK,
    HEADER,
    LARGEST,
    LENGTHS,
    SEALED_CHUNK,
    Chunks,
    ObjectHeader,
    SealBuffer,
    chunk_count,
    padded_size,
    parse_header,
    sealed_size,
    unwrap,
)

__all__ = [
    "NO_HASH",
    "KeyLookup",
    "ObjectHeader",
    "ObjectMeta",
    "Rendition",
    "SealBuffer",
    "SealedObject",
    "Sealing",
    "begin_object",
    "check_sealed",
    "open_object",
    "padded_size",
    "parse_header",
    "seal_object",
    "sealed_size",
]

NO_HASH = ZERO_HASH
"""Stands in `ObjectMeta.sha256` until `seal_object` has hashed the picture."""

PIECE = 16
"""Chunks handed over at a time, 4 MiB: enough for the disk to begin on, little enough that it begins early."""

KeyLookup = Callable[[bytes, bytes], ContentKey]
"""(key_ref, object_id) -> the key, or `Corrupt`: `KeyTable.by_ref`."""


@dataclass(frozen=True, slots=True)
class SealedObject:
    """An object ready to be written: `view` is the file, valid until its `SealBuffer` is used again."""

    object_id: bytes
    view: memoryview = field(repr=False)
    sha256: bytes


class Sealing:
    """An object whose first chunk waits for the picture's hash. From `begin_object`; one thread.

    The pieces of `tail` may be written while the hash is still being made; `finish` gives the file's first `tail_at`
    bytes, and all of it to whoever did not ask for the tail.
    """

    tail_at = HEADER + SEALED_CHUNK

    def __init__(
        self,
        buffer: SealBuffer,
        header: ObjectHeader,
        object_key: bytes,
        key: ContentKey,
        meta: ObjectMeta,
        image: Buffer,
    ) -> None:
        picture = memoryview(image).cast("B")
        self._buffer = buffer
        self._object_id = header.object_id
        self._meta = meta
        self._plain = plain = _Plaintext(buffer, len(_encoded(meta, NO_HASH)), picture)
        self._hashed = buffer.hash(picture)
        self._view = buffer.room(HEADER + plain.size + TAG * plain.chunks)
        self._view[:HEADER] = header.encode()
        self._work = Chunks(self._view, object_key)
        self._proof = unwrap(self._view, key)
        self._next = 1

    def tail(self) -> Iterator[tuple[int, memoryview]]:
        """File offset and bytes of all chunks but the first, a piece at a time; none for a small picture.

        Each is sealed, decrypted again and compared only when it is asked for. Raises: Corrupt, as `seal_object`.
        """
        while self._next < self._plain.chunks:
            start, end = self._next, min(self._next + PIECE, self._plain.chunks)
            for index in range(start, end):
                self._seal(index)
            self._next = end
            at = HEADER + start * SEALED_CHUNK
            yield at, self._view[at : HEADER + end * SEALED_CHUNK]

    def finish(self) -> SealedObject:
        """Seal what of the tail nobody asked for, wait for the hash, seal the first chunk. Raises: as `tail`."""
        for _ in self.tail():
            pass
        digest = self._hashed()
        self._plain.set_meta(_encoded(self._meta, digest))
        self._seal(0)
        return SealedObject(self._object_id, self._view, digest)

    def _seal(self, index: int) -> None:
        self._work.seal(index, self._plain.chunk(index))
        _compare(self._proof, index, self._plain, self._buffer)


def begin_object(
    buffer: SealBuffer,
    *,
    vault: bytes,
    key: ContentKey,
    locator: bytes,
    rendition: Rendition,
    meta: ObjectMeta,
    image: Buffer,
    object_id: bytes | None = None,
    random: Randomness = system_randomness,
) -> Sealing:
    """As `seal_object`, but lets the writer begin with the tail while the rest is sealed and the picture still hashed."""
    check_meta(meta, key)
    name = object_id if object_id is not None else random(ID)
    object_key, nonce = random(KEY), random(NONCE)
    blank = ObjectHeader(rendition, vault, name, mask(locator, key.key_id, name), nonce, b"")
    wrapped = seal(key.secret, nonce, object_key, L("object key") + blank.bound())
    header = ObjectHeader(rendition, vault, name, blank.key_ref, nonce, wrapped)
    return Sealing(buffer, header, object_key, key, meta, image)


def seal_object(
    buffer: SealBuffer,
    *,
    vault: bytes,
    key: ContentKey,
    locator: bytes,
    rendition: Rendition,
    meta: ObjectMeta,
    image: Buffer,
    object_id: bytes | None = None,
    random: Randomness = system_randomness,
) -> SealedObject:
    """Seal `image`, decrypt it again from the sealed bytes and compare: what is returned is known to open.

    `image` must not change meanwhile. `meta.sha256` is replaced by the picture's hash.

    Raises:
        Corrupt: `meta` is not of the key's patient and session, the picture is too large, or this machine's memory
            gave back other bytes than it was given.
    """
    return begin_object(
        buffer,
        vault=vault,
        key=key,
        locator=locator,
        rendition=rendition,
        meta=meta,
        image=image,
        object_id=object_id,
        random=random,
    ).finish()


def check_sealed(buffer: SealBuffer, sealed: SealedObject, *, key: ContentKey, meta: ObjectMeta, image: Buffer) -> None:
    """Decrypt a sealed object and compare every byte with what went in. `seal_object` has done so once already.

    Raises:
        Corrupt: some byte differs or does not authenticate.
    """
    encoded = _encoded(meta, sealed.sha256)
    plain = _Plaintext(buffer, len(encoded), memoryview(image).cast("B"))
    plain.set_meta(encoded)
    proof = unwrap(sealed.view, key)
    if len(sealed.view) != HEADER + plain.size + TAG * plain.chunks:
        raise Corrupt("object: another size than it was given")
    for index in range(plain.chunks):
        _compare(proof, index, plain, buffer)


def open_object(data: Buffer, lookup: KeyLookup, *, vault: bytes, object_id: bytes) -> tuple[ObjectMeta, memoryview]:
    """Meta and picture of the object called `object_id`, checked to the last byte of padding.

    The picture is a view of memory that belongs to the caller alone. Thread-safe if `lookup` is.

    Raises:
        Corrupt: damage, another vault or name, another patient or session than the key's, a hash that is not the
            picture's.
        UnsupportedFormat: a later version.
    """
    header = parse_header(data)
    if header.vault != vault or header.object_id != object_id:
        raise Corrupt("object: of another vault or name")
    key = lookup(header.key_ref, object_id)
    view = memoryview(data).cast("B")
    work = unwrap(view, key)
    plain = memoryview(bytearray(len(view) - HEADER - TAG * work.chunks))
    for index in range(work.chunks):
        work.open(index, plain[index * CHUNK : (index + 1) * CHUNK])
    meta_len, image_len = LENGTHS.unpack_from(plain)
    used = LENGTHS.size + meta_len + image_len
    if used > len(plain) or padded_size(used) != len(plain) or bytes(plain[used:]).strip(b"\0"):
        raise Corrupt("object: lengths or padding")
    image = plain[LENGTHS.size + meta_len : used]
    meta = decode(plain[LENGTHS.size : LENGTHS.size + meta_len], ObjectMeta)
    check_meta(meta, key)
    if hashlib.sha256(image).digest() != meta.sha256:
        raise Corrupt("object: not the picture its meta names")
    return meta, image


def _encoded(meta: ObjectMeta, digest: bytes) -> bytes:
    return encode(msgspec.structs.replace(meta, sha256=digest))


class _Plaintext:
    """P = u32 meta length | u64 image length | meta | image | zeros, seen in chunks without being joined.

    Chunks inside the image are views of it; only the first and the last are put together in the buffer's scratch.
    """

    def __init__(self, buffer: SealBuffer, meta_len: int, image: memoryview) -> None:
        self._offset = LENGTHS.size + meta_len
        if self._offset > CHUNK:
            raise Corrupt("object: meta too long")
        self._image = image
        self._buffer = buffer
        self.used = self._offset + len(image)
        self.size = padded_size(self.used)
        if self.size > LARGEST:
            raise Corrupt("object: too large")
        self.chunks = chunk_count(self.size)
        self._last = self._joined(buffer.last, self.chunks - 1) if self.chunks > 1 else memoryview(b"")

    def set_meta(self, meta: bytes) -> None:
        """Make the first chunk, of meta and what of the image fits behind it."""
        first = memoryview(self._buffer.first)[: min(CHUNK, self.size)]
        first[: self._offset] = LENGTHS.pack(len(meta), len(self._image)) + meta
        room = len(first) - self._offset
        head = self._image[:room]
        first[self._offset : self._offset + len(head)] = head
        first[self._offset + len(head) :] = bytes(room - len(head))

    def chunk(self, index: int) -> memoryview:
        """Chunk `index`; 0 only after `set_meta`."""
        if index == 0:
            return memoryview(self._buffer.first)[: min(CHUNK, self.size)]
        if index == self.chunks - 1:
            return self._last
        start = index * CHUNK - self._offset
        return self._image[start : start + CHUNK]

    def _joined(self, scratch: bytearray, index: int) -> memoryview:
        """The rest of the image from chunk `index` on, and the padding."""
        rest = self._image[index * CHUNK - self._offset :]
        joined = memoryview(scratch)[: self.size - index * CHUNK]
        joined[: len(rest)] = rest
        joined[len(rest) :] = bytes(len(joined) - len(rest))
        return joined


def _compare(proof: Chunks, index: int, plain: _Plaintext, buffer: SealBuffer) -> None:
    expected = plain.chunk(index)
    if len(expected) == CHUNK:
        proof.open(index, memoryview(buffer.opened))
        same = buffer.opened == expected
    else:
        opened = bytearray(len(expected))
        proof.open(index, memoryview(opened))
        same = opened == expected
    if not same:
        raise Corrupt("object: memory gave back other bytes than it was given")
