# SPDX-License-Identifier: GPL-3.0-or-later
"""At 1280x720 and 1920x1080, at 100 and 200 %, in both themes: nothing cut, nothing overlapping, everything named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinicam.ui.messages import Message
from clinicam.ui.words import today
from clinicam.vault.kit import rows_of
from tests.ui.fakes import KIT
from tests.ui.look import faults, nameless
from tests.ui.shell.conftest import Desk
from tests.ui.shell.test_patients import call

LOOKS = [(1280, 720, 1.0), (1280, 720, 1.3), (1280, 720, 2.0), (1920, 1080, 1.0), (1920, 1080, 2.0)]


def look(desk: Desk, what: str, wide: int, high: int, scale: float) -> None:
    desk.theme.set_text_scale(scale)
    desk.window.resize(wide, high)
    for _ in range(3):
        desk.settle()
    assert not faults(desk.window), what
    assert not nameless(desk.window), what


@pytest.mark.parametrize(("wide", "high", "scale"), LOOKS)
def test_the_first_start_fits(open_desk: Callable[..., Desk], wide: int, high: int, scale: float) -> None:
    desk = open_desk(has_vault=False)
    screen = desk.window.first_start
    assert screen is not None
    for step in range(5):
        if step == 3:
            screen.show_kit(KIT)
        else:
            screen._show(step)
        if step == 4:
            words, code = rows_of(KIT)[0]
            screen.back.entry.rows[0].typed.setText(" ".join(words))
            screen.back.entry.rows[0].code.setText(code)
        look(desk, f"step {step + 1}", wide, high, scale)


@pytest.mark.parametrize(("wide", "high", "scale"), LOOKS)
def test_the_lock_screen_fits(desk: Desk, wide: int, high: int, scale: float) -> None:
    screen = desk.window.unlock
    assert screen is not None
    look(desk, "people", wide, high, scale)
    screen._show_page(1)
    look(desk, "kit", wide, high, scale)


@pytest.mark.parametrize(("wide", "high", "scale"), LOOKS)
def test_the_rooms_fit(desk: Desk, wide: int, high: int, scale: float) -> None:
    surgery = desk.station.surgery
    surgery.put_on_list(today())
    surgery.add_tasks()
    rooms = desk.unlock()
    desk.window.receive_call(call("9990604312"))
    rooms.patients.box.edit.setText("marsh")
    rooms.patients._search()
    look(desk, "patients", wide, high, scale)
    desk.window.show_trouble(Message("The disk refused to write.", "Ask IT to look at the disk before you go on."))
    look(desk, "trouble", wide, high, scale)
    rooms.add_patient(None, "Smith Ann")
    look(desk, "add", wide, high, scale)
    rooms.go("todo")
    look(desk, "to do", wide, high, scale)
    rooms.go("practice")
    look(desk, "practice", wide, high, scale)


def test_the_eye_of_this_test_is_not_blind(desk: Desk) -> None:
    screen = desk.window.unlock
    assert screen is not None
    screen.button.setFixedSize(20, 20)
    screen.button.setAccessibleName("")
    assert any(one.startswith("cut") for one in faults(desk.window))
    assert any("no name" in one for one in nameless(desk.window))
