# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore, or a trial of one, says while it runs and when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RestoreStage(Enum):
    """What a restore is doing."""

    COPY = "copy"
    """bytes out of the backup"""
    CHECK = "check"
    """every row and every picture"""


@dataclass(frozen=True, slots=True)
class RestoreProgress:
    """`done` of `of`: bytes when copying, rows and pictures when checking."""

    stage: RestoreStage
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What came out of a backup. `findings` make it not ok: what the backup lacked or held damaged.

    `erased` counts the erasures that were carried out again; `rows_missing` those rows that this workstation had seen and that
    are not in the backup.
    """

    number: int
    made_ms: int
    rows: int
    objects: int
    erased: int
    rows_missing: int
    findings: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything the backup names is there and unchanged."""
        return not self.findings
