# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a backup: each chain up to its head, in pieces, those that are new. And whether they go on from what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from clinicam.errors import Corrupt, Forked
from clinicam.vault.backupcopy import Copier
from clinicam.vault.backupsmall import Start, file_jobs
from clinicam.vault.chainread import ChainReader
from clinicam.vault.files import VaultFiles
from clinicam.vault.inside import Inside
from clinicam.vault.manifest import FileEntry, Manifest


def copy_ledger(
    inside: Inside, start: Start, newest: Manifest | None, copier: Copier, out: list[FileEntry]
) -> Iterator[int]:
    """Copy every segment up to the heads; the entries go to `out`.

    Raises:
        Forked: the newest backup there holds rows that this vault does not: another copy of it went on elsewhere.
        Corrupt: this vault's own rows are damaged.
        BackupRefused: the place.
    """
    held = {one.path: one for one in newest.files if one.path.startswith("ledger/")} if newest is not None else {}
    for writer, (last, stop) in sorted(start.stops.items()):
        for segment in inside.files.ledger.segments(writer):
            if segment > last:
                continue
            path = f"ledger/{writer.hex()}/{segment:06d}.rows"
            data = inside.files.ledger.read(writer, segment)
            data = data[:stop] if segment == last else data
            before = held.pop(path, None)
            if before is not None and not _begins_as(data, before):
                raise _why(inside.files, inside.book.vault, writer)
            yield from copier.copy(file_jobs(path, data, out))
    if held:
        raise Forked("backup: the place holds rows that this vault does not")


def _begins_as(data: bytes, before: FileEntry) -> bool:
    """Whether `data` begins with the bytes that `before` names."""
    if len(data) < before.size:
        return False
    view, at = memoryview(data), 0
    for sha256, length in zip(before.pieces, before.lengths(), strict=True):
        if hashlib.sha256(view[at : at + length]).digest() != sha256:
            return False
        at += length
    return True


def _why(files: VaultFiles, vault: bytes, writer: bytes) -> Corrupt | Forked:
    """Two histories, or damage here: a chain that holds together was not damaged."""
    reader = ChainReader(files.ledger, vault=vault, writer=writer, public=None)
    try:
        tuple(reader.stretches())
        is_whole = reader.bad is None
    except Corrupt:
        is_whole = False
    if not is_whole:
        return Corrupt("ledger: damaged since the last backup")
    return Forked("backup: the place holds rows that this vault does not")
