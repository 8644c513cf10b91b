# SPDX-License-Identifier: GPL-3.0-or-later
"""A 25 MB frame made durable: the vault, raw, and whichever of gocryptfs, restic and age are installed, in one run.

Each peer does what it is made for: gocryptfs takes a file written and flushed into its mount, restic a backup of the
frame from standard input into a local repository, age an encrypted file, flushed by us since it does not do so itself.
restic and age start a process for each frame and restic derives a key; that is how they are used. Scrypt's cost is set
to its least for gocryptfs, and paid before the clock starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.bed import Findings, OpenGate, training_vault, write_raw
from benchmarks.measure import against, alone, interleaved
from benchmarks.put import FRAME_BYTES, sealed_put

ROUNDS = 9
_OURS, _RAW = "vault put", "raw write + fsync"
_PATIENCE_S = 60
_PASSWORD = "a password of the bench"
_TARGET = 0.6
"""Of gocryptfs's time, which is the same as of its ratio to raw."""

Contestants = dict[str, Callable[[], float]]


def measure(folder: Path) -> Findings:
    """One frame a turn each."""
    data = os.urandom(FRAME_BYTES)
    found = Findings()
    raw = folder / "raw"
    raw.mkdir()
    with training_vault(folder / "vault", OpenGate()) as training, _gocryptfs(folder, found) as mount:
        for number in range(256):
            (training.opened.place / "objects" / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
        contestants: Contestants = {
            _RAW: lambda: write_raw(raw, data),
            _OURS: lambda: sealed_put(training, data),
        }
        if mount is not None:
            contestants["gocryptfs"] = lambda: write_raw(mount, data)
        _restic(folder, data, contestants, found)
        _age(folder, data, contestants, found)
        medians = interleaved(contestants, ROUNDS, warm=2)
    name = "25 MB made durable"
    found.results.append(against(name, medians, _OURS, _RAW, target=1.35))
    for peer, target in (("gocryptfs", _TARGET), ("restic", 1.0), ("age", 1.0)):
        if peer in medians:
            found.results.append(against(name, medians, _OURS, peer, target=target))
            ratio = medians[peer] / medians[_RAW]
            found.results.append(alone(f"{peer} against raw, in the same run", ratio, "x", target=None))
    return found


@contextmanager
def _gocryptfs(folder: Path, found: Findings) -> Iterator[Path | None]:
    """A mounted gocryptfs; None where it is not installed or cannot mount."""
    program = shutil.which("gocryptfs")
    if program is None:
        found.left_out.append("put against gocryptfs: gocryptfs is not installed")
        yield None
        return
    cipher, plain = folder / "gocryptfs-cipher", folder / "gocryptfs-plain"
    cipher.mkdir()
    plain.mkdir()
    word = f"{_PASSWORD}\n{_PASSWORD}\n"
    made = subprocess.run(
        [program, "-q", "-init", "-scryptn", "10", str(cipher)], input=word, text=True, capture_output=True, check=False
    )
    child = subprocess.Popen(
        [program, "-q", "-fg", str(cipher), str(plain)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        if made.returncode == 0 and child.stdin is not None:
            with suppress(BrokenPipeError):
                child.stdin.write(f"{_PASSWORD}\n")
                child.stdin.close()
        if _mounted(plain, child):
            yield plain
        else:
            found.left_out.append("put against gocryptfs: it could not be mounted here (FUSE?)")
            yield None
    finally:
        for unmount in (["fusermount3", "-u"], ["fusermount", "-u"], ["umount"]):
            if plain.is_mount() and shutil.which(unmount[0]) is not None:
                subprocess.run([*unmount, str(plain)], capture_output=True, check=False)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _mounted(place: Path, child: subprocess.Popen[str]) -> bool:
    end = time.monotonic() + _PATIENCE_S / 4
    while time.monotonic() < end and child.poll() is None:
        if place.is_mount():
            return True
        time.sleep(0.05)
    return False


def _restic(folder: Path, data: bytes, contestants: Contestants, found: Findings) -> None:
    program = shutil.which("restic")
    if program is None:
        found.left_out.append("put against restic: restic is not installed")
        return
    secret = folder / "restic-password"
    secret.write_text(_PASSWORD)
    usual = [program, "-q", "-r", str(folder / "restic"), "-p", str(secret), "--no-cache"]
    subprocess.run([*usual, "init"], check=True, capture_output=True, timeout=_PATIENCE_S)

    def backup() -> float:
        fresh = os.urandom(len(data))  # blocks that are there already would cost restic nothing
        start = time.perf_counter()
        subprocess.run([*usual, "backup", "--stdin"], input=fresh, check=True, capture_output=True, timeout=_PATIENCE_S)
        return time.perf_counter() - start

    contestants["restic"] = backup


def _age(folder: Path, data: bytes, contestants: Contestants, found: Findings) -> None:
    program, keygen = shutil.which("age"), shutil.which("age-keygen")
    if program is None or keygen is None:
        found.left_out.append("put against age: age is not installed")
        return
    made = subprocess.run([keygen], check=True, capture_output=True, text=True, timeout=_PATIENCE_S)
    recipient = next(line.split()[-1] for line in made.stdout.splitlines() if line.startswith("# public key"))

    def encrypt() -> float:
        path = folder / "frame.age"
        start = time.perf_counter()
        with path.open("wb") as out:
            subprocess.run([program, "-r", recipient], input=data, stdout=out, check=True, timeout=_PATIENCE_S)
            os.fsync(out.fileno())
        took = time.perf_counter() - start
        path.unlink()
        return took

    contestants["age"] = encrypt
