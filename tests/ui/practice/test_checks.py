# SPDX-License-Identifier: GPL-3.0-or-later
"""The rolling check's tile, one line a chain, and damage that a manager decides about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from clinicam.errors import DiskFull
from clinicam.identity import StaffId
from clinicam.practice.checks import ChainLine
from clinicam.ui.bridge import Bridge
from clinicam.ui.checks_words import chain_name, damage_words, moment_words, progress_words, rows_words, since_words
from clinicam.ui.damage_sheet import MOST_SHOWN, DamageSheet
from clinicam.ui.kit import Chip, TextLabel
from clinicam.ui.messages import Message
from clinicam.ui.practice_health import HealthSection
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.damage import Damage
from clinicam.vault.scrub import WEEK_MS, ScrubProgress
from tests.ui.fakes import JO, NOW_MS, SAM, FakeSurgery
from tests.ui.look import faults, nameless

HOUR_MS = 3_600_000


class Page:
    """The Vault health page over a practice of lists."""

    def __init__(self, qtbot: QtBot, theme: Theme, me: StaffId, size: tuple[int, int]) -> None:
        self.surgery = FakeSurgery(me=me)
        self.checks = self.surgery.checks
        self.bridge = Bridge(self.surgery.thread, self.surgery.pool)
        self.bot = qtbot
        self.screen = QWidget()
        qtbot.addWidget(self.screen)
        self.section = HealthSection(self.surgery, self.bridge, theme, self.screen)  # type: ignore[arg-type]
        self.part = self.section.checks
        self.said: list[str] = []
        self.troubles: list[Message] = []
        self.badges: list[int] = []
        self.sheet: Sheet | None = None
        self.section.said.connect(self.said.append)
        self.section.trouble.connect(self.troubles.append)
        self.section.badge.connect(self.badges.append)
        self.section.sheet_wanted.connect(self._open)
        self.screen.resize(*size)
        self.section.resize(*size)
        self.screen.show()
        qtbot.waitUntil(self.screen.isActiveWindow)
        self.enter()

    def enter(self) -> None:
        self.section.enter()
        self.settle()

    def _open(self, sheet: Sheet) -> None:
        self.sheet = sheet
        sheet.closed.connect(self._closed)
        sheet.open_over(self.screen)

    def _closed(self) -> None:
        self.sheet = None

    def settle(self) -> None:
        self.bot.waitUntil(lambda: not self.bridge.busy)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def lines(self) -> list[str]:
        return [label.text() for label in self.part.ledger.findChildren(TextLabel) if label.isVisible()]

    def is_bare(self) -> bool:
        return self.sheet is None

    def leave(self) -> None:
        self.section.leave()
        self.settle()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Callable[..., Page]:
    return lambda me=SAM, size=(984, 632): Page(qtbot, theme, me, size)


def test_the_page_as_it_was_drawn(page: Callable[..., Page]) -> None:
    one = page()
    assert one.part.tile.big.text() == "68 % this week"
    assert one.part.tile.small.text() == "3,272 of 4,812 files, nothing wrong"
    lines = one.lines()
    assert lines[:3] == ["Ledger, one chain for each workstation", "Checkpoint", "7K2M9 4QT00 00000 000AB"]
    assert lines[3].startswith("taken today ")
    assert lines[4:10] == ["This computer", "18,204 rows", "last row 2 min ago", "Computer b71c", "22,917 rows", "now"]
    assert len([chip for chip in one.part.ledger.findChildren(Chip) if chip.isVisible()]) == 3
    assert not one.part.notice.isVisible()
    assert nameless(one.screen) == []
    one.leave()


def test_lines_are_made_anew_only_when_something_changed(page: Callable[..., Page]) -> None:
    one = page()
    before = one.part.ledger._lines
    one.enter()
    assert one.part.ledger._lines is before
    one.checks.known = replace(one.checks.known, chains=one.checks.known.chains[:1], code="")
    one.enter()
    assert one.part.ledger._lines is not before
    assert "Checkpoint" not in one.lines()
    one.leave()


def test_a_manager_decides_about_damage(page: Callable[..., Page]) -> None:
    one = page()
    one.checks.harm(*(f"object {n:032x}: missing" for n in range(MOST_SHOWN + 3)))
    one.enter()
    assert one.part.notice.isVisible()
    assert one.badges[-1] >= 1
    assert one.part.tile.small.text() == "3,272 of 4,812 files, 15 things wrong"
    one.part.button.click()
    assert isinstance(one.sheet, DamageSheet)
    shown = [label.text() for label in one.sheet.findChildren(TextLabel)]
    assert any("rolling check" in text for text in shown)
    assert any("and 3 more" in text for text in shown)
    one.sheet.primary.click()
    one.settle()
    assert one.checks.decided == []
    (edit,) = one.sheet.findChildren(QLineEdit, "damage.words")
    QTest.keyClicks(edit, "Restored from the NAS")
    for trouble in (DiskFull("ledger"), None):
        one.checks.fails_with = trouble
        one.sheet.primary.click()
        one.settle()
    assert one.checks.decided == ["Restored from the NAS"]
    assert one.said == ["Pictures can be taken again."]
    assert not one.part.notice.isVisible()
    assert one.is_bare()
    one.part.button.click()
    assert one.is_bare()
    one.leave()


def test_who_is_no_manager_sees_it_but_does_not_decide(page: Callable[..., Page]) -> None:
    one = page(me=JO)
    one.checks.harm("object x")
    one.enter()
    assert one.part.notice.isVisible()
    assert not one.part.button.isVisible()
    one.leave()


def test_a_vault_that_does_not_answer_is_asked_no_more(page: Callable[..., Page]) -> None:
    one = page()
    one.checks.fails_with = DiskFull("ledger")
    one.enter()
    assert len(one.troubles) == 1
    assert not one.part._look.isActive()
    one.leave()


@pytest.mark.parametrize(
    ("size", "scale", "dark"), [((984, 632), 1.0, False), ((1624, 992), 1.0, True), ((984, 632), 2.0, False)]
)
def test_nothing_is_cut(
    page: Callable[..., Page], theme: Theme, size: tuple[int, int], scale: float, dark: bool
) -> None:
    theme.set_text_scale(scale)
    theme.set_dark(dark)
    one = page(size=size)
    one.checks.harm("object x: missing")
    one.enter()
    one.settle()
    assert faults(one.screen) == []
    assert nameless(one.screen) == []
    one.leave()


def test_words() -> None:
    never = ScrubProgress(0, 0, 0, 0, 0, 0, 0, WEEK_MS)
    assert never.percent == 0
    assert progress_words(never, NOW_MS)[0] == "Not begun"
    through = ScrubProgress(NOW_MS - HOUR_MS, 9, 9, 1, NOW_MS, 9, 1, WEEK_MS)
    big, small = progress_words(through, NOW_MS)
    assert big.startswith("All, today ")
    assert small == "9 files, 1 thing wrong"
    empty = ScrubProgress(NOW_MS - HOUR_MS, 0, 0, 0, NOW_MS, 0, 0, WEEK_MS)
    assert progress_words(empty, NOW_MS) == ("Nothing to check", "There are no pictures yet.")
    odd = ScrubProgress(NOW_MS, 1, 4, 0, 0, 0, 0, WEEK_MS * 2)
    assert progress_words(odd, NOW_MS)[0] == "25 % of this round"
    assert since_words(NOW_MS + 1, NOW_MS).startswith("last row ")
    assert "today" not in moment_words(NOW_MS - 48 * HOUR_MS, NOW_MS)
    assert rows_words(1) == "1 row"
    assert chain_name(ChainLine("ab12", False, False, 1, 0, True)) == "Computer ab12"
    assert "while reading" in damage_words(Damage("object", "read", NOW_MS), NOW_MS)
    assert "full check" in damage_words(Damage("object", "verify", NOW_MS), NOW_MS)


def test_the_newest_proof_heads_the_page(page: Callable[..., Page]) -> None:
    one = page()
    through = ScrubProgress(NOW_MS - HOUR_MS, 33, 33, 0, NOW_MS, 33, 0, WEEK_MS)
    one.checks.known = replace(one.checks.known, progress=replace(through, found=1))
    one.enter()
    assert "not checked since unlocking" in one.section.headline.text()
    one.checks.known = replace(one.checks.known, progress=through)
    one.enter()
    assert one.section.headline.text().startswith("Checked ")
    assert "33 files" in one.section.support.text()
    one.enter()
    assert one.section.headline.text().startswith("Checked ")
