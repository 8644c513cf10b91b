# SPDX-License-Identifier: GPL-3.0-or-later
"""What this workstation keeps of a vault outside the vault: writer key, marks, login names, wrong tries, the lock.

The folder is 0700, its files 0600. Whoever copies a vault does not copy this, which is how a copy is told from the
original. The byte formats of writer, marks and logins are in `hoststate`; tries and chain note are this file's own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clinicam.errors import AlreadyRunning, Corrupt, DiskFull, LockedOut
from clinicam.vault.boot import BootTime, boot_time
from clinicam.vault.codec import Count, Hash, Id, Record, decode, encode
from clinicam.vault.labels import ZERO_ID, L
from clinicam.vault.stores.calls import (
    DIR_MODE,
    REAL,
    Calls,
    make_folders,
    opened,
    sweep_temps,
    translated,
    write_all,
    write_whole,
)

FREE_TRIES = 5
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60

_TRIES_MAGIC = b"CCTRYS\0\x02"
_NOTE_MAGIC = b"CCNOTE\0\x01"


class Tries(Record, frozen=True, forbid_unknown_fields=True):
    """Wrong passwords of one user in a row, and until when no further try is taken: by the UTC wall clock, and by the
    time since this start of the machine, which nobody can set. Milliseconds.
    """

    wrong: Count = 0
    until_ms: Count = 0
    boot: str = ""
    until_awake_ms: Count = 0


class TryBook(Record, frozen=True, forbid_unknown_fields=True):
    """Body of ``<vault>.tries``: each user with wrong tries. `others` holds for everybody else, after damage."""

    users: dict[Id, Tries]
    others: Tries


class ChainNote(Record, frozen=True):
    """Where this workstation's chain ended when it was last noted, and which copy of the vault on which machine it was.

    A hint that saves reading the chain from its start; everything in it is checked against the rows themselves.
    `lamport` rises by one a row, so rows written since can be counted on.
    """

    machine: Hash
    inode: Count
    seq: Count
    lamport: Count
    segment: Count
    offset: Count
    """of the last row"""


class HostLock:
    """One CliniCam a vault on this machine: an flock that ends with the process whatever becomes of it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let the next one in. May be called again."""
        if self._fd >= 0:
            with suppress(OSError):
                fcntl.flock(self._fd, fcntl.LOCK_UN)  # whatever closing says
            with suppress(OSError):
                os.close(self._fd)
            self._fd = -1


def _take(fd: int) -> None:
    """Raises: AlreadyRunning, naming the process that has it; OSError."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        owner = os.pread(fd, 64, 0).decode("ascii", "replace").strip()
        raise AlreadyRunning(f"process {owner or 'unknown'}") from error


def system_wall_ms() -> int:
    """Milliseconds of the UTC wall clock."""
    return time.time_ns() // 1_000_000


def machine_id() -> bytes:
    """Something that stays with this installation; its hash is what is stored."""
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            found = Path(name).read_bytes().strip()
            if found:
                return found
    return socket.gethostname().encode()


class HostFolder:
    """Host state of any number of vaults in one folder. One thread at a time.

    Args:
        wall_ms: the UTC wall clock: acts are stamped with it; across a restart of the machine, the wait after wrong
            passwords is counted by it.
        monotonic: seconds that never run back.
        boot: the time since the machine was started, by which that wait is counted else.
        machine: identity of this machine.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall_ms: Callable[[], int] = system_wall_ms,
        monotonic: Callable[[], float] = time.monotonic,
        boot: Callable[[], BootTime] = boot_time,
        machine: bytes | None = None,
        calls: Calls = REAL,
    ) -> None:
        self.path = path
        self.wall_ms = wall_ms
        self.monotonic = monotonic
        self.boot = boot
        self._machine = machine_id() if machine is None else machine
        self._calls = calls

    def elsewhere(self, path: Path) -> HostFolder:
        """A folder of its own at `path`, of this machine and by these clocks: for a vault that is being restored."""
        return HostFolder(
            path,
            wall_ms=self.wall_ms,
            monotonic=self.monotonic,
            boot=self.boot,
            machine=self._machine,
            calls=self._calls,
        )

    def machine(self, vault_id: bytes) -> bytes:
        """32 bytes that differ for each machine and vault."""
        return hashlib.sha256(L("machine") + vault_id + self._machine).digest()

    def _ready(self) -> None:
        with translated("host state"):
            if not self.path.is_dir():
                make_folders(self._calls, self.path)
            self.path.chmod(DIR_MODE)

    def hold(self, vault_id: bytes) -> HostLock:
        """Take the lock of this vault.

        Raises:
            AlreadyRunning: another process (named in the text) has it.
            WriteFailed, DiskFull: the folder cannot be used.
        """
        self._ready()
        with translated("host state"):
            fd = self._calls.open(str(self.path / f"{vault_id.hex()}.lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)
        try:
            with translated("host state"):
                _take(fd)
        except BaseException:
            os.close(fd)
            raise
        with suppress(OSError):
            # Both only tidy: a full disk must not keep anybody from looking at pictures.
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
            sweep_temps(self._calls, self.path, f"{vault_id.hex()}.")
        return HostLock(fd)

    def read(self, vault_id: bytes, kind: str) -> bytes | None:
        """The bytes of ``<vault>.<kind>``, None if there are none. Raises Corrupt when they cannot be read."""
        try:
            return (self.path / f"{vault_id.hex()}.{kind}").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Corrupt(f"{kind}: unreadable") from error

    def write(self, vault_id: bytes, kind: str, data: bytes) -> None:
        """Replace ``<vault>.<kind>``, whole or not at all. Raises DiskFull, WriteFailed."""
        self._ready()
        with translated("host state"):
            write_whole(self._calls, self.path, f"{vault_id.hex()}.{kind}", data)

    def note(self, vault_id: bytes) -> ChainNote | None:
        """The chain note; None if missing or damaged, as it is only a hint and a missing one means a fresh writer."""
        raw = self.read(vault_id, "note")
        if raw is None or not raw.startswith(_NOTE_MAGIC):
            return None
        try:
            return decode(raw[len(_NOTE_MAGIC) :], ChainNote)
        except Corrupt:
            return None

    def write_note(self, vault_id: bytes, note: ChainNote) -> None:
        """Replace the chain note."""
        self.write(vault_id, "note", _NOTE_MAGIC + encode(note))

    def _tries(self, vault_id: bytes, user: bytes = ZERO_ID) -> Tries:
        book = self._try_book(vault_id)
        return book.users.get(user, book.others)

    def _try_book(self, vault_id: bytes) -> TryBook:
        raw = self.read(vault_id, "tries")
        if raw is None:
            return TryBook({}, Tries())
        try:
            if not raw.startswith(_TRIES_MAGIC):
                raise Corrupt("tries: not this kind of file")
            return decode(raw[len(_TRIES_MAGIC) :], TryBook)
        except Corrupt:
            # Damaged is not a way round the wait; and it is written anew, or the wait would never end.
            book = TryBook({}, self._after(FREE_TRIES))
            self._write_book(vault_id, book)
            return book

    def _write_book(self, vault_id: bytes, book: TryBook) -> None:
        data = _TRIES_MAGIC + encode(book)
        try:
            self.write(vault_id, "tries", data)
        except DiskFull:
            # Over itself, which needs no room: on a full disk people may still look, and their tries still count.
            self._overwrite(vault_id, "tries", data)

    def _overwrite(self, vault_id: bytes, kind: str, data: bytes) -> None:
        """Write over a file that is there. Cut short by a crash it is damaged, which never counts for anybody."""
        with (
            translated("host state"),
            opened(self._calls, str(self.path / f"{vault_id.hex()}.{kind}"), os.O_WRONLY | os.O_NOFOLLOW) as fd,
        ):
            write_all(self._calls, fd, data)
            self._calls.truncate(fd, len(data))
            self._calls.fsync(fd)

    def _write_tries(self, vault_id: bytes, user: bytes, tries: Tries) -> None:
        book = self._try_book(vault_id)
        self._write_book(vault_id, TryBook(book.users | {user: tries}, book.others))

    def _after(self, wrong: int) -> Tries:
        """As things stand after so many wrong tries, the last of them now."""
        wait, now = wait_after(wrong) * 1000, self.boot()
        return Tries(wrong, self.wall_ms() + wait, now.boot, now.since_ms + wait)

    def begin_try(self, vault_id: bytes, user: bytes = ZERO_ID) -> None:
        """Count a try before it is made, so that killing the program does not make it free. Each user has their own
        count: who knows one password cannot use it to guess at another's for ever.

        Raises:
            LockedOut: too many wrong ones; `seconds` to wait.
        """
        tries = self._tries(vault_id, user)
        left = self._left_ms(tries)
        longest = wait_after(tries.wrong) * 1000
        if left > longest:  # the clock was set back; the wait starts again rather than lasting for ever
            left = longest
            self._write_tries(vault_id, user, self._after(tries.wrong))
        if left > 0:
            raise LockedOut(-(-left // 1000))
        self._write_tries(vault_id, user, self._after(tries.wrong + 1))

    def _left_ms(self, tries: Tries) -> int:
        """How long to wait still. By the clock on the wall only where the machine was started anew since."""
        if tries.wrong < FREE_TRIES:
            return 0
        now = self.boot()
        if now.boot and now.boot == tries.boot:
            return tries.until_awake_ms - now.since_ms
        return tries.until_ms - self.wall_ms()

    def right(self, vault_id: bytes, user: bytes = ZERO_ID) -> None:
        """The try was right: forget this user's wrong ones. On a full disk they go on counting."""
        with suppress(DiskFull):
            self._write_tries(vault_id, user, Tries())

    def right_kit(self, vault_id: bytes) -> None:
        """A recovery kit was right: nobody has to wait any longer. On a full disk they still have to."""
        with suppress(DiskFull):
            self._write_book(vault_id, TryBook({}, Tries()))


def wait_after(wrong: int) -> int:
    """Seconds to wait after that many wrong tries in a row: none below 5, then 30 doubling to 900."""
    if wrong < FREE_TRIES:
        return 0
    return min(FIRST_WAIT_S << min(wrong - FREE_TRIES, 16), LONGEST_WAIT_S)
