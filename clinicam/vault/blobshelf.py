# SPDX-License-Identifier: GPL-3.0-or-later
"""The blobs of a backup place: sealed files and pieces of files, each named by its own SHA-256. And how its failures are named.

No link is followed, and nothing read is believed before its hash is checked. What is written is flushed, read again past
the cache where the system lets us, compared, then named.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from clinicam.errors import BackupRefused, Corrupt
from clinicam.vault.stores.calls import TEMP_PREFIX, Calls, opened, write_all

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_TEMP = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_BLOB = re.compile(r"[0-9a-f]{64}")
_READ_AGAIN = 1024 * 1024
_REASONS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "full"),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), "denied"),
    **dict.fromkeys((errno.ENOENT, errno.ESTALE, errno.ENOTCONN, errno.ENODEV, errno.ENXIO), "gone"),
    **dict.fromkeys((errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT), "gone"),
    **dict.fromkeys((errno.ELOOP, errno.ENOTDIR), "foreign"),  # how a link is refused, as a file and as a folder
}


@contextmanager
def place_named() -> Iterator[None]:
    """Name a failure of the place.

    Raises:
        BackupRefused: full, denied, gone, foreign (a link where none is of ours), or failed: whatever else the system said.
    """
    try:
        yield
    except OSError as error:
        raise BackupRefused(_REASONS.get(error.errno or 0, "failed")) from error


def write_compared(calls: Calls, name: str, data: bytes, dir_fd: int) -> None:
    """Write `name` whole or not at all: temp, flush, read again, compare, rename, flush the folder. Raises OSError."""
    temp = TEMP_PREFIX + name
    try:
        with opened(calls, temp, _TEMP, dir_fd=dir_fd) as fd:
            write_all(calls, fd, data)
            flush(calls, fd)
        compare(calls, temp, data, dir_fd)
        calls.replace(temp, name, dir_fd=dir_fd)
    except BaseException:
        with suppress(OSError):
            calls.unlink(temp, dir_fd=dir_fd)
        raise
    calls.fsync(dir_fd)


def flush(calls: Calls, fd: int) -> None:
    """To the disk, and out of the cache, so that reading it again asks the disk. Raises OSError."""
    calls.fsync(fd)
    with suppress(OSError):
        calls.begin_flush(fd, 0, 0)


def compare(calls: Calls, name: str, data: bytes, dir_fd: int) -> None:
    """Return if the file holds `data`. Raises OSError (EIO if not)."""
    view, again, at = memoryview(data), bytearray(min(_READ_AGAIN, len(data))), 0
    with opened(calls, name, _PLAIN, dir_fd=dir_fd) as fd:
        if os.fstat(fd).st_size != len(data):
            raise OSError(errno.EIO, "the place gave back another number of bytes than it was given")
        while at < len(data):
            got = os.preadv(fd, [again], at)
            same = (again if got == len(again) else again[:got]) == view[at : at + got]
            if not got or not same:
                raise OSError(errno.EIO, "the place gave back other bytes than it was given")
            at += got


def pieces(fd: int, size: int) -> Iterator[bytes]:
    """The first `size` bytes of a file, piece by piece; fewer if it ends before. Raises OSError."""
    at = 0
    while at < size and (piece := os.pread(fd, min(_READ_AGAIN, size - at), at)):
        yield piece
        at += len(piece)


def small_file(calls: Calls, name: str, dir_fd: int, most: int) -> bytes | None:
    """A whole file of at most `most` bytes; None if there is none. Raises OSError, Corrupt."""
    try:
        with opened(calls, name, _PLAIN, dir_fd=dir_fd) as fd:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                raise Corrupt(f"backup: {name} is no file of ours")
            return b"".join(pieces(fd, found.st_size))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EIO}:
            raise Corrupt(f"backup: {name} cannot be read") from error
        raise


class BlobShelf:
    """``blobs/<first two digits>/<SHA-256>`` below the folder `blobs_fd`. One thread. Close it."""

    def __init__(self, blobs_fd: int, calls: Calls) -> None:
        self._fd = blobs_fd
        self._calls = calls
        self._stack = ExitStack()
        self._branches: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the folders. May be called again."""
        self._branches.clear()
        self._stack.close()

    def _branch(self, name: str, *, make: bool = False) -> int:
        """A descriptor of ``blobs/<name>``; -1 if it is missing or no folder. Raises OSError."""
        if name not in self._branches:
            if make:
                with suppress(FileExistsError):
                    self._calls.mkdir(name, dir_fd=self._fd)
                    self._calls.fsync(self._fd)
            try:
                self._branches[name] = self._stack.enter_context(opened(self._calls, name, FOLDER, dir_fd=self._fd))
            except (FileNotFoundError, NotADirectoryError):
                return -1
            except OSError as error:
                if error.errno == errno.ELOOP:
                    return -1
                raise
        return self._branches[name]

    def lay_out(self) -> None:
        """Make every folder, with one flush: made one by one, each would cost a flush. Raises BackupRefused."""
        with place_named():
            for number in range(256):
                with suppress(FileExistsError):
                    self._calls.mkdir(f"{number:02x}", dir_fd=self._fd)
            self._calls.fsync(self._fd)

    def sweep(self) -> None:
        """Remove what a crash left unnamed. Raises BackupRefused."""
        with place_named():
            for name in sorted(os.listdir(self._fd)):
                fd = self._branch(name)
                for temp in os.listdir(fd) if fd >= 0 else ():
                    if temp.startswith(TEMP_PREFIX):
                        self._calls.unlink(temp, dir_fd=fd)

    def names(self) -> Iterator[bytes]:
        """The SHA-256 that each blob is named by, unchecked. Raises BackupRefused."""
        for number in range(256):
            with place_named():
                fd = self._branch(f"{number:02x}")
                names = os.listdir(fd) if fd >= 0 else []
            for name in names:
                if _BLOB.fullmatch(name) and name.startswith(f"{number:02x}"):
                    yield bytes.fromhex(name)

    def get(self, sha256: bytes, size: int) -> bytes:
        """The bytes of a blob.

        Raises:
            Corrupt: missing, of another size, with other bytes, or no file.
            BackupRefused: the place cannot be read.
        """
        name = sha256.hex()
        with place_named():
            branch = self._branch(name[:2])
            try:
                if branch < 0:
                    raise Corrupt("backup: a file is missing")
                with opened(self._calls, name, _PLAIN, dir_fd=branch) as fd:
                    found = os.fstat(fd)
                    if not stat.S_ISREG(found.st_mode) or found.st_size != size:
                        raise Corrupt("backup: a file of another size")
                    data = b"".join(pieces(fd, size))
            except FileNotFoundError as error:
                raise Corrupt("backup: a file is missing") from error
            except OSError as error:
                if error.errno in {errno.ELOOP, errno.EIO}:
                    raise Corrupt("backup: a file that cannot be read") from error
                raise
        if len(data) != size or hashlib.sha256(data).digest() != sha256:
            raise Corrupt("backup: a file with other bytes")
        return data

    def put(self, blobs: Sequence[tuple[bytes, bytes]]) -> None:
        """Keep blobs, each (SHA-256, bytes), over what lies under their names; when this returns they are durable and compared.

        All are written before the first is waited for, so many small ones cost little more than one.

        Raises:
            BackupRefused: some may be there, none under a wrong name.
        """
        if not blobs:
            return
        with place_named(), ExitStack() as stack:
            waiting: list[tuple[int, str, str, bytes, int]] = []
            try:
                for sha256, data in blobs:
                    name = sha256.hex()
                    branch = self._branch(name[:2], make=True)
                    if branch < 0:
                        raise BackupRefused("foreign")
                    temp = TEMP_PREFIX + name
                    fd = stack.enter_context(opened(self._calls, temp, _TEMP, dir_fd=branch))
                    waiting.append((branch, temp, name, data, fd))
                    write_all(self._calls, fd, data)
                    with suppress(OSError):
                        self._calls.begin_flush(fd, 0, 0)
                for branch, temp, name, data, fd in waiting:
                    flush(self._calls, fd)
                    compare(self._calls, temp, data, branch)
                    self._calls.replace(temp, name, dir_fd=branch)
            except BaseException:
                for branch, temp, *_ in waiting:
                    with suppress(OSError):
                        self._calls.unlink(temp, dir_fd=branch)
                raise
            for branch in {branch for branch, *_ in waiting}:
                self._calls.fsync(branch)

    def remove(self, blobs: Iterable[bytes]) -> int:
        """Remove blobs, those that are there; how many were. Raises BackupRefused."""
        removed = 0
        with place_named():
            touched = set()
            for sha256 in blobs:
                branch = self._branch(sha256.hex()[:2])
                with suppress(FileNotFoundError):
                    if branch >= 0:
                        self._calls.unlink(sha256.hex(), dir_fd=branch)
                        touched.add(branch)
                        removed += 1
            for branch in touched:
                self._calls.fsync(branch)
        return removed
