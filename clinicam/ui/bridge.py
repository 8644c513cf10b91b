# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the UI thread, which never waits, and the threads that do: work goes out, answers come back as signals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from shiboken6 import isValid

from clinicam.ui.messages import message_for

_log = logging.getLogger(__name__)

SLOW_MS = 400
"""Work that takes longer than this shows a progress line."""

T = TypeVar("T")


class Submits(Protocol):
    """What the vault thread and a pool have in common."""

    def submit(self, fn: Callable[..., T], /, *args: Any) -> Future[T]:
        """Queue ``fn(*args)``."""
        ...


class Job(QObject):
    """One piece of work under way. Made by `Bridge.run`; lives until it ended.

    Signals:
        progressed(int, int): done, total; total 0 is unknown.
        ended(): answered, failed or dropped; emitted exactly once, on the UI thread.
    """

    progressed = Signal(int, int)
    ended = Signal()

    def __init__(self, what: str, parent: QObject) -> None:
        super().__init__(parent)
        self.what = what
        self._cancel = threading.Event()
        self.finished = False

    def cancel(self) -> None:
        """Ask the work to stop and drop its answer. Any thread."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """Whether `cancel` was called; the work asks this. Any thread."""
        return self._cancel.is_set()

    def progress(self, done: int, total: int) -> None:
        """How far the work is. Any thread."""
        self.progressed.emit(done, total)


class Bridge(QObject):
    """Runs work elsewhere and calls back here. UI thread, except `post`.

    Signals:
        trouble(object): a `messages.Message` of a failure nobody else takes.
        slow(object): a named `Job` has been running for 400 ms.
        idle(): nothing is under way any more.
    """

    trouble = Signal(object)
    slow = Signal(object)
    idle = Signal()
    _posted = Signal(object)

    def __init__(self, thread: Submits, pool: Executor | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = thread
        self._pool = pool
        self._jobs: set[Job] = set()
        self._posted.connect(self._call, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether any work is under way."""
        return bool(self._jobs)

    def run(
        self,
        fn: Callable[..., T],
        *args: Any,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        owner: QObject | None = None,
        what: str = "",
    ) -> Job:
        """``fn(*args)`` on the vault thread; `done(result)` or `failed(exc)` later on the UI thread.

        Without `failed` the failure goes to `trouble`. `what` names it for the progress line; unnamed work shows none.
        When `owner` is gone by then, or the job was cancelled, neither is called.
        """
        return self._start(self._thread, fn, args, done, failed, owner, what, None)

    def run_pool(
        self,
        fn: Callable[..., T],
        *args: Any,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        owner: QObject | None = None,
        what: str = "",
    ) -> Job:
        """As `run`, on the small pool (thumbnails, previews), or on the vault thread where there is no pool."""
        return self._start(self._pool or self._thread, fn, args, done, failed, owner, what, None)

    def run_job(
        self,
        fn: Callable[[Job], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        owner: QObject | None = None,
        what: str = "",
    ) -> Job:
        """As `run`, but `fn` is given its `Job`, to tell progress and to ask whether it was cancelled."""
        job = Job(what, self)
        return self._start(self._thread, fn, (job,), done, failed, owner, what, job)

    def watch(
        self,
        future: Future[T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        owner: QObject | None = None,
        what: str = "",
    ) -> Job:
        """As `run` for work somebody else has started."""
        return self._follow(future, Job(what, self), done, failed, owner)

    def post(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the UI thread, soon. Any thread."""
        self._posted.emit(fn)

    def _start(
        self,
        where: Submits | Executor,
        fn: Callable[..., T],
        args: tuple[Any, ...],
        done: Callable[[T], None] | None,
        failed: Callable[[BaseException], None] | None,
        owner: QObject | None,
        what: str,
        job: Job | None,
    ) -> Job:
        return self._follow(where.submit(fn, *args), job or Job(what, self), done, failed, owner)

    def _follow(
        self,
        future: Future[T],
        job: Job,
        done: Callable[[T], None] | None,
        failed: Callable[[BaseException], None] | None,
        owner: QObject | None,
    ) -> Job:
        self._jobs.add(job)
        guarded = owner is not None

        def answered() -> None:
            self._end(job)
            if job.cancelled() or (guarded and (owner is None or not isValid(owner))):
                return
            try:
                problem = future.exception()
            except CancelledError:
                return
            if problem is None:
                if done is not None:
                    done(future.result())
            elif failed is not None:
                failed(problem)
            else:
                self.trouble.emit(message_for(problem))

        def arrived(_future: Future[T]) -> None:
            # The window may be gone before the work is.
            if isValid(self):
                self._posted.emit(answered)

        future.add_done_callback(arrived)
        if job.what:
            QTimer.singleShot(SLOW_MS, job, lambda: self._tell_slow(job))
        return job

    def _tell_slow(self, job: Job) -> None:
        if not job.finished and not job.cancelled():
            self.slow.emit(job)

    def _end(self, job: Job) -> None:
        self._jobs.discard(job)
        job.finished = True
        job.ended.emit()
        job.deleteLater()
        if not self._jobs:
            self.idle.emit()

    def _call(self, fn: Callable[[], None]) -> None:
        fn()


class SittingRelay(QObject):
    """A `capture.sitting.SittingListener` whose calls, from any thread, arrive as signals on the UI thread.

    Live frames are not queued: one that nobody has painted yet is replaced by the newer one.

    Signals:
        view_changed(object): a `SittingView`.
        live_frame(object): JPEG bytes of the newest live frame.
        toned(object): a `Tone`.
    """

    view_changed = Signal(object)
    live_frame = Signal(object)
    toned = Signal(object)
    _live_waiting = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._newest: bytes | None = None
        self._live_waiting.connect(self._take_live, Qt.ConnectionType.QueuedConnection)

    def changed(self, view: object) -> None:
        """From the sitting, any thread."""
        if isValid(self):
            self.view_changed.emit(view)

    def live(self, jpeg: bytes) -> None:
        """From the camera link's thread."""
        with self._lock:
            waiting = self._newest is not None
            self._newest = jpeg
        if not waiting and isValid(self):
            self._live_waiting.emit()

    def tone(self, tone: object) -> None:
        """From the sitting, any thread."""
        if isValid(self):
            self.toned.emit(tone)

    def _take_live(self) -> None:
        with self._lock:
            jpeg, self._newest = self._newest, None
        if jpeg is not None:
            self.live_frame.emit(jpeg)
