# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that move when told."""

from __future__ import annotations

from tests.consent.build import NOW


class FakeClock:
    """`run` moves both clocks, as time does; `set_wall` moves only the one that people can set."""

    def __init__(self) -> None:
        self.wall = NOW
        self.boot = 5_000_000

    def wall_ms(self) -> int:
        return self.wall

    def boottime_ms(self) -> int:
        return self.boot

    def run(self, ms: int) -> None:
        self.wall += ms
        self.boot += ms

    def set_wall(self, by_ms: int) -> None:
        self.wall += by_ms
