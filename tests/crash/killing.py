# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill -9 of somebody at work in a vault: at random moments, and before every single step that changes a file.

    python -m tests.crash.killing FOLDER [--random N] [--steps [--most N]] [--only NAME] [--seed S]

Each kill is of a forked child of its own. Only what it had said before the kill counts; what is read afterwards is shown
as late. The last line is the summary; the exit code is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.vault.stores.calls import REAL, Calls
from tests.crash.activities import Activity
from tests.crash.activities_people import ACTIVITIES
from tests.crash.scene import Desk, at, copied, found_practice, inspect, sparing, standing
from tests.vault.engine.bench import Practice

LONGEST_S = 0.06
"""A random kill comes at most so long after the work began: most pieces of work are over by then, twice."""
KEPT = 8
"""Kills that one vault takes before a fresh one is used: leftovers of one crash must not trip the next."""
READY = "ready"
STEPS = "steps"
WHOLE = frozenset({"rotation", "member-comes-and-goes", "erasure"})
"""What is gone through step by step even where others are only sampled."""


class Mortal(Calls):
    """Kills its own process before the step numbered `at` of those that change a file, counted from `begin` on.

    What only flushes, opens or closes makes no difference to whoever looks at the files after a kill -9.
    """

    def __init__(self, last: int | None) -> None:
        self._left = last
        self._began = False
        self.count = 0

    def begin(self) -> None:
        """From here on it counts."""
        self._began = True

    def _step(self) -> None:
        if not self._began:
            return
        self.count += 1
        if self.count == self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
        if flags & (os.O_CREAT | os.O_TRUNC):
            self._step()
        return super().open(name, flags, dir_fd=dir_fd)

    def write_at(self, fd: int, data: memoryview, offset: int) -> int:
        self._step()
        if self.count + 1 == self._left and self._began and len(data) > 1:
            # The next to be killed at is a write's middle.
            super().write_at(fd, data[: len(data) // 2], offset)
        self._step()
        return super().write_at(fd, data, offset)

    def truncate(self, fd: int, length: int) -> None:
        self._step()
        super().truncate(fd, length)

    def publish(self, fd: int, name: str, *, dir_fd: int) -> None:
        self._step()
        super().publish(fd, name, dir_fd=dir_fd)

    def link(self, old: str, new: str, *, dir_fd: int) -> None:
        self._step()
        super().link(old, new, dir_fd=dir_fd)

    def replace(self, old: str, new: str, *, dir_fd: int) -> None:
        self._step()
        super().replace(old, new, dir_fd=dir_fd)

    def unlink(self, name: str, *, dir_fd: int) -> None:
        self._step()
        super().unlink(name, dir_fd=dir_fd)

    def mkdir(self, name: str, *, dir_fd: int | None = None) -> None:
        self._step()
        super().mkdir(name, dir_fd=dir_fd)


@dataclass
class Count:
    """What the kills came to."""

    kills: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    late: int = 0
    late_lost: int = 0
    wrong: list[str] = field(default_factory=list)

    def summary(self, seconds: float) -> str:
        """The last line."""
        return (
            f"{self.kills.total()} kills in {len(self.kills)} activities, {self.claims} claims read before the kill, "
            f"{len(self.wrong)} wrong; {self.late} late, of which {self.late_lost} lost; {seconds:.0f} s"
        )


@dataclass
class Child:
    """A forked process at work, and what it says."""

    pid: int
    pipe: int
    rest: bytes = b""
    over: bool = False
    """it says nothing more"""

    def lines(self, wait_s: float | None) -> list[str]:
        """Whole lines there are now; waits for the first at most `wait_s` (None: until something comes or it ends)."""
        found: list[str] = []
        while select.select([self.pipe], [], [], 0 if found else wait_s)[0]:
            data = os.read(self.pipe, 65536)
            if not data:
                self.over = True
                break
            *whole, self.rest = (self.rest + data).split(b"\n")
            found += [line.decode() for line in whole]
        return found

    def ended(self) -> int:
        """Wait for its end; its exit status."""
        os.close(self.pipe)
        return os.waitpid(self.pid, 0)[1]


def fork(work: Callable[[Callable[[str], None]], None]) -> Child:
    """Do `work`, given what says a line, in a child."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        gc.freeze()
        code = 1
        try:
            os.close(reading)
            work(lambda line: _say(writing, line))
            code = 0
        except BaseException as error:  # noqa: BLE001 - a child must end here, and say why
            _say(writing, f"failed {type(error).__name__}: {error}")
        finally:
            os._exit(code)
    os.close(writing)
    return Child(pid, reading)


def _say(pipe: int, line: str) -> None:
    data = f"{line}\n".encode()
    while data:
        data = data[os.write(pipe, data) :]


def once(practice: Practice, work: Activity, say: Callable[[str], None], calls: Calls, seed: int) -> Desk:
    """One piece of work, from unlocking on; it says `ready` where the crash may come."""

    def begin() -> None:
        if isinstance(calls, Mortal):
            calls.begin()
        say(READY)

    desk = Desk.sit(at(practice, practice.folder, calls), say, begin, seed)
    work.do(desk)
    return desk


def endlessly(practice: Practice, say: Callable[[str], None], chance: random.Random, names: list[str]) -> None:
    """One piece of work after the other."""
    while True:
        once(practice, ACTIVITIES[chance.choice(names)], say, REAL, chance.randrange(2**32)).leave()


def at_random(base: Practice, folder: Path, count: int, names: list[str], seed: int) -> Count:
    """Kill `count` children, each in the middle of something."""
    result, chance = Count(), random.Random(seed)
    practice, told = base, list[str]()
    for number in range(count):
        if number % KEPT == 0:
            practice, told = copied(base, folder / "random"), []
        first = names[number % len(names)]
        order = random.Random(seed * 1_000_003 + number)

        def work(
            say: Callable[[str], None], now: Practice = practice, name: str = first, order: random.Random = order
        ) -> None:
            once(now, ACTIVITIES[name], say, REAL, order.randrange(2**32)).leave()
            endlessly(now, say, order, names)

        child = fork(work)
        lines = child.lines(None)
        while READY not in lines and lines and not lines[-1].startswith("failed"):
            more = child.lines(None)
            lines = lines + more if more else []
        end = time.monotonic() + chance.random() * LONGEST_S
        while (left := end - time.monotonic()) > 0:
            lines += child.lines(left)
        lines += child.lines(0)
        os.kill(child.pid, signal.SIGKILL)
        late = child.lines(None)
        status = child.ended()
        if not os.WIFSIGNALED(status):
            result.wrong.append(f"{first}: the child ended by itself: {lines[-1:]}")
        told += lines
        judge(result, at(practice, folder / "random"), first, told, late, f"random kill {number}")
        told = after(told)
    return result


def at_every_step(base: Practice, folder: Path, names: list[str], most: int | None) -> Count:
    """Kill before every step of every piece of work; with `most`, before so many drawn from those of each but `WHOLE`."""
    result = Count()
    for name in names:
        lines, status = _killed_at(copied(base, folder / "steps"), name, None)
        said = [line for line in lines if line.startswith(STEPS)]
        if status or not said:
            result.wrong.append(f"{name}: the child failed by itself: {lines[-1:]}")
            continue
        every = range(1, int(said[0].split()[1]) + 1)
        if most is not None and name not in WHOLE:
            every = sorted(random.Random(most).sample(every, min(most, len(every))))
        for number in every:
            practice = copied(base, folder / "steps")
            lines, status = _killed_at(practice, name, number)
            if not os.WIFSIGNALED(status):
                result.wrong.append(f"{name}, step {number}: was not killed: {lines[-1:]}")
            told = [line for line in lines if not line.startswith(STEPS)]
            judge(result, practice, name, told, [], f"killed at step {number}")
    return result


def _killed_at(practice: Practice, name: str, number: int | None) -> tuple[list[str], int]:
    """What a child said that was to die at that step, and its status; it says how many steps there were if it lived."""
    calls = Mortal(number)

    def work(say: Callable[[str], None]) -> None:
        desk = once(practice, ACTIVITIES[name], say, calls, 1)
        say(f"{STEPS} {calls.count}")
        desk.vault.close()

    child = fork(work)
    lines: list[str] = []
    while not child.over:
        lines += child.lines(None)
    return lines, child.ended()


def judge(result: Count, practice: Practice, name: str, told: list[str], late: list[str], where: str) -> None:
    """Look at what a crash left, and add it to `result`. What was said late is looked for, but counts by itself."""
    result.kills[name] += 1
    late = [line for line in late if line != READY and not line.startswith("void ")]
    claims = [line for line in standing(told, late) if line != READY]
    result.claims += len(claims)
    result.late += len(late)
    # The sum of the kills: a vault goes on after each, so it must also be able to.
    wrong = inspect(practice, [*claims, *late], goes_on=result.kills.total() % 10 == 0)
    lost = [line for line in wrong if any(line.startswith(f"{one}:") for one in late)]
    result.late_lost += len(lost)
    result.wrong += [f"{name}, {where}: {line}" for line in wrong if line not in lost]


def after(told: list[str]) -> list[str]:
    """What still stands once a crash was looked at: opening forgot the wrong passwords."""
    return standing([*(line for line in told if line != READY), "void tries"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--most", type=int)
    parser.add_argument("--only", action="append")
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    sparing()
    names = wanted.only or list(ACTIVITIES)
    base = found_practice(wanted.folder / "base")
    failed = False
    for title, run in (
        ("every step", lambda: at_every_step(base, wanted.folder, names, wanted.most) if wanted.steps else None),
        (
            "at random",
            lambda: at_random(base, wanted.folder, wanted.random, names, wanted.seed) if wanted.random else None,
        ),
    ):
        began = time.monotonic()
        result = run()
        if result is None:
            continue
        failed = failed or bool(result.wrong)
        for line in result.wrong[:20]:
            say_out(f"WRONG {line}")
        say_out(f"kill -9, {title}: {result.summary(time.monotonic() - began)}")
    sys.exit(failed)


def say_out(line: str) -> None:
    """One line to whoever reads."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
