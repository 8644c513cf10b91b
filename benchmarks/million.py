# SPDX-License-Identifier: GPL-3.0-or-later
"""A million rows: as ``rows``, but only measured when named, since filling takes minutes."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bed import Findings
from benchmarks.rows import measure_sizes


def measure(folder: Path) -> Findings:
    """One size."""
    return measure_sizes(folder, (1_000_000,))
