# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects: sizes, the kept buffer, the proof before the write, the tail that may be written early."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.errors import Corrupt
from clinicam.vault import objectfile, objectlayout
from clinicam.vault.aead import Buffer, ChunkCipher, seal
from clinicam.vault.codec import encode
from clinicam.vault.keyref import mask
from clinicam.vault.labels import L
from clinicam.vault.objectlayout import CHUNK, HEADER, LENGTHS, SEALED_CHUNK, Chunks, ObjectHeader
from tests.vault import world

ORIGINAL = objectfile.Rendition.ORIGINAL


@pytest.fixture
def buffer() -> Iterator[objectfile.SealBuffer]:
    made = objectfile.SealBuffer(100_000)
    yield made
    made.close()


def _begin(buffer: objectfile.SealBuffer, image: bytes | memoryview | bytearray) -> objectfile.Sealing:
    return objectfile.begin_object(
        buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR, rendition=ORIGINAL, meta=world.meta(),
        image=image, object_id=world.OBJECT_ID,
    )  # fmt: skip


def _open(data: bytes | memoryview) -> tuple[objectfile.ObjectMeta, memoryview]:
    return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=world.OBJECT_ID)


@settings(max_examples=40, deadline=None)
@given(size=st.one_of(st.integers(0, 9000), st.integers(CHUNK - 600, CHUNK + 600), st.integers(0, 900_000)))
def test_any_size_opens_again(size: int) -> None:
    image = (world.LARGE + world.LARGE)[:size]
    buffer = objectfile.SealBuffer()
    try:
        done = _begin(buffer, image).finish()
        meta, opened = _open(done.view)
    finally:
        buffer.close()
    assert opened == image
    assert meta.sha256 == done.sha256
    assert len(done.view) == objectfile.sealed_size(LENGTHS.size + len(encode(meta)) + size)


def test_sizes_around_every_step(buffer: objectfile.SealBuffer) -> None:
    overhead = LENGTHS.size + len(encode(world.meta()))
    for edge in (4096, 8192, CHUNK, CHUNK + 65_536, 2 * CHUNK):
        for size in (edge - overhead - 1, edge - overhead, edge - overhead + 1):
            image = (world.LARGE)[:size]
            assert _open(_begin(buffer, image).finish().view)[1] == image


@pytest.mark.parametrize(
    ("length", "padded"),
    [(12, 4096), (4096, 4096), (4097, 8192), (CHUNK, CHUNK), (CHUNK + 1, CHUNK + 65_536), (25_000_000, 25_034_752)],
)
def test_padding(length: int, padded: int) -> None:
    assert objectfile.padded_size(length) == padded


def test_pictures_of_any_buffer(buffer: objectfile.SealBuffer) -> None:
    for image in (bytearray(world.PICTURE), memoryview(world.PICTURE), memoryview(bytearray(world.PICTURE))):
        assert _open(_begin(buffer, image).finish().view)[1] == world.PICTURE


def test_the_buffer_is_kept_and_grows() -> None:
    own = objectfile.SealBuffer()
    try:
        small = own.room(4000)
        assert own.room(4000).obj is small.obj
        assert own.room(10_000_000).obj is not small.obj
        assert own.room(10_000).obj is own.room(9_000_000).obj
        assert _open(_begin(own, world.PICTURE).finish().view)[1] == world.PICTURE
        assert world.PICTURE[:64] in own.first
        own.wipe()
        assert not any(own.first + own.last + own.opened)
    finally:
        own.close()


def test_the_tail_may_be_written_before_the_hash_is_known(buffer: objectfile.SealBuffer) -> None:
    begun = _begin(buffer, world.LARGE)
    file = bytearray(objectfile.sealed_size(len(world.LARGE) + 4096))
    end = begun.tail_at
    for offset, piece in begun.tail():
        assert offset == end
        end = offset + len(piece)
        file[offset:end] = piece
    assert list(begun.tail()) == []
    done = begun.finish()
    file[: begun.tail_at] = done.view[: begun.tail_at]
    assert end == len(done.view)
    assert file[:end] == done.view
    assert _open(bytes(file[:end]))[1] == world.LARGE
    assert list(_begin(buffer, world.PICTURE).tail()) == []


def _sealed_alike(buffer: objectfile.SealBuffer, image: bytes, asked: int | None) -> tuple[list[int], bytes]:
    """Lengths of the first `asked` pieces and the finished file, made of the same chance each time."""
    begun = objectfile.begin_object(
        buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR, rendition=ORIGINAL, meta=world.meta(),
        image=image, object_id=world.OBJECT_ID, random=bytes,
    )  # fmt: skip
    pieces = [len(piece) for _offset, piece in itertools.islice(begun.tail(), asked)]
    return pieces, bytes(begun.finish().view)


@pytest.mark.parametrize("chunks", [1, 2, 16, 17, 18, 33, 34])
def test_pieces_do_not_change_the_file(buffer: objectfile.SealBuffer, chunks: int) -> None:
    image = bytes(range(251)) * ((chunks * CHUNK - 4096) // 251)
    pieces, whole = _sealed_alike(buffer, image, None)
    assert [-(-piece // SEALED_CHUNK) for piece in pieces] == [
        min(objectfile.PIECE, chunks - start) for start in range(1, chunks, objectfile.PIECE)
    ]
    assert sum(pieces) == max(0, len(whole) - objectfile.Sealing.tail_at)
    for asked in (0, 1, 2):
        assert _sealed_alike(buffer, image, asked)[1] == whole
    assert _open(whole)[1] == image


def test_a_piece_is_sealed_when_it_is_asked_for_and_caught_before_it_is_given(
    buffer: objectfile.SealBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objectlayout, "ChunkCipher", Faulty)
    monkeypatch.setattr(Faulty, "victim", objectfile.PIECE + 3)
    pieces = _begin(buffer, bytes(40 * CHUNK)).tail()
    assert next(pieces)[0] == objectfile.Sealing.tail_at
    with pytest.raises(Corrupt, match="memory"):
        next(pieces)


def test_fresh_names_keys_and_nonces_each_time(buffer: objectfile.SealBuffer) -> None:
    seen = set()
    for _ in range(3):
        done = objectfile.seal_object(
            buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR, rendition=ORIGINAL,
            meta=world.meta(), image=b"x",
        )  # fmt: skip
        header = objectfile.parse_header(done.view)
        seen |= {header.object_id, header.nonce, header.wrapped, header.key_ref, bytes(done.view[HEADER:])}
    assert len(seen) == 15


class Faulty(ChunkCipher):
    """Memory that turns one bit between sealing and writing: what is sealed is not what was given."""

    victim = 0
    calls = 0

    def seal_into(self, nonce: bytes, plaintext: Buffer, aad: bytes, out: Buffer) -> None:
        """Seals one bit wrong in the chunk called `victim`."""
        turned = bytearray(plaintext)
        if int.from_bytes(nonce[:11], "big") == Faulty.victim:
            turned[-1] ^= 1
        super().seal_into(nonce, turned, aad, out)


@pytest.mark.parametrize(("victim", "size"), [(0, 10), (0, 600_000), (1, 600_000), (2, 600_000)])
def test_bad_memory_is_caught_before_the_write(
    buffer: objectfile.SealBuffer, monkeypatch: pytest.MonkeyPatch, victim: int, size: int
) -> None:
    monkeypatch.setattr(objectlayout, "ChunkCipher", Faulty)
    monkeypatch.setattr(Faulty, "victim", victim)
    with pytest.raises(Corrupt, match="memory"):
        _begin(buffer, world.LARGE[:size]).finish()


def test_check_sealed_says_whether_it_is_the_picture(buffer: objectfile.SealBuffer) -> None:
    for size in (100, 600_000):
        image = world.LARGE[:size]
        done = _begin(buffer, image).finish()
        objectfile.check_sealed(buffer, done, key=world.SESSION_KEY, meta=world.meta(), image=image)
        wrong = [bytes((image[0] ^ 1,)) + image[1:], image[:-1] + bytes((image[-1] ^ 1,)), image + world.LARGE[:70_000]]
        for other in wrong:
            with pytest.raises(Corrupt):
                objectfile.check_sealed(buffer, done, key=world.SESSION_KEY, meta=world.meta(), image=other)
        done.view[-1] ^= 1
        with pytest.raises(Corrupt):
            objectfile.check_sealed(buffer, done, key=world.SESSION_KEY, meta=world.meta(), image=image)


def test_too_large(buffer: objectfile.SealBuffer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectfile, "LARGEST", 65_536 * 8)
    _begin(buffer, world.LARGE[: 65_536 * 8 - 1000])
    with pytest.raises(Corrupt, match="large"):
        _begin(buffer, world.LARGE[: 65_536 * 8])
    wordy = msgspec.structs.replace(world.meta(), camera="x" * CHUNK)
    with pytest.raises(Corrupt, match="meta"):
        objectfile.seal_object(
            buffer, vault=world.VAULT, key=world.SESSION_KEY, locator=world.LOCATOR, rendition=ORIGINAL, meta=wordy,
            image=b"",
        )  # fmt: skip


def test_impossible_sizes() -> None:
    header = world.frozen("object-small")[:HEADER]
    for body in (0, 1, 16, 4096, 4096 + 15, 4096 + 17, 5000 + 16, CHUNK + 16 + 1, CHUNK + 32 + 4096, CHUNK + 16 + 16):
        with pytest.raises(Corrupt):
            objectfile.parse_header(header + bytes(body))
    for body in (4096 + 16, CHUNK + 16, CHUNK + 65_536 + 32):
        objectfile.parse_header(header + bytes(body))


def _handmade(plain: bytes) -> bytes:
    """An object of this padded plaintext, sealed as it should be whatever it says."""
    secret = world.SESSION_KEY.secret
    key_ref = mask(world.LOCATOR, world.SESSION_KEY.key_id, world.OBJECT_ID)
    blank = ObjectHeader(ORIGINAL, world.VAULT, world.OBJECT_ID, key_ref, bytes(12), b"")
    wrapped = seal(secret, bytes(12), b"k" * 32, L("object key") + blank.bound())
    header = ObjectHeader(ORIGINAL, world.VAULT, world.OBJECT_ID, key_ref, bytes(12), wrapped).encode()
    data = bytearray(HEADER + len(plain) + 16)
    data[:HEADER] = header
    Chunks(memoryview(data), b"k" * 32).seal(0, memoryview(plain))
    return bytes(data)


def test_well_sealed_plaintext_that_breaks_a_rule() -> None:
    meta = encode(world.meta(b"img"))

    def plain(meta_len: int, image_len: int, body: bytes, size: int = 4096) -> bytes:
        return (LENGTHS.pack(meta_len, image_len) + body).ljust(size, b"\0")

    assert _open(_handmade(plain(len(meta), 3, meta + b"img")))[1] == b"img"
    for wrong in (
        plain(len(meta), 4, meta + b"img"),
        plain(len(meta), 2, meta + b"img"),
        plain(len(meta) + 1, 2, meta + b"img"),
        plain(len(meta), 3, meta + b"img", 8192),
        plain(len(meta), 3, (meta + b"img").ljust(4084, b"\1")),
        plain(2**32 - 1, 2**64 - 1, b""),
        plain(len(meta), 2**63, meta),
        plain(0, 0, b""),
        plain(len(meta), 3, meta.replace(b"consent", b"consenT") + b"img"),
    ):
        with pytest.raises(Corrupt):
            _open(_handmade(wrong))
