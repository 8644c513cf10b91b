# SPDX-License-Identifier: GPL-3.0-or-later
"""Both sides of the camera measurements: a real practice with an open session, and the plain script in its own process.

Each has a simulated body of its own, started with the same settings; while one is measured the other is at rest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.capture.session import OVER, SessionState, ShotState, StopAnswer, Tone
from clinicam.capture.sitting import Sitting
from clinicam.capture.views import SittingView
from tests.e2e.practice_day import Day, practice_day

_PATIENCE_S = 30.0


@dataclass
class Ears:
    """A sitting's listener that notes when each picture was safe, and how many live pictures came. Any thread."""

    safe_at: list[float] = field(default_factory=list)
    lives: list[bytes] = field(default_factory=list)
    live_count: int = 0
    fate: threading.Event = field(default_factory=threading.Event)
    states: tuple[ShotState, ...] = ()

    def changed(self, view: SittingView) -> None:
        now = time.perf_counter()
        states = tuple(shot.state for shot in view.shots)
        if states.count(ShotState.SAFE) > len(self.safe_at):
            self.safe_at.append(now)
            self.fate.set()
        elif states != self.states and states and states[-1] in {ShotState.LOST, ShotState.REFUSED}:
            self.fate.set()
        self.states = states

    def live(self, jpeg: bytes) -> None:
        self.live_count += 1
        if len(self.lives) < 40:
            self.lives.append(jpeg)

    def tone(self, _tone: Tone) -> None:
        return


class Room:
    """The practice's side: a session that is paused between turns."""

    def __init__(self, day: Day, sitting: Sitting, ears: Ears) -> None:
        self._day = day
        self.sitting = sitting
        self.ears = ears

    def wake(self) -> None:
        """Arm, live view on."""
        self.sitting.resume(True)
        self._day.until(lambda: self.sitting.view().state is SessionState.READY, what="ready to shoot")
        before = self.ears.live_count
        self._day.until(lambda: self.ears.live_count > before + 2, what="live view")

    def rest(self) -> None:
        """Disarm, live view off, nothing left to do anywhere."""
        self.sitting.pause()
        self._day.until(lambda: self.sitting.view().state is SessionState.PAUSED, what="paused")
        self._quiet()

    def shot(self) -> float:
        """Seconds from the press to the tick."""
        self.ears.fate.clear()
        before = len(self.ears.safe_at)
        self._day.beat()
        start = time.perf_counter()
        self.sitting.shoot()
        while not self.ears.fate.wait(0.5):
            self._day.beat()
            if time.perf_counter() - start > _PATIENCE_S:
                raise TimeoutError("no tick")
        if len(self.ears.safe_at) == before:
            raise RuntimeError("the picture was not kept")
        took = self.ears.safe_at[-1] - start
        self._quiet()
        return took

    def live(self, seconds: float) -> float:
        """Live pictures a second that reach the session."""
        before, start = self.ears.live_count, time.perf_counter()
        end, beat = start + seconds, start
        while (now := time.perf_counter()) < end:
            if now >= beat:
                self._day.beat()
                beat = now + 0.5
            time.sleep(0.02)
        return (self.ears.live_count - before) / (time.perf_counter() - start)

    def _quiet(self) -> None:
        """Until previews and thumbnails are made and kept."""
        surgery = self._day.surgery
        self._day.until(
            lambda: all(s.quality is not None for s in self.sitting.view().shots if s.state is ShotState.SAFE),
            what="renditions",
        )
        surgery.pool.submit(time.sleep, 0).result(_PATIENCE_S)
        surgery.thread.submit(time.sleep, 0).result(_PATIENCE_S)

    def leave(self) -> None:
        """End the session."""
        self.sitting.stop()
        self.sitting.answer_stop(StopAnswer.FINISHED)
        self._day.until(lambda: self.sitting.view().state in OVER, what="the end")


@contextmanager
def room(folder: Path, camera: str) -> Iterator[Room]:
    """A practice below `folder` with a session open on the body at `camera`, paused."""
    with practice_day(folder, camera=camera) as day:
        patient = day.add_patient()
        series = next(one for one in day.surgery.series if one.id == "ortho-records")
        consent = day.consent(patient, series.body_sites)
        ears = Ears()
        sitting = day.surgery.begin_sitting(patient, series, consent, ears).result(_PATIENCE_S)
        day.sitting = sitting
        day.until(lambda: sitting.view().state is SessionState.READY, what="ready to shoot")
        made = Room(day, sitting, ears)
        made.rest()
        yield made
        made.leave()


class Script:
    """The plain script's side."""

    def __init__(self, port: str, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        environment = {**os.environ, "LANGUAGE": "C", "XDG_CONFIG_HOME": str(folder / "config")}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.plain_script", port, str(folder)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._line() != "ready":
            raise RuntimeError("the plain script did not connect")

    def _line(self) -> str:
        if self._child.stdout is None:
            raise RuntimeError("no pipe")
        return self._child.stdout.readline().strip()

    def ask(self, line: str) -> float:
        """One command, one number."""
        if self._child.stdin is None:
            raise RuntimeError("no pipe")
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()
        return float(self._line())

    def close(self) -> None:
        """End it."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


@contextmanager
def both(folder: Path, *, bytes_per_second: int = 0, frame_bytes: int = 0) -> Iterator[tuple[Room, Script]]:
    """The two sides, each at rest on a body of its own."""
    with ExitStack() as stack:
        bodies = [
            stack.enter_context(SimulatorProcess.start(bytes_per_second=bytes_per_second, frame_bytes=frame_bytes))
            for _ in range(2)
        ]
        ours = stack.enter_context(room(folder / "practice", bodies[0].port))
        script = Script(bodies[1].port, folder / "plain")
        stack.callback(script.close)
        yield ours, script
