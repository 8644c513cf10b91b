# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a chain: its last row. Named by snapshots, marks and checkpoints. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.vault.labels import HASH, Cursor, L


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last row of one writer's chain; `seq` 0 with `chain_start` as hash before the first."""

    writer: bytes
    seq: int
    row_hash: bytes


def chain_start(vault: bytes, writer: bytes) -> Head:
    """Where the chain of `writer` begins: its first row has seq 1 and this hash as prev."""
    return Head(writer, 0, hashlib.sha256(L("chain") + vault + writer).digest())


def encode_heads(heads: Iterable[Head]) -> bytes:
    """n u16, then n of writer 16 | seq u64 | row hash 32, sorted by writer."""
    ordered = sorted(heads)
    parts = [len(ordered).to_bytes(2, "big")]
    parts += [head.writer + head.seq.to_bytes(8, "big") + head.row_hash for head in ordered]
    return b"".join(parts)


def parse_heads(cursor: Cursor) -> tuple[Head, ...]:
    """The heads at `cursor`, in the order found.

    Raises:
        Corrupt: too short, a writer twice, or a head before the first row.
    """
    heads = tuple(Head(cursor.id(), cursor.u64(), cursor.take(HASH)) for _ in range(cursor.u16()))
    if len({head.writer for head in heads}) != len(heads):
        raise cursor.damaged("a writer twice")
    if any(head.seq == 0 for head in heads):
        raise cursor.damaged("a head without a row")
    return heads
