# SPDX-License-Identifier: GPL-3.0-or-later
"""One try of one target: what came out, and what memory it took. And changes to make the next input of the last."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence

from fuzz.targets import SLACK, Target

LONGEST = 40_000
_NUMBERS = (0, 1, 2, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)


class Defect(Exception):
    """Something came out that must not, or took more memory than it may."""


def try_one(target: Target, data: bytes, *, measure: bool = True) -> bool:
    """Give `data` to `target`; whether it was accepted.

    Raises:
        Defect: an error that is not the target's, or too much memory. Needs tracemalloc started to see the latter.
    """
    measure = measure and tracemalloc.is_tracing()
    before = 0
    if measure:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
    accepted = False
    result: object = None
    try:
        result = target.parse(data)
        accepted = True
    except target.allowed:
        pass
    except (MemoryError, Exception) as error:
        raise Defect(f"{target.name}: {type(error).__name__} escapes for {data[:80].hex()}...") from error
    if measure:
        took = tracemalloc.get_traced_memory()[1] - before
        if took > target.limit * len(data) + SLACK:
            raise Defect(f"{target.name}: {took} bytes of memory for {len(data)} of input")
    del result
    return accepted


def change(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """`data` with one to four changes of the kinds that find things: bits, numbers at borders, pieces moved and joined."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        _once(out, others, chance)
    return bytes(out[:LONGEST])


def _once(out: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    at = chance.randint(0, len(out))
    kind = chance.randrange(8)
    if kind == 0 and out:
        out[at % len(out)] ^= 1 << chance.randrange(8)
    elif kind == 1 and out:
        out[at % len(out)] = chance.randrange(256)
    elif kind == 2:
        width = chance.choice((1, 2, 4, 8))
        number = chance.choice(_NUMBERS) % (1 << (8 * width))
        out[at : at + width] = number.to_bytes(width, "big")
    elif kind == 3:
        del out[at : at + chance.randint(1, 40)]
    elif kind == 4:
        out[at:at] = chance.randbytes(chance.randint(1, 20))
    elif kind == 5:
        end = chance.randint(at, min(len(out), at + 200))
        out[at:at] = out[at:end]
    elif kind == 6:
        other = chance.choice(others)
        start = chance.randint(0, len(other))
        out[at : at + chance.randint(0, 64)] = other[start : start + chance.randint(1, 200)]
    else:
        del out[at:]
