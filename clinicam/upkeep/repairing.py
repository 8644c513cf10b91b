# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged pictures put back from a backup, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.settings import Folders
from clinicam.upkeep.opening import Secrets, unlocked
from clinicam.vault.repairing import Repaired, Repairs


def repair(
    folders: Folders,
    place: Path | None,
    source: Path,
    secrets: Secrets,
    *,
    by_kit: bool,
    progress: Callable[[int, int], None],
) -> Repaired:
    """Open a vault, put back what was found damaged or is missing from the backups at `source`, close it.

    Raises:
        RoleRefused, BackupRefused, Forked, DiskFull, WriteFailed: see `Repairs.run`.
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, RolledBack, Corrupt: it could not be opened.
    """
    with unlocked(folders, place, secrets, by_kit=by_kit) as opened:
        return Repairs(opened.inside, opened.damages).run(source, progress=progress)
