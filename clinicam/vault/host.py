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

from clinicam.errors import AlreadyRunning, Corrupt, LockedOut
from clinicam.vault.codec import Count, Hash, Record, decode, encode
from clinicam.vault.labels import L
from clinicam.vault.stores.calls import DIR_MODE, REAL, Calls, folder, translated, write_whole

FREE_TRIES = 5
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60

_TRIES_MAGIC = b"CCTRYS\0\x01"
_NOTE_MAGIC = b"CCNOTE\0\x01"


class Tries(Record, frozen=True):
    """Wrong passwords in a row, and until when (UTC wall clock, ms) no further try is taken."""

    wrong: Count
    until_ms: Count


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
            os.close(self._fd)
            self._fd = -1


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
        wall_ms: the UTC wall clock: acts are stamped with it, and the wait after wrong passwords is counted by it.
        monotonic: seconds that never run back.
        machine: identity of this machine.
    """

    def __init__(
        self,
        path: Path,
        *,
        wall_ms: Callable[[], int] = system_wall_ms,
        monotonic: Callable[[], float] = time.monotonic,
        machine: bytes | None = None,
        calls: Calls = REAL,
    ) -> None:
        self.path = path
        self.wall_ms = wall_ms
        self.monotonic = monotonic
        self._machine = machine_id() if machine is None else machine
        self._calls = calls

    def machine(self, vault_id: bytes) -> bytes:
        """32 bytes that differ for each machine and vault."""
        return hashlib.sha256(L("machine") + vault_id + self._machine).digest()

    def _ready(self) -> None:
        with translated("host state"):
            if not self.path.is_dir():
                self.path.mkdir(mode=DIR_MODE, parents=True, exist_ok=True)
                with folder(self._calls, self.path.parent) as parent:
                    self._calls.fsync(parent)
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
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.pread(fd, 64, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise AlreadyRunning(f"process {owner or 'unknown'}") from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
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

    def _tries(self, vault_id: bytes) -> Tries:
        raw = self.read(vault_id, "tries")
        if raw is None:
            return Tries(0, 0)
        try:
            if not raw.startswith(_TRIES_MAGIC):
                raise Corrupt("tries: not this kind of file")
            return decode(raw[len(_TRIES_MAGIC) :], Tries)
        except Corrupt:
            # Damaged is not a way round the wait.
            return Tries(FREE_TRIES, self.wall_ms() + FIRST_WAIT_S * 1000)

    def _write_tries(self, vault_id: bytes, tries: Tries) -> None:
        self.write(vault_id, "tries", _TRIES_MAGIC + encode(tries))

    def begin_try(self, vault_id: bytes) -> None:
        """Count a try before it is made, so that killing the program does not make it free.

        Raises:
            LockedOut: too many wrong ones; `seconds` to wait.
        """
        now = self.wall_ms()
        tries = self._tries(vault_id)
        if tries.wrong >= FREE_TRIES:
            wait_ms = wait_after(tries.wrong) * 1000
            left = tries.until_ms - now
            if left > wait_ms:  # the clock was set back; the wait starts again rather than lasting for ever
                left = wait_ms
                self._write_tries(vault_id, Tries(tries.wrong, now + wait_ms))
            if left > 0:
                raise LockedOut(-(-left // 1000))
        wrong = tries.wrong + 1
        self._write_tries(vault_id, Tries(wrong, now + wait_after(wrong) * 1000))

    def right(self, vault_id: bytes) -> None:
        """The try was right: forget the wrong ones."""
        self._write_tries(vault_id, Tries(0, 0))


def wait_after(wrong: int) -> int:
    """Seconds to wait after that many wrong tries in a row: none below 5, then 30 doubling to 900."""
    if wrong < FREE_TRIES:
        return 0
    return min(FIRST_WAIT_S << min(wrong - FREE_TRIES, 16), LONGEST_WAIT_S)
