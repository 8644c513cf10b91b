# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the story: a first process up to the lock, and the process that replaces it.

Everything lies below `out`: settings, host state, the training vault, screenshots, `summary.json`.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from clinicam.app import HEARTBEAT_MS, make_application, make_theme, replace_process, start_log
from clinicam.demo import story
from clinicam.demo.driver import DemoStuck, Driver
from clinicam.demo.notes import SUMMARY, Notes, Summary, since
from clinicam.settings import Folders, load_settings
from clinicam.ui.shell import MainWindow
from clinicam.upkeep.verifying import count_rows
from clinicam.vault.model import VerifyReport

SCREENS = Path(__file__).with_name("screens.json")
"""The desk offscreen: the workstation's screen and the patient's own beside it."""
_OURS = frozenset({"home", "vault", "halfway.json", SUMMARY})
_log = logging.getLogger(__name__)


def run_demo(out: Path, *, show: bool, camera: str, after_lock: bool = False) -> int:
    """Do the main job; 0 when every step was seen to work and the vault verifies."""
    if not show:
        os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={SCREENS}"
    out = out.resolve()
    if not after_lock:
        _clear(out)
    folders = Folders.below(out / "home")
    folders.make()
    start_log(folders.log_file)
    notes = Notes.take(out) if after_lock else Notes(password=story.PASSWORD, folder=str(out / "vault"), camera=camera)
    application = make_application()
    settings = load_settings(folders)
    theme = make_theme(application, choice="light", text_percent=100)
    station = story.DemoWorkstation(folders, settings, camera=camera)
    command = [sys.executable, "-m", "clinicam", "demo", "--out", str(out), "--after-lock"]
    command += [*(["--show"] if show else []), *(["--camera", camera] if camera else [])]
    window = MainWindow(station, theme, lambda: replace_process(station, command))
    stage = story.Stage(Driver(out, first=notes.screenshots + 1), window, station, notes)
    beat = QTimer(window)
    beat.timeout.connect(station.heartbeat)
    beat.start(HEARTBEAT_MS)
    window.show()
    stage.driver.home = window
    try:
        if after_lock:
            return _second_half(stage, out)
        _first_half(stage, out)
    except DemoStuck as stuck:
        stage.driver.picture(QApplication.activeWindow() or window, "stuck")
        sys.stderr.write(f"The demo waited in vain for {stuck}.\n")
        return 1
    finally:
        station.close()
    sys.stderr.write("The demo was not locked.\n")
    return 1


def _first_half(stage: story.Stage, out: Path) -> None:
    """Up to the lock; this process does not come back from it."""
    acts: tuple[tuple[str, Callable[[], None]], ...] = (
        ("first_start_s", lambda: story.set_up(stage, out / "vault")),
        ("unlock_s", lambda: story.unlock(stage, "lock-screen")),
        ("no_permit_s", lambda: story.no_permit_no_pixels(stage)),
        ("patients_s", lambda: story.add_patients(stage)),
        ("sent_by_the_surgery_s", lambda: story.sent_by_the_surgery(stage)),
        ("consent_s", lambda: story.consent(stage)),
        ("session_s", lambda: story.session(stage)),
        ("optional_purposes_s", lambda: story.optional_purposes(stage)),
        ("look_s", lambda: story.look(stage)),
    )
    for name, act in acts:
        started = time.monotonic()
        act()
        stage.notes.timings[name] = since(started)
    stage.notes.user_id = stage.surgery.me.staff.hex()
    stage.notes.screenshots = stage.driver.count
    stage.notes.keep(out)
    story.lock(stage)


def _second_half(stage: story.Stage, out: Path) -> int:
    """A fresh process at the lock screen: unlock, all is there, verify, say so."""
    notes = stage.notes
    story.unlock(stage, "lock-screen-again")
    story.all_is_there(stage)
    started = time.monotonic()
    report = story.verify(stage)
    notes.timings["verify_deep_s"] = since(started)
    counts = stage.surgery.vault.counts()
    stage.station.close()
    ticks = sorted(notes.ticks)
    notes.timings["shot_to_tick_median_s"] = round(ticks[len(ticks) // 2], 3)
    summary = Summary(
        images=counts.images,
        ledger_rows=count_rows(Path(notes.folder)),
        refused_without_permit=notes.refused_without_permit,
        verify=_verdict(report, kept=notes.kept, found=counts.images),
        findings=list(report.findings),
        unlock_to_first_frame_s=notes.unlock_to_first_frame_s,
        timings=notes.timings,
        screenshots=stage.driver.count,
        folder=notes.folder,
        user_id=notes.user_id,
        password=notes.password,
        kit_words=notes.kit_words,
    )
    summary.write(out)
    sys.stdout.write(f"{summary.images} pictures, verify: {summary.verify}. Look at {out}\n")
    return 0 if summary.verify == "ok" else 1


def _verdict(report: VerifyReport, *, kept: int, found: int) -> str:
    if not report.ok:
        return "damaged"
    return "ok" if kept == found else f"{kept} ticked, {found} found"


def _clear(out: Path) -> None:
    """Make `out` anew; anything in it that a demo did not leave stays and stops us."""
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in sorted(out.iterdir()):
        if one.name in _OURS:
            shutil.rmtree(one) if one.is_dir() else one.unlink()
        elif one.suffix == ".png" and one.name[:2].isdigit():
            one.unlink()
        else:
            raise SystemExit(f"{out} holds something that is not a demo's: {one.name}")
