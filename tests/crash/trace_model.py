# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folders a crash may leave behind a trace. Weaker than any file system we know: what passes here passes there.

* A write, a cut, a name are lost, kept or (a write) torn, each by itself, until a flush of that file or that directory.
* Flushing a file says nothing of its name, flushing a directory nothing of what the files in it hold.
* Within a directory changes of different names may be kept in any order; a rename is kept or lost as one.
* A torn write is whole sectors of 512 bytes: any of them old or new; also zeros where a file had grown.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from tests.crash.trace_record import Data, Flush, Names, Node, Said, Step, Trace

SECTOR = 512
PAGE = 4096
ALL_SUBSETS = 5
"""Up to so many pending steps every subset is tried; beyond, singles, pairs and a sample."""
ALL_PAIRS = 12
"""Up to so many, every pair; beyond, the newest singly (the older ones were, as each prefix is gone through) and a sample."""
SAMPLE = 24
CROWD = 32
"""Beyond so many (a folder's 256 branches made at once) each prefix adds but a few."""
SIDE = 3
"""Boundaries inside a long write that are tried, at either end of it."""


@dataclass(frozen=True, slots=True)
class Tear:
    """What of a write arrived: the bytes from `low` to `high` of the file, and its size as if it had ended at `end`."""

    low: int
    high: int
    end: int


Kept = dict[int, Tear | bool]
"""What arrived of the steps of these numbers: all (True) or some of it; of others nothing."""

Tree = dict[str, bytes | None]
"""Every path below the top; None for a directory."""


@dataclass(frozen=True)
class State:
    """One folder that may be left. `lost` says how it came about, `told` what had been said by then."""

    prefix: int
    lost: str
    tree: Tree = field(repr=False)
    told: tuple[str, ...]


class Disk:
    """Durable content, and the steps behind it that are not yet."""

    def __init__(self, trace: Trace) -> None:
        self._root = trace.root
        self._is_folder = trace.folders
        self._files: dict[Node, bytes] = {n: t for n, t in trace.tree.items() if isinstance(t, bytes)}
        self._folders = {n: dict(t) for n, t in trace.tree.items() if not isinstance(t, bytes)}
        self._made: dict[tuple[object, ...], bytes] = {}
        self.pending: list[tuple[int, Data | Names]] = []
        self.told: list[str] = []

    def step(self, number: int, step: Step) -> None:
        """Take one step; a flush makes what is pending of its node durable."""
        if isinstance(step, Said):
            self.told.append(step.line)
        elif isinstance(step, Flush):
            node = step.node
            for _, one in self.pending:
                if isinstance(one, Data) and one.node == node:
                    self._files[node] = written(self._files.get(node, b""), one)
                elif isinstance(one, Names) and one.folder == node:
                    named(self._folders.setdefault(node, {}), one)
            self.pending = [(at, one) for at, one in self.pending if _node(one) != node]
        else:
            self.pending.append((number, step))

    def tree(self, kept: Kept) -> Tree:
        """The folder if of what is pending only `kept` arrived: step number to True or how it was torn."""
        files, folders = dict(self._files), {node: dict(names) for node, names in self._folders.items()}
        for number, one in self.pending:
            how = kept.get(number, False)
            if how is False:
                continue
            if isinstance(one, Names):
                named(folders.setdefault(one.folder, {}), one)
                continue
            old = files.get(one.node, b"")
            key = (id(old), number, how)
            if key not in self._made:
                self._made[key] = written(old, one, how)
            files[one.node] = self._made[key]
        tree: Tree = {}
        self._walk(self._root, "", files, folders, tree)
        return tree

    def _walk(
        self, node: Node, path: str, files: dict[Node, bytes], folders: dict[Node, dict[str, Node]], tree: Tree
    ) -> None:
        if node not in self._is_folder:
            tree[path] = files.get(node, b"")
            return
        if path:
            tree[path] = None
        for name, child in folders.get(node, {}).items():
            self._walk(child, f"{path}/{name}" if path else name, files, folders, tree)


def _node(one: Data | Names) -> Node:
    return one.node if isinstance(one, Data) else one.folder


def written(old: bytes, step: Data, how: Tear | bool = True) -> bytes:
    """The bytes of a file after one step, whole or torn."""
    if step.data is None:
        return old[: step.offset].ljust(step.offset, b"\0")
    end = step.offset + len(step.data)
    tear = how if isinstance(how, Tear) else Tear(step.offset, end, end)
    new = bytearray(old.ljust(tear.end, b"\0"))
    new[tear.low : tear.high] = step.data[tear.low - step.offset : tear.high - step.offset]
    return bytes(new)


def named(names: dict[str, Node], step: Names) -> None:
    """The names of a directory after one step."""
    for name, node in step.changes:
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def tears(step: Data) -> Iterator[tuple[str, Tear]]:
    """Ways in which a write may arrive in part."""
    assert step.data is not None
    low, high = step.offset, step.offset + len(step.data)
    yield "only the size", Tear(low, low, high)
    for cut in sorted({low + 1, (low + high) // 2, high - 1}):
        if low < cut < high:
            yield f"bytes to {cut}", Tear(low, cut, cut)
    for cut in _few(range((low // PAGE + 1) * PAGE, high, PAGE)):
        yield f"pages to {cut}", Tear(low, cut, cut)
        yield f"pages from {cut}", Tear(cut, high, high)
    for cut in _few(range((low // SECTOR + 1) * SECTOR, high, SECTOR)):
        yield f"sectors to {cut}", Tear(low, cut, high)
        yield f"sectors from {cut}", Tear(cut, high, high)


def _few(cuts: range) -> Sequence[int]:
    """The first and the last few; in between is more of the same."""
    return cuts if len(cuts) <= 2 * SIDE else (*cuts[:SIDE], *cuts[-SIDE:])


def choices(pending: Sequence[tuple[int, Data | Names]], chance: random.Random) -> Iterator[tuple[str, Kept]]:
    """What may have arrived of `pending`; the plainest first."""
    numbers = [number for number, _ in pending]
    everything: Kept = dict.fromkeys(numbers, True)
    yield "nothing lost", everything
    yield "all unflushed lost", {}
    if len(numbers) <= ALL_SUBSETS:
        for count in range(1, len(numbers)):
            for some in combinations(numbers, count):
                yield f"only {some} kept", dict.fromkeys(some, True)
    else:
        pairs = combinations(numbers, 2) if len(numbers) <= ALL_PAIRS else ()
        newest = numbers[-ALL_PAIRS if len(numbers) <= CROWD else -1 :]
        for lost in (*combinations(newest, 1), *pairs):
            yield f"{lost} lost", {n: True for n in numbers if n not in lost}
        for number in newest:
            yield f"only {number} kept", {number: True}
        for _ in range(SAMPLE if len(numbers) <= CROWD else 1):
            some = tuple(n for n in numbers if chance.random() < 0.5)
            yield f"only {some} kept", dict.fromkeys(some, True)
    names: Kept = {number: True for number, one in pending if isinstance(one, Names)}
    for number, one in pending[-ALL_PAIRS:]:
        if isinstance(one, Data) and one.data is not None:
            for what, tear in tears(one):
                yield f"of {number} {what}", everything | {number: tear}
                yield f"of {number} {what}, else only names", names | {number: tear}


def states(trace: Trace, seed: int = 1) -> list[State]:
    """Every state after every prefix; each folder once, with all that had been said when it could last arise."""
    disk, chance = Disk(trace), random.Random(seed)
    found: dict[tuple[object, ...], State] = {}
    for number, step in enumerate((None, *trace.steps)):
        if step is not None:
            disk.step(number, step)
        told = tuple(disk.told)
        voids = tuple(line for line in told if line.startswith("void "))
        for lost, kept in choices(disk.pending, chance):
            state = State(number, lost, disk.tree(kept), told)
            found[_digest(state.tree), voids] = state
    return sorted(found.values(), key=lambda state: state.prefix)


def _digest(tree: Tree) -> int:
    """Equal for equal folders. Bytes remember their own hash, so what did not change costs nothing."""
    return hash(frozenset(tree.items()))


def final(trace: Trace) -> Tree:
    """The folder if everything arrived: what must really lie there."""
    disk = Disk(trace)
    for number, step in enumerate(trace.steps, 1):
        disk.step(number, step)
    return disk.tree(dict.fromkeys((number for number, _ in disk.pending), True))
