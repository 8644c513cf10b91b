# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof of an erasure: keys and bags read anew from the disk, and every key left tried on what was destroyed.

A key seals its rows and the keys of its objects alike, so one row of each destroyed key stands for all of them: a secret
that opens none of these is none of those that were destroyed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.chainread import ChainReader
from clinicam.vault.files import VaultFiles
from clinicam.vault.keyref import KeyTable, mask
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.objectfile import parse_header
from clinicam.vault.rows import Row, opens_with

HEADER = 128
_TELL_EVERY = 256

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was tried: `rows` that lie under destroyed keys, `left` keys still in the vault, `tries` of one on the other."""

    rows: int
    left: int
    tries: int


def objects_under(files: VaultFiles, table: KeyTable, ids: Collection[bytes], progress: Progress) -> list[bytes]:
    """Objects that lie under one of these keys, told by their headers alone. What is no object is left out."""
    names = sorted(files.objects.ids())
    found = []
    for done, name in enumerate(names, 1):
        start, size = files.objects.head(name, HEADER)
        outline = bytearray(size)
        outline[: len(start)] = start
        try:
            header = parse_header(outline)
        except (Corrupt, UnsupportedFormat):
            continue  # verify tells of it; nothing destroyed can be read from it without a key
        if mask(table.locator, header.key_ref, name) in ids:
            found.append(name)
        if done % _TELL_EVERY == 0:
            progress(done, len(names))
    return found


def prove(files: VaultFiles, book: KeyBook, ids: Collection[bytes], progress: Progress) -> Proof:
    """Show that no key in the vault opens what lies under the keys of these ids.

    Raises:
        Corrupt: one does, one of these keys is still in a bag, an object is still there; or damage on the way.
    """
    fresh = open_keys(files, vault=book.vault, user=book.user, secret=book.secret)
    keys = fresh.table.all()
    if not ids_absent(fresh.table, ids):
        raise Corrupt("erasure: a destroyed key is still in a bag")
    if objects_under(files, fresh.table, ids, progress):
        raise Corrupt("erasure: an object is still there")
    rows = 0
    samples: dict[bytes, Row] = {}
    for writer in files.ledger.writers():
        reader = ChainReader(files.ledger, vault=book.vault, writer=writer, public=None)
        for stretch in reader.stretches():
            for row in stretch.rows:
                key_id = mask(fresh.table.locator, row.key_ref, row.rid)
                if row.content and key_id in ids:
                    rows += 1
                    samples[key_id] = _shorter(row, samples.get(key_id))
    of = len(samples) * len(keys)
    tries = 0
    for row in samples.values():
        for key in keys:
            if opens_with(row, book.vault, key.secret):
                raise Corrupt("erasure: a key that is left opens what was destroyed")
            tries += 1
            if tries % _TELL_EVERY == 0:
                progress(tries, of)
    return Proof(rows, len(keys), tries)


def ids_absent(table: KeyTable, ids: Collection[bytes]) -> bool:
    """Whether none of these keys is held."""
    return all(table.get(key_id) is None for key_id in ids)


def _shorter(row: Row, other: Row | None) -> Row:
    return row if other is None or len(row.content) < len(other.content) else other
