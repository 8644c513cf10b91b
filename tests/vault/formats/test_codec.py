# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict MessagePack: what msgspec lets through and we do not, against a second decoder and a wasteful encoder."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import Corrupt
from clinicam.vault.codec import Count, Id, Record, decode, encode
from tests.vault.independent_reader import unpack


class Point(Record, frozen=True, forbid_unknown_fields=True):
    """Two names of two kinds."""

    a: int
    b: bytes


class Wide(Record, frozen=True, forbid_unknown_fields=True):
    """Anything."""

    items: list[Any]
    texts: dict[str, Any]


GOOD = b"\x82\xa1a\x05\xa1b\xc4\x01x"


def test_names_in_another_order_are_the_same_record() -> None:
    assert decode(GOOD, Point) == decode(b"\x82\xa1b\xc4\x01x\xa1a\x05", Point)
    assert decode(memoryview(GOOD), Point).b == b"x"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(GOOD + b"\0", id="trailing"),
        pytest.param(GOOD[:-1], id="cut"),
        pytest.param(b"\x81\xa1a\x05", id="missing"),
        pytest.param(b"\x83\xa1a\x05\xa1b\xc4\x01x\xa1c\x01", id="unknown"),
        pytest.param(b"\x83\xa1a\x04\xa1a\x05\xa1b\xc4\x01x", id="name twice"),
        pytest.param(b"\x83\xa1a\x05\xa1b\xc4\x01x\xa1a\x05", id="name twice, same value"),
        pytest.param(b"\x82\xa1a\xcc\x05\xa1b\xc4\x01x", id="u8 for 5"),
        pytest.param(b"\x82\xa1a\xcd\x00\xff\xa1b\xc4\x01x", id="u16 for 255"),
        pytest.param(b"\x82\xa1a\xce\x00\x00\xff\xff\xa1b\xc4\x01x", id="u32 for 65535"),
        pytest.param(b"\x82\xa1a\xcf\x00\x00\x00\x00\xff\xff\xff\xff\xa1b\xc4\x01x", id="u64 for 2^32-1"),
        pytest.param(b"\x82\xa1a\xd0\x05\xa1b\xc4\x01x", id="i8 for 5"),
        pytest.param(b"\x82\xa1a\xd0\xe0\xa1b\xc4\x01x", id="i8 for -32"),
        pytest.param(b"\x82\xa1a\xd1\xff\x80\xa1b\xc4\x01x", id="i16 for -128"),
        pytest.param(b"\x82\xa1a\xd2\xff\xff\x80\x00\xa1b\xc4\x01x", id="i32 for -32768"),
        pytest.param(b"\x82\xa1a\xd3\xff\xff\xff\xff\x80\x00\x00\x00\xa1b\xc4\x01x", id="i64 for -2^31"),
        pytest.param(b"\x82\xa1a\x05\xa1b\xc5\x00\x01x", id="bin16 for 1"),
        pytest.param(b"\x82\xa1a\x05\xa1b\xc6\x00\x00\x00\x01x", id="bin32 for 1"),
        pytest.param(b"\x82\xd9\x01a\x05\xa1b\xc4\x01x", id="str8 for 1"),
        pytest.param(b"\xde\x00\x02\xa1a\x05\xa1b\xc4\x01x", id="map16 for 2"),
        pytest.param(b"\xdf\x00\x00\x00\x02\xa1a\x05\xa1b\xc4\x01x", id="map32 for 2"),
        pytest.param(b"\x82\xa1a\xcb" + struct.pack(">d", 5.0) + b"\xa1b\xc4\x01x", id="float"),
        pytest.param(b"\x82\xa1a\xc3\xa1b\xc4\x01x", id="true for 1"),
        pytest.param(b"\x82\xa1a\x05\xa1b\xa1x", id="text for bytes"),
        pytest.param(b"\x82\xc4\x01a\x05\xa1b\xc4\x01x", id="name as bytes"),
        pytest.param(b"\x82\xa1\xff\x05\xa1b\xc4\x01x", id="name not text"),
        pytest.param(b"\x91" * 100_000, id="deep"),
    ],
)  # fmt: skip
def test_refused(raw: bytes) -> None:
    with pytest.raises(Corrupt):
        decode(raw, Point)


@pytest.mark.parametrize(
    "value",
    [0, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, -1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1],
)  # fmt: skip
def test_least_forms_are_taken_in_any_order_of_names(value: int) -> None:
    """Names reversed, so that the slow walk judges each form that msgspec wrote."""
    number = encode(value)
    assert decode(b"\x82\xa1b\xc4\x00\xa1a" + number, Point).a == value


@pytest.mark.parametrize("size", [0, 1, 31, 32, 255, 256, 65535, 65536])
def test_least_lengths_are_taken_in_any_order_of_names(size: int) -> None:
    value = Wide(
        [b"x" * size, "y" * size, [None, True, False] * (size // 100), -5], {f"{i}": i for i in range(size % 99)}
    )
    straight = encode(value)
    texts, items = encode(value.texts), encode(value.items)
    assert decode(b"\x82\xa5texts" + texts + b"\xa5items" + items, Wide) == decode(straight, Wide) == value
    assert unpack(straight) == {"items": value.items, "texts": value.texts}


def test_no_extension_float_or_depth_hides_in_what_may_hold_anything() -> None:
    for inner in (b"\xd4\x05x", b"\xca\x00\x00\x00\x00", b"\x91" * 40 + b"\x00"):
        with pytest.raises(Corrupt):
            decode(b"\x82\xa5texts\x80\xa5items\x91" + inner, Wide)
    with pytest.raises(Corrupt):
        decode(b"\x82\xa5texts\x82\xa1x\x00\xa1x\x00\xa5items\x90", Wide)


def test_ranges_of_ids_and_counts() -> None:
    class Ranged(Record, frozen=True, forbid_unknown_fields=True):
        i: Id
        n: Count

    good = encode({"i": b"x" * 16, "n": 2**63 - 1})
    assert decode(good, Ranged).n == 2**63 - 1
    for bad in (
        {"i": b"x" * 15, "n": 1},
        {"i": b"x" * 17, "n": 1},
        {"i": b"x" * 16, "n": -1},
        {"i": b"x" * 16, "n": 2**63},
    ):
        with pytest.raises(Corrupt):
            decode(encode(bad), Ranged)


def test_a_record_never_prints_its_fields() -> None:
    assert repr(Point(5, b"x")) == "<Point>"


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=40) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner, max_size=20),
    max_leaves=30,
)


@given(st.lists(plain, max_size=5), st.dictionaries(st.text(max_size=3), plain, max_size=5))
def test_whatever_is_encoded_decodes(items: list[Any], texts: dict[str, Any]) -> None:
    value = Wide(items, texts)
    raw = encode(value)
    assert decode(raw, Wide) == value
    assert unpack(raw) == {"items": items, "texts": texts}
    assert decode(b"\x82\xa5texts" + encode(texts) + b"\xa5items" + encode(items), Wide) == value


@given(st.binary(max_size=60))
def test_only_corrupt_escapes(raw: bytes) -> None:
    for data in (raw, b"\x82\xa5items" + raw, b"\x82\xa5texts\x80\xa5items" + raw):
        try:
            value = decode(data, Wide)
        except Corrupt:
            continue
        assert unpack(data) == {"items": value.items, "texts": value.texts}
        assert len(encode(value)) == len(data)
