# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up by keyboard alone, from the practice's name to the lock screen; and every way it can be refused."""

from __future__ import annotations

import gc
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from clinicam.errors import VaultExists
from clinicam.ui.first_start import FirstStart
from clinicam.ui.kit import Button, RadioCard
from clinicam.ui.password_words import password_fault
from clinicam.vault.kit import rows_of
from tests.ui.fakes import KIT, PASSWORD
from tests.ui.shell.conftest import Desk


@pytest.fixture
def fresh(open_desk: Callable[..., Desk]) -> Desk:
    """A computer without a vault."""
    return open_desk(has_vault=False)


def setting_up(desk: Desk) -> FirstStart:
    assert desk.window.first_start is not None
    return desk.window.first_start


def type_line(desk: Desk, text: str) -> None:
    QTest.keyClicks(desk.focus, text)
    desk.tab()


def to_the_place(desk: Desk) -> None:
    """Steps 1 and 2, typed."""
    QTest.keyClicks(desk.focus, "Harbour Lane")
    desk.press(Qt.Key.Key_Return)
    for text in ("Sam Holt", "Practice manager", "", PASSWORD):
        type_line(desk, text)
    QTest.keyClicks(desk.focus, PASSWORD)
    desk.press(Qt.Key.Key_Return)


def test_the_whole_way_by_keyboard(fresh: Desk) -> None:
    screen = setting_up(fresh)
    assert not fresh.window.ribbon.isVisible()
    to_the_place(fresh)
    assert screen.now == 2
    assert isinstance(fresh.focus, RadioCard)
    fresh.press(Qt.Key.Key_Right)
    assert fresh.focus is screen.place.training_card
    assert screen.place.training
    fresh.tab()
    assert fresh.focus is screen.place.folder.edit
    fresh.press(Qt.Key.Key_Return)
    assert screen.now == 3
    new = fresh.station.created[0]
    assert (new.practice_name, new.staff_name, new.post, new.training) == (
        "Harbour Lane",
        "Sam Holt",
        "Practice manager",
        True,
    )
    assert new.place.name == "training-vault"
    assert fresh.window.ribbon.isVisible()
    assert isinstance(fresh.focus, Button)
    fresh.press(Qt.Key.Key_Return)
    assert screen.now == 4
    for words, code in rows_of(KIT):
        QTest.keyClicks(fresh.focus, " ".join(words))
        fresh.press(Qt.Key.Key_Return)
        QTest.keyClicks(fresh.focus, code)
        fresh.press(Qt.Key.Key_Return)
    assert fresh.station.adopted == [new.place]
    assert fresh.window.unlock is not None
    assert fresh.window.current is fresh.window.unlock
    assert fresh.unlock() is fresh.window.rooms


def test_the_primary_waits_and_says_for_what(fresh: Desk) -> None:
    screen = setting_up(fresh)
    assert not screen._next.isEnabled()
    assert "the practice's name" in screen._foot.words
    fresh.press(Qt.Key.Key_Return)
    assert screen.now == 0
    to_the_place(fresh)
    screen.place.folder.set_text("/media/stick/vault")
    screen.place.look()
    assert "USB" in screen.place.notice.accessibleName()
    assert not screen._next.isEnabled()
    screen.place.folder.set_text("vault")
    screen.place.look()
    assert "beginning with /" in screen.place.notice.accessibleName()
    screen.place.folder.set_text("/home/jo/vault")
    screen.place.look()
    assert screen._next.isEnabled()


def test_a_place_that_is_still_being_typed_is_not_used(fresh: Desk) -> None:
    screen = setting_up(fresh)
    to_the_place(fresh)
    screen.place.folder.edit.setFocus()
    QTest.keyClicks(screen.place.folder.edit, "x")
    assert not screen._next.isEnabled()
    fresh.press(Qt.Key.Key_Return)
    assert not fresh.station.created


def test_a_vault_that_could_not_be_made_is_said(fresh: Desk) -> None:
    screen = setting_up(fresh)
    to_the_place(fresh)
    fresh.station.fails_with = VaultExists("there")
    screen._next.click()
    fresh.settle()
    assert screen.now == 2
    assert "There is a vault at this place already." in screen._notice.accessibleName()
    assert screen._next.isEnabled()


def test_the_words_are_painted_and_never_text(fresh: Desk) -> None:
    screen = setting_up(fresh)
    to_the_place(fresh)
    screen._next.click()
    fresh.settle()
    assert screen.now == 3
    for widget in screen.findChildren(QWidget):
        text = widget.text() if isinstance(widget, QLabel | QLineEdit) else ""
        words = f"{text} {widget.accessibleName()} {widget.accessibleDescription()}"
        assert KIT[5] not in words.split()
    assert screen.kit.sheet.focusPolicy() == Qt.FocusPolicy.NoFocus
    empty = screen.kit.sheet.grab().toImage()
    screen.kit.show_kit((), "", training=False)
    assert screen.kit.sheet.grab().toImage() != empty


def test_long_words_stand_four_a_row_and_all_are_in_sight(fresh: Desk) -> None:
    screen = fresh.window.first_start
    assert screen is not None
    fresh.window.resize(1280, 720)
    screen.show_kit(("mushroom", "february", "shoulder", "mechanic") * 6)
    for _ in range(3):
        fresh.settle()
    sheet = screen.kit.sheet
    assert sheet.has_room(sheet.width())
    assert sheet.visibleRegion().boundingRect().height() == sheet.height()


def test_the_kit_of_another_vault_is_not_taken(fresh: Desk) -> None:
    screen = setting_up(fresh)
    screen.show_kit(KIT)
    screen._show(4)
    other = tuple(reversed(KIT))
    for row, (words, code) in zip(screen.back.entry.rows, rows_of(other), strict=True):
        row.typed.setText(" ".join(words))
        row.code.setText(code)
        row._look()
    assert screen.back.notice.isVisible()
    assert not screen._next.isEnabled()


def test_no_secret_stays_when_it_is_over(fresh: Desk) -> None:
    screen = setting_up(fresh)
    to_the_place(fresh)
    screen._next.click()
    fresh.settle()
    assert screen.you.password.text() == ""
    screen.leave()
    gc.collect()
    assert screen._words == ()
    assert screen.kit.sheet._rows == ()
    assert screen.kit.code._modules == ()
    assert screen.back._expected == ()


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("short", "twelve"),
        ("p" * 257, "256"),
        ("aaaaaaaaaaaa", "guess"),
        ("Password1234", "guess"),
        ("harbour lane, sam holt", "names"),
        (PASSWORD, ""),
    ],
)
def test_passwords(password: str, word: str) -> None:
    fault = password_fault(password, known=("Harbour Lane", "Sam Holt"))
    assert bool(fault) == bool(word)
    assert word in fault
