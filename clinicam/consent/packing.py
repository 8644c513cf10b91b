# SPDX-License-Identifier: GPL-3.0-or-later
"""Strict MessagePack for records: one value, one encoding. What does not encode back to the same bytes is refused.

That one comparison refuses duplicate and unknown names, long forms of short numbers, spelled-out defaults and trailing
bytes. Fields at their default are left out, so that a later field with a default does not make an old record unreadable.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from clinicam.errors import Corrupt

T = TypeVar("T")

LARGEST = 1024 * 1024
"""bytes; a consent with a long signature has some 200 thousand"""

_encoder = msgspec.msgpack.Encoder()


def pack(value: msgspec.Struct | tuple[Any, ...]) -> bytes:
    """The one encoding of `value`.

    Raises:
        Corrupt: it holds something no record may hold, or is too large.
    """
    try:
        data = _encoder.encode(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Corrupt("record: cannot be encoded") from error
    if len(data) > LARGEST:
        raise Corrupt("record: too large")
    return data


def unpack(data: bytes, kind: Any, *, what: str) -> Any:
    """The `kind` that `data` is the one encoding of. `what` names the record in the error.

    Raises:
        Corrupt: anything else.
    """
    if len(data) > LARGEST:
        raise Corrupt(f"{what}: too large")
    try:
        value = msgspec.msgpack.decode(data, type=kind, strict=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Corrupt(f"{what}: not one") from error
    if _encoder.encode(value) != data:
        raise Corrupt(f"{what}: not its one encoding")
    return value
