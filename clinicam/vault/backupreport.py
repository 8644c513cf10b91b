# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backup says while it runs and when it is complete, and what it asks of the vault thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

T = TypeVar("T")


class OnVault(Protocol):
    """Runs a short call on the vault thread and gives back what it gives or raises."""

    def __call__(self, call: Callable[[], T], /) -> T: ...


class Stage(Enum):
    """What a backup is doing."""

    LEDGER = "ledger"
    """rows"""
    REREAD = "reread"
    """today's part of what is there already"""
    OBJECTS = "objects"
    """pictures that are new"""
    FINISH = "finish"
    """keys, manifest, and what has become too old"""


@dataclass(frozen=True, slots=True)
class BackupProgress:
    """`done` of `of`: bytes when re-reading, else pictures."""

    stage: Stage
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that is complete. Bytes are of sealed files; `size` is all of it, `copied_bytes` what was new.

    `alarms` are to be looked at by a manager: what was missing or damaged, here or there.
    """

    number: int
    made_ms: int
    objects: int
    size: int
    copied: int
    copied_bytes: int
    reread_bytes: int
    pruned: int
    is_off_machine: bool
    alarms: tuple[str, ...]
