# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one vault by name. The only place that knows where in the vault what lies; sealed or signed bytes only.

keyring   slots/<user>   bags/<writer>-<volume>.<gen>   ledger/<writer>/NNNNNN.rows   objects/ab/<id>
index/<writer>   checkpoints/<writer>   quarantine/<writer>-<segment>-<offset>   erasures (only after a restore)
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from clinicam.errors import Corrupt, NotFound, VaultMissing
from clinicam.vault.stores.calls import (
    DIR_MODE,
    REAL,
    Calls,
    folder,
    make_folder,
    make_folders,
    readable,
    sweep_temps,
    translated,
    write_whole,
)
from clinicam.vault.stores.embedded_ledger import EmbeddedLedger
from clinicam.vault.stores.embedded_objects import EmbeddedObjects
from clinicam.vault.stores.port import LedgerStore, ObjectStore

FOLDERS = ("slots", "bags", "ledger", "objects", "index", "checkpoints", "quarantine")
_BAG = re.compile(r"([0-9a-f]{32})-(\d{6,10})\.(\d{6,20})")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, order=True)
class BagName:
    """What a bag's file name says."""

    generation: int
    writer: bytes
    volume: int

    @property
    def file(self) -> str:
        """The name in ``bags/``."""
        return f"{self.writer.hex()}-{self.volume:06d}.{self.generation:06d}"


@contextmanager
def _locked(fd: int, how: int) -> Iterator[None]:
    """Let go before the descriptor is closed: whoever waits must not depend on what closing says."""
    fcntl.flock(fd, how)
    try:
        yield
    finally:
        # What was done under the lock is done, whatever letting go of it says; closing lets go of it too.
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)


class VaultFiles:
    """Names and whole files of the vault at `place`. One thread, but for reading objects."""

    def __init__(self, place: Path, calls: Calls = REAL) -> None:
        self.place = place
        self._calls = calls
        self.ledger: LedgerStore = EmbeddedLedger(place / "ledger", place / "quarantine", calls)
        self.objects: ObjectStore = EmbeddedObjects(place / "objects", calls)

    @property
    def calls(self) -> Calls:
        """The operating system, for what is written outside the vault."""
        return self._calls

    def lay_out(self) -> None:
        """Make the folders of a fresh vault. Raises DiskFull, WriteFailed."""
        with translated("vault folder"):
            make_folders(self._calls, self.place)
            self.place.chmod(DIR_MODE)
            for name in FOLDERS:
                make_folder(self._calls, self.place / name)
            # All branches now, in one flush: later each would cost a picture two flushes more.
            branches = self.place / "objects"
            for number in range(256):
                self._calls.mkdir(str(branches / f"{number:02x}"))
            with folder(self._calls, branches) as fd:
                self._calls.fsync(fd)

    @property
    def inode(self) -> int:
        """What tells this copy of the vault from another on the same disk; a move within the disk keeps it."""
        with translated("vault folder"):
            return self.place.stat().st_ino

    def _write(self, where: str, name: str, data: bytes) -> None:
        with translated(where or name):
            path = self.place / where if where else self.place
            if where:
                make_folder(self._calls, path)
            write_whole(self._calls, path, name, data)

    def _read(self, where: str, name: str) -> bytes | None:
        try:
            return (self.place / where / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Corrupt(f"{where or name}: unreadable") from error

    def _remove(self, where: str, names: Iterable[str]) -> None:
        with translated(where), folder(self._calls, self.place / where) as dir_fd:
            for name in names:
                self._calls.unlink(name, dir_fd=dir_fd)
            self._calls.fsync(dir_fd)

    def _names(self, where: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        path = self.place / where
        with readable(where):
            names = sorted(os.listdir(path)) if path.is_dir() else []
        return [found for name in names if (found := pattern.fullmatch(name)) is not None]

    def keyring(self) -> bytes:
        """The keyring file. Raises VaultMissing, Corrupt."""
        data = self._read("", "keyring")
        if data is None:
            raise VaultMissing("no keyring at that place")
        return data

    def write_keyring(self, data: bytes) -> None:
        """Publish a keyring: the commit of a generation. Raises DiskFull, WriteFailed."""
        self._write("", "keyring", data)

    def slots(self) -> dict[bytes, bytes]:
        """Each user's slot file. Raises Corrupt."""
        users = [bytes.fromhex(found[0]) for found in self._names("slots", _ID)]
        return {user: self._read("slots", user.hex()) or b"" for user in users}

    def write_slot(self, user: bytes, data: bytes) -> None:
        """Replace one slot. Raises DiskFull, WriteFailed."""
        self._write("slots", user.hex(), data)

    def remove_slots(self, users: Iterable[bytes]) -> None:
        """Remove the slots of users who are gone. Raises DiskFull, WriteFailed."""
        names = [user.hex() for user in users]
        if names:
            self._remove("slots", names)

    def bags(self) -> tuple[BagName, ...]:
        """Every bag file, leftovers of other generations included."""
        found = self._names("bags", _BAG)
        names = [BagName(int(one[3]), bytes.fromhex(one[1]), int(one[2])) for one in found]
        return tuple(sorted(name for name, one in zip(names, found, strict=True) if name.file == one[0]))

    def bag(self, name: BagName) -> bytes:
        """One bag file. Raises Corrupt, also when it is gone."""
        data = self._read("bags", name.file)
        if data is None:
            raise Corrupt("bag: gone")
        return data

    def write_bag(self, name: BagName, data: bytes) -> None:
        """Replace one bag. Raises DiskFull, WriteFailed."""
        self._write("bags", name.file, data)

    def remove_bags(self, names: Iterable[BagName]) -> None:
        """Remove bags of other generations. Raises DiskFull, WriteFailed."""
        files = [name.file for name in names]
        if files:
            self._remove("bags", files)

    def snapshot(self, writer: bytes) -> bytes | None:
        """The sealed index this workstation left. Raises Corrupt."""
        return self._read("index", writer.hex())

    def write_snapshot(self, writer: bytes, data: bytes) -> None:
        """Replace the sealed index. Raises DiskFull, WriteFailed."""
        self._write("index", writer.hex(), data)

    def remove_snapshots(self) -> int:
        """Remove every workstation's sealed index, and what a crash left of one; how many. Raises DiskFull, WriteFailed."""
        path = self.place / "index"
        with readable("index"):
            names = sorted(os.listdir(path)) if path.is_dir() else []
        if names:
            self._remove("index", names)
        return len(names)

    def erasures(self) -> bytes | None:
        """The list of erasures that a restored vault is to carry out again, if there is one. Raises Corrupt."""
        return self._read("", "erasures")

    def write_erasures(self, data: bytes) -> None:
        """Replace that list. Raises DiskFull, WriteFailed."""
        self._write("", "erasures", data)

    def remove_erasures(self) -> None:
        """Remove that list. Raises DiskFull, WriteFailed."""
        self._remove("", ["erasures"])

    def checkpoints(self) -> dict[bytes, bytes]:
        """The newest signed heads each workstation left here. Raises Corrupt."""
        writers = [bytes.fromhex(found[0]) for found in self._names("checkpoints", _ID)]
        return {writer: self._read("checkpoints", writer.hex()) or b"" for writer in writers}

    def write_checkpoint(self, writer: bytes, data: bytes) -> None:
        """Replace this workstation's checkpoint. Raises DiskFull, WriteFailed."""
        self._write("checkpoints", writer.hex(), data)

    def set_aside(self, where: str, name: str) -> str:
        """Take a file of `where` into quarantine, never over what is there; its name in the quarantine.

        Raises:
            DiskFull, WriteFailed: it is in one of the two places. NotFound: no such file.
        """
        plain = f"{where}-{name}".replace("/", "-")
        kept_in = self.place / "quarantine"
        with translated("quarantine"):
            taken = set(os.listdir(kept_in)) if kept_in.is_dir() else set()
        kept = next(one for one in chain((plain,), (f"{plain}-{n}" for n in count(2))) if one not in taken)
        with translated(where), folder(self._calls, self.place) as top:
            make_folder(self._calls, self.place / "quarantine")
            try:
                self._calls.replace(f"{where}/{name}", f"quarantine/{kept}", dir_fd=top)
            except FileNotFoundError as error:
                raise NotFound("no such file") from error
            for path in (self.place / "quarantine", self.place / where):
                with folder(self._calls, path) as fd:
                    self._calls.fsync(fd)
        return kept

    def sweep(self) -> int:
        """Remove what a crash left unpublished, everywhere, but nothing that is being written; how many."""
        with translated("vault folder"):
            places = [self.place, *(self.place / name for name in FOLDERS if name != "objects")]
            places += [self.place / "ledger" / writer.hex() for writer in self.ledger.writers()]
            return sum(sweep_temps(self._calls, place) for place in places) + self.objects.sweep()

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Keeps others from a change of generation while it is held; many may hold it. Never inside `exclusive`."""
        with translated("bags"), folder(self._calls, self.place / "bags") as fd, _locked(fd, fcntl.LOCK_SH):
            yield

    @contextmanager
    def exclusive(self, where: str = "bags") -> Iterator[None]:
        """A lock held by one at a time, across processes: of ``bags`` for their writing and generation changes, of
        ``checkpoints`` for theirs. Whoever asks for one twice waits for ever.
        """
        with translated(where):
            make_folder(self._calls, self.place / where)
            with folder(self._calls, self.place / where) as fd, _locked(fd, fcntl.LOCK_EX):
                yield
