# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault that is not as this computer last saw it: the lock screen says so, and a manager may go on from it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from clinicam.errors import CliniCamError, Corrupt, DiskFull, Forked, RolledBack
from clinicam.ui.go_on_sheet import GoOnSheet, consequences
from clinicam.ui.kit import TextLabel
from clinicam.ui.unlock import KIT as KIT_PAGE
from clinicam.ui.unlock import UnlockScreen
from clinicam.ui.unlock_notice import UnlockNotice
from clinicam.vault.kit import rows_of
from tests.ui.fakes import KIT, PASSWORD, SAM
from tests.ui.look import faults, nameless
from tests.ui.shell.conftest import Desk


def lock_screen(desk: Desk) -> UnlockScreen:
    assert desk.window.unlock is not None
    return desk.window.unlock


def refused(desk: Desk, problem: CliniCamError, *, steps_down: int = 2) -> UnlockNotice:
    """Somebody tries (Sam, the manager, is two below the first) and the vault does not open."""
    for _ in range(steps_down):
        desk.press(Qt.Key.Key_Down)
    desk.station.fails_with = problem
    QTest.keyClicks(desk.focus, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    return lock_screen(desk)._notice


def sheet_of(desk: Desk) -> GoOnSheet:
    found = lock_screen(desk).findChild(GoOnSheet)
    assert found is not None
    return found


def asked(desk: Desk, problem: CliniCamError) -> GoOnSheet:
    refused(desk, problem).button.click()
    return sheet_of(desk)


@pytest.mark.parametrize("problem", [RolledBack("x"), Forked("x")])
def test_a_manager_goes_on_with_the_password_again(desk: Desk, problem: CliniCamError) -> None:
    notice = refused(desk, problem)
    assert notice.button.isVisible()
    assert "x" not in notice.accessibleName().split()
    notice.button.click()
    sheet = sheet_of(desk)
    said = [label.text() for label in sheet.findChildren(TextLabel)]
    assert all(any(one in text for text in said) for one in consequences(problem))
    assert sheet.password.label.text() == "Password of Sam Holt"
    assert desk.focus is sheet.password.edit
    assert desk.station.went_on == []
    QTest.keyClicks(desk.focus, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    assert desk.station.went_on == [SAM]
    assert desk.window.current is desk.rooms.patients


@pytest.mark.parametrize("steps_down", [0, 1])
def test_only_a_manager_is_offered_it(desk: Desk, steps_down: int) -> None:
    notice = refused(desk, RolledBack("x"), steps_down=steps_down)
    assert notice.isVisible()
    assert not notice.button.isVisible()
    assert "Ask a practice manager" in notice.accessibleName()


def test_the_offer_goes_with_another_name_and_another_problem(desk: Desk) -> None:
    notice = refused(desk, Forked("x"))
    assert notice.button.isVisible()
    desk.press(Qt.Key.Key_Up)
    assert not notice.isVisible()
    refused(desk, Corrupt("x"), steps_down=1)
    assert notice.isVisible()
    assert not notice.button.isVisible()


def test_a_full_disk_is_told_for_the_lock_screen(desk: Desk) -> None:
    notice = refused(desk, DiskFull("x"))
    assert "Make room on that disk, then unlock again." in notice.accessibleName()
    assert not notice.button.isVisible()


def test_the_kit_is_told_where_to_go(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen._show_page(KIT_PAGE)
    for row, (words, code) in zip(screen.kit.rows, rows_of(KIT), strict=True):
        QTest.keyClicks(row.typed, " ".join(words))
        QTest.keyClicks(row.code, code)
    desk.station.fails_with = RolledBack("x")
    screen.kit_button.click()
    desk.settle()
    assert "clinicam vault accept --kit" in screen._kit_notice.accessibleName()
    assert not screen._kit_notice.button.isVisible()


def test_without_or_with_a_wrong_password_nothing_is_decided(desk: Desk) -> None:
    sheet = asked(desk, RolledBack("x"))
    sheet.primary.click()
    assert sheet.password.note.text() == "Type your password once more."
    QTest.keyClicks(sheet.password.edit, "wrong")
    assert not sheet.password.note.isVisible()
    desk.press(Qt.Key.Key_Return)
    assert "not the password" in sheet.password.note.text()
    assert desk.focus is sheet.password.edit
    assert sheet.primary.isEnabled()
    assert desk.station.went_on == []
    assert desk.window.rooms is None


def test_what_no_decision_mends_names_what_does(desk: Desk) -> None:
    sheet = asked(desk, RolledBack("x"))
    desk.station.fails_with = Corrupt("x")
    QTest.keyClicks(sheet.password.edit, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    assert "clinicam vault rebuild" in sheet.notice.accessibleName()
    desk.station.fails_with = DiskFull("x")
    desk.press(Qt.Key.Key_Return)
    assert "no room left" in sheet.notice.accessibleName()


def test_it_is_done_behind_a_progress_line_and_once(desk: Desk) -> None:
    sheet = asked(desk, RolledBack("x"))
    desk.station.thread.hold()
    QTest.keyClicks(sheet.password.edit, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    assert sheet.progress.isVisible()
    sheet._go()
    sheet.dismiss()
    assert sheet.isVisible()
    assert len(desk.station.thread.held or []) == 1
    desk.station.thread.let_go()
    desk.settle()
    assert desk.station.went_on == [SAM]
    assert desk.window.rooms is not None


def test_leaving_it_decides_nothing(desk: Desk) -> None:
    sheet = asked(desk, RolledBack("x"))
    QTest.keyClicks(sheet.password.edit, PASSWORD)
    desk.press(Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert sheet.password.text() == ""
    assert desk.station.went_on == []
    assert lock_screen(desk)._notice.button.isVisible()


@pytest.mark.parametrize("problem", [RolledBack("x"), Forked("x")])
@pytest.mark.parametrize(("width", "height", "scale"), [(1280, 720, 1.0), (1920, 1080, 1.0), (1280, 720, 2.0)])
def test_it_fits(desk: Desk, problem: CliniCamError, width: int, height: int, scale: float) -> None:
    desk.window.resize(width, height)
    desk.theme.set_text_scale(scale)
    desk.settle()
    sheet = asked(desk, problem)
    desk.settle()
    assert not faults(sheet)
    assert not nameless(sheet)


def test_with_large_letters_the_reason_is_scrolled_to(desk: Desk) -> None:
    desk.theme.set_text_scale(2.0)
    desk.settle()
    notice = refused(desk, RolledBack("x"))
    desk.bot.waitUntil(lambda: not notice.button.visibleRegion().isEmpty())
