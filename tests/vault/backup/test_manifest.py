# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest's format: frozen, strict, and nothing but Corrupt or UnsupportedFormat for anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.heads import Head
from clinicam.vault.manifest import (
    PIECE,
    Blob,
    FileEntry,
    ListEntry,
    Manifest,
    ObjectEntry,
    encode_list,
    is_path,
    parse_list,
    parse_manifest,
)
from tests.vault import world

BYTES = world.frozen("backup-manifest")


def test_it_says_what_it_was_made_from() -> None:
    signed = parse_manifest(BYTES)
    signed.check(world.SIGNER.public)
    assert signed.manifest == world.backup_manifest()
    assert signed.manifest.objects == 2
    named = signed.manifest.named()
    assert (
        sum(named.values()) == sum(one.size for one in signed.manifest.files) + 2 * 56 + signed.manifest.erasures.size
    )


def test_every_byte_counts() -> None:
    """A bit of each, and all bits of the fields in front: refused outright, or the signature fails."""
    for position in range(len(BYTES)):
        for bit in range(8) if position < 64 else (position % 8,):
            changed = bytearray(BYTES)
            changed[position] ^= 1 << bit
            with pytest.raises((Corrupt, UnsupportedFormat)):
                parse_manifest(bytes(changed)).check(world.SIGNER.public)


def test_every_length_counts() -> None:
    for length in range(len(BYTES)):
        with pytest.raises(Corrupt):
            parse_manifest(BYTES[:length])
    with pytest.raises(Corrupt):
        parse_manifest(BYTES + b"\0")


@given(st.binary(max_size=400))
def test_anything_else_is_corrupt(data: bytes) -> None:
    for start in (b"", BYTES[:8], BYTES[:64]):
        with pytest.raises((Corrupt, UnsupportedFormat)):
            parse_manifest(start + data).check(world.SIGNER.public)


def test_signed_by_another() -> None:
    with pytest.raises(Corrupt):
        parse_manifest(BYTES).check(world.OLD_SIGNER.public)


def make(**changes: object) -> bytes:
    """A manifest that is right but for what is given."""
    good = world.backup_manifest()
    fields = {name: getattr(good, name) for name in Manifest.__dataclass_fields__} | changes
    return Manifest(**fields).encode(world.SIGNER)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": 0},
        {"generation": 0},
        {"lists": (ListEntry(0, b"l" * 32),)},
        {"lists": (ListEntry(4097, b"l" * 32),)},
        {"heads": (Head(b"w" * 16, 0, b"h" * 32),)},
        {"files": (FileEntry("keyring", 1, (b"h" * 32,)), FileEntry("keyring", 2, (b"h" * 32,)))},
        {"files": (FileEntry("objects/00/x", 1, (b"h" * 32,)),)},
        {"files": (FileEntry("index/00", 1, (b"h" * 32,)),)},
        {"files": (FileEntry("slots/../keyring", 1, (b"h" * 32,)),)},
        {"files": (FileEntry("/etc/passwd", 1, (b"h" * 32,)),)},
        {"files": (FileEntry("slots/.new-x", 1, (b"h" * 32,)),)},
        {"files": (FileEntry("keyring", 2**63, (b"h" * 32,)),)},
        {"files": (FileEntry("keyring", PIECE + 1, (b"h" * 32,)),)},
    ],
    ids=str,
)
def test_what_no_manifest_says(wrong: dict[str, object]) -> None:
    parse_manifest(make())
    with pytest.raises(Corrupt):
        parse_manifest(make(**wrong))


def test_a_later_version_is_told_apart() -> None:
    with pytest.raises(UnsupportedFormat):
        parse_manifest(BYTES[:7] + b"\2" + BYTES[8:])


def test_lists_of_objects() -> None:
    entries = (ObjectEntry(b"a" * 16, 5000, b"h" * 32), ObjectEntry(b"b" * 16, 6000, b"i" * 32))
    data = encode_list(entries)
    assert parse_list(data, 2) == entries
    assert len(data) == ListEntry(2, b"").size
    for changed, count in (
        (data, 1),
        (data, 3),
        (data[:-1], 2),
        (encode_list([ObjectEntry(b"a" * 16, 128, b"h" * 32)]), 1),
    ):
        with pytest.raises(Corrupt):
            parse_list(changed, count)


def test_pieces_and_paths() -> None:
    assert FileEntry("x/y", 2 * PIECE + 5, ()).lengths() == (PIECE, PIECE, 5)
    assert FileEntry("x/y", 0, ()).lengths() == ()
    assert is_path("ledger/00112233445566778899aabbccddeeff/000001.rows")
    assert is_path("quarantine/00112233-000001-8")
    assert not any(is_path(path) for path in ("", "ledger", "keyring/x", "a/b/c/d", "Slots/x", "slots/ü", "slots/a b"))
    assert Blob(1, b"").size == 1
