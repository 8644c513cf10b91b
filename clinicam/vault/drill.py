# SPDX-License-Identifier: GPL-3.0-or-later
"""A trial restore by whoever is signed in: into an empty folder beside the vault, checked to the last byte, removed, recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.errors import Cancelled, RoleRefused
from clinicam.vault.backupnote import BackupNote, NoteKind, write_note
from clinicam.vault.inside import Inside
from clinicam.vault.mounts import System
from clinicam.vault.restore import restore, unlocked_as
from clinicam.vault.restorereport import RestoreProgress, RestoreReport
from clinicam.vault.slot import UserSecret
from clinicam.vault.stores.calls import REAL, Calls


class Drill:
    """One trial. Made on the vault thread; `run` belongs to any one thread; `note` to the vault thread again."""

    def __init__(
        self,
        inside: Inside,
        place: Path,
        *,
        to: Path | None = None,
        number: int | None = None,
        system: System | None = None,
        calls: Calls = REAL,
    ) -> None:
        """
        Args:
            place: the backups.
            to: an empty or missing folder; beside the vault, if not given.
            number: which backup; the newest, if not given.

        Raises:
            RoleRefused: the person is no manager.
        """
        inside.check_open()
        if not inside.book.is_manager:
            raise RoleRefused("manager")
        vault = inside.files.place
        self._inside = inside
        self._place = place.absolute()
        self._to = to if to is not None else vault.parent / f"{vault.name}-trial"
        self._user = inside.book.user
        self._secret: UserSecret | None = inside.book.secret
        self._number = number
        self._system = system
        self._calls = calls
        self._at_ms = inside.host.wall_ms()

    def run(
        self,
        *,
        progress: Callable[[RestoreProgress], None] = lambda _progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> RestoreReport:
        """Restore, check, remove. Once. Raises as `restore.restore`."""
        secret, self._secret = self._secret, None
        if secret is None:
            raise Cancelled("drill")
        return restore(
            self._place,
            self._to,
            self._inside.host,
            unlocked_as(self._user, secret),
            number=self._number,
            drill=True,
            system=self._system,
            calls=self._calls,
            progress=progress,
            cancelled=cancelled,
        )

    def note(self, report: RestoreReport) -> None:
        """Record what came of it. Raises DiskFull, WriteFailed, VaultClosed."""
        self._inside.check_open()
        note = BackupNote(
            NoteKind.DRILL,
            self._at_ms,
            str(self._place),
            number=report.number,
            objects=report.objects,
            findings=len(report.findings),
        )
        write_note(self._inside, note)
