# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts: somebody at work in a vault on a real ext4 that stops from one moment to the next and loses its cache.

    python -m tests.crash.powercut FOLDER --cuts N [--seed S] [--control no-flush]

The file system lies in an image on a loop mount and is shut down by EXT4_IOC_SHUTDOWN without flushing its journal, as
xfstests does it. What was said and read before the cut counts; what is read after it is shown as late and may be lost.
Exit code 77: this machine does not let us (it needs root, loop devices and mkfs.ext4). The last line is the summary.

It shows: one file system, data=ordered, whose flush is honest. It does not show a missing flush of a directory, since
any other flush commits the same journal: that is what the trace checker is for.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clinicam.vault.stores.calls import REAL, Calls
from tests.crash.activities_people import ACTIVITIES
from tests.crash.killing import READY, Child, Count, after, fork, judge, once, say_out
from tests.crash.scene import at, copied, found_practice, sparing
from tests.vault.engine.bench import Practice

SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN: _IOR('X', 125, u32)"""
NO_LOG_FLUSH = 2
SIZE = 192 * 1024 * 1024
LONGEST_S = 0.15
KEPT = 8
CANNOT = 77


class CannotHere(Exception):
    """This machine does not let us cut its power."""


class NoFlush(Calls):
    """The control: says flushed, and flushes nothing."""

    def fsync(self, fd: int) -> None:
        pass


CONTROLS: dict[str, Calls] = {"none": REAL, "no-flush": NoFlush()}


class Disk:
    """An ext4 in a file, whose power can be cut."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "disk.img"
        self.point = folder / "disk"
        self.point.mkdir(parents=True)
        self._is_mounted = False

    def make(self) -> None:
        """An empty file system."""
        with self._image.open("wb") as file:
            file.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", str(self._image))

    def mount(self) -> None:
        """Power on: the journal is replayed."""
        _run("mount", "-o", "loop,nosuid,nodev", str(self._image), str(self.point))
        self._is_mounted = True

    def cut(self) -> None:
        """From here on nothing reaches the disk."""
        fd = os.open(self.point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as error:
            raise CannotHere(f"EXT4_IOC_SHUTDOWN: {error}") from error
        finally:
            os.close(fd)

    def unmount(self) -> None:
        """Let go of it; a cut one keeps nothing of its cache."""
        if self._is_mounted:
            _run("umount", str(self.point))
            self._is_mounted = False

    def check(self) -> None:
        """Raises CannotHere unless its structures are sound."""
        _run("e2fsck", "-f", "-n", str(self._image))

    def throw_away(self) -> None:
        """Whatever state it is in."""
        if self._is_mounted:
            with suppress(CannotHere):
                _run("umount", "-l", str(self.point))
        self._image.unlink(missing_ok=True)


def _run(*words: str) -> None:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    try:
        done = subprocess.run(
            words, env={**os.environ, "PATH": path}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
    except FileNotFoundError as error:
        raise CannotHere(f"{words[0]} is not installed") from error
    if done.returncode:
        raise CannotHere(f"{words[0]}: {done.stderr.decode().strip()}")


@contextmanager
def disk_in(folder: Path) -> Iterator[Disk]:
    """A disk, thrown away at the end."""
    disk = Disk(folder)
    try:
        yield disk
    finally:
        disk.throw_away()


def cuts(disk: Disk, base: Practice, count: int, seed: int, calls: Calls, *, stop_at_first: bool) -> Count:
    """Cut the power `count` times, each in the middle of something."""
    result, chance, names = Count(), random.Random(seed), list(ACTIVITIES)
    practice, told = base, list[str]()
    for number in range(count):
        if number % KEPT == 0:
            practice, told = copied(base, disk.point / "p"), []
            os.sync()
        name = names[number % len(names)]
        order = random.Random(seed * 1_000_003 + number)
        child = fork(_work(practice, calls, name, order, names))
        lines = _until_ready(child)
        end = time.monotonic() + chance.random() * LONGEST_S
        while (left := end - time.monotonic()) > 0:
            lines += child.lines(left)
        lines += child.lines(0)
        disk.cut()
        late = child.lines(0)
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
        late += child.lines(None)
        child.ended()
        disk.unmount()
        disk.mount()
        told += lines
        practice = at(practice, disk.point / "p")
        # What the dying child says of errors is no claim.
        judge(result, practice, name, told, [one for one in late if not one.startswith("failed")], f"cut {number}")
        told = after(told)
        if stop_at_first and result.wrong:
            break
    return result


def _work(
    practice: Practice, calls: Calls, name: str, order: random.Random, names: list[str]
) -> Callable[[Callable[[str], None]], None]:
    def work(say: Callable[[str], None]) -> None:
        now = name
        while True:
            once(practice, ACTIVITIES[now], say, calls, order.randrange(2**32)).leave()
            now = order.choice(names)

    return work


def _until_ready(child: Child) -> list[str]:
    lines: list[str] = []
    while READY not in lines and (more := child.lines(None)):
        lines += more
    return lines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cuts", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", choices=CONTROLS, default="none")
    wanted = parser.parse_args()
    sparing()
    began = time.monotonic()
    try:
        with disk_in(wanted.folder) as disk:
            try:
                disk.make()
                disk.mount()
                disk.cut()
                disk.unmount()
            except CannotHere as error:
                say_out(f"cannot cut the power here: {error}")
                sys.exit(CANNOT)
            disk.mount()
            base = found_practice(wanted.folder / "base")
            control = CONTROLS[wanted.control]
            result = cuts(disk, base, wanted.cuts, wanted.seed, control, stop_at_first=control is not REAL)
            disk.unmount()
            # The file system itself must be sound, or what was found in it proves nothing.
            disk.check()
    finally:
        shutil.rmtree(wanted.folder, ignore_errors=True)
    for line in result.wrong[:20]:
        say_out(f"WRONG {line}")
    say_out(f"power cuts, control {wanted.control}: {result.summary(time.monotonic() - began).replace('kill', 'cut')}")
    sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()
