# SPDX-License-Identifier: GPL-3.0-or-later
"""The one reader of untrusted bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.crockford import ALPHABET, heard, spell_out
from clinicam.vault.labels import LP, Cursor, L

field = st.one_of(
    st.tuples(st.sampled_from([1, 2, 4, 8]), st.integers(0, 255)),
    st.binary(max_size=300),
)


@given(st.lists(field, max_size=12))
def test_what_was_joined_is_read_back(fields: list[tuple[int, int] | bytes]) -> None:
    data = b"".join(LP(f) if isinstance(f, bytes) else f[1].to_bytes(f[0], "big") for f in fields)
    cursor = Cursor(data, "test")
    for f in fields:
        if isinstance(f, bytes):
            assert cursor.prefixed() == f
        else:
            assert {1: cursor.u8, 2: cursor.u16, 4: cursor.u32, 8: cursor.u64}[f[0]]() == f[1]
    cursor.end()
    assert cursor.left == 0


@given(st.binary(max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_never_reads_beyond_the_end(data: bytes, lengths: list[int]) -> None:
    cursor, taken = Cursor(memoryview(data), "test"), b""
    for length in lengths:
        try:
            part = cursor.take(length)
        except Corrupt:
            assert length > cursor.left
        else:
            assert len(part) == length
            taken += part
    assert data.startswith(taken)
    assert cursor.taken_since(0) == taken


def test_a_length_far_beyond_the_data_allocates_nothing() -> None:
    with pytest.raises(Corrupt, match="test: too short"):
        Cursor(b"\xff\xff\xff\xff", "test").prefixed()


def test_magic() -> None:
    Cursor(b"CCTEST\0\1", "test").magic(b"CCTEST\0\1")
    with pytest.raises(UnsupportedFormat):
        Cursor(b"CCTEST\0\2", "test").magic(b"CCTEST\0\1")
    for wrong in (b"CCTEST\0\0", b"CCTESS\0\1", b"CCTEST\0", b"CCTESS\0\2"):
        with pytest.raises(Corrupt):
            Cursor(wrong, "test").magic(b"CCTEST\0\1")


def test_small_checks() -> None:
    with pytest.raises(Corrupt, match="reserved"):
        Cursor(b"\0\1", "test").zeros(2)
    with pytest.raises(Corrupt, match="another vault"):
        Cursor(b"ab", "test").same(b"ac", "vault")
    with pytest.raises(Corrupt, match="after the end"):
        Cursor(b"a", "test").end()


def test_labels() -> None:
    assert L("slot") == b"clinicam/1 slot\0"


@given(st.binary(min_size=1, max_size=40))
def test_crockford_is_heard_as_spelled(data: bytes) -> None:
    length = 8 * len(data) // 5
    text = spell_out(data, length)
    assert len(text) == length
    assert set(text) <= set(ALPHABET)
    assert heard(f" {text[:2].lower()}-{text[2:]} ".replace("0", "o").replace("1", "l")) == text
    value = 0
    for c in text:
        value = value << 5 | ALPHABET.index(c)
    assert value == int.from_bytes(data, "big") >> (8 * len(data) - 5 * length)


def test_crockford_needs_the_bits() -> None:
    with pytest.raises(ValueError, match="too few"):
        spell_out(b"a", 2)
