# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock screen by keyboard alone: who, password, refusals, waiting, recovery kit."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from clinicam.errors import Corrupt, LockedOut
from clinicam.ui.unlock import KIT as KIT_PAGE
from clinicam.ui.unlock import UnlockScreen
from clinicam.vault.kit import rows_of
from tests.ui.fakes import KIT, PASSWORD
from tests.ui.shell.conftest import Desk


def lock_screen(desk: Desk) -> UnlockScreen:
    assert desk.window.unlock is not None
    return desk.window.unlock


def test_a_password_and_enter_open_the_practice(desk: Desk) -> None:
    screen = lock_screen(desk)
    assert desk.focus is screen.password.edit
    assert screen.password.label.text() == "Password of Jo Pryce"
    assert not screen.button.isEnabled()
    rooms = desk.unlock()
    assert desk.window.current is rooms.patients
    assert desk.window.rail.isVisible()
    assert desk.station.surgery.looked_at_place == 1
    desk.bot.waitUntil(lambda: desk.station.camera_started == 1)
    assert screen.password.edit.text() == ""


def test_arrows_choose_who_works_without_leaving_the_password(desk: Desk) -> None:
    screen = lock_screen(desk)
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Down)
    assert screen.password.label.text() == "Password of Sam Holt"
    assert desk.focus is screen.password.edit
    for _ in range(9):
        desk.press(Qt.Key.Key_Up)
    assert screen.password.label.text() == "Password of Jo Pryce"


def test_a_wrong_password_says_so_and_waits_for_the_next(desk: Desk) -> None:
    screen = lock_screen(desk)
    QTest.keyClicks(desk.focus, "wrong")
    desk.press(Qt.Key.Key_Return)
    assert screen._notice.isVisible()
    assert "not the password" in screen._notice.accessibleName()
    assert desk.focus is screen.password.edit
    QTest.keyClicks(desk.focus, PASSWORD)
    assert not screen._notice.isVisible()
    desk.press(Qt.Key.Key_Return)
    assert desk.window.rooms is not None


def test_too_many_tries_are_counted_down(desk: Desk) -> None:
    screen = lock_screen(desk)
    desk.station.fails_with = LockedOut(2)
    QTest.keyClicks(desk.focus, "wrong")
    desk.press(Qt.Key.Key_Return)
    assert not screen.button.isEnabled()
    assert screen._words.text() == "Jo Pryce can try again in 2 seconds."
    assert screen._notice.accessibleName().startswith("Too many wrong tries for Jo Pryce.")
    assert not screen.password.edit.isEnabled()
    screen._count()
    assert not screen.password.edit.isEnabled()
    assert screen._notice.isVisible()
    screen._count()
    assert not screen._notice.isVisible()
    assert desk.focus is screen.password.edit
    QTest.keyClicks(desk.focus, PASSWORD)
    assert screen.button.isEnabled()


def test_a_wait_is_for_one_person(desk: Desk) -> None:
    screen = lock_screen(desk)
    desk.station.fails_with = LockedOut(30)
    QTest.keyClicks(desk.focus, "wrong")
    desk.press(Qt.Key.Key_Return)
    assert desk.focus is screen.people, "the arrows go on choosing"
    desk.press(Qt.Key.Key_Down)
    assert screen.password.edit.isEnabled()
    assert not screen._notice.isVisible()


def test_a_tap_on_a_person_asks_for_their_password(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen.people.setFocus()
    place = screen.people.visualRect(screen.people.model().index(1, 0)).center()
    QTest.mouseClick(screen.people.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert screen.password.label.text() == "Password of Dr Aylin Demir"
    assert desk.focus is screen.password.edit


def test_a_damaged_vault_is_said_in_a_sentence(desk: Desk) -> None:
    desk.station.fails_with = Corrupt("slot: short")
    QTest.keyClicks(desk.focus, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    said = lock_screen(desk)._notice.accessibleName()
    assert "A part of the vault is damaged." in said
    assert "slot" not in said


def test_the_window_never_waits_for_a_slow_unlock(desk: Desk) -> None:
    screen = lock_screen(desk)
    desk.station.thread.hold()
    QTest.keyClicks(desk.focus, PASSWORD)
    desk.press(Qt.Key.Key_Return)
    assert screen._progress.isVisible()
    desk.press(Qt.Key.Key_Return)
    assert len(desk.station.thread.held or []) == 1
    desk.station.thread.let_go()
    desk.settle()
    assert desk.window.rooms is not None


def test_the_kit_opens_by_keyboard_alone(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen._show_page(KIT_PAGE)
    assert not screen.kit_button.isEnabled()
    for words, code in rows_of(KIT):
        QTest.keyClicks(desk.focus, " ".join(word[:4] for word in words))
        desk.press(Qt.Key.Key_Return)
        QTest.keyClicks(desk.focus, code.lower())
        if screen.kit.right < 6:
            desk.press(Qt.Key.Key_Return)
    assert screen.kit_button.isEnabled()
    desk.press(Qt.Key.Key_Return)
    assert desk.window.rooms is not None
    assert screen.kit.words == ()


def test_a_slip_of_the_pen_is_told_in_its_row(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen._show_page(KIT_PAGE)
    row = screen.kit.rows[0]
    words, code = rows_of(KIT)[0]
    QTest.keyClicks(row.typed, "abandon amount liar zeebra")
    row.code.setFocus()
    assert "Word 4 is not in the list" in row._said.text()
    assert "zebra" in row._said.text()
    row.typed.clear()
    QTest.keyClicks(row.typed, " ".join(words))
    QTest.keyClicks(row.code, "zz")
    screen.kit.rows[1].typed.setFocus()
    assert "do not fit" in row._said.text()
    row.code.clear()
    QTest.keyClicks(row.code, code)
    assert row.done
    assert screen.kit.right == 1


def test_nothing_of_the_kit_meets_the_clipboard(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen._show_page(KIT_PAGE)
    typed = screen.kit.rows[0].typed
    QTest.keyClicks(typed, "abandon")
    typed.selectAll()
    desk.bot.keyClick(typed, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    desk.bot.keyClick(typed, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    desk.bot.keyClick(typed, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert typed.text() == "abandon"
    assert typed.contextMenuPolicy() == Qt.ContextMenuPolicy.NoContextMenu


def test_a_real_vault_has_no_ribbon(open_desk: Callable[..., Desk]) -> None:
    assert not open_desk(training=False).window.ribbon.isVisible()


def test_text_size_and_colours_change_on_the_lock_screen(desk: Desk) -> None:
    screen = lock_screen(desk)
    screen.text_wanted.emit()
    assert desk.theme.text_scale == 1.15
    screen.dark_wanted.emit()
    assert desk.theme.dark
    assert desk.station.looks[-1] == ("dark", 115)
