# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong orders of writing, put in on purpose: the checker must find every one, or its silence elsewhere says nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from clinicam.vault.stores.calls import opened, write_all
from clinicam.vault.stores.port import Part, Spot
from tests.crash.scene import Desk
from tests.crash.trace_record import Recorder


def _path(fd: int) -> Path:
    return Path(os.readlink(f"/proc/self/fd/{fd}"))


class Forgetful(Recorder):
    """Flushes nothing of which `forgets` is true, given its path and whether it is a directory."""

    forgets: Callable[[Path, bool], bool]

    def fsync(self, fd: int) -> None:
        path = _path(fd)
        if self.trace is None or not self.forgets(path, path.is_dir()):
            super().fsync(fd)


class Dawdling(Recorder):
    """Flushes some things later: what `waits` is put off until something of which `ends` is true was flushed."""

    waits: Callable[[Path], bool]
    ends: Callable[[Path], bool]

    def __init__(self, top: Path) -> None:
        super().__init__(top)
        self._waiting: list[int] = []

    def fsync(self, fd: int) -> None:
        path = _path(fd)
        if self.trace is not None and self.waits(path):
            self._waiting.append(os.dup(fd))
            return
        super().fsync(fd)
        if self.ends(path):
            self.catch_up()

    def catch_up(self) -> None:
        """Flush what waited."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            super().fsync(one)
            os.close(one)


class Hasty(Dawdling):
    """Says a row is safe before it was flushed: that is done when the next thing is asked for."""

    def waits(self, path: Path) -> bool:
        return path.suffix == ".rows"

    def ends(self, path: Path) -> bool:
        return False

    def say(self, line: str) -> None:
        super().say(line)
        self.catch_up()


@dataclass(frozen=True, slots=True)
class Bug:
    """A fault, and the piece of work that shows it."""

    name: str
    activity: str
    calls: type[Recorder] = Recorder
    spoil: Callable[[Desk], None] | None = None


def _forgetful(forgets: Callable[[Path, bool], bool]) -> type[Recorder]:
    return type("Forgetful", (Forgetful,), {"forgets": staticmethod(forgets)})


def _in(path: Path, folder: str) -> bool:
    return path.parent.name == folder


def _is_object(path: Path, is_folder: bool) -> bool:
    return not is_folder and path.parent.parent.name == "objects"


def _is_branch(path: Path, is_folder: bool) -> bool:
    return is_folder and _in(path, "objects")


def _row_first(desk: Desk) -> None:
    """The object is written once its row is durable."""
    files = desk.opened.inside.files
    put, append = files.objects.put, files.ledger.append
    waiting: list[tuple[bytes, list[Part]]] = []

    def put_later(object_id: bytes, parts: Iterable[Part]) -> None:
        waiting.append((object_id, [(offset, memoryview(bytes(data))) for offset, data in parts]))

    def append_first(writer: bytes, batch: bytes) -> Spot:
        spot = append(writer, batch)
        while waiting:
            put(*waiting.pop())
        return spot

    files.objects.put, files.ledger.append = put_later, append_first


def _in_place(desk: Desk) -> None:
    """The slot is written over where it lies."""
    files = desk.opened.inside.files

    def write_slot(user: bytes, data: bytes) -> None:
        calls = desk.practice.calls
        with opened(calls, str(files.place / "slots" / user.hex()), os.O_WRONLY | os.O_TRUNC) as fd:
            write_all(calls, fd, data)
            calls.fsync(fd)

    files.write_slot = write_slot


_keyring_first = type(
    "KeyringFirst",
    (Dawdling,),
    {
        "waits": staticmethod(lambda path: path.name == "bags" or _in(path, "bags")),
        "ends": staticmethod(lambda path: path.name == "vault"),
    },
)

SIX = (
    Bug("an object is named without having been flushed", "frames", _forgetful(_is_object)),
    Bug("an object's directory is not flushed after the link", "frames", _forgetful(_is_branch)),
    Bug("a row is appended before its object is durable", "frames", spoil=_row_first),
    Bug("the keyring is published before the bags are durable", "rotation", _keyring_first),
    Bug("a row is acknowledged before it is flushed", "batches", Hasty),
    Bug("a slot is written over in place", "slot", spoil=_in_place),
)

MORE = (
    Bug(
        "a new branch of objects is not flushed in its parent",
        "frames",
        _forgetful(lambda p, d: d and p.name == "objects"),
    ),
    Bug("a new key's bag is not flushed", "new-session", _forgetful(lambda p, d: not d and _in(p, "bags"))),
    Bug("the bags' directory is not flushed", "new-session", _forgetful(lambda p, d: d and p.name == "bags")),
    Bug("a new segment is not flushed", "new-segment", _forgetful(lambda p, d: not d and p.suffix == ".rows")),
    Bug("a new segment's directory is not flushed", "new-segment", _forgetful(lambda p, d: d and _in(p, "ledger"))),
    Bug(
        "files are renamed before they are flushed",
        "marks",
        _forgetful(lambda p, d: not d and p.name.startswith(".new-")),
    ),
    Bug("a keyring's directory is not flushed", "workstation", _forgetful(lambda p, d: d and p.name == "vault")),
    Bug("wrong tries are not flushed", "tries", _forgetful(lambda p, d: d and p.name == "host")),
)
