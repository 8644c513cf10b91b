# SPDX-License-Identifier: GPL-3.0-or-later
"""The small files of a backup: what the vault is found to be when it begins, and keyring, slots and bags when it ends."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from clinicam.errors import Corrupt
from clinicam.vault.backupcopy import Copier, Job, Source
from clinicam.vault.erasure import Erasures
from clinicam.vault.files import FOLDERS, VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.inside import Inside
from clinicam.vault.manifest import PIECE, FileEntry, is_path, piece_count

_OTHERWISE = frozenset({"ledger", "objects", "index", "slots", "bags", "checkpoints"})
"""Folders whose files are copied in their own way, or (the index) not at all."""


@dataclass(frozen=True, slots=True)
class Start:
    """The vault as a backup finds it: heads, and where each chain's rows end (segment, offset)."""

    made_ms: int
    heads: tuple[Head, ...]
    stops: dict[bytes, tuple[int, int]]
    checkpoint: bytes
    changes: Changes


@dataclass(frozen=True, slots=True)
class Changes:
    """What tells whether keys or objects were taken away: generation, objects whose place others took, intents, those done."""

    generation: int
    replaced: int
    intents: int
    done: int


@dataclass(frozen=True, slots=True)
class Captured:
    """The keys of one generation, as files by path, and the erasure list that goes with them."""

    changes: Changes
    files: dict[str, bytes] = field(repr=False)
    erasures: bytes = field(repr=False)


def look(inside: Inside) -> Start:
    """The vault as it is now, a checkpoint of it signed. Vault thread; quick.

    Raises:
        VaultClosed: it was locked. DiskFull, WriteFailed: the checkpoint could not be written.
    """
    inside.check_open()
    inside.upkeep.save_checkpoint()
    places = inside.index.places()
    return Start(
        made_ms=inside.host.wall_ms(),
        heads=inside.index.heads(),
        stops={writer: (one.end.segment, one.end.stop) for writer, one in places.items()},
        checkpoint=inside.files.checkpoints()[inside.scribe.writer.writer],
        changes=_changes(inside),
    )


def _changes(inside: Inside) -> Changes:
    index = inside.index
    with index.lock:
        (replaced,) = index.db.execute("SELECT COUNT(*) FROM gone").fetchone()
        intents, done = index.db.execute("SELECT COUNT(act), COUNT(done) FROM intent").fetchone()
    return Changes(inside.book.keyring.generation, replaced, intents, done)


def capture(inside: Inside) -> Captured:
    """Keyring, slots, bags of this generation and checkpoints, all of one moment. Vault thread; reads some megabytes at most.

    Raises:
        VaultClosed: it was locked. Corrupt: a file that cannot be read.
    """
    inside.check_open()
    files, generation = inside.files, inside.book.keyring.generation
    with files.exclusive():
        found = {"keyring": files.keyring()}
        found |= {f"slots/{user.hex()}": data for user, data in files.slots().items()}
        bags = [name for name in files.bags() if name.generation == generation]
        found |= {f"bags/{name.file}": files.bag(name) for name in bags}
    found |= {f"checkpoints/{writer.hex()}": data for writer, data in files.checkpoints().items()}
    if hashlib.sha256(found["keyring"]).digest() != inside.book.keyring.sha256:
        raise Corrupt("keyring: not the one this vault was opened with")
    return Captured(_changes(inside), found, Erasures(inside).erasure_list())


def copy_small(inside: Inside, captured: Captured, copier: Copier, out: list[FileEntry]) -> Iterator[int]:
    """Copy what was captured and every other small file of the vault (quarantine); their entries go to `out`.

    Raises:
        BackupRefused: the place.
    """
    jobs: list[Job] = []
    for path, data in sorted(captured.files.items()):
        jobs += file_jobs(path, data, out)
    for path in _others(inside.files):
        other = _read(inside.files, path)
        if other is not None:
            jobs += file_jobs(path, other, out)
    yield from copier.copy(jobs)


def file_jobs(path: str, data: bytes, out: list[FileEntry]) -> list[Job]:
    """What copies one file in pieces; its entry goes to `out` once they are durable."""
    hashes: list[bytes] = []

    def source(at: int) -> Source:
        return lambda: data[at : at + PIECE]

    def told(sha256: bytes, _size: int) -> None:
        hashes.append(sha256)
        if len(hashes) == piece_count(len(data)):
            out.append(FileEntry(path, len(data), tuple(hashes)))

    if not data:
        out.append(FileEntry(path, 0, ()))
    return [(source(at), told) for at in range(0, len(data), PIECE)]


def _others(files: VaultFiles) -> Iterator[str]:
    """Paths of all other files of ours. Temporary names and strangers' are no paths of a vault."""
    for folder in FOLDERS:
        where = files.place / folder
        if folder not in _OTHERWISE and where.is_dir():
            for name in sorted(os.listdir(where)):
                if is_path(f"{folder}/{name}"):
                    yield f"{folder}/{name}"


def _read(files: VaultFiles, path: str) -> bytes | None:
    """A file, None if it is gone, a link or no file."""
    where = files.place / path
    try:
        return where.read_bytes() if stat.S_ISREG(where.lstat().st_mode) else None
    except OSError:
        return None
