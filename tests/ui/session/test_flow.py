# SPDX-License-Identifier: GPL-3.0-or-later
"""From the series to the end: mouse and digits, STOP and its three answers, pause, finish, what is said aloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QWidget

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.capture.session import Quality, SessionState, ShotState, StopAnswer, Tone
from clinicam.capture.views import SittingView
from clinicam.consent.causes import Cause, standing
from clinicam.errors import CameraClaimed, FocusFailed
from clinicam.permits import BodySite
from clinicam.ui import session_hands
from tests.ui.session.conftest import Desk
from tests.ui.session.fakes import MARSH, ORTHO, SERIES, SESSION, consent, shot, view_of

SAFE = (shot(1, 0, ShotState.SAFE),)
ALL_DONE = (True,) * len(ORTHO.views)


def click(desk: Desk, name: str) -> None:
    """A finger on the named control."""
    desk.bot.mouseClick(desk.find(name), Qt.MouseButton.LeftButton)


def press(desk: Desk, key: Qt.Key) -> None:
    """One press wherever the focus is."""
    desk.bot.keyClick(QApplication.focusWidget() or desk.screen, key)


def shown(desk: Desk, name: str) -> bool:
    """Whether the named control exists and can be seen."""
    found = desk.screen.findChild(QWidget, name)
    return found is not None and found.isVisible()


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("session.shoot", "shoot"),
        ("session.next", "next"),
        ("session.retake", "retake"),
        ("session.pause", "pause"),
        ("session.stop", "stop"),
    ],
)
def test_every_button_says_what_it_wants(desk: Desk, name: str, call: str) -> None:
    desk.sitting.show(shots=SAFE)
    click(desk, name)
    assert desk.sitting.calls == [call]


@pytest.mark.parametrize(
    ("key", "answer"),
    [(Qt.Key.Key_1, StopAnswer.BREAK), (Qt.Key.Key_2, StopAnswer.FINISHED), (Qt.Key.Key_3, StopAnswer.WITHDRAWN)],
)
def test_stop_has_three_answers_by_digit(desk: Desk, key: Qt.Key, answer: StopAnswer) -> None:
    press(desk, Qt.Key.Key_Escape)
    for other in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_R, Qt.Key.Key_F, Qt.Key.Key_P, Qt.Key.Key_Down):
        press(desk, other)
    assert desk.sitting.calls == ["stop"]
    press(desk, key)
    assert desk.sitting.calls == ["stop", answer]


def test_the_three_answers_are_equal(desk: Desk) -> None:
    press(desk, Qt.Key.Key_Escape)
    rows = [desk.find(f"stop.{one}") for one in ("break", "finished", "withdrawn")]
    assert [row.isVisible() for row in rows] == [True] * 3
    assert len({row.width() for row in rows}) == 1
    assert "manager decides" in rows[2].accessibleName()
    assert "destroy" not in " ".join(row.accessibleName().lower() for row in rows)


def test_withdrawal_is_told_and_then_leads_to_the_chart(desk: Desk) -> None:
    stopped, ended = [], []
    desk.screen.stopped.connect(stopped.append)
    desk.screen.ended.connect(ended.append)
    desk.sitting.show(shots=SAFE)
    click(desk, "session.stop")
    click(desk, "stop.withdrawn")
    assert not stopped
    assert not desk.screen.running
    assert "1 picture of this sitting" in desk.find("stop.leave").parentWidget().accessibleName() + _page_words(desk)
    click(desk, "stop.leave")
    assert stopped == [StopAnswer.WITHDRAWN]
    assert ended == [MARSH]


def _page_words(desk: Desk) -> str:
    return desk.screen._parts.pages.currentWidget().accessibleName()


def test_break_asks_for_the_patient_before_going_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    click(desk, "session.stop")
    click(desk, "stop.break")
    assert shown(desk, "session.resume")
    assert "Eleanor Marsh" in desk.screen._parts.problem.rows[0].sentence
    assert QApplication.focusWidget() is desk.find("session.resume")
    press(desk, Qt.Key.Key_1)
    assert desk.sitting.calls[-1] != ("resume", True), "the second knock of a double press answered for the patient"
    monkeypatch.setattr(session_hands, "DOUBLE_PRESS_S", 0.0)
    press(desk, Qt.Key.Key_1)
    assert desk.sitting.calls[-1] == ("resume", True)
    assert QApplication.focusWidget() is desk.find("session.shoot")


def test_finish_asks_only_while_views_are_open(desk: Desk) -> None:
    finished, ended = [], []
    desk.screen.finished.connect(finished.append)
    desk.screen.ended.connect(ended.append)
    press(desk, Qt.Key.Key_F)
    assert shown(desk, "finish.now")
    press(desk, Qt.Key.Key_Space)
    assert not shown(desk, "finish.now")
    assert desk.sitting.calls == []
    press(desk, Qt.Key.Key_F)
    press(desk, Qt.Key.Key_2)
    assert desk.sitting.calls == []
    press(desk, Qt.Key.Key_F)
    press(desk, Qt.Key.Key_1)
    assert desk.sitting.calls == ["finish"]
    assert (finished, ended) == ([SESSION], [MARSH])
    assert not desk.screen.running


def test_finish_at_once_when_all_is_done(desk: Desk) -> None:
    desk.sitting.show(done=ALL_DONE)
    click(desk, "session.finish")
    assert desk.sitting.calls == ["finish"]


def test_a_stop_from_elsewhere_beats_the_finish_question(desk: Desk) -> None:
    press(desk, Qt.Key.Key_F)
    press(desk, Qt.Key.Key_Escape)
    assert shown(desk, "stop.withdrawn")
    assert not shown(desk, "finish.now")


def test_series_is_asked_and_begun(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    state = consent(BodySite.MOUTH, BodySite.FACE)
    desk.screen.open_for(MARSH, state)
    assert shown(desk, "series.ortho-records")
    assert not shown(desk, "series.skin-lesion")
    assert not shown(desk, "session.shoot")
    press(desk, Qt.Key.Key_2)
    assert desk.surgery.begun == [(MARSH, SERIES["ortho-records"], state)]
    press(desk, Qt.Key.Key_2)
    assert len(desk.surgery.begun) == 1
    desk.bot.waitUntil(lambda: desk.screen.running)
    assert shown(desk, "session.shoot")


def test_one_fitting_series_is_not_asked_for(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    desk.screen.open_for(MARSH, consent(BodySite.SKIN))
    assert [begun[1].id for begun in desk.surgery.begun] == ["skin-lesion"]


def test_a_sitting_nobody_waits_for_is_closed(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    desk.screen.open_for(MARSH, consent(BodySite.SKIN))
    press(desk, Qt.Key.Key_Escape)
    late = desk.surgery.sittings[0]
    desk.bot.waitUntil(lambda: late.calls == ["stop", StopAnswer.FINISHED])
    assert not desk.screen.running


def test_esc_before_a_series_goes_back(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    ended = []
    desk.screen.ended.connect(ended.append)
    desk.screen.open_for(MARSH, consent(BodySite.MOUTH, BodySite.FACE))
    press(desk, Qt.Key.Key_Escape)
    assert ended == [MARSH]
    assert desk.surgery.begun == []


def test_a_sitting_that_does_not_begin_is_told(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.FINISHED)
    told, ended = [], []
    desk.screen.trouble.connect(told.append)
    desk.screen.ended.connect(ended.append)
    desk.surgery.refusal = CameraClaimed()
    desk.screen.open_for(MARSH, consent(BodySite.SKIN))
    desk.bot.waitUntil(lambda: bool(ended))
    assert [message.sentence for message in told] == ["Another program is holding the camera."]
    assert ended == [MARSH]


def test_all_blockers_are_listed(desk: Desk) -> None:
    blockers = (standing(Cause.CAMERA_CLAIMED), standing(Cause.ASK_TODAY), standing(Cause.VAULT_FULL))
    camera = CameraStatus(CameraState.CLAIMED, problem=CameraClaimed())
    desk.sitting.show(view_of(SessionState.TROUBLE, camera=camera, blockers=blockers, problem=CameraClaimed()))
    rows = desk.screen._parts.problem.rows
    assert [row.code for row in rows] == ["C12", "C3", "C14"]
    assert desk.find("session.shoot").text() == "Not yet"
    assert not desk.find("session.shoot").isEnabled()
    assert QApplication.focusWidget() is desk.find("session.finish")


def test_a_restarting_camera_is_said(desk: Desk) -> None:
    desk.sitting.show(view_of(SessionState.TROUBLE, camera=CameraStatus(CameraState.RESTARTING)))
    assert [row.sentence for row in desk.screen._parts.problem.rows] == ["The camera stopped answering"]


def test_a_shot_that_was_not_taken_is_said_without_leaving_the_live_view(desk: Desk) -> None:
    desk.sitting.show(problem=FocusFailed())
    assert desk.screen._parts.control.status.line is not None
    assert "focus" in desk.screen._parts.control.status.line.words
    assert desk.screen._parts.pages.currentWidget() is desk.screen._parts.stage


def test_a_stale_snapshot_never_wins(desk: Desk) -> None:
    old = desk.sitting.now
    desk.sitting.stop()
    desk.sitting.listener.changed(old)
    assert shown(desk, "stop.break")


def test_a_new_state_is_announced_once(desk: Desk) -> None:
    said: list[str] = []
    desk.screen.announcer.announced.connect(said.append)
    desk.sitting.show(shots=(shot(1, 0, ShotState.ENCRYPTING),))
    for _ in range(3):
        desk.sitting.show()
    desk.sitting.show(shots=SAFE)
    desk.sitting.show(shots=(shot(1, 0, ShotState.SAFE, quality=Quality.BLURRED),))
    desk.sitting.show(state=SessionState.PAUSED)
    desk.sitting.show()
    assert said == ["Securing shot 1", "Shot 1 is safe", "Safe, but blurred", "Paused"]


def test_the_sitting_is_driven_each_second(desk: Desk) -> None:
    assert desk.screen._clock.interval() == 1000
    assert desk.screen._clock.isActive()
    desk.screen._clock.timeout.emit()
    assert desk.sitting.ticks == 1
    desk.sitting.show(state=SessionState.FINISHED)
    assert not desk.screen._clock.isActive()


def test_leaving_the_screen_pauses(desk: Desk) -> None:
    desk.screen.leave()
    assert desk.sitting.calls == ["pause"]


def test_no_dialog_no_menu_no_popup(desk: Desk) -> None:
    for key in (Qt.Key.Key_N, Qt.Key.Key_Return, Qt.Key.Key_F, Qt.Key.Key_Escape):
        press(desk, key)
        assert QApplication.activePopupWidget() is None
        assert QApplication.activeModalWidget() is None
    assert not desk.screen.findChildren(QDialog)
    assert not desk.screen.findChildren(QMenu)


def test_tones_are_counted_beeps_without_a_player(desk: Desk) -> None:
    desk.sitting.listener.tone(Tone.KEPT)
    assert len(desk.beeps) == 1
    desk.sitting.listener.tone(Tone.REFUSED)
    desk.bot.waitUntil(lambda: len(desk.beeps) == 4)


def test_privacy_is_asked_of_the_shell(desk: Desk) -> None:
    asked = []
    desk.screen.privacy_wanted.connect(lambda: asked.append(1))
    click(desk, "session.privacy")
    assert asked == [1]


def test_note_by_button(open_desk: Callable[[SittingView | None], Desk]) -> None:
    desk = open_desk(view_of(note="before"))
    click(desk, "session.write")
    field = desk.find("session.note")
    desk.bot.keyClicks(field, "after")
    click(desk, "session.keep")
    assert desk.sitting.calls == [("note", "after")]


def test_the_focus_stays_with_what_lifts_a_blocker(desk: Desk) -> None:
    desk.sitting.show(state=SessionState.PAUSED)
    assert QApplication.focusWidget() is desk.find("session.resume")
    desk.sitting.show(view_of(SessionState.TROUBLE, blockers=(standing(Cause.CAMERA_ABSENT),)))
    assert QApplication.focusWidget() is desk.find("session.finish")
    desk.sitting.show(view_of(SessionState.PAUSED))
    assert QApplication.focusWidget() is desk.find("session.resume")
