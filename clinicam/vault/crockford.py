# SPDX-License-Identifier: GPL-3.0-or-later
"""Crockford's base 32, for what people read aloud and type back: no I, L, O or U, either case. Pure."""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def spell_out(data: bytes, length: int) -> str:
    """The first `length` characters for the bits of `data`, most significant first.

    Raises:
        ValueError: `data` has fewer bits than that.
    """
    spare = 8 * len(data) - 5 * length
    if spare < 0:
        raise ValueError("too few bytes")
    value = int.from_bytes(data, "big") >> spare
    return "".join(ALPHABET[value >> 5 * (length - 1 - i) & 31] for i in range(length))


def heard(typed: str) -> str:
    """What somebody typed, in the spelling of `spell_out`: O is 0, I and L are 1, blanks and hyphens mean nothing."""
    return typed.upper().translate(_HEARD)
