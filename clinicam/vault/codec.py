# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict MessagePack: one meaning per byte string, one byte string per meaning but for the order of names.

`msgspec` refuses wrong types, unknown and missing names and trailing bytes, but takes the last of two equal names and
any width of integer. Those are caught here: bytes that msgspec would have written itself are canonical, which one
comparison shows; only others are walked.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from clinicam.errors import Corrupt
from clinicam.vault.labels import HASH, ID, Cursor

T = TypeVar("T")

Id = Annotated[bytes, msgspec.Meta(min_length=ID, max_length=ID)]
"""Sixteen bytes as bin."""
Hash = Annotated[bytes, msgspec.Meta(min_length=HASH, max_length=HASH)]
"""Thirty-two bytes as bin."""
Signature = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
"""Sixty-four bytes as bin."""
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
"""A count, generation or number of milliseconds; fits a signed 64-bit column."""

DEEPEST = 32
"""Nesting allowed; our schemas need at most five."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every sealed body. Never prints its fields: they are keys or belong to a patient."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def encode(value: Any) -> bytes:
    """Canonical MessagePack of a `Record` or of plain values; names in the order of the schema."""
    return msgspec.msgpack.encode(value)


def decode(data: bytes | bytearray | memoryview, schema: type[T]) -> T:
    """The value of `data`, which must be exactly one value of `schema`, canonically encoded.

    Raises:
        Corrupt: malformed, another shape, an unknown, missing or repeated name, a number or length wider than
            need be, a float or extension, bytes after the end.
    """
    try:
        value = msgspec.msgpack.decode(data, type=schema)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Corrupt(f"{_name(schema)}: not a record of this shape") from error
    if encode(value) != data:
        cursor = Cursor(data, _name(schema))
        _walk(cursor, DEEPEST)
    return value


def _name(schema: Any) -> str:
    return getattr(schema, "__name__", "record")


_INT_WIDTH = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
# First byte -> width of the length that follows, and the least length that needs this form.
_BYTES = {0xC4: (1, 0), 0xC5: (2, 0x100), 0xC6: (4, 0x10000), 0xD9: (1, 32), 0xDA: (2, 0x100), 0xDB: (4, 0x10000)}
_ARRAY = {0xDC: (2, 16), 0xDD: (4, 0x10000)}
_MAP = {0xDE: (2, 16), 0xDF: (4, 0x10000)}


def _walk(cursor: Cursor, depth: int) -> None:
    """Take one value; refuse what has a shorter spelling, repeats a name, or has no place in our schemas."""
    if depth == 0:
        raise cursor.damaged("nested too deeply")
    head = cursor.u8()
    if head <= 0x7F or head >= 0xE0 or head in {0xC0, 0xC2, 0xC3}:
        return
    if head in _INT_WIDTH:
        _integer(cursor, head)
    elif head in _BYTES:
        cursor.view(_length(cursor, *_BYTES[head]))
    elif 0xA0 <= head <= 0xBF:
        cursor.view(head & 0x1F)
    elif 0x90 <= head <= 0x9F or head in _ARRAY:
        count = _length(cursor, *_ARRAY[head]) if head in _ARRAY else head & 0x0F
        for _ in range(count):
            _walk(cursor, depth - 1)
    elif head <= 0x8F or head in _MAP:
        count = _length(cursor, *_MAP[head]) if head in _MAP else head & 0x0F
        _names(cursor, count, depth)
    else:
        raise cursor.damaged("a kind of value that has no place here")


def _integer(cursor: Cursor, head: int) -> None:
    width = _INT_WIDTH[head]
    raw = cursor.view(width)
    value = int.from_bytes(raw, "big", signed=head >= 0xD0)
    if head >= 0xD0:
        # Signed forms are for negatives; one that fits the next smaller form is too wide.
        floor = -32 if width == 1 else -(1 << (4 * width - 1))
        minimal = value < floor
    else:
        minimal = value > (0x7F if width == 1 else (1 << (4 * width)) - 1)
    if not minimal:
        raise cursor.damaged("a number wider than need be")


def _length(cursor: Cursor, width: int, least: int) -> int:
    length = cursor.number(width)
    if length < least:
        raise cursor.damaged("a length wider than need be")
    return length


def _names(cursor: Cursor, count: int, depth: int) -> None:
    seen: set[bytes] = set()
    for _ in range(count):
        start = cursor.position
        _walk(cursor, depth - 1)
        name = cursor.taken_since(start)
        if name in seen:
            raise cursor.damaged("a name twice")
        seen.add(name)
        _walk(cursor, depth - 1)
