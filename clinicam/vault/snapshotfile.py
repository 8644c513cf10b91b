# SPDX-License-Identifier: GPL-3.0-or-later
"""`index/<writer>`: the search index at lock, sealed, and the heads of every chain it covers (vault.md 2.3). Pure.

A cache: whoever opens it throws it away unless every head equals a stored row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinicam.vault.aead import NONCE, Buffer, Randomness, open_sealed, seal, system_randomness
from clinicam.vault.heads import Head, encode_heads, parse_heads
from clinicam.vault.labels import Cursor, L

MAGIC = b"CCSNAP\0\1"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An opened snapshot. `schema` numbers the layout of `index`."""

    generation: int
    schema: int
    heads: tuple[Head, ...]
    index: bytes = field(repr=False)


def seal_snapshot(
    index: Buffer,
    *,
    vault: bytes,
    generation: int,
    schema: int,
    heads: Iterable[Head],
    index_key: bytes,
    random: Randomness = system_randomness,
) -> bytes:
    """The file. `generation` is the keyring's."""
    bound = vault + generation.to_bytes(8, "big") + schema.to_bytes(4, "big") + encode_heads(heads)
    nonce = random(NONCE)
    return b"".join((MAGIC, bound, nonce, seal(index_key, nonce, index, L("index") + bound)))


def open_snapshot(data: bytes, *, vault: bytes, generation: int, index_key: bytes) -> Snapshot:
    """The index and what it covers.

    Raises:
        Corrupt: damage, another vault or generation, heads out of order.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "snapshot")
    cursor.magic(MAGIC)
    cursor.same(vault, "vault")
    cursor.same(generation.to_bytes(8, "big"), "generation")
    schema = cursor.u32()
    heads = parse_heads(cursor)
    if list(heads) != sorted(heads):
        raise cursor.damaged("heads out of order")
    bound = data[len(MAGIC) : cursor.position]
    nonce = cursor.take(NONCE)
    index = open_sealed(index_key, nonce, cursor.view(cursor.left), L("index") + bound)
    return Snapshot(generation, schema, heads, index)
