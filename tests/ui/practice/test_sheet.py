# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet over a screen, and the Practice screen that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from clinicam.identity import StaffId
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field
from clinicam.ui.messages import Message
from clinicam.ui.practice_screen import PracticeScreen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from tests.ui.fakes import JO, SAM, FakeSurgery


def over(qtbot: QtBot, theme: Theme, **looks: bool) -> tuple[QWidget, Field, Sheet]:
    screen = QWidget()
    qtbot.addWidget(screen)
    screen.resize(1000, 600)
    behind = Field(theme, "Behind", parent=screen)
    screen.show()
    qtbot.waitUntil(screen.isActiveWindow)
    behind.edit.setFocus()
    sheet = Sheet(theme, "Change the password", "Change it", **looks)
    for name in ("Old", "New"):
        sheet.body.addWidget(Field(theme, name))
    sheet.open_over(screen)
    return screen, behind, sheet


def focus() -> QWidget:
    now = QApplication.focusWidget()
    assert now is not None
    return now


def test_tab_goes_round_inside(qtbot: QtBot, theme: Theme) -> None:
    _screen, behind, sheet = over(qtbot, theme)
    seen = []
    for _ in range(4):
        seen.append(focus())
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
    assert len(set(seen)) == 4
    assert focus() is seen[0]
    assert behind.edit not in seen
    QTest.keyClick(focus(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert focus() is seen[-1]
    sheet.close_sheet()


def test_esc_closes_and_gives_the_focus_back(qtbot: QtBot, theme: Theme) -> None:
    _screen, behind, sheet = over(qtbot, theme)
    closed: list[bool] = []
    sheet.closed.connect(lambda: closed.append(True))
    QTest.keyClick(focus(), Qt.Key.Key_Escape)
    assert closed == [True]
    assert focus() is behind.edit


def test_esc_asks_work_to_stop_and_leaves_the_sheet(qtbot: QtBot, theme: Theme) -> None:
    _screen, _behind, sheet = over(qtbot, theme)
    asked: list[bool] = []
    sheet.cancelled.connect(lambda: asked.append(True))
    sheet.work("Stretching the password", can_stop=True)
    assert not sheet.primary.isEnabled()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert asked == [True]
    assert sheet.isVisible()
    sheet.refused(Message("It did not work.", "Try again."))
    assert "It did not work." in sheet.notice.accessibleName()
    assert sheet.primary.isEnabled()
    assert not sheet.progress.isVisible()
    sheet.close_sheet()


def test_enter_confirms_but_never_destroys(qtbot: QtBot, theme: Theme) -> None:
    for danger in (False, True):
        _screen, _behind, sheet = over(qtbot, theme, danger=danger)
        confirmed: list[bool] = []
        sheet.confirmed.connect(lambda confirmed=confirmed: confirmed.append(True))
        QTest.keyClick(sheet, Qt.Key.Key_Return)
        assert confirmed == ([] if danger else [True])
        sheet.close_sheet()


def test_it_follows_the_size_of_its_screen(qtbot: QtBot, theme: Theme) -> None:
    screen, _, sheet = over(qtbot, theme)
    screen.resize(700, 420)
    assert sheet.size() == screen.size()
    assert sheet.card.geometry().bottom() < 420
    sheet.close_sheet()


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme) -> Iterator[Callable[[StaffId], PracticeScreen]]:
    """The Practice screen as this member of staff finds it."""
    kept: list[QObject] = []

    def show(me: StaffId) -> PracticeScreen:
        surgery = FakeSurgery(me=me)
        bridge = Bridge(surgery.thread, surgery.pool)
        screen = PracticeScreen(surgery, bridge, theme)  # type: ignore[arg-type]
        kept.extend((bridge, screen))
        screen.show()
        screen.enter()
        QApplication.processEvents()
        return screen

    yield show
    QApplication.processEvents()


def test_leaving_the_practice_closes_what_is_asked(opened: Callable[[StaffId], PracticeScreen], theme: Theme) -> None:
    screen = opened(SAM)
    first, second = Sheet(theme, "One", "Go"), Sheet(theme, "Two", "Go")
    closed: list[str] = []
    for sheet in (first, second):
        sheet.closed.connect(lambda name=sheet.title: closed.append(name))
    screen.current.ask(first)
    screen.current.ask(second)
    assert closed == ["One"]
    screen.leave()
    assert closed == ["One", "Two"]


def test_sections_by_role_and_what_waits_there(opened: Callable[[StaffId], PracticeScreen]) -> None:
    screen = opened(JO)
    screen.show_section("staff")
    assert screen.current is screen.section("staff")
    screen.section("health").badge.emit(2)
    assert screen._list.buttons["health"].accessibleName() == "Vault health. 2"
    screen.section("health").badge.emit(0)
    assert screen._list.buttons["health"].accessibleName() == "Vault health"
    screen.leave()


def test_with_large_letters_the_sections_stand_in_a_row_above(
    opened: Callable[[StaffId], PracticeScreen], theme: Theme
) -> None:
    screen = opened(SAM)
    theme.set_text_scale(2.0)
    screen.resize(1168, 568)
    for _ in range(3):
        QCoreApplication.processEvents()
    assert screen._list.height() <= theme.px(120)
    buttons = list(screen._list.buttons.values())
    assert buttons[0].y() == buttons[1].y()
    buttons[-1].set_waiting(3)
    QCoreApplication.processEvents()
    assert all(one.geometry().right() <= screen._list.width() for one in buttons)
