# SPDX-License-Identifier: GPL-3.0-or-later
"""A keeper of backups that does nothing until it is told to."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from clinicam.errors import BackupRefused, Cancelled
from clinicam.practice.backups import DAY_MS, BackupState, Progress
from clinicam.practice.policy import BackupPolicy
from clinicam.vault.backup import BackupProgress, BackupReport, Stage
from clinicam.vault.backupnote import BackupNote, NoteKind
from clinicam.vault.restorereport import RestoreReport

REPORT = BackupReport(7, 0, 4812, 118 * 10**9, 31, 10**9, 0, 0, True, ())
RESTORED = RestoreReport(7, 0, 47_000, 4812, 0, 0, (), ())


def made(at_ms: int) -> BackupNote:
    """A backup of the mockup's practice."""
    return BackupNote(NoteKind.MADE, at_ms, "/srv/NAS-2", 7, 4812, 118 * 10**9, 31, 10**9)


class FakeBackups:
    """Same calls as `practice.backups.BackupKeeper`. `finish` and `fail` end what was begun."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self.known = BackupState(now_ms, BackupPolicy(), None, None, None, False)
        self.progress: Progress | None = None
        self.begun: list[tuple[str, Path | None]] = []
        self.job: Future[Any] | None = None
        self.was_cancelled = False

    def set_up(self, *, age_ms: int = 60_000, drilled_days: int | None = 3, off: bool = True) -> None:
        """Backed up to a NAS."""
        drill = (
            None
            if drilled_days is None
            else BackupNote(NoteKind.DRILL, self.now_ms - drilled_days * DAY_MS, "/srv/NAS-2")
        )
        policy = BackupPolicy(place="/srv/NAS-2")
        self.known = BackupState(self.now_ms, policy, made(self.now_ms - age_ms), None, drill, off)

    def fail_last(self, reason: str) -> None:
        """The last try was not completed."""
        self.known = replace(self.known, failed=BackupNote(NoteKind.FAILED, self.now_ms, "/srv/NAS-2", reason=reason))

    def state(self) -> BackupState:
        return self.known

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.done()

    def _begin(self, what: str, place: Path | None = None) -> Future[Any]:
        if self.is_running:
            raise BackupRefused("busy")
        self.begun.append((what, place))
        self.job = Future()
        return self.job

    def start(self, place: Path | None = None) -> Future[BackupReport]:
        return self._begin("backup", place)

    def drill(self) -> Future[RestoreReport]:
        return self._begin("drill")

    def go_on(self, done: int = 12, of: int = 31) -> None:
        """It is copying."""
        self.progress = BackupProgress(Stage.OBJECTS, done, of)

    def finish(self, report: object) -> None:
        """It is done."""
        self.progress = None
        if self.job is not None:
            self.job.set_result(report)

    def fail(self, problem: BaseException) -> None:
        """It failed."""
        self.progress = None
        if self.job is not None:
            self.job.set_exception(problem)

    def cancel(self) -> None:
        self.was_cancelled = True
        self.fail(Cancelled("backup"))

    def close(self) -> None:
        """Nothing to wait for."""

    def tend(self) -> None:
        """Nothing is due."""
