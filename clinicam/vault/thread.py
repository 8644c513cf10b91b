# SPDX-License-Identifier: GPL-3.0-or-later
"""The vault thread: one writer, in order. Order is durability."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

from clinicam.errors import VaultClosed

P = ParamSpec("P")
T = TypeVar("T")

TEND_EVERY_S = 15.0
"""How long the thread rests before it looks after itself (`tend`)."""
AFTER_WORK_S = 2.0
"""How long it rests at least after something was asked of it."""


class VaultThread:
    """Runs what it is given, one after the other, on its own thread.

    Args:
        tend: called on the vault thread after each quiet `tend_every_s` seconds, e.g. `OpenVault.tend`; what it raises
            is handed to `failed`. It may say after how many quiet seconds it wants to be called next.
    """

    def __init__(
        self,
        *,
        tend: Callable[[], float | None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        tend_every_s: float = TEND_EVERY_S,
    ) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._tend = tend
        self._failed = failed
        self._every = tend_every_s
        self._thread = threading.Thread(target=self._run, name="vault", daemon=False)
        self._thread.start()

    def submit(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue a call. Any thread; never blocks. The future is cancelled only while the call has not begun.

        Raises:
            VaultClosed: `close` was called.
        """
        future: Future[T] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001  the border: whatever it was belongs to the caller
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._gate:
            if self._closed:
                raise VaultClosed("vault thread has ended")
            self._work.put(job)
        return future

    def _run(self) -> None:
        rest = self._every
        while True:
            try:
                job = self._work.get(timeout=rest if self._tend else None)
            except queue.Empty:
                rest = self._look_after()
                continue
            if job is None:
                return
            job()
            del job
            # Somebody is at work: leave them in peace for a while.
            rest = max(rest, min(AFTER_WORK_S, self._every))

    def _look_after(self) -> float:
        """Tend; seconds until the next time."""
        tend: Any = self._tend
        try:
            wanted = tend()
        except Exception as error:  # noqa: BLE001  a failed flush of marks must not end the thread
            if self._failed is not None:
                self._failed(error)
            return self._every
        return self._every if wanted is None else float(wanted)

    def close(self) -> None:
        """Finish what is queued, then end the thread. Any thread but its own; may be called again."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._work.put(None)
        self._thread.join()
