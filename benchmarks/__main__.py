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

TOPICS = ("put", "shot", "live", "start", "unlock", "search", "chart")
LONGEST_S = 150
"""A topic that takes longer hangs."""


def main() -> int:
    """Measure what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios against named peers.")
    parser.add_argument("names", nargs="*", choices=[[], *TOPICS], metavar="name", help=f"of {', '.join(TOPICS)}")
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.into is not None:
        asked.into.write_bytes(msgspec.json.encode(_measured(asked.names[0])))
        return 0
    all_found, broken, load = Findings(), 0, os.getloadavg()[0]
    began = time.monotonic()
    with bench_folder("answers") as folder:
        for name in asked.names or TOPICS:
            print(f"{name} ...", file=sys.stderr, flush=True)
            found = _in_its_own_process(name, folder / f"{name}.json")
            broken += found is None
            if found is None:
                all_found.left_out.append(f"{name}: broke")
                continue
            all_found.results += found.results
            all_found.left_out += found.left_out
            all_found.remarks += found.remarks
    print(report(all_found.results, all_found.left_out))
    for remark in all_found.remarks:
        print(f"how: {remark}")
    cores = len(os.sched_getaffinity(0))
    print(f"{time.monotonic() - began:.0f} s in all, on {cores} cores; load before {load:.1f}")
    if load > cores / 4:
        print(
            "The machine was busy: what computes is slowed, what waits for the disk is not, and put and start look worse."
        )
    write(all_found.results)
    return 1 if broken else 0


def _in_its_own_process(name: str, answer: Path) -> Findings | None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "benchmarks", "--into", str(answer), name]
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        print(f"{name}: stopped after {LONGEST_S} s", file=sys.stderr)
        return None
    if done.returncode != 0 or not answer.exists():
        print(f"{name}: exit code {done.returncode}", file=sys.stderr)
        return None
    return msgspec.json.decode(answer.read_bytes(), type=Findings)


def _measured(name: str) -> Findings:
    topic: Topic = importlib.import_module(f"benchmarks.{name}").measure
    with bench_folder(name) as folder:
        return topic(folder)


if __name__ == "__main__":
    sys.exit(main())
