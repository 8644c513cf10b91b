# SPDX-License-Identifier: GPL-3.0-or-later
"""How an object file is laid out: header, sizes, chunks, and the memory it is made in. Used by `objectfile` alone."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from clinicam.errors import UnsupportedFormat
from clinicam.vault.aead import KEY, NONCE, TAG, Buffer, ChunkCipher, open_sealed
from clinicam.vault.content import Rendition
from clinicam.vault.keyref import ContentKey
from clinicam.vault.labels import Cursor, L

MAGIC = b"CCOBJ\0\1\n"
VERSION = 1
HEADER = 128
CHUNK = 262_144
SEALED_CHUNK = CHUNK + TAG
LARGEST = 2**30
"""Most bytes of padded plaintext."""
_WRAP_SIGNED = 64
LENGTHS = struct.Struct(">IQ")


@dataclass(frozen=True, slots=True)
class ObjectHeader:
    """The clear 128 bytes, unauthenticated until a chunk opens."""

    rendition: Rendition
    vault: bytes
    object_id: bytes
    key_ref: bytes
    nonce: bytes
    wrapped: bytes = field(repr=False)

    def bound(self) -> bytes:
        """The first 64 bytes, which the wrapped key is bound to."""
        start = MAGIC + struct.pack(">HHI", VERSION, self.rendition, 0)
        return start + self.vault + self.object_id + self.key_ref

    def encode(self) -> bytes:
        """All 128 bytes."""
        return self.bound() + self.nonce + self.wrapped + b"\0\0\0\0"


def parse_header(data: Buffer) -> ObjectHeader:
    """The clear part of an object and, from the length of `data`, whether its size is possible.

    Raises:
        Corrupt: damage that shows without a key.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "object")
    cursor.magic(MAGIC, version_at=6)
    if cursor.u16() != VERSION:
        raise UnsupportedFormat("object: unknown version")
    rendition = cursor.u16()
    cursor.zeros(4)
    vault, object_id, key_ref = cursor.id(), cursor.id(), cursor.id()
    nonce, wrapped = cursor.take(NONCE), cursor.take(KEY + TAG)
    cursor.zeros(4)
    body = cursor.left
    count = -(-body // SEALED_CHUNK)
    padded = body - TAG * count
    if not 0 < padded <= LARGEST or padded != padded_size(padded) or count != chunk_count(padded):
        raise cursor.damaged("impossible size")
    try:
        return ObjectHeader(Rendition(rendition), vault, object_id, key_ref, nonce, wrapped)
    except ValueError as error:
        raise cursor.damaged("unknown rendition") from error


class SealBuffer:
    """Memory for one object at a time, kept between frames: fresh pages cost more than the encryption. One thread.

    `capacity` is a number of picture bytes to be ready for; larger pictures make it grow. Holds at most two chunks of
    plaintext, which `wipe` overwrites.
    """

    def __init__(self, capacity: int = 0) -> None:
        self._sealed = bytearray(sealed_size(capacity + 4096))
        self.first = bytearray(CHUNK)
        self.last = bytearray(CHUNK)
        self.opened = bytearray(CHUNK)
        self._hasher = ThreadPoolExecutor(1, "vault-hash")
        # Touch every page now rather than under the shutter.
        self._sealed[::4096] = b"\1" * len(range(0, len(self._sealed), 4096))

    def room(self, size: int) -> memoryview:
        """`size` writable bytes. Views given before must no longer be used."""
        if size > len(self._sealed):
            self._sealed = bytearray(size)
        return memoryview(self._sealed)[:size]

    def hash(self, image: memoryview) -> Callable[[], bytes]:
        """Begin the SHA-256 of `image` on the helper thread; call the result to wait for it."""
        return self._hasher.submit(_sha256, image).result

    def wipe(self) -> None:
        """Overwrite what was plaintext."""
        for scratch in (self.first, self.last, self.opened):
            scratch[:] = bytes(len(scratch))

    def close(self) -> None:
        """Wipe, and end the helper thread."""
        self.wipe()
        self._hasher.shutdown()


def _sha256(image: memoryview) -> bytes:
    return hashlib.sha256(image).digest()


def padded_size(length: int) -> int:
    """Bytes of plaintext after the least zeros: a multiple of 4,096 up to 262,144, of 65,536 above."""
    step = 4096 if length <= CHUNK else 65_536
    return length + -length % step


def sealed_size(length: int) -> int:
    """Bytes of the file for `length` bytes of unpadded plaintext."""
    padded = padded_size(length)
    return HEADER + padded + TAG * chunk_count(padded)


def chunk_count(padded: int) -> int:
    return -(-padded // CHUNK)


class Chunks:
    """The chunks of one file under one object key."""

    def __init__(self, view: memoryview, object_key: bytes) -> None:
        self._view = view
        self._cipher = ChunkCipher(object_key)
        self._aad = hashlib.sha512(L("object") + view[:HEADER]).digest()
        self.chunks = -(-(len(view) - HEADER) // SEALED_CHUNK)

    def seal(self, index: int, plain: memoryview) -> None:
        """Seal one chunk into its place."""
        self._cipher.seal_into(self._nonce(index), plain, self._aad, self._place(index))

    def open(self, index: int, out: memoryview) -> None:
        """Open one chunk into `out`."""
        self._cipher.open_into(self._nonce(index), self._place(index), self._aad, out)

    def _nonce(self, index: int) -> bytes:
        return index.to_bytes(11, "big") + bytes((index == self.chunks - 1,))

    def _place(self, index: int) -> memoryview:
        start = HEADER + index * SEALED_CHUNK
        return self._view[start : start + SEALED_CHUNK]


def unwrap(view: memoryview, key: ContentKey) -> Chunks:
    """The chunks of a file, its own key opened with the content key from the header as it stands in `view`."""
    header = parse_header(view)
    object_key = open_sealed(key.secret, header.nonce, header.wrapped, L("object key") + bytes(view[:_WRAP_SIGNED]))
    return Chunks(view, object_key)
