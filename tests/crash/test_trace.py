# SPDX-License-Identifier: GPL-3.0-or-later
"""Every folder that a power cut could leave of recorded work, laid out and opened.

Real file systems keep an order of their own and so hide mistakes; the model (`trace_model`) keeps none that is not asked
for. ``CLINICAM_TRACE`` says how many states of each piece of work are looked at (80 if unset; ``all``: every one).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.activities_people import ACTIVITIES
from tests.crash.scene import found_practice, sparing
from tests.crash.trace_bugs import MORE, SIX, Bug
from tests.crash.trace_check import look, record, record_creation
from tests.vault.engine.bench import Practice

MOST = int(os.environ.get("CLINICAM_TRACE", "80").replace("all", str(10**9)))
FOR_A_BUG = 400


@pytest.fixture(scope="module")
def base(memory: Path) -> Iterator[Practice]:
    with pytest.MonkeyPatch.context() as patch:
        sparing(patch.setattr)
        yield found_practice(memory / "base")


@pytest.mark.parametrize("name", ACTIVITIES)
def test_no_crash_loses_or_breaks_anything(base: Practice, memory: Path, name: str) -> None:
    outcome = look(*record(base, ACTIVITIES[name], memory), name, most=MOST)
    sys.stdout.write(f"{outcome.line()}\n")
    assert not outcome.wrong, "\n".join(outcome.wrong[:5])
    assert outcome.looked


def test_a_vault_is_made_whole_or_not_at_all(memory: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        sparing(patch.setattr)
        outcome = look(*record_creation(memory / "made"), "creation", most=MOST, top=memory / "made" / "p")
    sys.stdout.write(f"{outcome.line()}\n")
    assert not outcome.wrong, "\n".join(outcome.wrong[:5])


@pytest.mark.parametrize("bug", [*SIX, *MORE], ids=lambda bug: bug.name)
def test_wrong_order_is_noticed(base: Practice, memory: Path, bug: Bug) -> None:
    outcome = look(
        *record(base, ACTIVITIES[bug.activity], memory, bug.calls, bug.spoil), bug.name, most=FOR_A_BUG, stop_at=1
    )
    sys.stdout.write(f"{outcome.line()}\n")
    assert outcome.wrong
