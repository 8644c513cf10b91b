# SPDX-License-Identifier: GPL-3.0-or-later
"""The window as a whole: keys from anywhere, privacy, lock, idle, help, tasks, the practice's health."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.consent.rules import VaultFact
from clinicam.errors import CameraFault, TrainingOnly
from clinicam.ui import idle
from clinicam.ui.camera_words import camera_words
from clinicam.ui.idle import IdleWatch
from clinicam.ui.keys import KEYS
from clinicam.ui.kit import Button, Card, TextLabel
from clinicam.ui.rooms import short_name, vault_words
from clinicam.ui.suspend import SuspendWatch
from clinicam.vault.model import VerifyReport
from tests.ui.shell.conftest import Desk

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_keys_walk_everywhere(desk: Desk) -> None:
    rooms = desk.unlock()
    desk.press(Qt.Key.Key_N, CTRL | SHIFT)
    assert desk.window.current is rooms.add
    desk.press(Qt.Key.Key_F, CTRL)
    assert desk.window.current is rooms.patients
    assert desk.focus is rooms.patients.box.edit
    desk.press(Qt.Key.Key_Equal, CTRL)
    assert desk.theme.text_scale == 1.15
    desk.press(Qt.Key.Key_0, CTRL)
    assert desk.theme.text_scale == 1.0
    desk.press(Qt.Key.Key_F1)
    assert desk.window.help.isVisible()
    desk.press(Qt.Key.Key_Escape)
    assert not desk.window.help.isVisible()
    assert desk.focus is rooms.patients.box.edit


def test_no_key_repeats_and_all_are_made(desk: Desk) -> None:
    made = [shortcut for many in desk.window.keys.values() for shortcut in many]
    assert len(made) == sum(len(keys) for keys in KEYS.values())
    assert not any(one.autoRepeat() for one in made)
    assert all(one.context() == Qt.ShortcutContext.ApplicationShortcut for one in made)


def test_privacy_covers_all_and_takes_every_key(desk: Desk) -> None:
    rooms = desk.unlock()
    concealed: list[bool] = []
    rooms.patients.concealed.connect(concealed.append)
    QTest.keyClicks(desk.focus, "mar")
    desk.press(Qt.Key.Key_F12)
    cover = desk.window.cover
    assert cover.isVisible()
    assert cover.geometry() == desk.window.rect()
    assert desk.focus is cover
    for key in (Qt.Key.Key_S, Qt.Key.Key_Tab, Qt.Key.Key_Escape, Qt.Key.Key_Space):
        QTest.keyClick(cover, key)
    assert rooms.patients.box.edit.text() == "mar"
    desk.press(Qt.Key.Key_F, CTRL)
    desk.press(Qt.Key.Key_F1)
    assert not desk.window.help.isVisible()
    assert desk.focus is cover
    desk.press(Qt.Key.Key_Pause)
    assert not cover.isVisible()
    assert concealed == [True, False]


def test_the_cover_shows_nothing_of_a_patient(desk: Desk) -> None:
    desk.unlock()
    desk.press(Qt.Key.Key_F12)
    image = desk.window.cover.grab().toImage()
    inks = {image.pixelColor(x, y).name() for x in range(0, image.width(), 40) for y in range(0, 120, 40)}
    assert inks == {desk.theme.tokens.bg.lower()}


def test_lock_covers_first_and_then_relaunches_once(desk: Desk) -> None:
    rooms = desk.unlock()
    QTest.keyClicks(desk.focus, "mar")
    asked: list[bool] = []
    desk.window.lock_requested.connect(lambda: asked.append(desk.window.cover.isVisible()))
    desk.press(Qt.Key.Key_L, CTRL)
    desk.window.lock()
    desk.settle()
    assert asked == [True]
    assert desk.relaunched == [True]
    assert rooms.patients.box.edit.text() == ""
    desk.press(Qt.Key.Key_F12)
    assert desk.window.cover.isVisible()


def test_there_is_nothing_to_lock_while_locked(desk: Desk) -> None:
    desk.window.lock()
    desk.settle()
    assert not desk.relaunched


def test_idle_warns_and_locks(desk: Desk) -> None:
    desk.unlock()
    policy = desk.station.surgery.policy
    idle = desk.window.idle
    assert idle.limit_s == policy.idle_reception_s
    idle.judge(policy.idle_reception_s - 5)
    assert desk.window._warning.isVisible()
    assert "5 s" in desk.window._warning.accessibleName()
    idle.touch()
    assert not desk.window._warning.isVisible()
    idle.judge(policy.idle_reception_s)
    desk.settle()
    assert desk.relaunched == [True]


def test_somebody_with_a_patient_has_the_longer_limit(desk: Desk) -> None:
    rooms = desk.unlock()
    policy = desk.station.surgery.policy
    rooms.add_patient()
    assert desk.window.idle.limit_s == policy.idle_session_s
    assert rooms.idle_limit_s(rooms.session) == policy.idle_session_s + policy.idle_reception_s


def test_only_what_a_person_does_counts_as_life(qapp: QApplication) -> None:
    watch = IdleWatch()
    watch.set_limit(60)
    watch.start()
    before = watch._since.elapsed()
    button = QPushButton()
    QTest.keyClick(button, Qt.Key.Key_A)
    assert watch._since.elapsed() >= before
    watch.stop()
    button.deleteLater()


def test_a_sleeping_computer_locks(desk: Desk) -> None:
    desk.unlock()
    desk.window.suspend.sleeping(False)
    desk.settle()
    assert not desk.relaunched
    desk.window.suspend.sleeping(True)
    desk.settle()
    assert desk.relaunched == [True]


def test_without_a_bus_nothing_is_said(qapp: QApplication) -> None:
    watch = SuspendWatch()
    watch.start()
    watch.locked()
    assert isinstance(watch.heard_from, tuple)


def test_tasks_are_shown_and_closed(desk: Desk) -> None:
    desk.station.surgery.add_tasks()
    rooms = desk.unlock()
    rooms.go("todo")
    desk.settle()
    done = [one for one in rooms.todo.card.findChildren(Button) if one.text() == "Done"]
    assert len(done) == 3
    done[0].click()
    desk.settle()
    assert len(desk.station.surgery.tasks.pending()) == 2


def test_the_practice_is_checked_and_says_what_it_knows(desk: Desk) -> None:
    rooms = desk.unlock()
    rooms.go("practice")
    desk.settle()
    screen = rooms.practice.section("health")
    assert "not checked since unlocking" in screen.headline.text()
    assert screen._room[1].text() == "50 GB free"
    screen.check.click()
    desk.settle()
    assert screen.headline.text() == "The vault is whole and unchanged"
    assert screen.check.isEnabled()
    for images, headline in (
        (1, "The one picture is here and unchanged"),
        (4812, "All 4,812 pictures are here and unchanged"),
    ):
        screen._verified(VerifyReport(True, 3, 1, (), ()), images)
        assert screen.headline.text() == headline
    screen._verified(VerifyReport(False, 3, 1, ("object 4f: digest",), ()), 2)
    assert screen.headline.text() == "1 thing is not as it should be"
    assert "4f" not in screen.notice.accessibleName()
    rooms.go("patients")
    rooms.go("practice")
    desk.settle()
    assert screen.headline.text() == "1 thing is not as it should be"
    screen._verified(VerifyReport(False, 3, 1, ("a", "b"), ()), 2)
    assert screen.headline.text() == "2 things are not as they should be"


def test_vault_health_has_three_tiles(desk: Desk) -> None:
    rooms = desk.unlock()
    rooms.go("practice")
    desk.settle()
    screen = rooms.practice.section("health")
    tiles = [card for card in screen._tiles.findChildren(Card) if card.parentWidget() is screen._tiles]
    titles = [card.findChildren(TextLabel)[0].text() for card in tiles]
    assert titles == ["Rolling check", "Backup", "Room"]
    assert screen.headline.text() == "0 pictures, not checked since unlocking"
    assert screen.support.text().startswith("Of 6 patients, with ")


def test_a_check_can_be_left(desk: Desk) -> None:
    rooms = desk.unlock()
    rooms.go("practice")
    desk.settle()
    desk.station.thread.hold()
    rooms.practice.section("health").verify()
    assert rooms.practice.section("health").progress.isVisible()
    rooms.practice.section("health").progress.button.click()
    desk.station.thread.let_go()
    desk.settle()
    assert not rooms.practice.section("health").progress.isVisible()
    assert "not checked" in rooms.practice.section("health").headline.text()


def test_trouble_stays_until_it_is_closed(desk: Desk) -> None:
    desk.unlock()
    desk.window.show_unexpected("A1B2C3")
    assert "A1B2C3" in desk.window.notice.accessibleName()
    desk.window._close_notice.click()
    assert not desk.window.notice.isVisible()


def test_a_camera_that_cannot_start_is_said(desk: Desk) -> None:
    desk.station.fails_with = TrainingOnly("no")
    desk.window._start_camera()
    assert "Simulated and real" in desk.window.notice.accessibleName()


def test_states_have_words_for_all_members() -> None:
    for state in CameraState:
        words = camera_words(CameraStatus(state, "D7500", "1", "80%", problem=CameraFault("x")))
        assert words.state
        assert words.detail
    for fact in VaultFact:
        assert vault_words(fact)[1]


def test_short_names(desk: Desk) -> None:
    staff = {one.name: one for one in desk.station.surgery.staff.all()}
    assert short_name(staff["Jo Pryce"]) == "J. Pryce, dental nurse"
    assert short_name(staff["Dr Aylin Demir"]) == "Dr Aylin Demir, dentist"


class CountingTimer:
    """Stands for the elapsed timer: how often was it started anew?"""

    def __init__(self) -> None:
        self.restarts = 0

    def restart(self) -> None:
        self.restarts += 1


def test_keys_that_become_shortcuts_and_a_shorter_limit_start_the_clock_anew(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = IdleWatch()
    clock = CountingTimer()
    monkeypatch.setattr(watch, "_since", clock)
    assert QEvent.Type.ShortcutOverride in idle._SIGNS
    watch.set_limit(240)
    assert clock.restarts == 0
    watch.set_limit(60)
    assert clock.restarts == 1
