# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmarks [name ...]`: measure, print the table, write `build/bench.json`.

Each topic runs in a process of its own, so that one that breaks costs only its own lines, and those are named.
Exit code 1 when a topic broke; a missed target is shown, not punished: it is the machine's word as much as ours.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from benchmarks.bed import Findings, Topic, bench_folder
from benchmarks.measure import report, write

TOPICS = ("put", "peers", "shot", "live", "start", "unlock", "switch", "rows", "search", "verify", "backup", "chart")
WHEN_NAMED = ("million",)
"""Topics that take minutes."""
_WHAT = f"any of {', '.join(TOPICS)}; all of these if none is named; also {', '.join(WHEN_NAMED)}"
ANSWER = "answer.json"
LONGEST_S = 150
LONGEST_WHEN_NAMED_S = 1800
"""A topic that takes longer hangs."""


def main() -> int:
    """Measure what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios against named peers.")
    parser.add_argument("names", nargs="*", metavar="name", help=_WHAT)
    parser.add_argument("--below", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if unknown := set(asked.names) - {*TOPICS, *WHEN_NAMED}:
        parser.error(f"no such topic: {', '.join(sorted(unknown))}")
    if asked.below is not None:
        _measure_here(asked.names[0], asked.below)
        return 0
    total, broken, load = Findings(), 0, os.getloadavg()[0]
    began = time.monotonic()
    for name in asked.names or TOPICS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with bench_folder(name) as folder:
            found = _in_its_own_process(name, folder)
        if found is None:
            broken += 1
            found = Findings(left_out=[f"{name}: it broke"])
        total.results += found.results
        total.left_out += found.left_out
        total.remarks += found.remarks
    print(report(total.results, total.left_out))
    for remark in total.remarks:
        print(f"how: {remark}")
    cores = len(os.sched_getaffinity(0))
    print(f"{time.monotonic() - began:.0f} s in all, on {cores} cores; load before {load:.1f}")
    if load > cores / 4:
        print(
            "The machine was busy: what computes is slowed, what waits for the disk is not; put and start look worse."
        )
    write(total.results)
    return 1 if broken else 0


def _in_its_own_process(name: str, folder: Path) -> Findings | None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "benchmarks", "--below", str(folder), name]
    longest = LONGEST_WHEN_NAMED_S if name in WHEN_NAMED else LONGEST_S
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=longest, check=False)
    except subprocess.TimeoutExpired:
        print(f"{name}: stopped after {longest} s", file=sys.stderr)
        return None
    answer = folder / ANSWER
    if done.returncode != 0 or not answer.exists():
        print(f"{name}: exit code {done.returncode}", file=sys.stderr)
        return None
    return msgspec.json.decode(answer.read_bytes(), type=Findings)


def _measure_here(name: str, folder: Path) -> None:
    topic: Topic = importlib.import_module(f"benchmarks.{name}").measure
    work = folder / "work"
    work.mkdir(mode=0o700)
    (folder / ANSWER).write_bytes(msgspec.json.encode(topic(work)))


if __name__ == "__main__":
    sys.exit(main())
