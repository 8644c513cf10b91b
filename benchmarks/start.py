# SPDX-License-Identifier: GPL-3.0-or-later
"""From starting the process to the unlock screen's first paint, against a bare PySide6 window and, where there is one,
Entangle. Offscreen, on an existing training vault in a home folder of its own.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.measure import against, interleaved
from clinicam.compose import NewPractice, Workstation
from clinicam.settings import Folders, Settings

ROUNDS = 5
_OURS, _PEER = "CliniCam", "bare PySide6 window"
_PATIENCE_S = 60.0


def measure(folder: Path) -> Findings:
    """Starts of either in turn."""
    home = _home(folder)
    program = [sys.executable, "-m", "benchmarks.first_paint"]
    ours, peer = _Contestant(program, home), _Contestant([*program, "bare"], home)
    medians = interleaved({_OURS: ours.start, _PEER: peer.start}, ROUNDS)
    processor = {_OURS: statistics.median(ours.processor), _PEER: statistics.median(peer.processor)}
    found = Findings([
        against("start to the unlock screen", medians, _OURS, _PEER, target=4.0),
        against("the same in processor time", processor, _OURS, _PEER, target=None),
    ])
    if shutil.which("entangle") is None:
        found.left_out.append("start of Entangle: it is not installed here")
    else:
        found.left_out.append(
            "start of Entangle: it does not say when its window is painted; needs a display and a person"
        )
    return found


def _home(folder: Path) -> dict[str, str]:
    """An environment whose home holds a workstation with a training vault."""
    home = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        # An installed program finds its modules compiled; the first, uncounted start does it here for both.
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
    }
    home.pop("PYTHONDONTWRITEBYTECODE", None)
    (folder / "run").mkdir(mode=0o700)
    folders = Folders(*(folder / name / "clinicam" for name in ("config", "data", "state", "run")))
    folders.make()
    station = Workstation(folders, Settings())
    try:
        new = NewPractice("Bench", "Bench", "Dentist", "", "a password of the bench", folders.default_vault, True)
        station.thread.submit(station.create, new).result(_PATIENCE_S)
        station.thread.submit(station.adopt, new.place).result(_PATIENCE_S)
    finally:
        station.close()
    return home


class _Contestant:
    """A program that says ``painted`` and how much processor time that took."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self.processor: list[float] = []

    def start(self) -> float:
        """Seconds until the process says that it has painted."""
        start = time.perf_counter()
        child = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        if child.stdout is None:
            raise RuntimeError("no pipe")
        try:
            word, _, processor = child.stdout.readline().partition(" ")
            took = time.perf_counter() - start
            if word != "painted":
                raise RuntimeError("the window was never painted")
            self.processor.append(float(processor))
            child.wait(_PATIENCE_S)
        finally:
            child.kill()
            child.stdout.close()
            child.wait()
        return took
