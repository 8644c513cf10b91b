# SPDX-License-Identifier: GPL-3.0-or-later
"""A nurse sees the earlier visits of today's patients; of others only once a reason was given, which is recorded first."""

from __future__ import annotations

import pytest

from clinicam.errors import DiskFull
from clinicam.practice.access import Earlier, Reason
from clinicam.ui.chart import ChartScreen
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import DAY, MARSH, NOW


@pytest.fixture
def chart(desk: Desk) -> ChartScreen:
    for back in (316, 191):
        desk.surgery.visit(MARSH, NOW - back * DAY, "ortho-records", ("EV15", "IV07"))
    desk.surgery.access.standing = Earlier.CLOSED
    screen = ChartScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(screen)
    return screen


@pytest.mark.parametrize("reason", list(Reason))
def test_earlier_visits_open_for_a_reason(desk: Desk, chart: ChartScreen, reason: Reason) -> None:
    chart.show_patient(MARSH)
    desk.bot.waitUntil(chart.closed.isVisible)
    desk.settle()
    assert chart.visit.pictures.entries == ()
    assert chart.timeline.visits.visits == ()
    assert desk.surgery.access.given == []
    desk.look_at(chart)
    desk.click(chart, f"chart.open_{reason.value}")
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 2)
    desk.settle()
    assert desk.surgery.access.given == [reason]
    assert not chart.closed.isVisible()
    assert len(chart.timeline.visits.visits) == 2


def test_whoever_was_confirmed_at_the_desk_is_here(desk: Desk, chart: ChartScreen) -> None:
    chart.show_patient(MARSH, desk.surgery.identity())
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 2)
    desk.settle()
    assert desk.surgery.access.given == [Reason.HERE]
    assert not chart.closed.isVisible()


def test_a_reason_that_cannot_be_recorded_opens_nothing(desk: Desk, chart: ChartScreen) -> None:
    chart.show_patient(MARSH)
    desk.bot.waitUntil(chart.closed.isVisible)
    desk.settle()
    desk.surgery.access.fails_with = DiskFull("no")
    desk.click(chart, "chart.open_urgent")
    desk.settle()
    assert len(desk.trouble) == 1
    assert chart.closed.isVisible()
    assert chart.visit.pictures.entries == ()


def test_a_first_visit_has_nothing_to_keep_back(desk: Desk, chart: ChartScreen) -> None:
    desk.surgery.access.standing = Earlier.FREE
    chart.show_patient(MARSH)
    desk.bot.waitUntil(lambda: len(chart.visit.pictures.entries) == 2)
    desk.settle()
    assert not chart.closed.isVisible()
