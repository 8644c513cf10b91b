# SPDX-License-Identifier: GPL-3.0-or-later
"""Days on the practice's calendar, and this machine's clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clinicam.consent.clock import SystemClock, day_of
from tests.consent.build import DAY, DAY_MS, NOW

LONDON = ZoneInfo("Europe/London")
HOUR = 3_600_000


def at(year: int, month: int, day: int, hour: int, zone: ZoneInfo = LONDON) -> int:
    return int(datetime(year, month, day, hour, tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 29, 23), (10, 25, 25), (11, 21, 24)])
def test_a_day_is_as_long_as_the_calendar_says(month: int, day: int, hours: int) -> None:
    found = day_of(at(2026, month, day, 12), LONDON)
    assert found.date == date(2026, month, day)
    assert found.end_ms - found.start_ms == hours * HOUR


def test_a_day_has_its_midnight_and_not_the_next() -> None:
    assert DAY.has(NOW)
    assert DAY.has(DAY.start_ms)
    assert not DAY.has(DAY.end_ms)
    assert not DAY.has(DAY.start_ms - 1)
    assert not DAY.has(None)


def test_the_machines_own_zone() -> None:
    found = day_of(NOW)
    assert found.has(NOW)
    assert DAY_MS - HOUR <= found.end_ms - found.start_ms <= DAY_MS + HOUR


def test_the_machines_clocks_run() -> None:
    clock = SystemClock()
    first, second = clock.boottime_ms(), clock.boottime_ms()
    assert second >= first > 0
    assert abs(clock.wall_ms() - datetime.now(UTC).timestamp() * 1000) < 60_000
