# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window, driven by mouse and keys up to the lock, in a process whose memory a test looks through.

Usage: python -m tests.e2e.memory_child CAMERA OUT, with `Secrets` as one JSON line on standard input: what is on the
command line or in the environment would still be there after the lock. Says `open USER_HEX` when all is on screen,
waits for a line, and locks by the key. The process that replaces it is the program's own lock screen.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListView, QWidget

from clinicam.app import HEARTBEAT_MS, make_application, make_theme, replace_process, window_command
from clinicam.capture.session import SessionState
from clinicam.chart.launch import from_arguments
from clinicam.compose import NewPractice
from clinicam.demo import story
from clinicam.demo.driver import Driver
from clinicam.demo.notes import Notes
from clinicam.demo.run import SCREENS
from clinicam.hardening import harden_process
from clinicam.settings import Folders, load_settings
from clinicam.ui.shell import MainWindow


class Secrets(msgspec.Struct, frozen=True):
    """What must not outlive the lock."""

    family: str
    given: str
    number: str
    note: str
    password: str
    in_session: bool


def line() -> str:
    """One line of standard input, unbuffered: nothing of it is read ahead."""
    read = b""
    while not read.endswith(b"\n"):
        read += os.read(0, 1) or b"\n"
    return read.decode()


def add_patient(stage: story.Stage, secrets: Secrets) -> None:
    """As the surgery's program sends one: added, sent once more, and confirmed by the day of birth."""
    d = stage.driver
    call = from_arguments(
        identifiers=(f"NHS|{secrets.number}",), family=secrets.family, given=secrets.given, born="1987-03-14"
    )
    stage.window.receive_call(call)
    d.press("Add this patient")
    d.press("Add and open the chart")
    d.named(QAbstractButton, "chart.new_session")
    d.press("Patients")
    d.write(d.field("Search by name"), secrets.family)
    d.rest(800)
    stage.window.receive_call(call)
    d.write(d.field("Day of birth, as the patient says it"), "14")
    d.press("Same person, open chart")
    d.named(QAbstractButton, "chart.new_session")


def session(stage: story.Stage, note: str) -> None:
    d = stage.driver
    d.press(story.SERIES)
    d.named(QAbstractButton, "session.shoot")
    d.until(lambda: stage.sitting().state is SessionState.READY, "the camera to be armed")
    d.until(lambda: stage.live_shown(), "the first live picture")
    stage.shoot(by_button=False)
    stage.shoot(by_button=True)
    d.press_named("session.write")
    d.write(d.named(QLineEdit, "session.note"), note)
    d.key(Qt.Key.Key_Return)
    d.until(lambda: stage.sitting().note == note, "the note to be kept")
    d.until(lambda: all(shot.thumbnail for shot in stage.sitting().shots), "the thumbnails")
    d.rest(600)


def look(stage: story.Stage) -> None:
    d = stage.driver
    d.key(Qt.Key.Key_F)
    d.rest(300)
    d.key(Qt.Key.Key_F)  # finish now, with views left
    d.until(lambda: stage.surgery.sitting is None, "the session to be closed")
    story.optional_purposes(stage)
    gallery = d.named(QListView, "chart.gallery")
    d.until(lambda: gallery.model().rowCount() >= 2, "the gallery")
    d.click_row(gallery, 0)
    d.press_named("chart.view")
    d.named(QWidget, "viewer.stage")
    d.rest(1500)


def drive(stage: story.Stage, user: str, secrets: Secrets) -> None:
    d = stage.driver
    d.write(d.field("Password of"), secrets.password)
    d.key(Qt.Key.Key_Return)
    d.until(lambda: stage.station.surgery is not None and stage.window.rooms is not None, "the vault to open")
    d.until(lambda: stage.surgery.camera is not None, "the camera process")
    add_patient(stage, secrets)
    story.consent(stage)
    session(stage, secrets.note)
    if not secrets.in_session:
        look(stage)
    sys.stdout.write(f"open {user}\n")
    sys.stdout.flush()
    answer = stage.station.pool.submit(line)  # the window goes on living while it is looked at
    d.until(answer.done, "leave to lock", 300)
    story.lock(stage)


def main() -> None:
    camera, out = sys.argv[1:3]
    secrets = msgspec.json.decode(line(), type=Secrets)
    harden_process()
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={SCREENS}"
    folders = Folders.of_this_account()
    folders.make()
    application = make_application()
    theme = make_theme(application, choice="light", text_percent=100)
    station = story.DemoWorkstation(folders, load_settings(folders), camera=camera)
    place = Path(out) / "vault"
    new: Any = NewPractice("Harbour Lane", "Dr Aylin Demir", "Dentist", "GDC 123456", secrets.password, place, True)
    created = station.thread.submit(station.create, new).result(120)
    station.thread.submit(station.adopt, place).result(60)
    window = MainWindow(station, theme, lambda: replace_process(station, window_command(camera)))
    beat = QTimer(window)
    beat.timeout.connect(station.heartbeat)
    beat.start(HEARTBEAT_MS)
    window.show()
    stage = story.Stage(Driver(Path(out)), window, station, Notes())
    stage.driver.home = window
    try:
        drive(stage, created.user.hex(), secrets)
    finally:
        station.close()


if __name__ == "__main__":
    main()
