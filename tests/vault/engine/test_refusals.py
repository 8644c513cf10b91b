# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workstation meets outside the vault: read-only disks, disks that do not read, clocks that jump, folders that are
not ours, a second program. Each is said by name, and nothing that was acknowledged is lost.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clinicam.errors import AlreadyRunning, Corrupt, LockedOut, VaultError, WriteFailed, WrongPassword
from clinicam.identity import ImageId
from tests.vault.engine.bench import PASSWORD, FaultyCalls, Practice, check, make_practice, outcome
from tests.vault.engine.test_damaged import host_file

HOUR_MS = 3_600_000


def with_picture(practice: Practice) -> ImageId:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    return image


def still_whole(practice: Practice, *images: ImageId) -> None:
    vault, opened = practice.unlocked()
    assert all(opened.read(image) == b"picture" for image in images)
    assert check(opened).findings == ()
    assert opened.counts().images == len(images)
    vault.close()


def refusing_reads(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Files whose path contains `part` exist, and the disk does not read them."""
    real_read, real_open = Path.read_bytes, Path.open

    def read_bytes(self: Path) -> bytes:
        if part in str(self):
            raise OSError(errno.EIO, "the disk does not read this")
        return real_read(self)

    def open_it(self: Path, *args: object, **named: object) -> object:
        if part in str(self):
            raise OSError(errno.EIO, "the disk does not read this")
        return real_open(self, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(Path, "open", open_it)


# --- a disk turned read-only ------------------------------------------------------------------------------------------


@contextmanager
def small_disk(point: Path) -> Iterator[Callable[[str], None]]:
    """A file system in memory at `point`; what is given turns it ``ro`` or ``rw``."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("mounting a file system needs root")
    point.mkdir()
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(point)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")

    def turn(how: str) -> None:
        subprocess.run([mount, "-o", f"remount,{how}", str(point)], capture_output=True, check=True)

    try:
        yield turn
    finally:
        subprocess.run([unmount, "-l", str(point)], capture_output=True, check=True)


def test_a_disk_remounted_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as turn:
        practice = make_practice(tmp_path / "disk" / "practice")
        image = with_picture(practice)
        turn("ro")
        assert isinstance(outcome(practice.open), WriteFailed)  # not even the lock can be written
        turn("rw")
        still_whole(practice, image)


@pytest.mark.parametrize("op", ["open", "write_at"])
def test_a_vault_open_while_its_disk_turns_read_only(faulty: Practice, op: str) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    image = with_picture(faulty)
    vault, opened = faulty.unlocked()
    calls.fail(op, 0, errno.EROFS, stays=True)
    assert isinstance(outcome(lambda: opened.add(faulty.frame(b"refused"))), WriteFailed)
    assert opened.read(image) == b"picture"
    calls.mend()
    vault.close()
    still_whole(faulty, image)


# --- a disk that does not read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["/keyring", "/bags/", "/slots/", "/ledger/"])
def test_files_that_the_disk_does_not_read(practice: Practice, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    image = with_picture(practice)
    shutil.rmtree(practice.place / "index")
    with monkeypatch.context() as patched:
        refusing_reads(patched, part)
        assert isinstance(outcome(practice.unlocked), Corrupt)
    still_whole(practice, image)


def test_a_picture_that_the_disk_does_not_read(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    image = with_picture(practice)
    vault, opened = practice.unlocked()
    with monkeypatch.context() as patched:
        refusing_reads(patched, "/objects/")
        with pytest.raises(Corrupt):
            opened.read(image)
        assert check(opened).findings
    assert opened.read(image) == b"picture"
    vault.close()
    still_whole(practice, image)


# --- a clock that jumps -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-24 * 365, -1, 1, 24 * 365])
def test_a_clock_set_while_locked_and_while_open(practice: Practice, hours: int) -> None:
    first = with_picture(practice)
    practice.clock.wall += hours * HOUR_MS
    vault, opened = practice.unlocked()
    second = opened.add(practice.frame(b"picture")).images[0]
    practice.clock.wall -= 2 * hours * HOUR_MS
    third = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    still_whole(practice, first, second, third)
    vault, opened = practice.unlocked()
    assert [one.image for one in opened.images(patient=practice.permit.patient)] == [first, second, third]
    vault.close()


@pytest.mark.parametrize("hours", [-24, 24])
def test_no_clock_that_is_set_ends_a_wait(practice: Practice, hours: int) -> None:
    vault = practice.open()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            vault.unlock(practice.created.user, "guess", practice.gate)
    vault.close()
    practice.clock.wall += hours * HOUR_MS
    vault = practice.open()
    with pytest.raises(LockedOut):
        vault.unlock(practice.created.user, PASSWORD, practice.gate)
    practice.clock.wall -= hours * HOUR_MS
    practice.clock.forward(30)
    vault.unlock(practice.created.user, PASSWORD, practice.gate)
    vault.close()


# --- two programs on one vault ----------------------------------------------------------------------------------------


def test_the_second_program_is_told_who_has_it(practice: Practice) -> None:
    image = with_picture(practice)
    code = (
        "import sys; from pathlib import Path; from clinicam.vault.host import HostFolder\n"
        "from clinicam.vault.vault import Vault\n"
        f"vault = Vault.open(Path({str(practice.place)!r}), HostFolder(Path({str(practice.host.path)!r}), machine=b'one'))\n"
        "print('open', flush=True); sys.stdin.read(); vault.close()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        with pytest.raises(AlreadyRunning, match=f"process {process.pid}"):
            practice.open()
        process.communicate(b"", timeout=60)
    still_whole(practice, image)


# --- folders that are not ours ----------------------------------------------------------------------------------------

_WITHOUT_RIGHTS = """
import ctypes, json, os, sys
from pathlib import Path
if sys.argv[3] == "drop":
    # Root's right to pass over modes ends with the next program: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH.
    failed = [ctypes.CDLL(None).prctl(24, right, 0, 0, 0) for right in (1, 2)]
    if any(failed):
        print(json.dumps("kept"))
        raise SystemExit
    os.execv(sys.executable, [*sys.orig_argv[:-1], "go"])
from clinicam.vault.host import HostFolder
from clinicam.vault.vault import Vault
try:
    Vault.open(Path(sys.argv[1]), HostFolder(Path(sys.argv[2]), machine=b"one")).close()
    print(json.dumps("opened"))
except Exception as error:
    print(json.dumps(type(error).__name__))
"""


def without_roots_rights(practice: Practice) -> str:
    """What opening the vault ends with for an account to which modes of files apply."""
    how = "drop" if os.geteuid() == 0 else "go"
    words = [sys.executable, "-c", _WITHOUT_RIGHTS, str(practice.place), str(practice.host.path), how]
    ran = subprocess.run(words, capture_output=True, check=True, text=True, timeout=60)
    return str(json.loads(ran.stdout))


@pytest.mark.parametrize("which", ["vault", "keyring", "bags", "ledger", "marks", "writer"])
def test_folders_and_files_without_the_rights(practice: Practice, which: str) -> None:
    image = with_picture(practice)
    whole = without_roots_rights(practice)
    if whole == "kept":
        pytest.skip("this machine does not let root give up its rights")
    assert whole == "opened"
    kept = {"vault": practice.place} | {kind: host_file(practice, kind) for kind in ("marks", "writer")}
    path = kept.get(which, practice.place / which)
    mode = path.stat().st_mode & 0o777
    path.chmod(0)
    try:
        said = without_roots_rights(practice)
    finally:
        path.chmod(mode)
    assert said in {"Corrupt", "WriteFailed"}
    assert without_roots_rights(practice) == "opened"
    still_whole(practice, image)


def test_a_host_folder_without_the_rights_gets_them_back(practice: Practice) -> None:
    image = with_picture(practice)
    practice.host.path.chmod(0)
    assert without_roots_rights(practice) in {"opened", "kept"}
    still_whole(practice, image)


def test_errors_name_no_person(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with_picture(practice)
    with monkeypatch.context() as patched:
        refusing_reads(patched, "/keyring")
        error = outcome(practice.open)
    assert isinstance(error, VaultError)
    assert str(practice.folder) not in str(error)
