# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the main thread of the camera process still lives. libgphoto2's calls cannot be cancelled, only ended."""

from __future__ import annotations

import threading
import time
from pathlib import Path

SERVING_S = 2.0
"""A main thread that was not scheduled once for so long is stuck in the kernel, waiting for a body that is gone."""
CONNECTING_S = 12.0
"""A body may take its time over the first words; libgphoto2's own timeouts come sooner."""
ENDLESS_S = 20.0
"""One libgphoto2 call may poll a busy body for 1000 s. Longer than any transfer."""


class MainThreadWatch:
    """Made by the main thread; `is_stuck` is asked by another, a few times a second."""

    def __init__(self) -> None:
        self._status = Path(f"/proc/self/task/{threading.get_native_id()}/status")
        self._last_count: str | None = None
        self._scheduled = self._marked = time.monotonic()
        self._silence = SERVING_S

    def mark(self) -> None:
        """A sign of life from the main thread itself."""
        self._marked = time.monotonic()

    def allow(self, silence_s: float) -> None:
        """How long a silence is allowed from now on: `SERVING_S` or `CONNECTING_S`."""
        self.mark()
        self._silence = silence_s

    def is_stuck(self) -> bool:
        """Look again: has it been silent too long? Where the kernel does not tell, only the long limit counts."""
        now = time.monotonic()
        count = self._count()
        if count is None or count != self._last_count:
            self._last_count = count
            self._scheduled = now
        silent = now - max(self._scheduled, self._marked)
        return silent > self._silence or now - self._marked > ENDLESS_S

    def _count(self) -> str | None:
        """How often the thread gave up the processor by itself, as the kernel words it."""
        try:
            lines = self._status.read_text("ascii").splitlines()
        except OSError:
            return None
        return next((line for line in lines if line.startswith("voluntary_ctxt_switches")), None)
