# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of one backup: what lay in the vault, by name, size and SHA-256, signed by the workstation that copied it.

Layout, big-endian: `CCBACK` 00 01 | vault 16 | writer 16 | number u64, from 1 | made u64, ms | generation u64 |
heads as in a snapshot | LP(checkpoint note) | erasure list: size u64 | SHA-256 32 | f u32, then f files, sorted: LP(path) | size u64 | the SHA-256 of each piece
of `PIECE` bytes, the last one shorter | l u32, then l lists of objects: n u32 | SHA-256 of the list | Ed25519 by the writer over
L("backup") | everything before. A list is n objects: id 16 | size u64 | SHA-256 32. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.vault.heads import Head, encode_heads, parse_heads
from clinicam.vault.labels import HASH, ID, LP, Cursor, L
from clinicam.vault.objectlayout import HEADER
from clinicam.vault.sign import SIGNATURE, SigningKey, verify

MAGIC = b"CCBACK\0\1"
PIECE = 1024 * 1024
"""Bytes of a file that share one hash: a ledger segment that grew is copied from the piece on in which it grew."""
LISTED = 4096
"""Most objects in one list."""
_ENTRY = ID + 8 + HASH
_PATH = re.compile(r"keyring|(?!keyring/|erasures/)[a-z]{1,32}(/[0-9A-Za-z][0-9A-Za-z._-]{0,119}){1,2}")
_OBJECTS = "objects/"
_INDEX = "index/"


def piece_count(size: int) -> int:
    """How many pieces a file of `size` bytes has; none if it is empty."""
    return -(-size // PIECE)


def is_path(path: str) -> bool:
    """Whether a file of the vault may be listed by name: relative, plain, and neither an object nor a cache."""
    return _PATH.fullmatch(path) is not None and not path.startswith((_OBJECTS, _INDEX))


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes kept under their SHA-256."""

    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """One file that is no object. `pieces` are the SHA-256 of its pieces."""

    path: str
    size: int
    pieces: tuple[bytes, ...]

    def lengths(self) -> tuple[int, ...]:
        """Bytes of each piece."""
        return tuple(min(PIECE, self.size - at) for at in range(0, self.size, PIECE))


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """One object: its id, and size and SHA-256 of its sealed file."""

    object_id: bytes
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One list of `count` objects, itself kept by its SHA-256."""

    count: int
    sha256: bytes

    @property
    def size(self) -> int:
        """Bytes of the list."""
        return self.count * _ENTRY


@dataclass(frozen=True, slots=True)
class Manifest:
    """See the module."""

    vault: bytes
    writer: bytes
    number: int
    made_ms: int
    generation: int
    heads: tuple[Head, ...]
    checkpoint: bytes
    erasures: Blob
    files: tuple[FileEntry, ...]
    lists: tuple[ListEntry, ...]

    @property
    def objects(self) -> int:
        """How many objects are listed."""
        return sum(one.count for one in self.lists)

    def encode(self, key: SigningKey) -> bytes:
        """The file, signed with the writer key."""
        body = b"".join((
            MAGIC,
            self.vault,
            self.writer,
            *(n.to_bytes(8, "big") for n in (self.number, self.made_ms, self.generation)),
            encode_heads(self.heads),
            LP(self.checkpoint),
            self.erasures.size.to_bytes(8, "big") + self.erasures.sha256,
            len(self.files).to_bytes(4, "big"),
            *(_file(one) for one in sorted(self.files)),
            len(self.lists).to_bytes(4, "big"),
            *(one.count.to_bytes(4, "big") + one.sha256 for one in self.lists),
        ))
        return body + key.sign(L("backup") + body)

    def named(self) -> dict[bytes, int]:
        """Every blob that this manifest names itself, with its size: pieces, erasures and lists, not what the lists name."""
        blobs = {digest: length for one in self.files for digest, length in zip(one.pieces, one.lengths(), strict=True)}
        return blobs | {self.erasures.sha256: self.erasures.size} | {one.sha256: one.size for one in self.lists}


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest as it lies, its signature not yet verified: the writer's key is in the keyring that it names."""

    manifest: Manifest
    data: bytes

    def check(self, public: bytes) -> None:
        """Return if the writer signed it. Raises Corrupt."""
        verify(public, self.data[-SIGNATURE:], L("backup") + self.data[:-SIGNATURE])


def parse_manifest(data: bytes) -> SignedManifest:
    """The fields of a manifest; the signature is for `SignedManifest.check`.

    Raises:
        Corrupt: damage, or a name, order or number that no manifest has.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "manifest")
    cursor.magic(MAGIC)
    vault, writer = cursor.id(), cursor.id()
    number, made_ms, generation = cursor.u64(), cursor.u64(), cursor.u64()
    heads = parse_heads(cursor)
    checkpoint = cursor.prefixed()
    erasures = Blob(cursor.u64(), cursor.take(HASH))
    files = tuple(_parse_file(cursor) for _ in range(cursor.u32()))
    lists = tuple(ListEntry(cursor.u32(), cursor.take(HASH)) for _ in range(cursor.u32()))
    cursor.take(SIGNATURE)
    cursor.end()
    if not number or not generation:
        raise cursor.damaged("numbers begin at 1")
    paths = [one.path for one in files]
    if paths != sorted(set(paths)):
        raise cursor.damaged("files out of order")
    if any(not 0 < one.count <= LISTED for one in lists):
        raise cursor.damaged("an impossible list")
    manifest = Manifest(vault, writer, number, made_ms, generation, heads, checkpoint, erasures, files, lists)
    return SignedManifest(manifest, bytes(data))


def encode_list(entries: Iterable[ObjectEntry]) -> bytes:
    """The bytes of one list."""
    return b"".join(one.object_id + one.size.to_bytes(8, "big") + one.sha256 for one in entries)


def parse_list(data: bytes, count: int) -> tuple[ObjectEntry, ...]:
    """The `count` objects of one list.

    Raises:
        Corrupt: another length, or an object too small to be one.
    """
    cursor = Cursor(data, "list of objects")
    entries = tuple(ObjectEntry(cursor.id(), cursor.u64(), cursor.take(HASH)) for _ in range(count))
    cursor.end()
    if any(one.size <= HEADER for one in entries):
        raise cursor.damaged("an object without a body")
    return entries


def _file(entry: FileEntry) -> bytes:
    return LP(entry.path.encode("ascii")) + entry.size.to_bytes(8, "big") + b"".join(entry.pieces)


def _parse_file(cursor: Cursor) -> FileEntry:
    raw, size = cursor.prefixed(), cursor.u64()
    path = raw.decode("ascii", "replace")
    if not is_path(path):
        raise cursor.damaged("a name that no file of a vault has")
    if piece_count(size) * HASH > cursor.left:
        raise cursor.damaged("too short")
    return FileEntry(path, size, tuple(cursor.take(HASH) for _ in range(piece_count(size))))
