# SPDX-License-Identifier: GPL-3.0-or-later
"""The screen over a real `capture.sitting.Sitting`: what fingers do reaches camera and vault, and comes back to the eye."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from clinicam.camera.port import CameraState, CameraStatus, Unclaimed
from clinicam.capture.session import SessionState, ShotState
from clinicam.capture.views import SittingView
from clinicam.consent.causes import Cause
from clinicam.errors import CameraLost
from clinicam.identity import FrameId, new_id
from clinicam.ui import session_hands
from tests.capture.fakes import Rig, arrived, rig, sharp_jpeg
from tests.ui.session.conftest import Desk

Start = Callable[..., Rig]


@pytest.fixture
def start(desk: Desk) -> Start:
    """Puts a started real sitting on the desk's screen; keyword arguments are of its leave."""

    def make(**leave: object) -> Rig:
        made = rig(**leave)
        made.heard.changed = desk.screen.listener.changed  # type: ignore[method-assign]
        made.sitting.start()
        desk.screen.begin(made.sitting)
        return made

    return make


def press(desk: Desk, key: Qt.Key) -> None:
    """One press wherever the focus is."""
    desk.bot.keyClick(QApplication.focusWidget() or desk.screen, key)


def answer(made: Rig) -> None:
    """The camera took the picture and sent it."""
    frame = FrameId(new_id())
    made.camera.pending.pop().set_result(frame)
    made.sitting.exposed(frame)
    made.sitting.frame(arrived(made.permit, sharp_jpeg(), frame))


def now(desk: Desk) -> SittingView:
    """What the screen shows."""
    view = desk.screen._hands.view
    assert view is not None
    return view


def test_a_whole_session_by_keys(desk: Desk, start: Start) -> None:
    finished: list[object] = []
    desk.screen.finished.connect(finished.append)
    made = start()
    for index in range(3):
        assert now(desk).view_index == index
        press(desk, Qt.Key.Key_Space)
        assert now(desk).state is SessionState.EXPOSING
        press(desk, Qt.Key.Key_Space)
        answer(made)
        assert now(desk).shots[-1].state is ShotState.SAFE
        press(desk, Qt.Key.Key_Return)
    assert made.camera.calls.count("shoot") == 3
    press(desk, Qt.Key.Key_R)
    answer(made)
    assert len(now(desk).shots) == 4
    press(desk, Qt.Key.Key_F)
    assert finished == [made.sitting.session]
    assert ("close", "finished", "0") in made.keeping.words
    assert not desk.screen.running


def test_stop_break_and_back(desk: Desk, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    made = start()
    press(desk, Qt.Key.Key_Escape)
    assert not made.leave.alive
    assert made.camera.calls[-1] == "disarm"
    press(desk, Qt.Key.Key_1)
    assert now(desk).state is SessionState.PAUSED
    monkeypatch.setattr(session_hands, "DOUBLE_PRESS_S", 0.0)
    press(desk, Qt.Key.Key_1)
    assert now(desk).state is SessionState.READY
    assert made.leave.minted == 2


def test_withdrawal_is_recorded_before_it_is_said(desk: Desk, start: Start) -> None:
    made = start()
    press(desk, Qt.Key.Key_Escape)
    press(desk, Qt.Key.Key_3)
    assert ("withdraw",) in made.keeping.words
    assert now(desk).state is SessionState.STOPPED
    assert desk.find("stop.leave").isVisible()


def test_pause_and_resume(desk: Desk, start: Start) -> None:
    made = start()
    press(desk, Qt.Key.Key_P)
    assert made.leave.paused
    press(desk, Qt.Key.Key_Space)
    assert "shoot" not in made.camera.calls
    press(desk, Qt.Key.Key_1)
    assert now(desk).state is SessionState.READY


def test_a_lost_camera_is_said_and_the_session_goes_on(desk: Desk, start: Start) -> None:
    made = start()
    made.camera.status = CameraStatus(CameraState.LOST, problem=CameraLost())
    made.sitting.camera_changed()
    assert now(desk).state is SessionState.TROUBLE
    assert [row.sentence for row in desk.screen._parts.problem.rows] == ["The camera went away"]
    made.camera.status = CameraStatus(CameraState.READY)
    desk.screen._clock.timeout.emit()
    assert now(desk).state is SessionState.READY
    assert desk.screen._parts.pages.currentWidget() is desk.screen._parts.stage


def test_blockers_of_a_real_sitting_are_listed(desk: Desk, start: Start) -> None:
    start(causes=[Cause.NOT_ASKED, Cause.VAULT_FULL])
    assert [row.code for row in desk.screen._parts.problem.rows] == ["C3", "C14"]


def test_the_body_button_without_a_permit_shows_no_picture(desk: Desk, start: Start) -> None:
    made = start()
    press(desk, Qt.Key.Key_P)
    made.sitting.unclaimed(Unclaimed(1, 1, "no permit"))
    assert [shot.state for shot in now(desk).shots] == [ShotState.REFUSED]
    line = desk.screen._parts.control.status.line
    assert line is not None
    assert line.words == "Body button: not kept"


def test_label_and_note_are_kept(desk: Desk, start: Start) -> None:
    made = start()
    press(desk, Qt.Key.Key_Space)
    answer(made)
    press(desk, Qt.Key.Key_L)
    desk.bot.keyClicks(desk.find("session.label"), "chipped edge")
    press(desk, Qt.Key.Key_Return)
    press(desk, Qt.Key.Key_N)
    desk.bot.keyClicks(desk.find("session.note"), "sensitive to cold")
    press(desk, Qt.Key.Key_Return)
    assert ("label", "chipped edge") in made.keeping.words
    assert ("note", "sensitive to cold") in made.keeping.words
    assert now(desk).shots[-1].label == "chipped edge"
