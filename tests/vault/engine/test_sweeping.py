# SPDX-License-Identifier: GPL-3.0-or-later
"""Sweeping what a crash left, while somebody else is writing: only what nobody holds goes."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.errors import WriteFailed
from clinicam.identity import new_id
from clinicam.vault.files import VaultFiles
from clinicam.vault.stores.calls import REAL, Calls, sweep_temps, write_pieces, write_whole
from clinicam.vault.stores.embedded_objects import EmbeddedObjects
from tests.vault.engine.bench import Practice


def test_a_file_in_flight_stays(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"one"
        assert sweep_temps(REAL, tmp_path) == 0
        yield b"two"

    write_pieces(REAL, tmp_path, "note", pieces())
    assert (tmp_path / "note").read_bytes() == b"onetwo"
    (tmp_path / ".new-note").write_bytes(b"half")
    assert sweep_temps(REAL, tmp_path) == 1
    assert not (tmp_path / ".new-note").exists()


def test_opening_a_vault_leaves_what_another_writes(practice: Practice) -> None:
    writing = VaultFiles(practice.place)
    slot = new_id()

    class Opening(Calls):
        def fsync(self, fd: int) -> None:
            if (practice.place / "slots" / f".new-{slot.hex()}").exists():
                practice.open().close()
            super().fsync(fd)

    VaultFiles(practice.place, Opening()).write_slot(slot, b"slot")
    assert writing.slots()[slot] == b"slot"


def test_a_named_object_in_flight_stays(tmp_path: Path) -> None:
    class Nameless(Calls):
        def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(errno.EOPNOTSUPP, "no O_TMPFILE")
            return super().open(name, flags, dir_fd=dir_fd)

    other = EmbeddedObjects(tmp_path)

    def parts() -> Iterator[tuple[int, memoryview]]:
        yield 0, memoryview(b"pic")
        assert other.sweep() == 0
        yield 3, memoryview(b"ture")

    name = new_id()
    EmbeddedObjects(tmp_path, Nameless()).put(name, parts())
    assert other.get(name) == b"picture"


def test_a_probe_that_another_swept(tmp_path: Path) -> None:
    other = EmbeddedObjects(tmp_path)

    class Swept(Calls):
        def unlink(self, name: str, *, dir_fd: int) -> None:
            assert other.sweep() == 1
            super().unlink(name, dir_fd=dir_fd)

    name = new_id()
    EmbeddedObjects(tmp_path, Swept()).put(name, [(0, memoryview(b"picture"))])
    assert other.get(name) == b"picture"


def test_swept_between_making_and_locking_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.flock
    done: list[int] = []

    def late(fd: int, how: int) -> None:
        if not done:
            done.append(how)
            assert sweep_temps(REAL, tmp_path) == 1
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", late)
    write_whole(REAL, tmp_path, "note", b"whole")
    assert done
    assert (tmp_path / "note").read_bytes() == b"whole"


def test_published_while_it_is_looked_at(tmp_path: Path) -> None:
    temp = tmp_path / ".new-note"

    class Other(Calls):
        """The writer is done between the listing and the lock, and has begun the next; or is only done."""

        def __init__(self, *, again: bool) -> None:
            self.again = again
            self.after_open = True

        def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
            if name != temp.name:
                return super().open(name, flags, dir_fd=dir_fd)
            fd = super().open(name, flags, dir_fd=dir_fd) if self.after_open else -1
            temp.rename(tmp_path / "note")
            if self.again:
                temp.write_bytes(b"next")
            return fd if self.after_open else super().open(name, flags, dir_fd=dir_fd)

    temp.write_bytes(b"first")
    assert sweep_temps(Other(again=True), tmp_path) == 0
    assert (temp.read_bytes(), (tmp_path / "note").read_bytes()) == (b"next", b"first")
    assert sweep_temps(Other(again=False), tmp_path) == 0
    temp.write_bytes(b"more")
    gone = Other(again=False)
    gone.after_open = False
    assert sweep_temps(gone, tmp_path) == 0
    assert (tmp_path / "note").read_bytes() == b"more"


def test_a_link_in_the_way_goes_and_what_it_names_stays(tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    aside.write_bytes(b"mine")
    own = tmp_path / "own"
    own.mkdir()
    (own / ".new-note").symlink_to(aside)
    assert sweep_temps(REAL, own) == 1
    assert (os.listdir(own), aside.read_bytes()) == ([], b"mine")


def test_without_locks_files_are_written_and_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_fd: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", none)
    write_whole(REAL, tmp_path, "note", b"whole")
    (tmp_path / ".new-note").write_bytes(b"half")
    assert sweep_temps(REAL, tmp_path) == 0
    assert ((tmp_path / "note").read_bytes(), (tmp_path / ".new-note").read_bytes()) == (b"whole", b"half")


def test_a_quarantine_that_cannot_be_listed(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0].hex()
    real = os.listdir

    def refusing(path: str | Path) -> list[str]:
        if str(path).endswith("quarantine"):
            raise OSError(errno.EIO, "no")
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", refusing)
        with pytest.raises(WriteFailed):
            opened.inside.files.set_aside(f"objects/{image[:2]}", image)
    assert (practice.place / "objects" / image[:2] / image).exists()
    vault.close()
