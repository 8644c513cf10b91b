# SPDX-License-Identifier: GPL-3.0-or-later
"""Bits turned at random in a 25 MB object: 20,000 here, 1,000,000 with `make damage`; and every cut that could be.

Each goes through `open_object`. Opening a whole such object takes 10 ms, so for most flips the chunks that were not
touched are passed over, and the memory for them is only promised: what must refuse the object is the touched chunk's own
seal, and nothing is returned before it.
The rest, one in a hundred, decrypt everything.
"""

from __future__ import annotations

import mmap
import os
import random
from collections.abc import Iterator
from functools import cache

import pytest

from clinicam.errors import Corrupt
from clinicam.vault import objectfile, objectlayout
from clinicam.vault.aead import Buffer, ChunkCipher
from clinicam.vault.objectlayout import HEADER, SEALED_CHUNK
from tests.vault import world

FLIPS = int(os.environ.get("CLINICAM_DAMAGE_COUNT", "20000"))
SIZE = 25_000_000
SEED = 20261121
NAME = world.named("a frame of 25 MB")


@cache
def _frame() -> bytes:
    """A frame of many chunks, sealed once for all tests here."""
    image = random.Random(SEED).randbytes(SIZE)
    buffer = objectfile.SealBuffer(SIZE)
    try:
        return world.seal_picture(buffer, image, NAME, objectfile.Rendition.ORIGINAL)
    finally:
        buffer.close()


@pytest.fixture(scope="module")
def frame() -> Iterator[bytes]:
    yield _frame()
    _frame.cache_clear()


def _open(data: Buffer) -> object:
    return objectfile.open_object(data, world.table().by_ref, vault=world.VAULT, object_id=NAME)


class Passing(ChunkCipher):
    """Opens the touched chunk and passes over the others, whose bytes are known to be whole."""

    touched = 0
    refused = False

    def open_into(self, nonce: bytes, ciphertext: Buffer, aad: bytes, out: Buffer) -> None:
        if int.from_bytes(nonce[:11], "big") != Passing.touched:
            return
        try:
            super().open_into(nonce, ciphertext, aad, out)
        except Corrupt:
            Passing.refused = True
            raise


def _opens(data: bytearray, at: int) -> bool:
    """Whether `data` is still opened with one bit of byte `at` turned."""
    bit = 1 << at % 8
    data[at] ^= bit
    Passing.touched, Passing.refused = (at - HEADER) // SEALED_CHUNK, False
    try:
        _open(data)
    except Corrupt:
        return at >= HEADER and not Passing.refused
    else:
        return True
    finally:
        data[at] ^= bit


def test_random_flips(frame: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectlayout, "ChunkCipher", Passing)
    # 25 MB of zeros for each try would take twenty times as long as the try.
    monkeypatch.setattr(objectfile, "bytearray", lambda size: mmap.mmap(-1, size), raising=False)
    chance, data = random.Random(SEED), bytearray(frame)
    undetected = [at for at in (chance.randrange(len(data)) for _ in range(FLIPS)) if _opens(data, at)]
    assert undetected == []
    assert data == frame


def test_random_flips_with_nothing_passed_over(frame: bytes) -> None:
    chance, data = random.Random(SEED + 1), bytearray(frame)
    for _ in range(max(FLIPS // 100, 100)):
        at = chance.randrange(len(data) * 8)
        data[at // 8] ^= 1 << at % 8
        with pytest.raises(Corrupt):
            _open(data)
        data[at // 8] ^= 1 << at % 8
    _open(data)


def test_every_cut_to_a_size_that_could_be(frame: bytes) -> None:
    """Every end of a chunk, and every step of the padding within the last chunks; others are refused by their size."""
    view = memoryview(frame)
    ends = [HEADER + n * SEALED_CHUNK for n in range((len(frame) - HEADER) // SEALED_CHUNK + 1)]
    for end in ends:
        for length in (end - 1, end, end + 1):
            with pytest.raises(Corrupt):
                _open(view[:length])
    for length in range(ends[-3] + 16, len(frame), 65_536):
        with pytest.raises(Corrupt):
            _open(view[:length])


def test_chunks_swapped_dropped_and_repeated(frame: bytes) -> None:
    chunks = [frame[at : at + SEALED_CHUNK] for at in range(HEADER, len(frame), SEALED_CHUNK)]
    chance = random.Random(SEED + 2)
    for _ in range(20):
        i, j = chance.sample(range(len(chunks)), 2)
        swapped, repeated = list(chunks), list(chunks)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        repeated[i] = chunks[j]
        for changed in (swapped, repeated, chunks[:i] + chunks[i + 1 :], [*chunks[:i], chunks[j], *chunks[i:]]):
            with pytest.raises(Corrupt):
                _open(frame[:HEADER] + b"".join(changed))
