# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the wrong patient, seen by people: set aside from the viewer, looked into from To do, moved by two."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from clinicam.identity import Patient, Role
from clinicam.practice.retention import HoldKind
from clinicam.practice.sessions import HowClosed
from clinicam.practice.tasks import TaskKind
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Notice, RadioCard
from clinicam.ui.move_aside import AsideSheet
from clinicam.ui.move_sheet import MoveSheet
from clinicam.ui.move_ways import MisfiledSheets
from clinicam.ui.screen import Screen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.ui.todo import TodoScreen
from clinicam.ui.viewer import ViewerScreen
from tests.practice.test_records import WORDS, Office, make_office
from tests.ui.fakes import Inline
from tests.ui.look import faults, nameless
from tests.ui.practice.test_retention import Surgery


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    for made in make_office(tmp_path):
        made.pictures = (jpeg(90), jpeg(180))
        yield made


def jpeg(grey: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (96, 64), grey).save(out, "JPEG")
    return out.getvalue()


class Stage:
    """A screen of the program over a real vault, and the ways from it."""

    def __init__(self, qtbot: QtBot, theme: Theme, office: Office, *, viewer: bool = False) -> None:
        self.surgery = Surgery(office)
        self.bridge = Bridge(Inline(), Inline())
        self.bot = qtbot
        full = SimpleNamespace(**vars(self.surgery), series=(), training=True, me=self.surgery.me)
        self.screen: Screen
        self.ways = MisfiledSheets(full, self.bridge, theme)  # type: ignore[arg-type]
        if viewer:
            self.viewer = ViewerScreen(full, self.bridge, theme)
            self.viewer.aside_wanted.connect(self.ways.set_aside)
            self.screen = self.viewer
        else:
            self.todo = TodoScreen(full, self.bridge, theme)  # type: ignore[arg-type]
            self.todo.aside_wanted.connect(self.ways.look_into)
            self.screen = self.todo
        qtbot.addWidget(self.screen)
        self.said: list[str] = []
        self.left = 0
        self.screen.said.connect(self.said.append)
        self.ways.set_aside_done.connect(self._leave)
        self.screen.resize(1280, 720)
        self.screen.show()

    def _leave(self) -> None:
        self.left += 1

    def settle(self) -> None:
        self.bot.waitUntil(lambda: not self.bridge.busy)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def enter(self) -> None:
        self.screen.enter()
        self.settle()

    def sheet(self) -> Sheet | None:
        return next(iter(self.screen.findChildren(Sheet)), None)

    def need_sheet(self) -> Sheet:
        found = self.sheet()
        assert found is not None
        return found

    def type(self, name: str, text: str) -> None:
        (edit,) = self.need_sheet().findChildren(QLineEdit, name)
        edit.clear()
        QTest.keyClicks(edit, text)

    def choose(self, name: str) -> None:
        (card,) = [one for one in self.need_sheet().findChildren(RadioCard) if one.objectName().startswith(name)]
        card.setChecked(True)

    def confirm(self) -> None:
        self.need_sheet().primary.click()
        self.settle()

    def press(self, name: str) -> None:
        (button,) = self.screen.findChildren(QAbstractButton, name)
        button.click()
        self.settle()


def wrong(office: Office) -> tuple[Patient, Patient]:
    """Pictures of one lie in the chart of the other, and are set aside."""
    marsh, lee = office.patient("Marsh"), office.patient("Lee")
    _, images = office.session(marsh.patient)
    office.records.misfiled.set_aside(marsh.patient, images, "two of that name")
    return marsh, lee


def test_from_the_viewer_at_once(qtbot: QtBot, theme: Theme, office: Office) -> None:
    marsh = office.patient("Marsh")
    office.session(marsh.patient)
    stage = Stage(qtbot, theme, office, viewer=True)
    entries = office.vault.images(patient=marsh.patient)
    stage.viewer.show_images(marsh, entries, 1)
    stage.enter()
    QTest.keyClick(stage.viewer, Qt.Key.Key_W)
    assert isinstance(stage.sheet(), AsideSheet)
    assert faults(stage.need_sheet()) + nameless(stage.need_sheet()) == []
    stage.confirm()
    assert stage.sheet() is not None  # no word why
    left: list[bool] = []
    stage.viewer.left.connect(lambda: left.append(True))
    QTest.keyClick(stage.need_sheet(), Qt.Key.Key_Escape)
    stage.settle()
    assert stage.sheet() is None
    assert not left
    stage.press("viewer.aside")
    stage.type("aside.why", "wrong chart, c and w typed")
    stage.confirm()
    assert stage.sheet() is None
    assert (stage.left, len(stage.said)) == (1, 1)
    assert [one.image for one in office.records.misfiled.held(marsh.patient)] == [entries[1].image]
    assert [one.kind for one in office.tasks.pending()] == [TaskKind.WRONG_PATIENT]
    stage.press("viewer.aside")
    stage.viewer.leave()
    stage.settle()
    assert stage.sheet() is None


def test_from_to_do_by_two(qtbot: QtBot, theme: Theme, office: Office) -> None:
    marsh, lee = wrong(office)
    office.says_yes(lee)
    stage = Stage(qtbot, theme, office)
    stage.enter()
    assert not stage.screen.findChildren(QAbstractButton, "todo.done")
    stage.press("todo.decide")
    sheet = stage.need_sheet()
    assert isinstance(sheet, MoveSheet)
    assert faults(sheet) + nameless(sheet) == []
    stage.confirm()
    assert sheet.search.note.isVisible()
    stage.type("move.search", "nobody of that name")
    sheet._look_up()
    stage.settle()
    assert "Nobody" in sheet.search.note.text()
    stage.type("move.search", "lee")
    sheet._look_up()
    stage.settle()
    stage.choose("move.to.")
    assert faults(sheet) == []
    stage.type("second.password", "wrong")
    stage.confirm()
    assert len(office.records.misfiled.held(marsh.patient)) == 2
    stage.type("second.password", WORDS)
    stage.confirm()
    assert stage.sheet() is None
    assert len(office.vault.images(patient=lee.patient)) == 2
    assert stage.said == ["2 pictures are in the chart of LEE, Eleanor now."]


def test_without_consent_they_stay(qtbot: QtBot, theme: Theme, office: Office) -> None:
    marsh, _ = wrong(office)
    stage = Stage(qtbot, theme, office)
    stage.enter()
    stage.press("todo.decide")
    sheet = stage.need_sheet()
    assert isinstance(sheet, MoveSheet)
    stage.type("move.search", "lee")
    sheet._look_up()
    stage.settle()
    stage.choose("move.to.")
    stage.type("second.password", WORDS)
    stage.confirm()
    assert stage.need_sheet().notice.isVisible()
    assert len(office.records.misfiled.held(marsh.patient)) == 2


def test_on_hold_no_move_is_offered(qtbot: QtBot, theme: Theme, office: Office) -> None:
    marsh, _ = wrong(office)
    office.records.holds.set(marsh.patient, HoldKind.LEGAL, "a claim")
    stage = Stage(qtbot, theme, office)
    stage.enter()
    stage.press("todo.decide")
    sheet = stage.need_sheet()
    assert isinstance(sheet, MoveSheet)
    assert not sheet.move_card.isVisible()
    assert sheet.primary.text() == "Put them back"
    assert [one.accessibleName() for one in sheet.findChildren(Notice) if "on hold" in one.accessibleName()]
    assert faults(sheet) + nameless(sheet) == []


def test_put_back_by_one(qtbot: QtBot, theme: Theme, office: Office) -> None:
    marsh, _ = wrong(office)
    office.become(Role.NURSE)
    stage = Stage(qtbot, theme, office)
    stage.enter()
    stage.press("todo.decide")
    sheet = stage.need_sheet()
    assert isinstance(sheet, MoveSheet)
    assert not sheet.move_card.isVisible()
    assert sheet.primary.text() == "Put them back"
    stage.confirm()
    assert stage.sheet() is not None
    stage.type("move.why", "it was right")
    stage.confirm()
    assert stage.sheet() is None
    assert len(office.vault.images(patient=marsh.patient)) == 2
    assert office.tasks.pending() == ()


def test_a_withdrawn_session_is_decided_in_the_practice(qtbot: QtBot, theme: Theme, office: Office) -> None:
    office.session(office.patient("Marsh").patient, HowClosed.WITHDRAWN)
    stage = Stage(qtbot, theme, office)
    wanted: list[bool] = []
    stage.todo.decision_wanted.connect(lambda: wanted.append(True))
    stage.enter()
    stage.press("todo.decide")
    assert wanted == [True]
    assert faults(stage.screen) == []
    stage.screen.leave()
