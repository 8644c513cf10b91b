# SPDX-License-Identifier: GPL-3.0-or-later
"""Interleaving, medians and the result file. Absolute times on a shared machine are noise; ratios carry over."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RESULTS = Path("build/bench.json")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of `build/bench.json`. `ratio` is value / baseline where there is a peer; `target` bounds it or the value."""

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    target: float | None
    better: Literal["lower", "higher"]

    @property
    def met(self) -> bool | None:
        """Whether the target holds; None where there is none."""
        if self.target is None:
            return None
        seen = self.value if self.ratio is None else self.ratio
        return seen <= self.target if self.better == "lower" else seen >= self.target


def interleaved(contestants: Mapping[str, Callable[[], float]], rounds: int, *, warm: int = 1) -> dict[str, float]:
    """Medians of `rounds` calls each, one of every contestant a round, so that a slow minute hits all alike.

    A contestant returns its own time in seconds (or its own figure), so set-up inside it does not count.
    """
    seen: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(warm + rounds):
        for name, run in contestants.items():
            figure = run()
            if turn >= warm:
                seen[name].append(figure)
    return {name: statistics.median(figures) for name, figures in seen.items()}


def timed(run: Callable[[], object]) -> float:
    """Seconds one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def against(
    name: str,
    medians: Mapping[str, float],
    ours: str,
    peer: str,
    *,
    target: float | None,
    unit: str = "ms",
    better: Literal["lower", "higher"] = "lower",
) -> Result:
    """A ratio of two medians of one interleaved run. Seconds are given in milliseconds."""
    scale = 1000 if unit == "ms" else 1
    value, baseline = medians[ours] * scale, medians[peer] * scale
    return Result(
        f"{name} (against {peer})",
        round(value, 3),
        unit,
        round(baseline, 3),
        round(value / baseline, 3),
        target,
        better,
    )


def alone(
    name: str, value: float, unit: str, *, target: float | None, better: Literal["lower", "higher"] = "lower"
) -> Result:
    """A figure with a limit of its own."""
    return Result(name, round(value, 3), unit, None, None, target, better)


def report(results: Sequence[Result], left_out: Sequence[str]) -> str:
    """The table for the screen; what could not be measured is named, never passed over."""
    lines = [f"{'':62}{'value':>12} {'unit':6}{'peer':>12}{'ratio':>8}{'target':>8}"]
    for r in results:
        mark = {True: "met", False: "MISSED", None: ""}[r.met]
        peer = "" if r.baseline is None else f"{r.baseline:.2f}"
        ratio = "" if r.ratio is None else f"{r.ratio:.2f}"
        target = "" if r.target is None else f"{r.target:g}"
        lines.append(f"{r.name:62}{r.value:>12.2f} {r.unit:6}{peer:>12}{ratio:>8}{target:>8} {mark}")
    lines.extend(f"not measured: {reason}" for reason in left_out)
    return "\n".join(lines)


def write(results: Sequence[Result], path: Path = RESULTS) -> None:
    """A list of {name, value, unit, baseline, ratio, target, better}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "name": r.name,
            "value": r.value,
            "unit": r.unit,
            "baseline": r.baseline,
            "ratio": r.ratio,
            "target": r.target,
            "better": r.better,
        }
        for r in results
    ]
    path.write_text(json.dumps(rows, indent=1) + "\n")
