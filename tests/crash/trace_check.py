# SPDX-License-Identifier: GPL-3.0-or-later
"""Work recorded, every folder a crash could leave of it laid out, and each looked at as the next morning would."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.errors import CliniCamError
from tests.crash.activities import Activity
from tests.crash.scene import Desk, at, copied, inspect, settled, standing
from tests.crash.trace_model import State, Tree, final, states
from tests.crash.trace_record import Data, Names, Recorder, Said, Trace
from tests.vault.engine.bench import Practice, make_practice

CREATED = "created"

EACH_GOES_ON = 4
"""Every so many states a frame is taken in afterwards and the vault opened once more."""


@dataclass
class Outcome:
    """What came of one piece of work."""

    name: str
    steps: int = 0
    states: int = 0
    looked: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For the table."""
        return f"{self.name:24} {self.steps:5} steps {self.states:6} states {self.looked:6} looked at {len(self.wrong):4} wrong"


def record(
    base: Practice,
    work: Activity,
    folder: Path,
    make: Callable[[Path], Recorder] = Recorder,
    spoil: Callable[[Desk], None] | None = None,
) -> tuple[Practice, Trace]:
    """Do `work` in a copy of `base` below `folder`; the copy, and what it asked for.

    `spoil` may put a fault into the desk before the work begins.
    """
    recorder = make(folder / "p")
    practice = copied(base, folder / "p", recorder)
    desk = Desk.sit(practice, recorder.say, recorder.start, 7)
    if spoil is not None:
        spoil(desk)
    try:
        work.do(desk)
    finally:
        trace = recorder.stop()
        try:
            _compare(practice.folder, trace, work.name)
        finally:
            desk.leave()
    return practice, trace


def _compare(folder: Path, trace: Trace, name: str) -> None:
    """Nothing may have been written past the recorder."""
    really, modelled = _tree(folder), final(trace)
    strange = {path for path in really.keys() | modelled.keys() if really.get(path, b"-") != modelled.get(path, b"-")}
    strange = {path for path in strange if not path.endswith(".lock")}
    assert not strange, f"{name}: written past the recorder: {sorted(strange)}"


def record_creation(folder: Path) -> tuple[Practice, Trace]:
    """Make a vault in a folder whose parents are not there yet either."""
    top = folder / "p"
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir(parents=True)
    recorder = Recorder(top)
    recorder.start()
    practice = make_practice(top / "new" / "place", calls=recorder)
    recorder.say(CREATED)
    trace = recorder.stop()
    _compare(top, trace, CREATED)
    return practice, trace


def look(
    practice: Practice, trace: Trace, name: str, *, most: int, stop_at: int = 10**9, top: Path | None = None
) -> Outcome:
    """Look at up to `most` states, drawn if there are more. `top` is what was recorded, if not the practice's folder."""
    outcome = Outcome(name, len(trace.steps))
    found = states(trace)
    outcome.states = len(found)
    if len(found) > most:
        chosen = set(random.Random(most).sample(range(len(found)), most))
        found = [state for number, state in enumerate(found) if number in chosen]
    inode = practice.place.stat().st_ino
    for number, state in enumerate(found):
        outcome.looked += 1
        _lay_out(top or practice.folder, state.tree)
        fresh = settled(at(practice, practice.folder), inode)
        try:
            wrong = inspect(fresh, standing(state.told), goes_on=number % EACH_GOES_ON == 0)
        except (CliniCamError, OSError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            wrong = [f"escaped: {type(error).__name__}: {error}"]
        if top is not None and CREATED not in state.told:
            # Until it was told of there may be no vault, but never half a one.
            wrong = [line for line in wrong if "VaultMissing" not in line]
        outcome.wrong += [f"{name}: {line}\n    {describe(trace, state)}" for line in wrong]
        if len(outcome.wrong) >= stop_at:
            break
    return outcome


def describe(trace: Trace, state: State) -> str:
    """Where the crash was and what it took."""
    near = trace.steps[max(0, state.prefix - 6) : state.prefix]
    names = {}
    for step in trace.steps:
        if isinstance(step, Names):
            names |= {node: name for name, node in step.changes if node is not None}
    shown = []
    for number, step in enumerate(near, state.prefix - len(near) + 1):
        if isinstance(step, Said):
            shown.append(f"{number} said {step.line[:20]}")
        elif isinstance(step, Names):
            shown.append(f"{number} names {', '.join(f'{n[:12]}->{c}' for n, c in step.changes)}")
        elif isinstance(step, Data):
            what = "cut" if step.data is None else f"{len(step.data)} bytes"
            shown.append(f"{number} {what} at {step.offset} of {names.get(step.node, step.node)}")
        else:
            shown.append(f"{number} flush {names.get(step.node, step.node)}")
    return f"after step {state.prefix} of {len(trace.steps)}, {state.lost}; before it: {' | '.join(shown)}"


def _tree(folder: Path) -> Tree:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {name: None if path.is_dir() else path.read_bytes() for name, path in found.items()}


def _lay_out(folder: Path, tree: Tree) -> None:
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    for name, data in sorted(tree.items()):
        path = folder / name
        if data is None:
            path.mkdir(mode=0o700)
        else:
            path.write_bytes(data)
