# SPDX-License-Identifier: GPL-3.0-or-later
"""When the vault is backed up, and what is known of it: the schedule, the last success and failure, trial restores.

The copying runs on a thread of its own, which asks the vault thread for two short things only and rests while a session is open:
so no picture ever waits for a backup.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from clinicam.errors import BackupRefused, Cancelled, CliniCamError, VaultClosed
from clinicam.practice.policy import BackupPolicy, PolicyRegister
from clinicam.vault.backup import BackupProgress, BackupReport, Backups, finish
from clinicam.vault.backupmedia import is_off_machine
from clinicam.vault.backupnote import TOPIC, BackupNote, NoteKind, read_notes
from clinicam.vault.drill import Drill
from clinicam.vault.mounts import System
from clinicam.vault.openvault import OpenVault
from clinicam.vault.restorereport import RestoreProgress, RestoreReport

T = TypeVar("T")
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
AGAIN_MS = HOUR_MS
"""After a failure the schedule tries again, but not sooner."""
CLOSE_S = 4.0
"""How long locking waits for a backup to stop; as long as for a frame on its way."""
REST_S = 0.5
"""How often a resting backup looks whether the session is over."""

Progress = BackupProgress | RestoreProgress


class Submits(Protocol):
    """The vault thread."""

    def submit(self, fn: Callable[..., T], /, *args: Any) -> Future[T]:
        """Queue ``fn(*args)``."""
        ...


@dataclass(frozen=True, slots=True)
class BackupState:
    """What is known of backups at `now_ms`. Times are UTC milliseconds.

    `place` is empty until somebody has named one. `failed` is a failure newer than the last success.
    """

    now_ms: int
    policy: BackupPolicy
    made: BackupNote | None
    failed: BackupNote | None
    drill: BackupNote | None
    is_off_machine: bool

    @property
    def place(self) -> str:
        """The folder."""
        return self.policy.place

    @property
    def is_old(self) -> bool:
        """Whether the newest is older than the practice allows, or there is none although a place is named."""
        if not self.place:
            return False
        return self.made is None or self.now_ms - self.made.at_ms > self.policy.old_days * DAY_MS

    @property
    def is_drill_due(self) -> bool:
        """Whether nobody has tried for too long that a backup can be restored."""
        if self.made is None:
            return False
        return self.drill is None or self.now_ms - self.drill.at_ms > self.policy.drill_days * DAY_MS

    @property
    def drill_days(self) -> int | None:
        """Days since the last trial restore."""
        return None if self.drill is None else max(self.now_ms - self.drill.at_ms, 0) // DAY_MS


def is_due(policy: BackupPolicy, made_ms: int | None, failed_ms: int | None, now_ms: int) -> bool:
    """Whether the schedule asks for a backup now. Times are UTC milliseconds; the hour of the day is local."""
    if not policy.place or (failed_ms is not None and 0 <= now_ms - failed_ms < AGAIN_MS):
        return False
    if made_ms is None or made_ms > now_ms:  # a clock that was set back must not put backups off
        return True
    if policy.hours:
        return now_ms - made_ms >= policy.hours * HOUR_MS
    hour, minute = (int(part) for part in policy.time.split(":"))
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone()
    wanted = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if wanted > now:
        wanted -= timedelta(days=1)
    return made_ms < wanted.timestamp() * 1000


class BackupKeeper:
    """See the module. `state` and `tend` belong to the vault thread, the rest to any other.

    Args:
        is_busy: whether a session is open.
    """

    def __init__(
        self,
        vault: OpenVault,
        thread: Submits,
        policies: PolicyRegister,
        *,
        wall_ms: Callable[[], int],
        is_busy: Callable[[], bool],
        system: System | None = None,
        rest_s: float = REST_S,
    ) -> None:
        self._vault = vault
        self._thread = thread
        self._policies = policies
        self._wall_ms = wall_ms
        self._is_busy = is_busy
        self._system = system
        self._rest_s = rest_s
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None
        self._job: Future[Any] | None = None
        self._stop = threading.Event()
        self._closed = False
        self._notes: tuple[BackupNote, ...] | None = None
        self.progress: Progress | None = None
        """How far what is running is; None while nothing runs. Any thread."""

    # --- what is known --------------------------------------------------------------------------------------------

    def state(self) -> BackupState:
        """Raises: Corrupt, if the policy's record is none."""
        policy = self._policies.current().backup
        return BackupState(
            now_ms=self._wall_ms(),
            policy=policy,
            made=self._last(NoteKind.MADE),
            failed=self._failed(),
            drill=self._last(NoteKind.DRILL),
            is_off_machine=bool(policy.place) and is_off_machine(Path(policy.place), self._system),
        )

    def _last(self, kind: NoteKind) -> BackupNote | None:
        if self._notes is None:
            self._notes = read_notes(self._vault.entries(TOPIC))
        return next((note for note in reversed(self._notes) if note.kind is kind), None)

    def _failed(self) -> BackupNote | None:
        failed, made = self._last(NoteKind.FAILED), self._last(NoteKind.MADE)
        return failed if failed is not None and (made is None or made.at_ms < failed.at_ms) else None

    @property
    def is_running(self) -> bool:
        """Whether a backup or a trial restore is under way. Any thread."""
        with self._lock:
            return self._is_at_work()

    def _is_at_work(self) -> bool:
        return self._job is not None and not self._job.done()

    # --- doing it -------------------------------------------------------------------------------------------------

    def tend(self) -> None:
        """In quiet moments: begin the backup that is due. Its failure is recorded, and shown by `state`."""
        if self._closed or self._is_busy() or self.is_running:
            return
        policy = self._policies.current().backup
        made, failed = self._last(NoteKind.MADE), self._failed()
        made_ms = made.at_ms if made is not None else None
        failed_ms = failed.at_ms if failed is not None else None
        if is_due(policy, made_ms, failed_ms, self._wall_ms()):
            with suppress(BackupRefused, VaultClosed):
                self.start()

    def start(self, place: Path | None = None, *, thorough: bool = False) -> Future[BackupReport]:
        """Back up to the place of the policy, or to `place`, which the policy names once that has succeeded.

        The future fails as `vault.backup.Backup.steps`, with Cancelled, or with BackupRefused ``gone`` while no place is named.

        Raises:
            BackupRefused: ``busy``, something is running already. VaultClosed: it is being locked.
        """
        return self._begin(lambda: self._back_up(place, thorough=thorough))

    def drill(self, to: Path | None = None) -> Future[RestoreReport]:
        """Try to restore the newest backup, into an empty folder beside the vault; recorded when it is over.

        The future fails as `vault.restore.restore`, or with RoleRefused. Raises: as `start`.
        """
        return self._begin(lambda: self._try(to))

    def cancel(self) -> None:
        """Ask what is running to stop; its future fails with Cancelled soon."""
        self._stop.set()

    def close(self) -> None:
        """Stop, and wait for it, but not for a server that does not answer. Not on the vault thread. May be called again.

        What is cut off there leaves the backup before it as it was.
        """
        with self._lock:
            self._closed = True
            worker = self._worker
        self._stop.set()
        if worker is not None:
            worker.join(CLOSE_S)

    def _begin(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()

        def run() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  the border: whatever it was belongs to the caller
                self._ended()
                future.set_exception(error)
            else:
                self._ended()
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise VaultClosed("the vault is being locked")
            if self._is_at_work():
                raise BackupRefused("busy")
            self._stop.clear()
            self._job = future
            # A daemon: a server that hangs must keep nobody from locking or leaving.
            self._worker = threading.Thread(target=run, name="backup", daemon=True)
            self._worker.start()
        return future

    def _ended(self) -> None:
        self.progress = None
        self._notes = None

    def _on_vault(self, call: Callable[[], T], /) -> T:
        return self._thread.submit(call).result()

    def _tell(self, progress: Progress) -> None:
        """Note how far it is; rest while a session is open."""
        self.progress = progress
        while self._is_busy() and not self._stop.is_set():
            self._stop.wait(self._rest_s)

    def _back_up(self, place: Path | None, *, thorough: bool) -> BackupReport:
        backups = Backups(self._vault.inside, system=self._system)
        policy = self._on_vault(lambda: self._policies.current().backup)
        to = place if place is not None else Path(policy.place)
        try:
            if place is None and not policy.place:
                raise BackupRefused("gone")
            backup = self._on_vault(
                lambda: backups.begin(to, keep_days=policy.keep_days, fresh=place is not None, thorough=thorough)
            )
            report = finish(backup, self._on_vault, progress=self._tell, cancelled=self._stop.is_set)
        except (Cancelled, VaultClosed):
            raise
        except CliniCamError as error:
            problem = error
            with suppress(VaultClosed):
                self._on_vault(lambda: backups.note_failure(to, problem))
            raise
        if place is not None:
            self._on_vault(lambda: self._name(place))
        return report

    def _name(self, place: Path) -> None:
        policy = self._policies.current()
        if policy.backup.place != str(place):
            backup = msgspec.structs.replace(policy.backup, place=str(place))
            self._policies.put(msgspec.structs.replace(policy, backup=backup))

    def _try(self, to: Path | None) -> RestoreReport:
        def begin() -> Drill:
            place = self._policies.current().backup.place
            if not place:
                raise BackupRefused("gone")
            return Drill(self._vault.inside, Path(place), to=to, system=self._system)

        trial = self._on_vault(begin)
        report = trial.run(progress=self._tell, cancelled=self._stop.is_set)
        self._on_vault(lambda: trial.note(report))
        return report
