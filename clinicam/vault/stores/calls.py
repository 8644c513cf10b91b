# SPDX-License-Identifier: GPL-3.0-or-later
"""The operating system calls that make bytes durable, one method each, and how their failures are named.

The stores and the host folder write through a `Calls`, so that a test can let any single call fail. The rules are:

* A write is finished only when every byte went out; a short write goes on where it stopped.
* ENOSPC and EDQUOT become `DiskFull`, everything else `WriteFailed`.
* An error of `fsync` is final for that file: the kernel may have dropped the pages, so nobody tries the same file again.
* Whoever writes a temporary file holds a lock on it until it has its name; who sweeps removes only what nobody holds.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clinicam.errors import Corrupt, DiskFull, WriteFailed

FILE_MODE = 0o600
DIR_MODE = 0o700
TEMP_PREFIX = ".new-"
"""Names of files that were never published. Found after a crash they hold nothing that was acknowledged."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Calls:
    """The real operating system. Stateless; any thread."""

    def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
        """A descriptor, close-on-exec; a new file gets mode 0600 before it holds a byte."""
        return os.open(name, flags | os.O_CLOEXEC, FILE_MODE, dir_fd=dir_fd)

    def write_at(self, fd: int, data: memoryview, offset: int) -> int:
        """Bytes written at `offset`; may be fewer than given."""
        return os.pwrite(fd, data, offset)

    def begin_flush(self, fd: int, offset: int, length: int) -> None:
        """Ask that writing these bytes to the disk begin now, without waiting for it. Promises nothing.

        Linux starts the writing on ``POSIX_FADV_DONTNEED``, and an error of it is still the next `fsync`'s to report.
        A system without the call does nothing.
        """
        advise = getattr(os, "posix_fadvise", None)
        if advise is not None:
            advise(fd, offset, length, os.POSIX_FADV_DONTNEED)

    def fsync(self, fd: int) -> None:
        """Flush file or directory to the disk."""
        os.fsync(fd)

    def truncate(self, fd: int, length: int) -> None:
        """Cut to `length` bytes."""
        os.ftruncate(fd, length)

    def publish(self, fd: int, name: str, *, dir_fd: int) -> None:
        """Give the nameless file `fd` (O_TMPFILE) its name; fails if the name is taken.

        Python 3.11 calls ``linkat(AT_SYMLINK_FOLLOW)`` only when a directory descriptor is passed.
        """
        os.link(f"/proc/self/fd/{fd}", name, dst_dir_fd=dir_fd, follow_symlinks=True)

    def link(self, old: str, new: str, *, dir_fd: int) -> None:
        """A second name in the same directory; fails if it is taken."""
        os.link(old, new, src_dir_fd=dir_fd, dst_dir_fd=dir_fd, follow_symlinks=False)

    def replace(self, old: str, new: str, *, dir_fd: int) -> None:
        """Rename within one directory, over what is there."""
        os.replace(old, new, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)

    def unlink(self, name: str, *, dir_fd: int) -> None:
        """Remove a name."""
        os.unlink(name, dir_fd=dir_fd)

    def mkdir(self, name: str, *, dir_fd: int | None = None) -> None:
        """A directory of mode 0700."""
        os.mkdir(name, DIR_MODE, dir_fd=dir_fd)

    def close(self, fd: int) -> None:
        """Close; what was flushed is safe whatever this says."""
        os.close(fd)


REAL = Calls()


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Name the failure of a write to `what` (a structure, never a person).

    Raises:
        DiskFull: no room or no quota.
        WriteFailed: anything else the operating system said.
    """
    try:
        yield
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "?")
        if error.errno in _FULL:
            raise DiskFull(f"{what}: {code}") from error
        raise WriteFailed(f"{what}: {code}") from error


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Name the failure of a look at `what` (a structure). That it is missing is for the caller to name.

    Raises:
        Corrupt: the operating system will not show it.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Corrupt(f"{what}: unreadable ({errno.errorcode.get(error.errno or 0, '?')})") from error


@contextmanager
def opened(calls: Calls, name: str, flags: int, *, dir_fd: int | None = None) -> Iterator[int]:
    """A descriptor closed at the end; an error of close is not an error of what was flushed."""
    fd = calls.open(name, flags, dir_fd=dir_fd)
    try:
        yield fd
    finally:
        with suppress(OSError):
            calls.close(fd)


@contextmanager
def unpublished(calls: Calls, temp: str, flags: int, *, dir_fd: int) -> Iterator[int]:
    """A temporary file for writing, which no sweep removes while the block lasts. `flags`: beside O_WRONLY and O_CREAT."""
    while True:
        with opened(calls, temp, os.O_WRONLY | os.O_CREAT | flags, dir_fd=dir_fd) as fd:
            # Where the file system knows no locks nobody gets one, so nobody sweeps either.
            with suppress(OSError):
                fcntl.flock(fd, fcntl.LOCK_EX)
            if os.fstat(fd).st_nlink:
                yield fd
                return
            # Swept after it was made and before it was locked: once more.


@contextmanager
def folder(calls: Calls, path: Path) -> Iterator[int]:
    """A descriptor of a directory."""
    with opened(calls, str(path), os.O_RDONLY | os.O_DIRECTORY) as fd:
        yield fd


def write_all(calls: Calls, fd: int, data: bytes | bytearray | memoryview, offset: int = 0) -> None:
    """Every byte of `data` from `offset` on. Raises OSError; a write of nothing counts as EIO."""
    rest = memoryview(data).cast("B")
    while rest:
        done = calls.write_at(fd, rest, offset)
        if done <= 0:
            raise OSError(errno.EIO, "nothing written")
        rest = rest[done:]
        offset += done


def write_whole(calls: Calls, where: Path, name: str, data: bytes | bytearray | memoryview) -> None:
    """Write `where`/`name` whole or not at all: temp, fsync, rename, fsync of the directory. Raises OSError.

    After an error the old file stands (or, if only the directory flush failed, either one) and no temp name is left.
    """
    write_pieces(calls, where, name, (data,))


def write_pieces(calls: Calls, where: Path, name: str, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
    """As `write_whole`, each piece written as it comes. What making one raises goes through, and nothing is left."""
    temp = f"{TEMP_PREFIX}{name}"
    with folder(calls, where) as dir_fd:
        try:
            with unpublished(calls, temp, os.O_TRUNC | os.O_NOFOLLOW, dir_fd=dir_fd) as fd:
                offset = 0
                for piece in pieces:
                    write_all(calls, fd, piece, offset)
                    offset += memoryview(piece).nbytes
                calls.fsync(fd)
                calls.replace(temp, name, dir_fd=dir_fd)
        except BaseException:
            with suppress(OSError):
                calls.unlink(temp, dir_fd=dir_fd)
            raise
        calls.fsync(dir_fd)


def make_folder(calls: Calls, path: Path) -> None:
    """Make `path` if it is missing, durable in its parent. Raises OSError."""
    try:
        calls.mkdir(str(path))
    except FileExistsError:
        return
    with folder(calls, path.parent) as parent:
        calls.fsync(parent)


def make_folders(calls: Calls, path: Path) -> None:
    """Make `path` and whatever is missing above it, each durable in its parent. Raises OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        make_folder(calls, one)


def sweep_temps(calls: Calls, path: Path, prefix: str = "") -> int:
    """Remove unpublished files a crash left in `path`, of names that begin with `prefix`; how many.

    What somebody is writing just now stays: a vault may be another program's too. A missing folder holds none.
    """
    if not path.is_dir():
        return 0
    stale = [entry for entry in os.scandir(path) if entry.name.startswith(TEMP_PREFIX + prefix)]
    if not stale:
        return 0
    with folder(calls, path) as dir_fd:
        return sum(_swept(calls, entry, dir_fd) for entry in stale)


def _swept(calls: Calls, entry: os.DirEntry[str], dir_fd: int) -> bool:
    name = entry.name
    try:
        if not entry.is_file(follow_symlinks=False):
            calls.unlink(name, dir_fd=dir_fd)  # never one of ours, and it would be in the way of one
            return True
        with opened(calls, name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=dir_fd) as fd:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False  # somebody is writing it
            # What is locked must be what has the name: it may have been published, and another begun, in between.
            if not os.path.samestat(os.fstat(fd), os.stat(name, dir_fd=dir_fd, follow_symlinks=False)):
                return False
            calls.unlink(name, dir_fd=dir_fd)
            return True
    except FileNotFoundError:
        return False  # published or swept meanwhile
