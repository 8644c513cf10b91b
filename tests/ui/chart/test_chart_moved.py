# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart says that pictures came from another patient or went to one, and never names the other."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from clinicam.practice.access import Earlier
from clinicam.ui.chart import ChartScreen
from clinicam.ui.kit import TextLabel
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import DAY, LINDQVIST, MARSH, NOW

CAME = "2 pictures were moved here from another patient, last 20-Nov-2026."
WENT = "1 picture was moved from here to another patient, 19-Nov-2026."


@pytest.fixture
def chart(desk: Desk) -> ChartScreen:
    screen = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(screen)
    return screen


def show(desk: Desk, chart: ChartScreen) -> TextLabel:
    chart.show_patient(MARSH)
    desk.settle()
    return desk.find(chart, "chart.moved", TextLabel)


def test_nothing_is_said_where_nothing_was_moved(desk: Desk, chart: ChartScreen) -> None:
    desk.surgery.records.moved(LINDQVIST.patient, MARSH.patient, NOW, 1, is_arrival=True)
    assert not show(desk, chart).isVisible()


def test_what_came_and_what_went_is_said_without_a_name(desk: Desk, chart: ChartScreen) -> None:
    desk.surgery.visit(MARSH, NOW - 3 * DAY, "ortho-records", ("EV15", "IV07"))
    records = desk.surgery.records
    records.moved(MARSH.patient, LINDQVIST.patient, NOW - DAY, 1, is_arrival=True)
    records.moved(MARSH.patient, LINDQVIST.patient, NOW - 2 * DAY, 1, is_arrival=False)
    records.moved(MARSH.patient, LINDQVIST.patient, NOW - 5 * DAY, 1, is_arrival=True)
    label = show(desk, chart)
    assert label.isVisible()
    assert label.text() == f"{CAME} {WENT}"
    assert not any(LINDQVIST.family in one.text() for one in chart.findChildren(QLabel))
    for width, height, scale in ((1192, 696, 1.0), (1832, 1056, 1.0), (1192, 696, 2.0)):
        desk.theme.set_text_scale(scale)
        chart.resize(width, height)
        desk.look_at(chart)
    # Another patient's chart does not keep it for a moment.
    chart.show_patient(LINDQVIST)
    assert not label.isVisible()
    desk.settle()
    assert not label.isVisible()


@pytest.mark.parametrize(
    ("frames", "is_arrival", "said"),
    [
        (1, True, "1 picture was moved here from another patient, 21-Nov-2026."),
        (3, False, "3 pictures were moved from here to another patient, last 21-Nov-2026."),
    ],
)
def test_one_way_alone(desk: Desk, chart: ChartScreen, frames: int, is_arrival: bool, said: str) -> None:
    desk.surgery.records.moved(MARSH.patient, LINDQVIST.patient, NOW, frames, is_arrival=is_arrival)
    assert show(desk, chart).text() == said


def test_earlier_visits_that_are_closed_hide_it_too(desk: Desk, chart: ChartScreen) -> None:
    desk.surgery.records.moved(MARSH.patient, LINDQVIST.patient, NOW, 1, is_arrival=True)
    desk.surgery.access.standing = Earlier.CLOSED
    assert not show(desk, chart).isVisible()
