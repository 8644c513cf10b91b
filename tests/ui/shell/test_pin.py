# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock screen asks for a PIN where one is set, for the password where it is gone, and for words where a key is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from clinicam.errors import KeyStoreRefused, PinRefused, WrongPassword
from clinicam.identity import StaffId
from clinicam.ui.unlock import DEVICE, KIT, PEOPLE, UnlockScreen
from clinicam.vault.kit import rows_of, words_of
from tests.ui.fakes import PASSWORD, FakeSurgery
from tests.ui.shell.conftest import Desk

PIN = "481516"
WORDS = words_of(bytes(range(32)))


@pytest.fixture
def pinned(open_desk: Callable[..., Desk]) -> Desk:
    """Jo, the first in the list, has a PIN."""
    desk = open_desk()
    station = desk.station
    screen = lock_screen(desk)
    screen.show_logins([replace(one, has_pin=at == 0) for at, one in enumerate(station.logins())])

    def by_pin(_user: StaffId, pin: str) -> FakeSurgery:
        station._maybe_fail()
        if pin != PIN:
            raise PinRefused("wrong", 4)
        return station.surgery

    station.unlock_with_pin = by_pin  # type: ignore[attr-defined]
    return desk


def lock_screen(desk: Desk) -> UnlockScreen:
    assert desk.window.unlock is not None
    return desk.window.unlock


def enter(desk: Desk, text: str) -> None:
    QTest.keyClicks(lock_screen(desk).password.edit, text)
    QTest.keyClick(lock_screen(desk).password.edit, Qt.Key.Key_Return)
    desk.settle()


def test_a_pin_opens(pinned: Desk) -> None:
    screen = lock_screen(pinned)
    assert screen.password.label.text() == "PIN of Jo Pryce"
    assert screen.other_way.isVisible()
    enter(pinned, PIN)
    assert pinned.window.rooms is not None
    assert screen.password.text() == ""


def test_a_wrong_one_says_how_many_tries_are_left(pinned: Desk) -> None:
    screen = lock_screen(pinned)
    enter(pinned, "000001")
    assert "That is not the PIN." in screen._notice.accessibleName()
    assert "4" in screen._notice.accessibleName()
    assert screen.password.label.text() == "PIN of Jo Pryce"


def test_one_that_is_gone_turns_into_the_password(pinned: Desk) -> None:
    screen = lock_screen(pinned)
    pinned.station.fails_with = PinRefused("gone")
    enter(pinned, PIN)
    assert screen.password.label.text() == "Password of Jo Pryce"
    assert not screen.other_way.isVisible()
    assert "no longer counts" in screen._notice.accessibleName()
    enter(pinned, PASSWORD)
    assert pinned.window.rooms is not None


def test_whoever_wants_may_use_the_password(pinned: Desk) -> None:
    screen = lock_screen(pinned)
    screen.other_way.click()
    assert screen.password.label.text() == "Password of Jo Pryce"
    screen.other_way.click()
    assert screen.password.label.text() == "PIN of Jo Pryce"
    screen.other_way.click()
    enter(pinned, PASSWORD)
    assert pinned.window.rooms is not None


def test_only_whoever_has_one_is_asked_for_it(pinned: Desk) -> None:
    screen = lock_screen(pinned)
    pinned.press(Qt.Key.Key_Down)
    assert screen.password.label.text() == "Password of Dr Aylin Demir"
    assert not screen.other_way.isVisible()
    pinned.press(Qt.Key.Key_Up)
    assert screen.password.label.text() == "PIN of Jo Pryce"


def test_a_computer_without_the_device_key_asks_for_its_words(desk: Desk) -> None:
    screen = lock_screen(desk)
    given: list[tuple[str, ...]] = []

    def take(words: Sequence[str]) -> None:
        desk.station._maybe_fail()
        given.append(tuple(words))

    desk.station.give_device_key = take  # type: ignore[attr-defined]
    desk.station.fails_with = KeyStoreRefused("missing")
    enter(desk, PASSWORD)
    assert screen._pages.currentIndex() == DEVICE
    assert not screen.device.button.isEnabled()
    for row, (words, code) in zip(screen.device.entry.rows, rows_of(WORDS), strict=True):
        QTest.keyClicks(row.typed, " ".join(words))
        QTest.keyClicks(row.code, code)
    desk.station.fails_with = KeyStoreRefused("locked")
    screen.device.button.click()
    desk.settle()
    assert "key store is locked" in screen.device.notice.accessibleName()
    assert screen.device.button.isEnabled()
    QTest.keyClick(screen.device.entry.rows[-1].code, Qt.Key.Key_Return)
    desk.settle()
    assert given == [WORDS]
    assert screen._pages.currentIndex() == PEOPLE
    assert "holds the device key" in screen._notice.accessibleName()
    assert screen.device.entry.right == 0
    enter(desk, PASSWORD)
    assert desk.window.rooms is not None


def test_a_scanner_types_all_the_words_at_once(desk: Desk) -> None:
    page = lock_screen(desk).device
    first = page.entry.rows[0].typed
    for text in (" ".join(WORDS[:-1] + WORDS[:1]), " ".join(WORDS[:20])):
        first.clear()
        QTest.keyClicks(first, text)
        QTest.keyClick(first, Qt.Key.Key_Return)
        assert page.entry.right == 0
    first.clear()
    QTest.keyClicks(first, " ".join(WORDS))
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert page.entry.words == WORDS
    assert page.button.isEnabled()


def test_back_from_the_words(desk: Desk) -> None:
    screen = lock_screen(desk)
    desk.station.fails_with = KeyStoreRefused("missing")
    enter(desk, PASSWORD)
    screen.device.left.emit()
    assert screen._pages.currentIndex() == PEOPLE
    desk.station.fails_with = WrongPassword("no")
    screen._show_page(KIT)
    assert screen._pages.currentIndex() == KIT


def test_sleep_drops_what_must_not_outlive_it(desk: Desk) -> None:
    desk.window.suspend.sleeping(True)
    desk.settle()
    assert desk.station.slept
    assert not desk.relaunched
