# SPDX-License-Identifier: GPL-3.0-or-later
"""Every act by key: once, from anywhere, and not while somebody types."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget

from clinicam.capture.session import SessionState, ShotState
from clinicam.capture.views import SittingView
from tests.ui.session.conftest import Desk
from tests.ui.session.fakes import shot, view_of

SAFE = (shot(1, 0, ShotState.SAFE),)


def press(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """One press wherever the focus is."""
    target = QApplication.focusWidget() or desk.screen
    desk.bot.keyClick(target, key, modifier)


@pytest.mark.parametrize("focus", ["session.shoot", "session.next", "session.grid", "session.finish", "session.stop"])
def test_space_shoots_once_whatever_has_the_focus(desk: Desk, focus: str) -> None:
    desk.find(focus).setFocus()
    assert QApplication.focusWidget() is desk.find(focus)
    press(desk, Qt.Key.Key_Space)
    assert desk.sitting.calls == ["shoot"]


def test_enter_goes_on_even_with_the_focus_on_shoot(desk: Desk) -> None:
    desk.find("session.shoot").setFocus()
    press(desk, Qt.Key.Key_Return)
    press(desk, Qt.Key.Key_Enter)
    assert desk.sitting.calls == ["next", "next"]


def test_ctrl_enter_presses_what_has_the_focus(desk: Desk) -> None:
    desk.find("session.shoot").setFocus()
    press(desk, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert desk.sitting.calls == ["shoot"]


def test_retake_needs_a_shot(open_desk: Callable[[SittingView | None], Desk]) -> None:
    desk = open_desk(None)
    press(desk, Qt.Key.Key_R)
    assert desk.sitting.calls == []
    desk.sitting.show(shots=SAFE)
    press(desk, Qt.Key.Key_R)
    assert desk.sitting.calls == ["retake"]


def test_arrows_choose_the_view(desk: Desk) -> None:
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left):
        press(desk, key)
    assert desk.sitting.calls == [("view", 1), ("view", 2), ("view", 1), ("view", 0), ("view", 0)]


def test_a_held_key_takes_one_picture(desk: Desk) -> None:
    target = desk.find("session.shoot")
    press(desk, Qt.Key.Key_Space)
    for _ in range(5):
        again = QKeyEvent(
            QEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", autorep=True
        )
        QApplication.sendEvent(target, again)
        again = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " ", autorep=True)
        QApplication.sendEvent(target, again)
    assert desk.sitting.calls == ["shoot"]


def test_no_shortcut_repeats(desk: Desk) -> None:
    shortcuts = desk.screen.findChildren(QShortcut)
    assert len(shortcuts) > 20
    assert not [one.key().toString() for one in shortcuts if one.autoRepeat()]


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_R])
@pytest.mark.parametrize("state", [SessionState.EXPOSING, SessionState.PREPARING, SessionState.PAUSED])
def test_the_shutter_is_shut_unless_ready(desk: Desk, state: SessionState, key: Qt.Key) -> None:
    desk.sitting.show(view_of(state, shots=SAFE))
    press(desk, key)
    assert desk.sitting.calls == []


def test_esc_stops_from_a_text_field(desk: Desk) -> None:
    press(desk, Qt.Key.Key_N)
    field = desk.find("session.note")
    assert QApplication.focusWidget() is field
    desk.bot.keyClicks(field, "left side")
    press(desk, Qt.Key.Key_Escape)
    assert "stop" in desk.sitting.calls
    assert ("note", "left side") in desk.sitting.calls
    assert desk.find("stop.break").isVisible()


def test_esc_stops_from_another_window_of_the_application(desk: Desk) -> None:
    other = QPushButton("elsewhere")
    desk.bot.addWidget(other)
    other.show()
    desk.bot.keyClick(other, Qt.Key.Key_Escape)
    assert desk.sitting.calls == ["stop"]


def test_esc_repeated_stops_once(desk: Desk) -> None:
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, "", autorep=True)
    QApplication.sendEvent(desk.screen, held)
    assert desk.sitting.calls == []
    press(desk, Qt.Key.Key_Escape)
    assert desk.sitting.calls == ["stop"]


def test_esc_is_left_alone_when_no_sitting_is_open(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    seen = []
    other = QWidget()
    desk.bot.addWidget(other)
    other.keyPressEvent = lambda event: seen.append(event.key())  # type: ignore[method-assign]
    other.show()
    desk.bot.keyClick(other, Qt.Key.Key_Escape)
    assert seen == [Qt.Key.Key_Escape]
    assert desk.sitting.calls == []


def test_letters_and_space_are_typed_enter_ends_typing(desk: Desk) -> None:
    press(desk, Qt.Key.Key_N)
    field = desk.find("session.note")
    assert isinstance(field, QLineEdit)
    for key in (Qt.Key.Key_R, Qt.Key.Key_Space, Qt.Key.Key_F, Qt.Key.Key_1, Qt.Key.Key_C):
        press(desk, key)
    assert field.text() == "r f1c"
    assert desk.sitting.calls == []
    press(desk, Qt.Key.Key_Return)
    assert desk.sitting.calls == [("note", "r f1c")]
    assert not field.isVisible()
    press(desk, Qt.Key.Key_Return)
    assert desk.sitting.calls[-1] == "next"


def test_label_goes_to_the_chosen_shot(desk: Desk) -> None:
    desk.sitting.show(shots=(*SAFE, shot(2, 1, ShotState.SAFE)))
    press(desk, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    press(desk, Qt.Key.Key_L)
    desk.bot.keyClicks(desk.find("session.label"), "chipped")
    press(desk, Qt.Key.Key_Return)
    assert desk.sitting.calls == [("label", 1, "chipped")]


def test_a_label_waits_until_its_picture_is_safe(desk: Desk) -> None:
    desk.sitting.show(shots=(shot(1, 0, ShotState.ENCRYPTING),))
    press(desk, Qt.Key.Key_L)
    desk.bot.keyClicks(desk.find("session.label"), "early")
    press(desk, Qt.Key.Key_Return)
    assert desk.sitting.calls == []
    desk.sitting.show(shots=SAFE)
    desk.sitting.show(note="anything")
    assert desk.sitting.calls == [("label", 1, "early")]


def test_strength_keeps_its_arrows(desk: Desk) -> None:
    desk.surgery.vault.add("EV15", 1, b"")
    slider = desk.find("session.strength")
    slider.setVisible(True)
    slider.parentWidget().setVisible(True)
    slider.setFocus()
    press(desk, Qt.Key.Key_Right)
    assert slider.value() == 45
    assert desk.sitting.calls == []
