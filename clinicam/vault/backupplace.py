# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that keeps backups of one vault: blobs named by their own SHA-256, manifests by number, one erasure list.

vault   lock   erasures   manifests/<number>   blobs/<first two digits>/<SHA-256>

Whoever runs the place may swap, cut or link anything in it; see `blobshelf`.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from clinicam.errors import BackupRefused, Corrupt, UnsupportedFormat
from clinicam.vault.blobshelf import FOLDER, BlobShelf, place_named, small_file, write_compared
from clinicam.vault.labels import ID, Cursor
from clinicam.vault.stores.calls import TEMP_PREFIX, Calls, make_folder, opened

_MAGIC = b"CCPLAC\0\1"
_OURS = frozenset({"vault", "lock", "erasures", "manifests", "blobs"})
_OF_SERVERS = (".", "@", "#", "lost+")
"""How names begin that servers put into every folder they share."""
_NUMBER = re.compile(r"[0-9]{6,19}")
_LARGEST = 256 * 1024 * 1024
"""Bytes of the largest manifest or erasure list anybody is believed to have."""


@contextmanager
def writing(path: Path, vault: bytes, calls: Calls, *, fresh: bool) -> Iterator[BackupPlace]:
    """The place of this vault's backups, for one writer alone; leftovers of a crash are gone.

    Args:
        fresh: whether an empty or missing folder may become such a place. A server that is not mounted looks like an
            empty folder too, so only somebody who names a place says yes.

    Raises:
        BackupRefused: gone (not there, or no backup place), foreign (another vault's, or other files), newer, busy (another
            backup or a restore is using it); or see `blobshelf.place_named`.
    """
    with ExitStack() as stack:
        with place_named():
            if fresh and not path.exists():
                make_folder(calls, path)
            root = stack.enter_context(opened(calls, str(path), os.O_RDONLY | os.O_DIRECTORY))
            found = _whose(calls, root)
            if found not in {b"", vault} or any(_is_strange(name) for name in os.listdir(root)):
                raise BackupRefused("foreign")
            if not found and not fresh:
                raise BackupRefused("gone")
            _lock(stack, calls, root, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX)
            if not found:
                for name in ("manifests", "blobs"):
                    with suppress(FileExistsError):
                        calls.mkdir(name, dir_fd=root)
                write_compared(calls, "vault", _MAGIC + vault, root)
            place = _placed(stack, calls, root, vault)
            if not found:
                place.shelf.lay_out()
            place.sweep()
        yield place


@contextmanager
def reading(path: Path, calls: Calls) -> Iterator[BackupPlace]:
    """The place as it is; nothing in it is changed, and nobody writes meanwhile.

    Raises:
        BackupRefused: gone, foreign (no backup place), newer, busy; or see `blobshelf.place_named`.
    """
    with ExitStack() as stack:
        with place_named():
            root = stack.enter_context(opened(calls, str(path), os.O_RDONLY | os.O_DIRECTORY))
            vault = _whose(calls, root)
            if not vault:
                raise BackupRefused("foreign" if os.listdir(root) else "gone")
            _lock(stack, calls, root, os.O_RDONLY, fcntl.LOCK_SH)
            place = _placed(stack, calls, root, vault)
        yield place


def _is_strange(name: str) -> bool:
    return name not in _OURS and not name.startswith(_OF_SERVERS)


def _lock(stack: ExitStack, calls: Calls, root: int, flags: int, kind: int) -> None:
    fd = stack.enter_context(opened(calls, "lock", flags | os.O_NOFOLLOW, dir_fd=root))
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BackupRefused("busy") from error


def _placed(stack: ExitStack, calls: Calls, root: int, vault: bytes) -> BackupPlace:
    manifests = stack.enter_context(opened(calls, "manifests", FOLDER, dir_fd=root))
    blobs = stack.enter_context(opened(calls, "blobs", FOLDER, dir_fd=root))
    place = BackupPlace(vault, root, manifests, BlobShelf(blobs, calls), calls)
    stack.callback(place.shelf.close)
    return place


def _whose(calls: Calls, root: int) -> bytes:
    """The vault that a place says it is of; nothing if it is no place yet."""
    try:
        data = small_file(calls, "vault", root, len(_MAGIC) + ID)
        if data is None:
            return b""
        cursor = Cursor(data, "backup place")
        cursor.magic(_MAGIC)
        vault = cursor.id()
        cursor.end()
    except Corrupt as error:
        raise BackupRefused("foreign") from error
    except UnsupportedFormat as error:
        raise BackupRefused("newer") from error
    return vault


class BackupPlace:
    """An open and locked place. One thread. Got from `writing` or `reading`."""

    def __init__(self, vault: bytes, root_fd: int, manifests_fd: int, shelf: BlobShelf, calls: Calls) -> None:
        self.vault = vault
        self.shelf = shelf
        self._root_fd = root_fd
        self._manifests_fd = manifests_fd
        self._calls = calls

    def sweep(self) -> None:
        """Remove what a crash left unnamed. Raises BackupRefused."""
        with place_named():
            for fd in (self._root_fd, self._manifests_fd):
                for name in os.listdir(fd):
                    if name.startswith(TEMP_PREFIX):
                        self._calls.unlink(name, dir_fd=fd)
        self.shelf.sweep()

    def numbers(self) -> tuple[int, ...]:
        """The numbers of the manifests, rising."""
        with place_named():
            names = [name for name in os.listdir(self._manifests_fd) if _NUMBER.fullmatch(name)]
        return tuple(sorted(int(name) for name in names if f"{int(name):06d}" == name))

    def manifest(self, number: int) -> bytes:
        """One manifest file, unchecked. Raises Corrupt, BackupRefused."""
        with place_named():
            data = small_file(self._calls, f"{number:06d}", self._manifests_fd, _LARGEST)
        if data is None:
            raise Corrupt("manifest: gone")
        return data

    def write_manifest(self, number: int, data: bytes) -> None:
        """Publish a manifest: the commit of a backup. Raises BackupRefused."""
        with place_named():
            write_compared(self._calls, f"{number:06d}", data, self._manifests_fd)

    def remove_manifests(self, numbers: Iterable[int]) -> None:
        """Remove manifests. Raises BackupRefused."""
        names = [f"{number:06d}" for number in numbers]
        if names:
            with place_named():
                for name in names:
                    with suppress(FileNotFoundError):
                        self._calls.unlink(name, dir_fd=self._manifests_fd)
                self._calls.fsync(self._manifests_fd)

    def erasures(self) -> bytes | None:
        """The erasure list, unchecked. Raises Corrupt, BackupRefused."""
        with place_named():
            return small_file(self._calls, "erasures", self._root_fd, _LARGEST)

    def write_erasures(self, data: bytes) -> None:
        """Replace the erasure list. Raises BackupRefused."""
        with place_named():
            write_compared(self._calls, "erasures", data, self._root_fd)
