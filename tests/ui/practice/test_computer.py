# SPDX-License-Identifier: GPL-3.0-or-later
"""This computer: a PIN set and dropped, and the practice's device key turned on, shown, required and off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from clinicam.errors import CliniCamError, DiskFull, KeyStoreRefused, PinRefused
from clinicam.identity import StaffId
from clinicam.ui.bridge import Bridge
from clinicam.ui.device_key_sheet import DeviceKeySheet
from clinicam.ui.pin_sheet import PinSheet
from clinicam.ui.practice_computer import ComputerSection
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.enrolment import DeviceStatus
from clinicam.vault.kit import words_of
from tests.ui.fakes import JO, SAM, FakeSurgery
from tests.ui.look import faults, nameless

PIN = "481516"
OFF = DeviceStatus(False, False, False, "", 0, 3, 0)


@dataclass
class FakeMachine:
    """What a workstation keeps of people."""

    takes: bool = True
    pins: dict[bytes, str] = field(default_factory=dict)
    fails_with: CliniCamError | None = None
    me: StaffId = JO

    def has_pins(self) -> bool:
        return self.takes

    def has_pin(self, user: StaffId) -> bool:
        return user in self.pins

    def set_pin(self, pin: str) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.pins[self.me] = pin

    def forget_pins(self, user: StaffId | None = None) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.pins = {one: pin for one, pin in self.pins.items() if user is not None and one != user}


@dataclass
class FakeEnrolment:
    """The device key's rule."""

    now: DeviceStatus = OFF
    fails_with: CliniCamError | None = None

    def status(self) -> DeviceStatus:
        return self.now

    def _may(self) -> None:
        if self.fails_with is not None:
            raise self.fails_with

    def turn_on(self) -> None:
        self._may()
        self.now = replace(self.now, is_on=True, is_here=True, waiting=1)

    def require(self) -> None:
        self._may()
        self.now = replace(self.now, is_required=True)

    def turn_off(self) -> None:
        self._may()
        self.now = replace(self.now, is_on=False)

    def words(self) -> tuple[str, ...]:
        self._may()
        return words_of(bytes(range(32)))


class Stage:
    """The section on a screen of its own, and what it said."""

    def __init__(self, qtbot: QtBot, theme: Theme, me: StaffId, size: tuple[int, int] = (984, 600)) -> None:
        self.surgery = FakeSurgery(me=me)
        self.machine, self.enrolment = FakeMachine(me=me), FakeEnrolment()
        self.surgery.machine = self.machine  # type: ignore[attr-defined]
        self.surgery.enrolment = self.enrolment  # type: ignore[attr-defined]
        self.bridge = Bridge(self.surgery.thread, self.surgery.pool)
        self.bot = qtbot
        self.screen = QWidget()
        qtbot.addWidget(self.screen)
        self.section = ComputerSection(self.surgery, self.bridge, theme, self.screen)  # type: ignore[arg-type]
        self.said: list[str] = []
        self.sheet: Sheet | None = None
        self.section.said.connect(self.said.append)
        self.section.sheet_wanted.connect(self._open)
        self.screen.resize(*size)
        self.section.resize(*size)
        self.screen.show()
        qtbot.waitUntil(self.screen.isActiveWindow)
        self.section.enter()
        self.settle()

    def _open(self, sheet: Sheet) -> None:
        self.sheet = sheet
        sheet.closed.connect(self._closed)
        sheet.open_over(self.screen)

    def _closed(self) -> None:
        self.sheet = None

    def settle(self) -> None:
        self.bot.waitUntil(lambda: not self.bridge.busy)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def type(self, name: str, text: str) -> None:
        assert self.sheet is not None
        (edit,) = self.sheet.findChildren(QLineEdit, name)
        edit.clear()
        QTest.keyClicks(edit, text)

    def confirm(self) -> None:
        assert self.sheet is not None
        self.sheet.primary.click()
        self.settle()


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme) -> Callable[..., Stage]:
    return lambda me=JO, size=(984, 600): Stage(qtbot, theme, me, size)


def test_a_pin_is_set_and_dropped(stage: Callable[..., Stage]) -> None:
    one = stage()
    assert "no PIN" in one.section.pin_words.text()
    assert not one.section.drop_pin.isVisible()
    one.section.set_pin.click()
    assert isinstance(one.sheet, PinSheet)
    one.type("pin.one", PIN)
    one.type("pin.again", PIN)
    one.confirm()
    assert one.machine.pins == {JO: PIN}
    assert one.sheet is None
    assert one.said == ["Your PIN is set on this computer."]
    assert "You have a PIN" in one.section.pin_words.text()
    one.section.drop_pin.click()
    one.settle()
    assert one.machine.pins == {}
    assert one.said[-1] == "Your PIN is dropped."


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [("123", "123", "6 to 12"), ("123456", "123456", "too easy"), (PIN, "481517", "not the same")],
)
def test_a_pin_that_will_not_do_is_said_at_its_field(
    stage: Callable[..., Stage], first: str, second: str, said: str
) -> None:
    one = stage()
    one.section.set_pin.click()
    one.type("pin.one", first)
    one.type("pin.again", second)
    one.confirm()
    assert isinstance(one.sheet, PinSheet)
    assert said in one.sheet.one.note.text() + one.sheet.again.note.text()
    assert one.machine.pins == {}
    one.sheet.close_sheet()


def test_a_pin_that_cannot_be_kept_stays_in_the_sheet(stage: Callable[..., Stage]) -> None:
    one = stage()
    one.machine.fails_with = PinRefused("unsupported")
    one.section.set_pin.click()
    one.type("pin.one", PIN)
    one.type("pin.again", PIN)
    one.confirm()
    assert isinstance(one.sheet, PinSheet)
    assert "cannot keep a PIN" in one.sheet.notice.accessibleName()
    sheet = one.sheet
    sheet.close_sheet()
    assert sheet.one.text() == sheet.again.text() == ""


def test_where_there_are_none_no_button_offers_one(stage: Callable[..., Stage]) -> None:
    one = stage()
    one.machine.takes = False
    one.section.enter()
    one.settle()
    assert not one.section.set_pin.isVisible()
    assert "cannot keep a PIN" in one.section.pin_words.text()


def test_a_disk_that_is_full_is_said(stage: Callable[..., Stage]) -> None:
    one = stage()
    one.machine.pins[JO] = PIN
    one.section.enter()
    one.settle()
    one.machine.fails_with = DiskFull("x")
    one.section.drop_pin.click()
    one.settle()
    assert one.section.notice.isVisible()


def test_the_device_key_is_a_managers(stage: Callable[..., Stage]) -> None:
    one = stage(JO)
    for button in (one.section.turn_on, one.section.show_words, one.section.require, one.section.turn_off):
        assert not button.isVisible()
    assert "passwords alone" in one.section.key_words.text()


def test_on_shown_required_and_off(stage: Callable[..., Stage]) -> None:
    one = stage(SAM)
    one.section.turn_on.click()
    one.settle()
    assert "Computers without it: 1." in one.section.key_words.text()
    one.section.show_words.click()
    one.settle()
    sheet = one.sheet
    assert isinstance(sheet, DeviceKeySheet)
    assert sheet.sheet._rows
    one.confirm()
    assert one.sheet is None
    assert not sheet.sheet._rows
    one.section.require.click()
    one.settle()
    assert one.section.key_words.text() == "It is on this computer."
    assert not one.section.require.isVisible()
    one.section.turn_off.click()
    one.settle()
    assert one.section.turn_on.isVisible()


def test_why_it_is_not_here(stage: Callable[..., Stage]) -> None:
    one = stage(SAM)
    one.enrolment.now = replace(OFF, is_on=True, reason="locked", waiting=1)
    one.section.enter()
    one.settle()
    assert "key store is locked" in one.section.key_words.text()


def test_a_key_store_that_refuses_is_said_with_what_to_do(stage: Callable[..., Stage]) -> None:
    one = stage(SAM)
    one.enrolment.fails_with = KeyStoreRefused("none")
    one.section.turn_on.click()
    one.settle()
    assert "no key store" in one.section.notice.accessibleName()
    assert one.section.turn_on.isVisible()


@pytest.mark.parametrize("size", [(984, 600), (1624, 960), (560, 500)])
def test_it_fits(stage: Callable[..., Stage], size: tuple[int, int]) -> None:
    one = stage(SAM, size)
    one.section.turn_on.click()
    one.settle()
    assert faults(one.screen) == []
    assert nameless(one.screen) == []
    for open_sheet in (one.section.set_pin, one.section.show_words):
        open_sheet.click()
        one.settle()
        assert one.sheet is not None
        assert nameless(one.sheet) == []
        one.sheet.close_sheet()
        one.settle()
