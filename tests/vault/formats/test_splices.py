# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of two undamaged things put together: objects of other patients, vaults and renditions, rows of other chains."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import permutations, product

import msgspec
import pytest

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault import objectfile, rows, segment
from clinicam.vault.acts import What
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.keyref import ContentKey, KeyTable
from clinicam.vault.objectfile import Rendition
from clinicam.vault.objectlayout import HEADER, SEALED_CHUNK
from clinicam.vault.sign import SigningKey
from tests.vault import world

ELSEWHERE = world.named("another vault")
OTHER_SESSION = ContentKey(
    world.named("k5"), world.OTHER_PATIENT, world.named("other session"), 1, world.named("s5", 32), 1
)
KEYS = (world.SESSION_KEY, OTHER_SESSION)
TABLE = KeyTable(world.LOCATOR, KEYS)
_CUTS = (8, 10, 12, 16, 32, 48, 64, 76, 124, 128, 2000)
"""The borders of the header's fields, and one within the first chunk."""

Kind = tuple[bytes, ContentKey, Rendition]
KINDS: list[Kind] = list(product((world.VAULT, ELSEWHERE), KEYS, (Rendition.ORIGINAL, Rendition.THUMBNAIL)))


@cache
def _object(kind: Kind, size: int) -> bytes:
    """A picture of this vault, patient and rendition, all under one name, so that only seals can tell them apart."""
    vault, key, rendition = kind
    meta = msgspec.structs.replace(world.meta(), patient=key.patient, session=key.session)
    buffer = objectfile.SealBuffer()
    try:
        sealed = objectfile.seal_object(
            buffer, vault=vault, key=key, locator=world.LOCATOR, rendition=rendition, meta=meta,
            image=world.LARGE[:size], object_id=world.OBJECT_ID,
        )  # fmt: skip
        return bytes(sealed.view)
    finally:
        buffer.close()


def _open(data: bytes, vault: bytes) -> None:
    objectfile.open_object(data, TABLE.by_ref, vault=vault, object_id=world.OBJECT_ID)


@pytest.mark.parametrize("size", [1000, 300_000])
def test_objects_of_other_patients_vaults_and_renditions(size: int) -> None:
    for one, other in permutations(KINDS, 2):
        first, second = _object(one, size), _object(other, size)
        assert len(first) == len(second)
        _open(first, one[0])
        for cut in (*_CUTS, *range(HEADER + SEALED_CHUNK, len(first), SEALED_CHUNK)):
            for vault in (world.VAULT, ELSEWHERE):
                if (mixed := first[:cut] + second[cut:]) not in {first, second}:
                    with pytest.raises(Corrupt):
                        _open(mixed, vault)
        for vault in {world.VAULT, ELSEWHERE} - {one[0]}:
            with pytest.raises(Corrupt):
                _open(first, vault)


def test_two_sealings_of_the_same_picture_do_not_mix() -> None:
    """Same name, key, meta and picture, sealed twice: still other keys and chunks."""
    kind = KINDS[0]
    first = _object(kind, 300_000)
    _object.cache_clear()
    second = _object(kind, 300_000)
    assert first != second
    for cut in (70, 76, 100, 128, 2000, HEADER + SEALED_CHUNK):
        for mixed in (first[:cut] + second[cut:], second[:cut] + first[cut:]):
            with pytest.raises(Corrupt):
                _open(mixed, world.VAULT)


# --- rows ----------------------------------------------------------------------------------------------------------------


def _chain(vault: bytes, writer: bytes, signer: SigningKey, n: int = 4) -> list[rows.SealedRow]:
    """The same history, as `writer` of `vault` tells it."""
    sealed: list[rows.SealedRow] = []
    for i in range(n):
        sealed.append(
            rows.seal_row(
                world.act(i + 1, What.PATIENT_ADDED, (world.named(f"batch {i}"), 1, 1)), world.entry(), vault=vault,
                head=sealed[-1].head if sealed else chain_start(vault, writer), signer=signer, audit=world.AUDIT,
                locator=world.LOCATOR, key=world.PATIENT_KEY, rid=world.named(f"row {i}"),
            )
        )  # fmt: skip
    return sealed


CHAINS = {
    (world.VAULT, world.WRITER): _chain(world.VAULT, world.WRITER, world.SIGNER),
    (world.VAULT, world.OLD_WRITER): _chain(world.VAULT, world.OLD_WRITER, world.OLD_SIGNER),
    (ELSEWHERE, world.WRITER): _chain(ELSEWHERE, world.WRITER, world.SIGNER),
}
"""Two workstations of one vault, and one whose signing key also serves another vault."""


def _read(data: bytes) -> None:
    found = segment.scan_segment(data, vault=world.VAULT, head=chain_start(world.VAULT, world.WRITER))
    for row in found.whole():
        rows.check_signature(row, world.SIGNER.public)
        rows.open_act(row, world.VAULT, world.AUDIT)
        rows.open_content(row, world.VAULT, world.table())


def _mixtures() -> Iterator[bytes]:
    ours = CHAINS[world.VAULT, world.WRITER]
    for name, foreign in CHAINS.items():
        if name == (world.VAULT, world.WRITER):
            continue
        yield segment.join(foreign, new_segment=True)
        for i in range(len(ours)):
            yield segment.join([*ours[:i], foreign[i], *ours[i + 1 :]], new_segment=True)
            yield segment.join([*ours[:i], *foreign[i:]], new_segment=True)
            yield segment.join([*foreign[:i], *ours[i:]], new_segment=True) if i else segment.MAGIC + ours[1].data
            yield segment.join([*ours, foreign[i]], new_segment=True)


def test_rows_of_other_chains() -> None:
    _read(segment.join(CHAINS[world.VAULT, world.WRITER], new_segment=True))
    for data in _mixtures():
        with pytest.raises(Corrupt):
            _read(data)


def test_parts_of_rows_exchanged() -> None:
    """Header, act, content and signature of one row with those of another, of the same chain or a foreign one."""
    every = [(name, row) for name, chain in CHAINS.items() for row in chain]

    def parts(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
        act = 4 + int.from_bytes(data[96:100], "big")
        return data[:96], data[96 : 96 + act], data[96 + act : -64], data[-64:]

    ours = CHAINS[world.VAULT, world.WRITER]
    for position, row in enumerate(ours):
        before = ours[position - 1].head if position else chain_start(world.VAULT, world.WRITER)
        for (_, other), take in product(every, product((0, 1), repeat=4)):
            if other.data == row.data or not any(take):
                continue
            mixed = b"".join(pair[which] for pair, which in zip(zip(parts(row.data), parts(other.data), strict=True), take, strict=True))  # fmt: skip
            with pytest.raises((Corrupt, UnsupportedFormat)):
                _one(mixed, before)


def _one(data: bytes, before: Head) -> None:
    row = rows.parse_row(data, 0, world.VAULT)
    rows.check_link(row, before)
    rows.check_signature(row, world.SIGNER.public)
    rows.open_act(row, world.VAULT, world.AUDIT)
    rows.open_content(row, world.VAULT, world.table())
