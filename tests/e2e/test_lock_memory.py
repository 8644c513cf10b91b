# SPDX-License-Identifier: GPL-3.0-or-later
"""After lock no decrypted byte is left in the memory of any of our processes.

A real window is driven up to the lock key, in a session with live view or with a picture in the viewer. Its memory is
looked through before the lock, when everything must be found (else the hunt is blind), and after it, when nothing may.
"""

from __future__ import annotations

import os
import random
import secrets as chance
import string
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from tests.e2e import markers
from tests.e2e.hunt import Find, Marker, descendants, in_process
from tests.e2e.memory_child import Secrets
from tests.e2e.places import REPOSITORY
from tests.vault.independent_reader import open_bag, open_slot, read_keyring, read_vault


def made_up(length: int) -> str:
    """A name nobody has: it can be in memory for one reason only."""
    return "".join(chance.choice(string.ascii_lowercase) for _ in range(length)).capitalize()


def nhs_number() -> str:
    """Ten digits from the range kept for tests, with the right check digit."""
    while True:
        nine = f"999{random.SystemRandom().randrange(10**6):06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return nine + str(check % 11)


def until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"never came true: {what}"
        time.sleep(0.05)


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def keys_of(vault: Path, user: str, password: str) -> list[Marker]:
    """Every key that opens something, through the second reader."""
    secret = open_slot((vault / "slots" / user).read_bytes(), password=password)
    keyring = read_keyring((vault / "keyring").read_bytes(), secret.anchor)
    epoch = keyring.seed(secret)
    found: list[Marker] = [epoch, secret.sign_seed]
    for path in (vault / "bags").iterdir():
        bag = open_bag(path.read_bytes(), keyring, epoch)
        found += [key["secret"] for key in bag["keys"]]
        if bag["shared"] is not None:
            found += [bag["shared"][name] for name in ("locator", "index", "audit")]
    return found


def look(pid: int, wanted: list[Marker]) -> list[Find]:
    """The memory of a process and of all below it."""
    found = []
    for one in descendants(pid):
        try:
            found += in_process(one, wanted)
        except FileNotFoundError:
            continue  # it ended meanwhile
        except PermissionError:
            pytest.skip("the kernel does not let this account read a process that made itself unreadable")
    return found


def camera_process(pid: int) -> int | None:
    return next((one for one in descendants(pid) if "clinicam.camera.worker" in command_of(one)), None)


@pytest.mark.parametrize("in_session", [True, False], ids=["in-session", "in-viewer"])
def test_nothing_is_left_in_memory_after_lock(tmp_path: Path, *, in_session: bool) -> None:
    mark = f"MARK-{chance.token_hex(8)}"
    secret = Secrets(
        family=made_up(11),
        given=made_up(9),
        number=nhs_number(),
        note=f"Lower {made_up(8)} tender on {made_up(8)}.",
        password=" ".join(made_up(6) for _ in range(4)),
        in_session=in_session,
    )
    people = markers.of_words(secret.family, secret.given, secret.number, secret.note)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"PYTHONPATH": str(REPOSITORY), "XDG_RUNTIME_DIR": str(tmp_path / "runtime")}
    (tmp_path / "runtime").mkdir(mode=0o700)
    out = tmp_path / "out"
    out.mkdir()
    with SimulatorProcess.start(marker=mark) as body:
        command = [sys.executable, "-m", "tests.e2e.memory_child", body.port, str(out)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(msgspec.json.encode(secret) + b"\n")
            child.stdin.flush()
            word, user = child.stdout.readline().decode().split() or ("", "")
            assert word == "open", "the window did not get that far"
            _, objects = read_vault(out / "vault", bytes.fromhex(user), secret.password)
            pictures = markers.of_pictures(picture for _, _, picture in objects.values())
            pixels = markers.of_pixels(mark)
            wanted = [
                *people,
                *markers.of_words(mark, secret.password),
                *pixels,
                *pictures,
                *keys_of(out / "vault", user, secret.password),
            ]

            unlocked = {find.marker for find in look(child.pid, wanted)}
            assert {one for one in people if b"\0" in one} & unlocked, "no UTF-16 text: blind to Qt"
            for text in (secret.family, secret.given, secret.number, secret.note):
                assert {*markers.of_words(text)} & unlocked, f"blind to {text}"
            assert {*markers.of_words(mark)} & unlocked, "blind to the marker of the body"
            assert {*pixels} & unlocked, "blind to decoded pixels"
            assert {*pictures} & unlocked, "blind to the bytes of a picture"

            child.stdin.write(b"lock\n")
            child.stdin.flush()
            until(lambda: command_of(child.pid)[1:3] == ["-m", "clinicam"], "the lock to replace the process")
            until(lambda: camera_process(child.pid) is not None, "the lock screen's own camera process")
            until(lambda: body.command("status")["session"] is True, "the lock screen's camera to be connected")
            assert child.poll() is None
            found = look(child.pid, wanted)
            assert not found, [f"{find.where}: {markers.shown(find.marker)}" for find in found]

            before = camera_process(child.pid)
            body.press()  # the camera's own button while locked: dropped unseen
            until(lambda: camera_process(child.pid) not in {before, None}, "the camera process to replace itself")
            found = look(child.pid, [*markers.of_words(mark), *pixels])
            assert not found, [f"{find.where}: {markers.shown(find.marker)}" for find in found]
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
