# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a vault's soundness, as a test sets it."""

from __future__ import annotations

from dataclasses import replace

from clinicam.errors import CliniCamError
from clinicam.practice.checks import ChainLine, CheckState
from clinicam.vault.damage import Damage
from clinicam.vault.scrub import WEEK_MS, ScrubProgress

HOUR_MS = 3_600_000


class FakeChecks:
    """Same calls as `practice.checks.Checks`; begins as the picture of the page shows it."""

    def __init__(self, now_ms: int) -> None:
        progress = ScrubProgress(now_ms - 90 * HOUR_MS, 3272, 4812, 0, 0, 0, 0, WEEK_MS)
        chains = (
            ChainLine("3f9a", True, False, 18_204, now_ms - 2 * 60_000, True),
            ChainLine("b71c", False, False, 22_917, now_ms - 10_000, True),
            ChainLine("e2d0", False, False, 6_031, now_ms - 16 * HOUR_MS, True),
        )
        self.known = CheckState(now_ms, progress, chains, "7K2M94QT0000000000AB", (), now_ms)
        self.decided: list[str] = []
        self.fails_with: CliniCamError | None = None

    def state(self) -> CheckState:
        if self.fails_with is not None:
            raise self.fails_with
        return self.known

    def decide(self, words: str) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.decided.append(words)
        self.known = replace(self.known, damages=())

    def harm(self, *findings: str) -> None:
        """Something was found."""
        now = self.known.now_ms
        found = tuple(Damage(one, "scrub", now - HOUR_MS) for one in findings)
        progress = replace(self.known.progress, found=len(findings))
        chains = (replace(self.known.chains[0], is_whole=False), *self.known.chains[1:])
        self.known = replace(self.known, damages=found, progress=progress, chains=chains)
