# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice of one, unlocked through the kit or a cheap password."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vault.engine.bench import Practice, make_practice


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    """A training vault on the real operating system."""
    return make_practice(tmp_path / "practice")
