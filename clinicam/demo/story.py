# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo does, as a person would: first half up to the lock, second half after it.

Names and numbers are invented; the numbers lie in ranges kept for tests.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListView, QWidget

from clinicam.camera.port import CameraState
from clinicam.capture.session import SessionState, ShotState
from clinicam.capture.views import SittingView
from clinicam.chart.launch import from_arguments
from clinicam.compose import NewPractice, Workstation
from clinicam.demo.driver import DemoStuck, Driver
from clinicam.demo.notes import Notes
from clinicam.surgery import Surgery
from clinicam.ui.live_stage import LiveStage
from clinicam.ui.shell import MainWindow
from clinicam.vault.kit import rows_of
from clinicam.vault.model import CreatedVault, VerifyReport

SIGNATURE = [
    (0.08, 0.62),
    (0.14, 0.28),
    (0.19, 0.66),
    (0.25, 0.42),
    (0.31, 0.6),
    (0.38, 0.4),
    (0.46, 0.62),
    (0.6, 0.36),
    (0.74, 0.58),
    (0.9, 0.46),
]
PASSWORD = "seven grey herons fishing"  # noqa: S105  of a training vault; the summary says it too
PRACTICE = "Harbour Lane Dental & Medical"
FAMILY, GIVEN, TITLE = "Marsh", "Eleanor", "Ms"
NUMBER = "NHS|9990412871"
SERIES = "Ortho records"
NOTE = "Lower left canine tender on biting."
"""What the end-to-end hunt looks for afterwards, with the names above."""


class DemoWorkstation(Workstation):
    """Writes the recovery words down, as the person in front of the screen does with a pen."""

    kit_words: tuple[str, ...] = ()

    def create(self, new: NewPractice) -> CreatedVault:
        """As `Workstation.create`."""
        created = super().create(new)
        self.kit_words = created.kit_words
        return created


@dataclass
class Stage:
    """What the acts share."""

    driver: Driver
    window: MainWindow
    station: DemoWorkstation
    notes: Notes

    @property
    def surgery(self) -> Surgery:
        if self.station.surgery is None:
            raise DemoStuck("the vault to be open")
        return self.station.surgery

    def sitting(self) -> SittingView:
        """The open session as it is now."""
        sitting = self.surgery.sitting
        if sitting is None:
            raise DemoStuck("an open session")
        return sitting.view()

    def shoot(self, *, by_button: bool) -> None:
        """One picture, by the button on screen or the space bar, until it is ticked."""
        before = len(self.sitting().shots)
        started = time.monotonic()
        if by_button:
            self.driver.press_named("session.shoot")
        else:
            self.driver.key(Qt.Key.Key_Space)
        self.settled(before)
        self.notes.ticks.append(time.monotonic() - started)

    def settled(self, before: int) -> None:
        """Until there is a shot more, and it is safe.

        Raises:
            DemoStuck: it was refused or lost.
        """
        way = frozenset({ShotState.EXPOSED, ShotState.ENCRYPTING})
        self.driver.until(
            lambda: len(self.sitting().shots) > before and self.sitting().shots[before].state not in way, "the tick"
        )
        if self.sitting().shots[before].state is not ShotState.SAFE:
            raise DemoStuck(f"a safe picture, not {self.sitting().shots[before].state.value}")
        self.notes.kept += 1
        self.driver.until(lambda: self.sitting().state is SessionState.READY, "the camera to be ready again")

    def live_shown(self) -> bool:
        """Whether a live picture has been painted."""
        return bool(self.driver.named(LiveStage, "session.stage").has_picture)

    def book(self, family: str, at: str, reason: str) -> None:
        """Put a patient on today's list, as the surgery's booking program does."""
        surgery = self.surgery

        def mark() -> None:
            hit = surgery.patients.search(family, 1)[0]
            surgery.patients.mark_today(hit.patient.patient, date.today(), at, reason, asked_by=surgery.me.staff)  # noqa: DTZ011

        answer = surgery.thread.submit(mark)
        self.driver.until(answer.done, "the list of today")
        answer.result()

    def scene(self, code: str) -> None:
        """Put the subject of that view before our own simulated body; an outside body keeps its own."""
        body = self.station.simulator
        if body is not None:
            self.aside(lambda: body.do(f"scene {code}"), f"the scene {code}")

    def aside(self, run: Callable[[], object], what: str) -> None:
        """Something slow, off the UI thread, so that the camera's lease is renewed meanwhile."""
        answer = self.station.pool.submit(run)
        self.driver.until(answer.done, what)
        answer.result()


def set_up(stage: Stage, place: Path) -> None:
    """First start, five steps."""
    d = stage.driver
    d.fill("Name of the practice", PRACTICE)
    d.picture(stage.window, "first-start-practice")
    d.press("Go on")
    d.fill("Your name", "Dr Aylin Demir")
    d.fill("Post", "Dentist, practice manager")
    d.fill("Registration number", "GDC 123456")
    d.fill("Password", PASSWORD)
    d.fill("The same once more", PASSWORD)
    d.picture(stage.window, "first-start-you")
    d.press("Go on")
    d.press("For training")
    d.fill("Folder", str(place))
    d.picture(stage.window, "first-start-place")
    d.press("Make the vault")
    write_down = d.button("I have written it down")
    stage.notes.kit_words = list(stage.station.kit_words)
    d.picture(stage.window, "first-start-recovery-kit")
    d.click(write_down)
    for row, (four, code) in enumerate(rows_of(stage.station.kit_words)):
        low, high = 4 * row + 1, 4 * row + 4
        d.fill(f"Words {low} to {high}", " ".join(four))
        d.fill(f"Check code of words {low} to {high}", code)
        if row == 2:
            d.picture(stage.window, "first-start-type-it-back")
    d.press("Finish, to the lock screen")


def unlock(stage: Stage, name: str) -> None:
    """The lock screen, then the patients."""
    d = stage.driver
    field = d.field("Password of")
    d.picture(stage.window, name)
    d.write(field, PASSWORD)
    started = time.monotonic()
    d.key(Qt.Key.Key_Return)
    d.until(lambda: stage.station.surgery is not None and stage.window.rooms is not None, "the vault to open")
    stage.notes.timings[f"{name}_s"] = round(time.monotonic() - started, 3)
    stage.notes.unlocked_at = time.monotonic()


def no_permit_no_pixels(stage: Stage) -> None:
    """Without a permit: live view, shutter and the body's own button are refused or dropped."""
    d = stage.driver
    d.until(lambda: stage.surgery.camera is not None, "the camera process")
    camera = stage.surgery.camera
    if camera is None:
        raise DemoStuck("a camera")
    d.until(lambda: camera.status.state is CameraState.READY, "the camera to be ready")
    refused = 0
    for request in (lambda: camera.live(True), camera.shoot):
        answer = request()
        d.until(answer.done, "an answer to a request without a permit")
        refused += answer.exception() is not None
    body = stage.station.simulator
    if body is not None:
        stage.aside(body.press, "the body's own button")
        d.until(
            lambda: stage.surgery.vault.counts().acts.get("frame.unclaimed", 0) > 0, "the dropped frame in the ledger"
        )
        refused += stage.surgery.vault.counts().acts["frame.unclaimed"]
    stage.notes.refused_without_permit = refused


def add_patients(stage: Stage) -> None:
    """Two patients by hand, and a list of today as a booking program would leave it."""
    d = stage.driver
    for family, given, title, day, month, year, number in (
        ("Okafor", "Daniel", "Mr", "30", "Jan", "1961", "9990604312"),
        ("Lindqvist", "Per", "Mr", "07", "Jul", "1979", "9990331189"),
    ):
        d.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        d.fill("Family name", family)
        d.fill("Given name", given)
        d.fill("Title", title)
        d.fill("Day", day)
        d.press("Month")
        d.press(month)
        d.fill("Year", year)
        d.fill("NHS number", number)
        if family == "Okafor":
            d.picture(stage.window, "add-patient")
        d.press("Add and open the chart")
        d.named(QAbstractButton, "chart.new_session")
        d.press("Patients")


def sent_by_the_surgery(stage: Stage) -> None:
    """`clinicam open`, twice: a new patient is added, a known one is confirmed by the day of birth."""
    d = stage.driver
    call = from_arguments(identifiers=(NUMBER,), family=FAMILY, given=GIVEN, title=TITLE, born="1987-03-14")
    stage.window.receive_call(call)
    d.button("Add this patient")
    d.picture(stage.window, "sent-by-the-surgery-program")
    d.press("Add this patient")
    d.press("Add and open the chart")
    d.named(QAbstractButton, "chart.new_session")
    d.press("Patients")
    for hit, at, reason in ((FAMILY, "10:45", "ortho records, 9 views"), ("Okafor", "11:10", "leg wound, 4 views")):
        stage.book(hit, at, reason)
    d.press("Patients")
    d.rest(300)
    search = d.field("Search by name")
    d.write(search, "marsh")
    d.rest(1000)
    d.picture(stage.window, "patients-search")
    search.clear()
    stage.window.receive_call(call)
    day = d.field("Day of birth, as the patient says it")
    d.write(day, "14")
    d.picture(stage.window, "same-person")
    d.press("Same person, open chart")
    d.named(QAbstractButton, "chart.new_session")
    d.picture(stage.window, "chart-empty")


def consent(stage: Stage) -> None:
    """The staff part, then the patient's own screen with a drawn signature."""
    d = stage.driver
    d.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    d.named(QAbstractButton, "consent.hand_over")
    d.picture(stage.window, "consent-open-points")
    d.press("Reason")
    d.press("Orthodontic records")
    for site in ("mouth", "face"):
        button = d.named(QAbstractButton, f"consent.site_{site}")
        if not button.isChecked():
            d.click(button)
    d.picture(stage.window, "consent-staff")
    d.press_named("consent.hand_over")
    patient = d.named(QWidget, "patient.window")
    d.rest(300)
    d.picture(patient, "consent-patient")
    d.press_named("patient.yes")
    d.draw(d.named(QWidget, "patient.signature"), SIGNATURE)
    d.picture(patient, "consent-signed")
    d.press_named("patient.done")


def session(stage: Stage) -> None:
    """Nine views, one retake, the body's own button, a pause, a note, and STOP answered with a break."""
    d = stage.driver
    for series in stage.surgery.series:
        if series.name == SERIES:
            for view in series.views:
                stage.scene(view.code)  # painted once, so that nobody waits for it between two shots
    d.press(SERIES)
    d.named(QAbstractButton, "session.shoot")
    d.until(lambda: stage.sitting().state is SessionState.READY, "the camera to be armed")
    d.until(lambda: stage.live_shown(), "the first live picture")
    stage.notes.first_live(time.monotonic())
    views = stage.sitting().series.views
    for index, view in enumerate(views):
        stage.scene(view.code)
        d.rest(500)
        if index == 5:
            d.picture(stage.window, "session-ready")
        stage.shoot(by_button=index % 2 == 1)
        if index == 2:
            _retake(stage)
        if index == 4:
            _pause(stage)
        if index == 6:
            _stop_for_a_break(stage)
        if index + 1 < len(views):
            d.rest(300)
            d.key(Qt.Key.Key_Return)
            d.until(partial(_shows, stage, index + 1), "the next view", 5)
    d.rest(600)
    d.picture(stage.window, "session-all-done")
    _note(stage)
    d.key(Qt.Key.Key_F)
    d.until(lambda: stage.surgery.sitting is None, "the session to be closed")


def _shows(stage: Stage, index: int) -> bool:
    return stage.sitting().view_index == index


def _retake(stage: Stage) -> None:
    before = len(stage.sitting().shots)
    stage.driver.key(Qt.Key.Key_R)
    stage.settled(before)
    body = stage.station.simulator
    if body is not None:
        stage.aside(body.press, "the body's own button")
        stage.settled(before + 1)


def _pause(stage: Stage) -> None:
    d = stage.driver
    d.key(Qt.Key.Key_P)
    d.until(lambda: stage.sitting().state is SessionState.PAUSED, "the pause")
    d.picture(stage.window, "session-paused")
    d.press_named("session.resume")
    d.until(lambda: stage.sitting().state is SessionState.READY, "the camera after the pause")


def _stop_for_a_break(stage: Stage) -> None:
    d = stage.driver
    d.key(Qt.Key.Key_Escape)
    d.until(lambda: stage.sitting().state is SessionState.STOP_ASKED, "STOP")
    d.picture(stage.window, "session-stop")
    d.key(Qt.Key.Key_1)
    d.until(lambda: stage.sitting().state is SessionState.PAUSED, "the break")
    d.press_named("session.resume")
    d.until(lambda: stage.sitting().state is SessionState.READY, "the camera after the break")


def _note(stage: Stage) -> None:
    d = stage.driver
    d.press_named("session.write")
    d.write(d.named(QLineEdit, "session.note"), NOTE)
    d.picture(stage.window, "session-note")
    d.key(Qt.Key.Key_Return)


def optional_purposes(stage: Stage) -> None:
    """After the pictures: teaching yes, the rest no or left unset; none of it ever held the camera up."""
    d = stage.driver
    patient = d.named(QWidget, "patient.window")
    d.rest(300)
    d.picture(patient, "optional-purposes")
    d.press_named("patient.yes")
    d.press_named("patient.done")
    d.rest(300)
    signed = False
    while any(one.objectName() == "patient.window" for one in QApplication.topLevelWidgets() if one.isVisible()):
        names = {one.objectName() for one in QApplication.allWidgets() if one.isVisible()}
        if "patient.signature" in names and not signed:
            d.draw(d.named(QWidget, "patient.signature"), SIGNATURE)
            d.picture(d.named(QWidget, "patient.window"), "optional-signed")
            signed = True
            d.press_named("patient.done")
        elif "patient.skip" in names:
            d.press_named("patient.skip")
        else:
            d.press_named("patient.done")
        d.rest(200)


def look(stage: Stage) -> None:
    """Chart, viewer, two pictures side by side."""
    d = stage.driver
    gallery = d.named(QListView, "chart.gallery")
    d.until(lambda: gallery.model().rowCount() >= stage.notes.kept, "all pictures in the gallery")
    d.rest(1200)
    d.picture(stage.window, "chart")
    d.click_row(gallery, 0)
    d.press_named("chart.view")
    viewer = d.named(QWidget, "viewer.stage")
    d.rest(1000)
    d.picture(stage.window, "viewer")
    for _ in range(3):
        d.key(Qt.Key.Key_Plus)
    d.key(Qt.Key.Key_Right)
    d.picture(stage.window, "viewer-zoomed")
    del viewer
    d.press_named("viewer.compare")
    d.named(QWidget, "compare.stage_a")
    d.rest(1200)
    d.key(Qt.Key.Key_Plus)
    d.key(Qt.Key.Key_Plus)
    d.picture(stage.window, "compare-linked")
    d.press_named("compare.close")
    d.rest(200)
    if any(one.objectName() == "viewer.close" for one in QApplication.allWidgets() if one.isVisible()):
        d.press_named("viewer.close")
    d.named(QListView, "chart.gallery")


def lock(stage: Stage) -> None:
    """The lock key. The window blanks, frames on their way get their time, and the process is replaced."""
    stage.driver.key(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    stage.driver.rest(30_000)


def all_is_there(stage: Stage) -> None:
    """Search, open the chart: every ticked picture is shown."""
    d = stage.driver
    d.write(d.field("Search by name"), "14/03/1987")
    d.rest(1000)
    d.key(Qt.Key.Key_Return)
    gallery = d.named(QListView, "chart.gallery")
    d.until(lambda: gallery.model().rowCount() >= stage.notes.kept, "all pictures after unlocking")
    d.rest(1200)
    d.picture(stage.window, "chart-after-unlock")


def verify(stage: Stage) -> VerifyReport:
    """Every row and every picture, from the Practice screen and by the library."""
    d = stage.driver
    d.press("Practice")
    d.press("Check now")
    d.until(lambda: stage.surgery.vault.counts().acts.get("vault.verified", 0) > 0, "the check")
    d.rest(600)
    d.picture(stage.window, "practice-checked")
    answer = stage.surgery.thread.submit(
        stage.surgery.vault.verify, deep=True, progress=lambda *_: None, cancelled=lambda: False
    )
    d.until(answer.done, "the deep check")
    return answer.result()
