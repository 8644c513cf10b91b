# SPDX-License-Identifier: GPL-3.0-or-later
"""Other uses: after the pictures, one at a time, skippable, unset means no, one signature for every yes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.consent.status import ConsentState, PurposeStanding
from clinicam.permits import Purpose
from clinicam.ui.chart import ChartScreen
from clinicam.ui.kit import Button, RadioCard, TextLabel
from clinicam.ui.optional_purposes import OptionalPurposesWindow
from clinicam.ui.signature_pad import SignaturePad
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import BRENNAN, DAY, MARSH, NOW


@pytest.fixture
def chart(desk: Desk) -> ChartScreen:
    desk.surgery.agree(MARSH)
    made = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made)
    made.show_patient(MARSH)
    desk.settle()
    return made


def ask(desk: Desk, chart: ChartScreen) -> OptionalPurposesWindow:
    desk.click(chart, "chart.ask_optional")
    window = chart.asking.window
    assert window is not None
    window.showNormal()
    window.resize(1280, 720)
    ready(desk, window)
    return window


def ready(desk: Desk, window: OptionalPurposesWindow) -> None:
    """The page is laid out and all of it was seen."""

    def seen() -> bool:
        page = window.current_page()
        items = getattr(page, "items", None)
        return items is None or items.is_all_shown()

    desk.bot.waitUntil(seen)


def page(window: OptionalPurposesWindow) -> QWidget:
    found = window.current_page()
    assert found is not None
    return found


def answer(desk: Desk, window: OptionalPurposesWindow, how: str) -> None:
    ready(desk, window)
    if how == "skip":
        desk.click(page(window), "patient.skip")
    else:
        desk.click(page(window), f"patient.{how}")
        desk.click(page(window), "patient.done")


def state(desk: Desk) -> ConsentState:
    return desk.surgery.consents.current(MARSH.patient)[0]


def test_nothing_is_preset_and_yes_and_no_are_equals(desk: Desk, chart: ChartScreen) -> None:
    window = ask(desk, chart)
    yes, no = desk.find(page(window), "patient.yes", RadioCard), desk.find(page(window), "patient.no", RadioCard)
    assert (yes.size(), yes.y(), yes._role) == (no.size(), no.y(), no._role)
    assert not yes.isChecked()
    assert not no.isChecked()
    assert not desk.find(page(window), "patient.done", Button).isEnabled()
    window.close()


def test_one_at_a_time_and_one_signature_for_the_yeses(desk: Desk, chart: ChartScreen) -> None:
    window = ask(desk, chart)
    titles = []
    for how in ("yes", "skip", "no"):
        titles.append(page(window).findChildren(TextLabel)[0].text())
        answer(desk, window, how)
    assert len(set(titles)) == 3
    done = desk.find(page(window), "patient.done", Button)
    assert not done.isEnabled()
    desk.sign(desk.find(page(window), "patient.signature", SignaturePad))
    with desk.bot.waitSignal(chart.said):
        desk.click(page(window), "patient.done")
    desk.settle()
    found = state(desk)
    assert found.standing(Purpose.TEACHING, NOW) is PurposeStanding.GIVEN
    assert found.standing(Purpose.WEBSITE, NOW) is PurposeStanding.NOT_ASKED
    assert found.standing(Purpose.SOCIAL_MEDIA, NOW) is PurposeStanding.REFUSED


def test_only_noes_need_no_signature(desk: Desk, chart: ChartScreen) -> None:
    window = ask(desk, chart)
    for _ in range(3):
        answer(desk, window, "no")
    desk.bot.waitUntil(lambda: state(desk).standing(Purpose.WEBSITE, NOW) is PurposeStanding.REFUSED)
    desk.settle()


def test_skipping_all_records_nothing(desk: Desk, chart: ChartScreen) -> None:
    before = len(desk.surgery.vault.acts)
    window = ask(desk, chart)
    for _ in range(3):
        answer(desk, window, "skip")
    desk.settle()
    assert chart.asking.window is None
    assert len(desk.surgery.vault.acts) == before


@pytest.mark.parametrize("how", ["esc", "take back"])
def test_closing_leaves_everything_unset(desk: Desk, chart: ChartScreen, how: str) -> None:
    before = len(desk.surgery.vault.acts)
    window = ask(desk, chart)
    answer(desk, window, "yes")
    if how == "esc":
        QTest.keyClick(window, Qt.Key.Key_Escape)
    else:
        assert desk.find(chart, "chart.ask_optional", Button).text() == "Take the screen back"
        desk.click(chart, "chart.ask_optional")
    desk.settle()
    assert len(desk.surgery.vault.acts) == before
    assert state(desk).standing(Purpose.TEACHING, NOW) is PurposeStanding.NOT_ASKED
    assert desk.find(chart, "chart.new_session", Button).isEnabled()


def test_publication_is_asked_about_one_named_journal(desk: Desk, chart: ChartScreen) -> None:
    desk.find(chart, "chart.journal", QLineEdit).setText("Journal of Clinical Photography")
    window = ask(desk, chart)
    answer(desk, window, "skip")
    said = " ".join(label.text() for label in page(window).findChildren(TextLabel))
    assert "Journal of Clinical Photography" in said
    assert "2 of 4" in said
    window.close()


def test_nobody_is_asked_before_care_or_below_age(desk: Desk) -> None:
    desk.surgery.agree(BRENNAN)
    made = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made)
    made.show_patient(BRENNAN)
    desk.settle()
    assert not desk.find(made, "chart.ask_optional", Button).isVisible()
    desk.surgery.agree(MARSH, at_ms=NOW - DAY)
    made.show_patient(MARSH)
    desk.settle()
    assert not desk.find(made, "chart.ask_optional", Button).isVisible()
    made.ask_optional()
    assert made.asking.window is None


def test_the_shell_can_ask_after_a_session(desk: Desk, chart: ChartScreen) -> None:
    chart.refresh()
    chart.ask_optional()
    desk.bot.waitUntil(lambda: chart.asking.window is not None)
    window = chart.asking.window
    assert window is not None
    window.close()


def test_after_a_first_session_it_waits_for_what_was_recorded_meanwhile(desk: Desk) -> None:
    made = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made)
    made.show_patient(MARSH)
    desk.settle()
    desk.surgery.agree(MARSH)
    made.show_patient(MARSH)
    made.ask_optional()
    desk.bot.waitUntil(lambda: made.asking.window is not None)
    window = made.asking.window
    assert window is not None
    window.close()


def test_nothing_is_cut(desk: Desk, chart: ChartScreen) -> None:
    window = ask(desk, chart)
    desk.look_at(window)
    for how in ("yes", "yes", "yes"):
        answer(desk, window, how)
        desk.look_at(window)
    window.close()
