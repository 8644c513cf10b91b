# SPDX-License-Identifier: GPL-3.0-or-later
"""Live pictures a second that reach an open session, against the plain script; and what one costs the UI thread.

We show at most 25 a second, on purpose; the script is held to the same, so the ratio says whether leases, sockets and
checks cost pictures. The UI's cost is processor time of the UI thread for taking, painting and flushing one picture,
outline of an earlier picture included, at the stage's size in a window of 1280x720.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer

from benchmarks.bed import Findings
from benchmarks.measure import Result, against, alone, interleaved
from benchmarks.practice import Room, Script, both
from clinicam.app import make_application, make_theme
from clinicam.ui.live_decoder import LiveDecoder
from clinicam.ui.live_ghost import GhostMode, make_ghost
from clinicam.ui.live_stage import LiveStage, StageStatus
from clinicam.ui.theme import Theme

ROUNDS = 3
SECONDS = 3.0
FRAMES = 150
GAP_MS = 40
STAGE = (752, 501)
_OURS, _PEER = "CliniCam", "plain gphoto2 script"


def measure(folder: Path) -> Findings:
    """Rates in turn, then the stage alone."""
    with both(folder) as (ours, script):
        rates = interleaved({_OURS: lambda: _rate(ours), _PEER: lambda: _script_rate(script)}, ROUNDS, warm=0)
        pictures = list(ours.ears.lives)
    found = Findings(
        [against("live pictures a second", rates, _OURS, _PEER, target=0.9, unit="1/s", better="higher")],
        remarks=[
            "live: both are held to 25 pictures a second; the target of 0.9 is the bench's own, the issue has none"
        ],
    )
    found.results += _on_the_ui_thread(pictures)
    return found


def _rate(ours: Room) -> float:
    ours.wake()
    rate = ours.live(SECONDS)
    ours.rest()
    return rate


def _script_rate(script: Script) -> float:
    rate = script.ask(f"live {SECONDS}")
    script.ask("off")
    return rate


class _TimedStage(LiveStage):
    """Paints each picture at once when it is ready, and notes what that took."""

    def __init__(self, theme: Theme, decoder: LiveDecoder) -> None:
        self.processor: list[float] = []
        self.wall: list[float] = []
        super().__init__(theme, decoder)

    def _frame_ready(self) -> None:
        wall, processor = time.perf_counter(), time.thread_time()
        super()._frame_ready()
        self.repaint()
        self.processor.append((time.thread_time() - processor) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)


def _on_the_ui_thread(pictures: list[bytes]) -> list[Result]:
    application = make_application()
    theme = make_theme(application, choice="light", text_percent=100)
    decoder = LiveDecoder()
    decoder.open()
    stage = _TimedStage(theme, decoder)
    stage.resize(*STAGE)
    stage.show()
    stage.set_live(True)
    stage.set_guides(grid=True, flipped=False)
    stage.set_words(StageStatus("camera", "Ready to shoot", "safe"), "Teeth together, lips apart", "")
    stage.set_ghost(make_ghost(pictures[0], STAGE, 0), GhostMode.OUTLINE, 0.4)
    loop, timer, waiting = QEventLoop(), QTimer(), iter(range(FRAMES))

    def offer_next() -> None:
        number = next(waiting, None)
        if number is None:
            loop.quit()
        else:
            decoder.offer(pictures[number % len(pictures)])

    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(offer_next)
    timer.start(GAP_MS)
    loop.exec()
    timer.stop()
    decoder.close()
    stage.close()
    if len(stage.processor) < FRAMES // 2:
        raise RuntimeError(f"only {len(stage.processor)} of {FRAMES} pictures were painted")
    return [
        alone("UI thread for one live picture, 95th percentile, processor", _p95(stage.processor), "ms", target=8.0),
        alone("UI thread for one live picture, 95th percentile, wall", _p95(stage.wall), "ms", target=None),
    ]


def _p95(figures: list[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1]
