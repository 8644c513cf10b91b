# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the engine's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.engine.bench import FaultyCalls, Practice, make_practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    """A training vault on the real operating system."""
    return make_practice(tmp_path / "practice")


@pytest.fixture
def faulty(tmp_path: Path) -> Practice:
    """A training vault on an operating system that fails on command."""
    return make_practice(tmp_path / "practice", calls=FaultyCalls())
