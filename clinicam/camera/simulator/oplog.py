# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of every operation a host sent, so that a test can say that before the permit there was none."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

KEPT = 50_000
"""Operations remembered; older ones are counted only."""


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """One operation. `at_ns` is CLOCK_MONOTONIC, which all processes of a machine share."""

    sequence: int
    at_ns: int
    code: int
    name: str
    params: tuple[int, ...]
    answer: int
    sent: int
    """bytes of the data phase to the host"""


class OperationLog:
    """The newest `KEPT` operations, numbered from 1. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[LoggedOperation] = deque(maxlen=KEPT)
        self._count = 0

    def arrived(self) -> int:
        """The moment an operation arrived, to hand to `add`."""
        return time.monotonic_ns()

    def add(self, at_ns: int, code: int, name: str, params: tuple[int, ...], answer: int, sent: int) -> None:
        """Remember one operation."""
        with self._lock:
            self._count += 1
            self._kept.append(LoggedOperation(self._count, at_ns, code, name, params, answer, sent))

    def since(self, sequence: int = 0) -> tuple[LoggedOperation, ...]:
        """The remembered operations numbered above `sequence`, oldest first."""
        with self._lock:
            return tuple(one for one in self._kept if one.sequence > sequence)

    @property
    def count(self) -> int:
        """How many operations there have been."""
        with self._lock:
            return self._count
