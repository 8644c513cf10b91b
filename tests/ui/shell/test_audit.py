# SPDX-License-Identifier: GPL-3.0-or-later
"""An auditor at the lock screen: their own door, a window with the ledger alone, the lock as ever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clinicam.auditroom import AuditRoom
from clinicam.errors import WrongPassword
from clinicam.identity import Role, Staff, StaffId
from clinicam.practice.ledger import LedgerBook
from clinicam.ui.audit_screen import AuditScreen
from clinicam.ui.password_change import ChangePasswordSheet
from clinicam.ui.shell import MainWindow
from clinicam.ui.theme import Theme
from clinicam.vault.model import Login
from clinicam.vault.roster import Rank
from tests.ui.conftest import Strays
from tests.ui.fakes import PASSWORD, RAVI, FakeSurgery, FakeWorkstation
from tests.ui.look import faults, nameless
from tests.ui.shell.conftest import Desk
from tests.ui.shell.test_patients import call
from tests.vault.engine.ledger_bench import Deed, Office


class Room:
    """Same calls as `auditroom.AuditRoom`."""

    def __init__(self, office: Office) -> None:
        self.me = Staff(RAVI, "Ravi Auditor", "", frozenset({Role.AUDITOR}))
        self.training = True
        self.idle_s = 60
        self.ledger = LedgerBook(office.desk, names=lambda: {RAVI: "Ravi Auditor"})
        self.passwords: list[tuple[str, str]] = []

    def change_my_password(self, old: str, new: str) -> None:
        self.passwords.append((old, new))


class Station(FakeWorkstation):
    """Somebody who audits is the only one here."""

    def __init__(self, home: Path, office: Office) -> None:
        super().__init__(home)
        self.room = Room(office)
        self.lock_cause = ""

    def logins(self) -> tuple[Login, ...]:
        return (Login(RAVI, "Ravi Auditor", rank=Rank.AUDITOR),)

    def unlock(self, user: StaffId, password: str) -> FakeSurgery:
        raise AssertionError("not this door")

    def unlock_audit(self, user: StaffId, password: str) -> AuditRoom:
        if password != PASSWORD:
            raise WrongPassword("no")
        return cast(AuditRoom, self.room)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "ledger")
    office.write([Deed(RAVI, "unlock auditor", None, 1_795_000_000_000)])
    yield office
    office.close()


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, strays: Strays, tmp_path: Path, office: Office) -> Iterator[Desk]:
    station = Station(tmp_path / "station", office)
    relaunched: list[bool] = []
    window = MainWindow(station, theme, lambda: relaunched.append(True))  # type: ignore[arg-type]
    strays.wanted.add(window)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    made = Desk(qtbot, theme, window, station, relaunched)
    made.settle()
    yield made
    window.idle.stop()


def unlock(desk: Desk) -> AuditScreen:
    screen = desk.window.unlock
    assert screen is not None
    QTest.keyClicks(screen.password.edit, PASSWORD)
    QTest.keyClick(screen.password.edit, Qt.Key.Key_Return)
    desk.settle()
    assert isinstance(desk.window.current, AuditScreen)
    return desk.window.current


def test_a_wrong_password_is_refused_as_ever(desk: Desk) -> None:
    screen = desk.window.unlock
    assert screen is not None
    QTest.keyClicks(screen.password.edit, "wrong")
    QTest.keyClick(screen.password.edit, Qt.Key.Key_Return)
    desk.settle()
    assert "not the password" in screen._notice.accessibleName()


def test_the_ledger_and_nothing_else(desk: Desk) -> None:
    screen = unlock(desk)
    assert desk.window.rooms is None
    assert not desk.window.rail.isVisible()
    assert screen.pane.list.model.rows[-1].code == "unlock"
    assert not screen.pane.filters.finder.isVisible()
    assert desk.focus is screen.pane.list.view
    for key, modifier in (
        (Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier),
        (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
    ):
        desk.press(key, modifier)
        assert desk.window.current is screen
    desk.window.receive_call(call())
    desk.settle()
    assert desk.window.current is screen


@pytest.mark.parametrize(("wide", "high", "scale"), [(1280, 720, 1.0), (1280, 720, 2.0), (1920, 1080, 1.0)])
def test_it_fits(desk: Desk, wide: int, high: int, scale: float) -> None:
    unlock(desk)
    desk.theme.set_text_scale(scale)
    desk.window.resize(wide, high)
    for _ in range(3):
        desk.settle()
    assert not faults(desk.window)
    assert not nameless(desk.window)


@pytest.mark.parametrize("how", ["button", "key", "idle"])
def test_lock_as_ever(desk: Desk, how: str) -> None:
    screen = unlock(desk)
    ways: dict[str, Callable[[], object]] = {
        "button": screen.lock.click,
        "key": lambda: desk.press(Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier),
        "idle": desk.window.idle.idle.emit,
    }
    ways[how]()
    desk.bot.waitUntil(lambda: bool(desk.relaunched))
    assert desk.window.cover.isVisible()
    assert isinstance(desk.station, Station)
    assert desk.station.lock_cause == ("idle" if how == "idle" else "person")


def test_privacy_covers_it(desk: Desk) -> None:
    unlock(desk)
    desk.window.toggle_privacy()
    assert desk.window.cover.isVisible()
    desk.window.toggle_privacy()
    assert not desk.window.cover.isVisible()


def test_their_own_password(desk: Desk) -> None:
    screen = unlock(desk)
    screen.password.click()
    desk.settle()
    sheet = screen._sheet
    assert isinstance(sheet, ChangePasswordSheet)
    sheet.old.set_text(PASSWORD)
    for field in (sheet.passwords.one, sheet.passwords.again):
        field.set_text("seven grey herons fishing")
    sheet.primary.click()
    desk.settle()
    assert isinstance(desk.station, Station)
    assert desk.station.room.passwords == [(PASSWORD, "seven grey herons fishing")]
    assert screen._sheet is None


def test_a_sheet_goes_with_the_lock(desk: Desk) -> None:
    screen = unlock(desk)
    screen.pane.daily.click()
    desk.settle()
    first = screen._sheet
    assert first is not None
    screen.pane.export.click()
    desk.settle()
    assert screen._sheet is not first
    desk.window.lock()
    desk.settle()
    assert screen._sheet is None
