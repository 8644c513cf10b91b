# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart: what it shows, where its buttons lead, that nothing is cut at any size."""

from __future__ import annotations

import re

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.consent.status import ConsentStatus
from clinicam.errors import Corrupt
from clinicam.identity import ImageId, SessionId, new_id
from clinicam.practice.sessions import HowClosed
from clinicam.ui.chart import ChartScreen
from clinicam.ui.kit import Button, TextLabel
from clinicam.vault.model import ImageEntry
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import BRENNAN, DAY, LINDQVIST, MARSH, NOW, entry, jpeg
from tests.ui.conftest import Strays

NINE = ("EV15", "EV19", "EV12", "EV03", "IV07", "IV03", "IV20", "IV25", "IV27")


@pytest.fixture
def visits(desk: Desk) -> tuple[SessionId, SessionId]:
    """Two visits and a yes that is not from today."""
    first = desk.surgery.visit(MARSH, NOW - 316 * DAY, "ortho-records", ("EV15", "IV07"))
    second = desk.surgery.visit(MARSH, NOW - 191 * DAY, "ortho-records", NINE)
    desk.surgery.agree(MARSH, at_ms=NOW - 191 * DAY, conditions="Not my tattoo, please.")
    return first, second


@pytest.fixture
def chart(desk: Desk) -> ChartScreen:
    screen = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(screen)
    return screen


def words(host: QWidget) -> str:
    return " | ".join(label.text() for label in host.findChildren(TextLabel) if label.isVisible())


def open_chart(desk: Desk, chart: ChartScreen) -> None:
    chart.show_patient(MARSH)
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 9)
    desk.settle()


def test_the_newest_visit_with_pictures_is_open(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    rows = chart.timeline.visits.visits
    assert [row.day for row in rows] == ["14-May-2026", "09-Jan-2026"]
    assert chart.timeline.currentIndex().row() == 0
    said = words(chart)
    assert "11 pictures" in said
    assert "Ortho records" in said
    assert re.search(r"14-May-2026 \d\d:\d\d, 9 pictures", said)
    assert "What \u2068Eleanor\u2069 agreed to" in said
    assert "Signed 14-May-2026. Discussion: Dr Aylin Demir." in said
    assert "“Not my tattoo, please.”" in said
    assert "not asked means no" in said


def test_arrows_walk_the_visits(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    chart.timeline.setFocus()
    QTest.keyClick(chart.timeline, Qt.Key.Key_Down)
    assert len(chart.visit.pictures.entries) == 2


def test_a_repeat_visit_leads_to_the_consent_first(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    with desk.bot.waitSignal(chart.consent_wanted) as asked:
        desk.click(chart, "chart.new_session")
    assert asked.args == [MARSH, None]


def test_a_yes_of_today_leads_to_the_session(desk: Desk, chart: ChartScreen, visits: object) -> None:
    state = desk.surgery.agree(MARSH)
    identity = desk.surgery.identity()
    chart.show_patient(MARSH, identity)
    desk.settle()
    with desk.bot.waitSignal(chart.session_wanted) as wanted, desk.bot.assertNotEmitted(chart.consent_wanted):
        chart.want_session()
    assert wanted.args[0] == MARSH
    assert wanted.args[1].consent == state.consent
    assert wanted.args[2] == identity


def test_a_hasty_press_waits_for_the_chart(desk: Desk, chart: ChartScreen, visits: object) -> None:
    with desk.bot.waitSignal(chart.consent_wanted):
        chart.show_patient(MARSH)
        chart.want_session()


def test_the_answer_for_another_patient_is_not_shown(desk: Desk, chart: ChartScreen, visits: object) -> None:
    chart.show_patient(MARSH)
    chart.show_patient(LINDQVIST)
    desk.settle()
    assert chart.visit.pictures.entries == ()
    assert "Nothing asked yet" in words(chart)
    assert "Not my tattoo" not in words(chart)


def test_without_pictures_there_is_one_button(desk: Desk, chart: ChartScreen) -> None:
    chart.show_patient(LINDQVIST)
    desk.settle()
    assert "No pictures here yet." in words(chart)
    assert not desk.find(chart, "chart.view", Button).isEnabled()
    assert not desk.find(chart, "chart.compare", Button).isEnabled()
    button = next(b for b in chart.visit.findChildren(Button) if b.text() == "New session")
    with desk.bot.waitSignal(chart.consent_wanted):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_looking_and_comparing(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    gallery = chart.visit.gallery
    gallery.setCurrentIndex(chart.visit.pictures.index(4))
    with desk.bot.waitSignal(chart.viewer_wanted) as wanted:
        desk.click(chart, "chart.view")
    patient, entries, index = wanted.args
    assert (patient, index, len(entries)) == (MARSH, 4, 9)
    with desk.bot.waitSignal(chart.compare_wanted) as compared:
        desk.click(chart, "chart.compare")
    first, second = compared.args[1:]
    assert isinstance(first, ImageEntry)
    assert first.view == second.view == "IV07"
    assert first.captured_ms < second.captured_ms
    gallery.mark([0, 8])
    with desk.bot.waitSignal(chart.compare_wanted) as compared:
        desk.click(chart, "chart.compare")
    assert [one.view for one in compared.args[1:]] == ["EV15", "IV27"]


def test_a_late_preview_takes_no_choice_away(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    pane, before = chart.visit, chart.visit.pictures.entries
    pane.gallery.mark([1, 3])
    later = tuple(msgspec.structs.replace(one, thumbnail=ImageId(new_id())) for one in before)
    pane.show_visit("", "", later, {}, may_compare=True)
    assert pane.pictures.entries == later
    assert pane.current() == later[3]
    assert pane.marked() == [later[1], later[3]]
    assert pane.view.isEnabled()
    pane.show_visit("", "", later[3:], {}, may_compare=True)
    assert pane.marked() == [later[3]]
    pane.show_visit("", "", later[4:], {}, may_compare=True)
    assert pane.marked() == []
    assert not pane.view.isEnabled()


def test_the_form_is_shown_word_for_word(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    (state,) = desk.surgery.consents.current(MARSH.patient)
    assert state.asked is not None
    desk.click(chart, "chart.show_form")
    shown = {label.text() for label in chart.consents.findChildren(TextLabel) if not label.isHidden()}
    assert {text for text in state.asked.form.texts if text} <= shown


def test_withdrawal_asks_once_and_is_recorded(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    desk.click(chart, "chart.withdraw")
    no = desk.find(chart, "chart.withdraw_no", Button)
    assert no.hasFocus()
    QTest.keyClick(no, Qt.Key.Key_Return)
    desk.settle()
    (state,) = desk.surgery.consents.current(MARSH.patient)
    assert state.status is ConsentStatus.ACTIVE
    desk.click(chart, "chart.withdraw")
    with desk.bot.waitSignal(chart.said):
        desk.click(chart, "chart.withdraw_yes")
    desk.settle()
    (state,) = desk.surgery.consents.current(MARSH.patient)
    assert state.status is ConsentStatus.WITHDRAWN
    desk.bot.waitUntil(lambda: "taken back" in words(chart))
    assert not desk.find(chart, "chart.withdraw", Button).isVisible()


def test_nothing_found_is_recorded_once_somebody_said_where_they_looked(desk: Desk, chart: ChartScreen) -> None:
    desk.surgery.vault.put_image(entry(LINDQVIST, None, NOW - 900 * DAY, "IV07"), jpeg("IV07", (90, 60)))
    chart.show_patient(LINDQVIST)
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 1)
    desk.settle()
    button = desk.find(chart, "chart.nothing_found", Button)
    assert button.isVisible()
    assert not button.isEnabled()
    desk.look_at(chart)
    desk.find(chart, "chart.looked_in", QLineEdit).setText("paper archive, old system")
    with desk.bot.waitSignal(chart.said):
        desk.click(chart, "chart.nothing_found")
    desk.settle()
    (state,) = desk.surgery.consents.current(LINDQVIST.patient)
    assert state.status is ConsentStatus.VIEWING_ONLY
    assert not button.isVisible()
    with desk.bot.waitSignal(chart.consent_wanted):
        chart.want_session()


def test_a_full_disk_is_said_and_nothing_is_pretended(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    desk.surgery.vault.full = True
    desk.click(chart, "chart.withdraw")
    desk.click(chart, "chart.withdraw_yes")
    desk.bot.waitUntil(lambda: bool(desk.trouble))
    desk.settle()
    (state,) = desk.surgery.consents.current(MARSH.patient)
    assert state.status is ConsentStatus.ACTIVE


def test_a_chart_that_cannot_be_read_says_so_and_is_read_again(desk: Desk, chart: ChartScreen, visits: object) -> None:
    desk.surgery.vault.unlisted = Corrupt("index")
    chart.show_patient(MARSH)
    desk.bot.waitUntil(lambda: bool(desk.trouble))
    desk.surgery.vault.unlisted = None
    chart.enter()
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 9)
    desk.settle()


def test_leaving_drops_every_decoded_pixel(desk: Desk, chart: ChartScreen, visits: object) -> None:
    open_chart(desk, chart)
    desk.bot.waitUntil(lambda: chart.visit.thumbnails.held >= 9)
    chart.leave()
    assert chart.visit.thumbnails.held == 0


def test_pictures_without_a_session_are_shown_last(desk: Desk, chart: ChartScreen, visits: object) -> None:
    desk.surgery.vault.put_image(entry(MARSH, None, NOW - 900 * DAY, "IV07"), jpeg("IV07", (90, 60)))
    open_chart(desk, chart)
    assert chart.timeline.visits.visits[-1].title == "Older pictures"


@pytest.mark.parametrize(
    ("width", "height", "text", "dark"),
    [(1192, 696, 1.0, False), (1192, 696, 1.0, True), (1832, 1056, 1.0, False), (1104, 672, 2.0, False)],
)
def test_nothing_is_cut_or_overlaps(
    desk: Desk, visits: object, strays: Strays, width: int, height: int, text: float, dark: bool
) -> None:
    desk.theme.set_dark(dark)
    desk.theme.set_text_scale(text)
    chart = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    strays.wanted.add(chart)
    desk.open(chart, width, height)
    open_chart(desk, chart)
    desk.look_at(chart)


def test_five_thousand_pictures_read_nine(desk: Desk, chart: ChartScreen) -> None:
    session = desk.surgery.visit(BRENNAN, NOW - DAY, "dental-quick", ())
    data = jpeg("IV07", (90, 60))
    for number in range(5000):
        desk.surgery.vault.put_image(entry(BRENNAN, session, NOW - DAY + number, "IV07"), data)
    chart.show_patient(BRENNAN)
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 5000)
    desk.bot.waitUntil(lambda: chart.visit.thumbnails.held >= 9)
    desk.settle()
    assert len(desk.surgery.vault.reads) < 40
    assert desk.surgery.vault.viewed == []


def test_pictures_of_a_withdrawn_session_are_locked(desk: Desk, chart: ChartScreen) -> None:
    session = desk.surgery.visit(BRENNAN, NOW - DAY, "dental-quick", ("IV07", "IV25"))
    desk.surgery.sessions.closed(BRENNAN.patient, session, HowClosed.WITHDRAWN, now_ms=NOW - DAY)
    chart.show_patient(BRENNAN)
    desk.bot.waitUntil(lambda: bool(chart.timeline.visits.visits))
    desk.settle()
    visit = next(one for one in chart.timeline.visits.visits if one.session == session)
    assert visit.pictures == 0
    assert "2 pictures locked" in visit.heading
    assert chart.visit.pictures.entries == ()
    assert desk.surgery.vault.reads == []
