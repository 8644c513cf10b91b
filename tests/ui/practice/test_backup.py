# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups on the Vault health page: what it says, what its buttons do, how what is running is followed and stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from clinicam.errors import BackupRefused, Corrupt, Forked
from clinicam.identity import StaffId
from clinicam.practice.backups import DAY_MS
from clinicam.practice.policy import BackupPolicy
from clinicam.ui.backup_sheet import BackupSheet
from clinicam.ui.backup_words import Wanted, place_words, progress_words, size_words, tile_words, when
from clinicam.ui.bridge import Bridge
from clinicam.ui.messages import Message
from clinicam.ui.practice_health import HealthSection
from clinicam.ui.practice_screen import PracticeScreen
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.backup import BackupProgress, Stage
from clinicam.vault.restorereport import RestoreProgress, RestoreStage
from tests.ui.fake_backups import REPORT, RESTORED, FakeBackups
from tests.ui.fakes import JO, SAM, FakeSurgery
from tests.ui.look import faults, nameless


class Page:
    """The Practice screen at Vault health."""

    def __init__(self, qtbot: QtBot, theme: Theme, me: StaffId, set_up: Callable[[FakeBackups], None]) -> None:
        self.bot = qtbot
        self.surgery = FakeSurgery(me=me)
        self.backups = self.surgery.backups
        set_up(self.backups)
        self.bridge = Bridge(self.surgery.thread, self.surgery.pool)
        self.screen = PracticeScreen(self.surgery, self.bridge, theme)  # type: ignore[arg-type]
        qtbot.addWidget(self.screen)
        self.screen.resize(1192, 696)
        self.screen.show()
        section = self.screen.section(HealthSection.name)
        assert isinstance(section, HealthSection)
        self.part = section.backup
        self.said: list[str] = []
        self.troubles: list[Message] = []
        self.screen.said.connect(self.said.append)
        self.screen.trouble.connect(self.troubles.append)
        self.screen.show_section(HealthSection.name)
        self.screen.enter()
        self.settle()

    def settle(self) -> None:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QCoreApplication.processEvents()

    def remarks(self) -> list[str]:
        return [one.accessibleName() for one in self.part.remarks.notices if one.isVisible()]

    def press(self, name: str) -> None:
        (button,) = [one for one in self.part.remarks.buttons if one.objectName() == name and one.isVisible()]
        button.click()
        self.settle()

    def sheet(self) -> BackupSheet:
        (sheet,) = self.screen.findChildren(BackupSheet)
        return sheet

    def look(self) -> None:
        """What the timers would do."""
        self.part._watch()
        for one in self.screen.findChildren(BackupSheet):
            one._watch()
        self.settle()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Callable[..., Page]:
    def make(me: StaffId = SAM, set_up: Callable[[FakeBackups], None] = FakeBackups.set_up) -> Page:
        return Page(qtbot, theme, me, set_up)

    return make


def nothing(backups: FakeBackups) -> None:
    backups.known = replace(backups.known, policy=BackupPolicy(), made=None, failed=None, drill=None)


def test_all_is_well(page: Callable[..., Page]) -> None:
    one = page()
    assert one.remarks() == []
    assert one.part.remarks.isHidden()
    assert one.part.tile.small.text() == "to NAS-2, read back and compared"
    assert one.part.tile.detail.text() == "118 GB sealed, 31 files new"


def test_no_backup_is_a_red_mark(page: Callable[..., Page]) -> None:
    one = page(set_up=nothing)
    assert len(one.remarks()) == 1
    assert one.remarks()[0].startswith("There is no backup.")
    assert one.part.remarks.notices[0]._meaning == "stopped"
    assert one.part.tile.big.text() == "None"


def test_a_backup_on_this_computer_is_a_red_mark(page: Callable[..., Page]) -> None:
    one = page(set_up=lambda backups: backups.set_up(off=False))
    assert one.remarks()[0].startswith("There is no backup outside this computer.")
    assert one.part.remarks.notices[0]._meaning == "stopped"


def test_an_old_one_and_a_trial_that_is_due(page: Callable[..., Page]) -> None:
    one = page(set_up=lambda backups: backups.set_up(age_ms=5 * DAY_MS, drilled_days=41))
    first, second = one.remarks()
    assert first == "The backup is old. The last one was 5 days ago."
    assert second.startswith("A trial restore is due. The last one was 41 days ago; it should be done every 30 days.")


def test_nobody_has_tried_yet_and_none_was_made_yet(page: Callable[..., Page]) -> None:
    one = page(set_up=lambda backups: backups.set_up(drilled_days=None))
    assert one.remarks()[0].startswith("A trial restore is due. Nobody has tried yet")

    def named_only(backups: FakeBackups) -> None:
        backups.set_up()
        backups.known = replace(backups.known, made=None)

    two = page(set_up=named_only)
    assert two.remarks()[0] == "The backup is old. None was made yet."
    assert two.part.tile.big.text() == "None yet"


@pytest.mark.parametrize("reason", ["gone", "full", "denied", "busy", "corrupt"])
def test_a_failure_is_told_with_its_reason(page: Callable[..., Page], reason: str) -> None:
    def failed(backups: FakeBackups) -> None:
        backups.set_up()
        backups.fail_last(reason)

    one = page(set_up=failed)
    assert one.remarks()[0].startswith("The last backup was not completed.")
    assert one.remarks()[0].endswith("The one before it stands.")
    one.press("backup.start")
    assert one.backups.begun == [("backup", None)]
    one.backups.finish(REPORT)


def test_backing_up_is_followed_to_its_end(page: Callable[..., Page]) -> None:
    one = page()
    one.part.tile.button.click()
    one.backups.go_on()
    one.look()
    progress = one.part.remarks.progress
    assert progress.isVisible()
    assert not one.part.tile.button.isEnabled()
    one.backups.finish(REPORT)
    one.settle()
    one.look()
    assert progress.isHidden()
    assert one.said == ["The backup is complete, read back and compared."]
    assert one.part.tile.button.isEnabled()


def test_stopping(page: Callable[..., Page]) -> None:
    one = page()
    one.part.tile.button.click()
    one.backups.go_on()
    one.look()
    one.part.remarks.progress.button.click()
    one.settle()
    assert one.backups.was_cancelled
    assert one.troubles == [], "who stopped it knows"


def test_what_is_running_already_is_followed_too(page: Callable[..., Page]) -> None:
    def begun(backups: FakeBackups) -> None:
        backups.set_up()
        backups.start()
        backups.go_on()

    one = page(set_up=begun)
    one.look()
    assert one.part.remarks.progress.isVisible()
    one.part._do(one.part.tile._next)
    assert len(one.troubles) == 1, "busy"
    one.backups.finish(REPORT)
    one.look()
    assert one.part.remarks.progress.isHidden()


def test_a_trial_restore(page: Callable[..., Page]) -> None:
    one = page(set_up=lambda backups: backups.set_up(drilled_days=41))
    one.press("backup.drill")
    assert one.backups.begun == [("drill", None)]
    one.backups.progress = RestoreProgress(RestoreStage.CHECK, 5, 10)
    one.look()
    one.backups.finish(RESTORED)
    one.settle()
    assert one.said == ["The backup can be restored: 4,812 files opened, all unchanged."]


def test_a_trial_restore_that_finds_something(page: Callable[..., Page]) -> None:
    one = page(set_up=lambda backups: backups.set_up(drilled_days=41))
    one.press("backup.drill")
    one.backups.finish(replace(RESTORED, findings=("object 00: missing",)))
    one.settle()
    assert one.said == []
    assert one.troubles[0].sentence.startswith("1 things in the backup are missing or damaged.")


def test_naming_a_folder(page: Callable[..., Page]) -> None:
    one = page(set_up=nothing)
    one.press("backup.place")
    sheet = one.sheet()
    (edit,) = sheet.findChildren(QLineEdit, "backup.folder")
    QTest.keyClicks(edit, "nas")
    sheet.primary.click()
    assert "whole path" in sheet.folder.note.text()
    edit.clear()
    QTest.keyClicks(edit, "/mnt/stick")
    sheet.primary.click()
    one.settle()
    assert one.backups.begun == [("backup", Path("/mnt/stick"))]
    one.backups.fail(BackupRefused("removable"))
    one.settle()
    assert "can be taken out" in sheet.folder.note.text()
    edit.clear()
    QTest.keyClicks(edit, "/mnt/nas")
    sheet.primary.click()
    one.settle()
    one.look()
    assert sheet.isVisible(), "still looking at the folder"
    one.backups.go_on()
    one.look()
    assert one.screen.findChildren(BackupSheet) == []
    assert one.part.remarks.progress.isVisible()
    one.backups.finish(REPORT)
    one.settle()


def test_a_first_backup_that_is_quick_closes_the_sheet_too(page: Callable[..., Page]) -> None:
    one = page(set_up=nothing)
    one.press("backup.place")
    sheet = one.sheet()
    sheet.folder.set_text("/mnt/nas")
    sheet.primary.click()
    one.backups.set_up(drilled_days=1)
    one.backups.finish(REPORT)
    one.settle()
    one.settle()  # the page follows what the sheet began, then reads
    assert one.screen.findChildren(BackupSheet) == []
    assert one.remarks() == [], "read again at once, whether or not the page ever saw it run"
    assert one.said == ["The backup is complete, read back and compared."]


def test_a_first_backup_that_breaks_off_is_told_on_the_page(page: Callable[..., Page]) -> None:
    one = page(set_up=nothing)
    one.press("backup.place")
    sheet = one.sheet()
    sheet.folder.set_text("/mnt/nas")
    sheet.primary.click()
    one.backups.go_on()
    one.look()
    one.backups.fail(Corrupt("x"))
    one.settle()
    assert len(one.troubles) == 1
    assert one.part.remarks.progress.isHidden()


@pytest.mark.parametrize("problem", [Forked("x"), Corrupt("x")])
def test_other_trouble_stays_in_the_sheet(page: Callable[..., Page], problem: Exception) -> None:
    one = page(set_up=nothing)
    one.press("backup.place")
    sheet = one.sheet()
    sheet.folder.set_text("/mnt/nas")
    sheet.primary.click()
    one.backups.fail(problem)
    one.settle()
    assert sheet.notice.isVisible()
    sheet.dismiss()


def test_a_sheet_over_something_running(page: Callable[..., Page]) -> None:
    one = page(set_up=nothing)
    one.press("backup.place")
    sheet = one.sheet()
    sheet.folder.set_text("/mnt/nas")
    one.backups.drill()
    sheet.primary.click()
    assert sheet.notice.isVisible()
    one.backups.finish(RESTORED)
    one.settle()


def test_who_is_no_manager_reads_and_may_back_up(page: Callable[..., Page]) -> None:
    one = page(me=JO, set_up=nothing)
    assert len(one.remarks()) == 1
    assert not one.part.remarks.buttons[0].isVisible()
    assert not one.part.tile.button.isVisible()
    two = page(me=JO, set_up=lambda backups: backups.set_up(drilled_days=41))
    assert not two.part.remarks.buttons[1].isVisible()
    assert two.part.tile.button.isVisible()


@pytest.mark.parametrize(("wide", "high", "scale"), [(984, 632, 1.0), (1168, 568, 2.0), (1624, 992, 1.0)])
def test_it_fits(qtbot: QtBot, theme: Theme, wide: int, high: int, scale: float) -> None:
    """The section by itself, as wide as the screen leaves it."""
    surgery = FakeSurgery(me=SAM)
    surgery.backups.set_up(drilled_days=41)
    surgery.backups.fail_last("gone")
    surgery.backups.start()
    surgery.backups.go_on()
    theme.set_text_scale(scale)
    bridge = Bridge(surgery.thread, surgery.pool)
    stage = QWidget()
    qtbot.addWidget(stage)
    section = HealthSection(surgery, bridge, theme, stage)  # type: ignore[arg-type]
    asked: list[Sheet] = []
    section.sheet_wanted.connect(asked.append)
    stage.resize(wide, high)
    section.resize(wide, high)
    stage.show()
    section.enter()
    for _ in range(4):
        QCoreApplication.processEvents()
        section.backup._watch()
    assert not faults(stage)
    assert not nameless(section)
    section.backup._do(Wanted.PLACE)
    (sheet,) = asked
    sheet.open_over(stage)
    for _ in range(3):
        QCoreApplication.processEvents()
    assert not faults(sheet)
    assert not nameless(sheet)
    surgery.backups.finish(REPORT)
    section.leave()
    QCoreApplication.processEvents()


def test_words() -> None:
    assert [size_words(size) for size in (7, 7_000, 3_400_000, 118 * 10**9)] == [
        "7 bytes",
        "7.0 kB",
        "3.4 MB",
        "118 GB",
    ]
    assert place_words("/") == "/"
    assert when(0).endswith(when(0)[-5:])
    assert "," in when(1_000_000_000_000)
    stages = {one: progress_words(BackupProgress(one, 2000, 4000)) for one in Stage}
    assert stages[Stage.REREAD][1:] == (2, 4)
    assert stages[Stage.FINISH][1:] == (0, 0)
    assert progress_words(RestoreProgress(RestoreStage.COPY, 2000, 4000))[1:] == (2, 4)
    assert progress_words(None)[1:] == (0, 0)


def test_the_tile_says_when(page: Callable[..., Page]) -> None:
    one = page()
    state = one.backups.state()
    assert state.made is not None
    assert tile_words(state)[0] == when(state.made.at_ms)
