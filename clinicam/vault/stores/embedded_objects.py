# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as files ``objects/ab/<id>``: written nameless, flushed, then named, then the directory flushed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from clinicam.errors import Corrupt, NotFound, VaultExists
from clinicam.vault.stores.calls import (
    REAL,
    TEMP_PREFIX,
    Calls,
    folder,
    make_folder,
    opened,
    readable,
    sweep_temps,
    translated,
    unpublished,
    write_all,
)
from clinicam.vault.stores.port import Part

_NAMELESS = os.O_WRONLY | os.O_TMPFILE
_NO_TMPFILE = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})
"""How file systems and kernels without O_TMPFILE (or without /proc) refuse it."""

_WORTH_BEGINNING = 1024 * 1024
"""Bytes from which a part's way to the disk is begun before the whole object is there."""

_HEX = frozenset("0123456789abcdef")


class EmbeddedObjects:
    """An `ObjectStore` in a local directory."""

    def __init__(self, root: Path, calls: Calls = REAL) -> None:
        self._root = root
        self._calls = calls
        self._nameless: bool | None = None

    def _path(self, object_id: bytes) -> Path:
        name = object_id.hex()
        return self._root / name[:2] / name

    def put(self, object_id: bytes, parts: Iterable[Part]) -> None:
        """See `ObjectStore.put`."""
        path = self._path(object_id)
        with translated("object"):
            make_folder(self._calls, path.parent)
            with folder(self._calls, path.parent) as dir_fd:
                if self._nameless is None:
                    self._nameless = self._knows_nameless(dir_fd)
                try:
                    if self._nameless:
                        self._put_nameless(path.name, parts, dir_fd)
                    else:
                        self._put_named(path.name, parts, dir_fd)
                except FileExistsError as error:
                    raise VaultExists("object id is taken") from error
                try:
                    self._calls.fsync(dir_fd)
                except OSError:
                    with suppress(OSError):
                        self._calls.unlink(path.name, dir_fd=dir_fd)
                    raise

    def _knows_nameless(self, dir_fd: int) -> bool:
        """Whether files without a name (O_TMPFILE) can be made and named here: not on every file system, nor without /proc."""
        # A name of its own each time: one that could not be removed stays until the next sweep and must not stand in the way.
        probe = f"{TEMP_PREFIX}{os.urandom(8).hex()}"
        try:
            with opened(self._calls, ".", _NAMELESS, dir_fd=dir_fd) as fd:
                self._calls.publish(fd, probe, dir_fd=dir_fd)
        except OSError as error:
            if error.errno in _NO_TMPFILE:
                return False
            raise
        with suppress(FileNotFoundError):  # another program that opens the vault sweeps it
            self._calls.unlink(probe, dir_fd=dir_fd)
        return True

    def _put_nameless(self, name: str, parts: Iterable[Part], dir_fd: int) -> None:
        with opened(self._calls, ".", _NAMELESS, dir_fd=dir_fd) as fd:
            self._write(fd, parts)
            self._calls.publish(fd, name, dir_fd=dir_fd)

    def _put_named(self, name: str, parts: Iterable[Part], dir_fd: int) -> None:
        temp = f"{TEMP_PREFIX}{name}"
        try:
            with unpublished(self._calls, temp, os.O_EXCL, dir_fd=dir_fd) as fd:
                self._write(fd, parts)
                self._calls.link(temp, name, dir_fd=dir_fd)
        finally:
            with suppress(OSError):
                self._calls.unlink(temp, dir_fd=dir_fd)

    def _write(self, fd: int, parts: Iterable[Part]) -> None:
        for offset, data in parts:
            write_all(self._calls, fd, data, offset)
            if len(data) >= _WORTH_BEGINNING:
                # The disk works while the next part is made. Only a hint: whether all arrived, the flush below decides.
                with suppress(OSError):
                    self._calls.begin_flush(fd, offset, len(data))
        self._calls.fsync(fd)

    def get(self, object_id: bytes) -> bytes:
        """See `ObjectStore.get`."""
        return self.head(object_id, -1)[0]

    def head(self, object_id: bytes, length: int) -> tuple[bytes, int]:
        """See `ObjectStore.head`; a negative `length` means all."""
        try:
            with self._path(object_id).open("rb", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                want = size if length < 0 else min(length, size)
                data = file.read(want)  # as a rule all of it, and then never copied again
                while len(data) < want and (more := file.read(want - len(data))):
                    data += more
                return data, size
        except FileNotFoundError as error:
            raise NotFound("no such object") from error
        except OSError as error:
            raise Corrupt(f"object: unreadable ({errno.errorcode.get(error.errno or 0, '?')})") from error

    def ids(self, branch: int | None = None) -> Iterator[bytes]:
        """See `ObjectStore.ids`. Files of other names are not objects and are left alone."""
        yield from self._ids(path for path in self._branches() if branch is None or path.name == f"{branch:02x}")

    def _ids(self, branches: Iterable[Path]) -> Iterator[bytes]:
        for branch in branches:
            with readable("object"):
                names = os.listdir(branch)
            for name in names:
                if len(name) == 32 and name[:2] == branch.name and _HEX.issuperset(name):
                    yield bytes.fromhex(name)

    def remove(self, object_ids: Iterable[bytes]) -> int:
        """See `ObjectStore.remove`."""
        by_branch: dict[Path, list[str]] = {}
        for object_id in object_ids:
            path = self._path(object_id)
            by_branch.setdefault(path.parent, []).append(path.name)
        removed = 0
        with translated("object"):
            for branch, names in sorted(by_branch.items()):
                if not branch.is_dir():
                    continue
                with folder(self._calls, branch) as dir_fd:
                    for name in names:
                        with suppress(FileNotFoundError):
                            self._calls.unlink(name, dir_fd=dir_fd)
                            removed += 1
                    # Also where nothing was left to remove: an earlier try may have unlinked without flushing.
                    self._calls.fsync(dir_fd)
        return removed

    def _branches(self) -> list[Path]:
        with readable("object"):
            found = os.scandir(self._root) if self._root.is_dir() else ()
            return sorted(Path(entry.path) for entry in found if len(entry.name) == 2 and entry.is_dir())

    def sweep(self) -> int:
        """See `ObjectStore.sweep`."""
        with translated("object"):
            return sum(sweep_temps(self._calls, branch) for branch in self._branches())

    def free_bytes(self) -> int:
        """See `ObjectStore.free_bytes`."""
        with translated("object"):
            room = os.statvfs(self._root)
        return room.f_bavail * room.f_frsize
