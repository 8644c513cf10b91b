# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults put into the system calls of somebody at work in a vault, by strace: never a false claim, never a broken vault.

    python -m tests.crash.faulting FOLDER [--each N] [--only CALL] [--seed S]

For each call, each error and each time the call is made (or N times drawn from them), once by itself and once staying
until the end. Whoever is at work goes on after a refusal; what was claimed must be there afterwards, and nothing but the
vault's own errors may come out. Exit code 77: no strace here, or it may not trace. The last line is the summary.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.errors import CliniCamError, VaultError
from clinicam.vault.acts import What
from clinicam.vault.content import Rendition
from clinicam.vault.openvault import NewRow
from tests.crash.killing import READY, fork, say_out
from tests.crash.scene import Desk, at, copied, found_practice, inspect, picture, sparing, standing
from tests.vault.engine.bench import Practice

CALLS = (
    "openat",
    "pwrite64",
    "fsync",
    "linkat",
    "renameat",
    "unlinkat",
    "close",
    "ftruncate",
    "mkdir",
    "statfs",
    "flock",
    "chmod",
    "fadvise64",
    "getdents64",
)
"""What the vault's files are written, named and found with, as CPython calls them."""
ERRORS = ("EIO", "ENOSPC", "EINTR", "EDQUOT")
CANNOT = 77
MANY = 10_000
LONGEST_S = 30
NOT_FOR_GOOD = frozenset({"close"})
"""strace does not let such a call through, so no file is closed any more: nothing that a disk does."""


class CannotHere(Exception):
    """strace is missing or may not trace."""


@dataclass
class Sum:
    """What the faults came to."""

    faults: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    claims: int = 0
    wrong: list[str] = field(default_factory=list)

    def summary(self, seconds: float) -> str:
        """The last line."""
        by = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        return (
            f"{self.faults.total()} faults ({by}), {self.refused} refusals, {self.claims} claims, "
            f"{len(self.wrong)} wrong; {seconds:.0f} s"
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of one call, the `nth` time (from 1) it is made, or from then on."""

    call: str
    error: str
    nth: int
    stays: bool

    def spell(self) -> str:
        """As strace takes it."""
        return f"{self.call}:error={self.error}:when={self.nth}{'+' if self.stays else ''}"


def day(desk: Desk) -> None:
    """A bit of everything. What is refused is said, and the next thing tried."""
    patient = desk.practice.permit.patient

    def new_patient() -> None:
        desk.admit(desk.patient())
        permit = desk.practice.permit
        opened = NewRow(What.SESSION_OPENED, permit.patient, permit.session, "session", patient, b"\xc0")
        desk.say(f"row {desk.opened.append([opened])[0].rid.hex()}")

    def thumbnail() -> None:
        image = desk.opened.images()[0].image
        small = desk.opened.add_rendition(image, Rendition.THUMBNAIL, "image/jpeg", picture(0))
        desk.say(f"image {small.hex()} 0")

    def again() -> None:
        desk.opened.close()
        desk.unlock()

    def segment() -> None:
        desk.opened.inside.files.ledger._limit = 1
        desk.patient()

    def rotate() -> None:
        desk.opened.inside.publish()
        desk.say(f"generation {desk.opened.inside.book.keyring.generation}")

    deeds: tuple[Callable[[], object], ...] = (
        lambda: desk.frame(4, 3),
        new_patient,
        lambda: desk.frame(8),
        thumbnail,
        rotate,
        lambda: desk.frame(12),
        again,
        segment,
        lambda: desk.opened.read(desk.opened.images()[0].image),
        lambda: desk.frame(16),
    )
    for deed in deeds:
        _attempt(desk, deed)
        if not desk.opened.is_open:
            # It was locked, and unlocking failed: as a person does, once more.
            _attempt(desk, desk.unlock)
    desk.leave()


def _attempt(desk: Desk, deed: Callable[[], object]) -> None:
    try:
        deed()
    except VaultError as error:
        desk.say(f"refused {type(error).__name__} {error}")


def work(practice: Practice, say: Callable[[str], None]) -> None:
    """Sit down, wait to be traced, and do a day's work."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    desk = Desk.sit(practice, say, lambda: None, 3)
    say(READY)
    signal.sigwait({signal.SIGUSR1})
    day(desk)


def under(practice: Practice, fault: Fault, log: Path) -> tuple[list[str], int]:
    """A day's work with one fault: what was said, and how often the fault came (0: the call was not made so often)."""
    child = fork(lambda say: work(practice, say))
    lines = child.lines(None)
    tracer: subprocess.Popen[str] | None = None
    try:
        if READY in lines:
            tracer = _trace(child.pid, fault, log)
            os.kill(child.pid, signal.SIGUSR1)
        end = time.monotonic() + LONGEST_S
        while not child.over and time.monotonic() < end:
            lines += child.lines(1.0)
        if not child.over:
            lines.append("failed: it hangs")
    finally:
        if tracer is None or not child.over:
            os.kill(child.pid, signal.SIGKILL)
        status = child.ended()
        if tracer is not None:
            tracer.communicate()
    if os.WIFEXITED(status) and status:
        lines.append(f"failed with status {status}")
    return lines, log.read_text().count("(INJECTED)") if log.exists() else 0


def _trace(pid: int, fault: Fault, log: Path) -> subprocess.Popen[str]:
    strace = shutil.which("strace")
    if strace is None:
        raise CannotHere("strace is not installed")
    tracer = subprocess.Popen(
        [strace, "-f", "-p", str(pid), "-e", f"trace={fault.call}", "-e", f"inject={fault.spell()}", "-o", str(log)],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if "attached" not in said:
        tracer.communicate()
        raise CannotHere(f"strace: {said.strip()}")
    return tracer


def times(base: Practice, folder: Path) -> dict[str, int]:
    """How often each call is made in a day's work."""
    log = folder / "log"
    found: dict[str, int] = {}
    for call in CALLS:
        under(copied(base, folder / "p"), Fault(call, "EIO", MANY, False), log)
        found[call] = len(re.findall(rf"\b{call}\(", log.read_text()))
        log.unlink()
    return found


def try_one(base: Practice, folder: Path, fault: Fault, result: Sum) -> None:
    """One fault, and what was left of it."""
    practice, log = copied(base, folder / "p"), folder / "log"
    lines, came = under(practice, fault, log)
    log.unlink(missing_ok=True)
    if not came:
        return
    result.faults[fault.call] += 1
    refused = [line for line in lines if line.startswith("refused ")]
    failed = [line for line in lines if line.startswith("failed ")]
    claims = standing([line for line in lines if line != READY and line not in refused and line not in failed])
    result.refused += len(refused)
    result.claims += len(claims)
    wrong = [f"an error that is not the vault's: {line}" for line in failed]
    try:
        wrong += inspect(at(practice, practice.folder), claims, goes_on=True)
    except (CliniCamError, OSError, LookupError, TypeError, ValueError) as error:
        wrong.append(f"escaped: {type(error).__name__}: {error}")
    result.wrong += [f"{fault.spell()}: {line} (refused: {[line[8:60] for line in refused]})" for line in wrong]


def plan(made: dict[str, int], each: int | None, seed: int) -> list[Fault]:
    """The faults to try. An error that stays is one of the disk, so never EINTR."""
    chance, found = random.Random(seed), list[Fault]()
    for call, count in made.items():
        for error in ERRORS:
            every = [Fault(call, error, nth, False) for nth in range(1, count + 1)]
            if error != "EINTR" and call not in NOT_FOR_GOOD:
                every += [Fault(call, error, nth, True) for nth in range(1, count + 1)]
            found += every if each is None else chance.sample(every, min(each, len(every)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int)
    parser.add_argument("--only", action="append")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    sparing()
    began, result = time.monotonic(), Sum()
    base = found_practice(wanted.folder / "base")
    try:
        made = times(base, wanted.folder)
    except CannotHere as error:
        say_out(f"cannot put in faults here: {error}")
        sys.exit(CANNOT)
    say_out("made: " + ", ".join(f"{call} {count}" for call, count in made.items()))
    for fault in plan(
        {call: n for call, n in made.items() if not wanted.only or call in wanted.only}, wanted.each, wanted.seed
    ):
        try_one(base, wanted.folder, fault, result)
    for line in result.wrong[:40]:
        say_out(f"WRONG {line}")
    say_out(f"strace faults: {result.summary(time.monotonic() - began)}")
    sys.exit(bool(result.wrong))


if __name__ == "__main__":
    main()
