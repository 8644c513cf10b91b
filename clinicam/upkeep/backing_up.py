# SPDX-License-Identifier: GPL-3.0-or-later
"""Backing up and restoring from the command line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from clinicam.errors import AlreadyRunning, Corrupt, UnsupportedFormat
from clinicam.identity import StaffId
from clinicam.settings import Folders, load_settings, save_settings
from clinicam.upkeep.opening import Secrets, host_of, unlocked
from clinicam.vault.backup import BackupProgress, BackupReport, Backups
from clinicam.vault.backupplace import reading
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.door import Door
from clinicam.vault.drill import Drill
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.restore import Unlock
from clinicam.vault.restore import restore as restore_vault
from clinicam.vault.restorereport import RestoreProgress, RestoreReport
from clinicam.vault.slot import UserSecret
from clinicam.vault.stores.calls import REAL


def backup(
    folders: Folders,
    place: Path | None,
    to: Path,
    secrets: Secrets,
    *,
    by_kit: bool,
    thorough: bool,
    progress: Callable[[BackupProgress], None],
) -> BackupReport:
    """Open a vault, back it up to `to`, close it.

    Args:
        place: the vault's folder; None is this workstation's vault.
        to: a folder for backups of this vault alone; made if it is missing.
        thorough: read everything again that is there already.

    Raises:
        BackupRefused, AlreadyRunning, Forked, Corrupt: see `vault.backup`; or the vault could not be opened.
    """
    with unlocked(folders, place, secrets, by_kit=by_kit) as opened:
        return Backups(opened.inside).run(to, fresh=True, thorough=thorough, progress=progress)


def restore(
    folders: Folders,
    source: Path,
    to: Path,
    secrets: Secrets,
    *,
    by_kit: bool,
    number: int | None,
    progress: Callable[[RestoreProgress], None],
) -> tuple[RestoreReport, bool]:
    """A vault at `to` out of the backups at `source`; and whether this workstation opens it from now on.

    It does where it had none, or has lost it. Another vault stays the one it opens.

    Raises:
        VaultExists: `to` is not empty, or this workstation's vault, the one that was backed up, is still there.
        See `vault.restore.restore` for the rest.
    """
    current = _current(folders)
    report = restore_vault(
        source,
        to,
        host_of(folders),
        _unlock(secrets, by_kit=by_kit),
        number=number,
        current=current,
        device_keys=OsKeyStore(),
        progress=progress,
    )
    is_ours = current is None or _vault_at(current) is None
    if is_ours:
        settings = load_settings(folders)
        save_settings(folders, msgspec.structs.replace(settings, vault=str(to.absolute()), unfinished=""))
    return report, is_ours


def drill(
    folders: Folders,
    source: Path,
    to: Path,
    secrets: Secrets,
    *,
    by_kit: bool,
    number: int | None,
    progress: Callable[[RestoreProgress], None],
) -> tuple[RestoreReport, bool]:
    """Try a restore and remove it again; and whether it could be recorded, in this workstation's vault.

    Where this workstation has another vault or none, or a window has it open, the trial runs all the same, unrecorded.

    Raises:
        See `vault.restore.restore`.
    """
    if _is_own(folders, source):
        with suppress(AlreadyRunning), unlocked(folders, None, secrets, by_kit=by_kit) as opened:
            trial = Drill(opened.inside, source, to=to, number=number)
            report = trial.run(progress=progress)
            trial.note(report)
            return report, True
    found = restore_vault(
        source,
        to,
        host_of(folders),
        _unlock(secrets, by_kit=by_kit),
        number=number,
        drill=True,
        device_keys=OsKeyStore(),
        progress=progress,
    )
    return found, False


def _current(folders: Folders) -> Path | None:
    named = load_settings(folders).vault
    return Path(named) if named else None


def _vault_at(place: Path) -> bytes | None:
    """The id of the vault there; None if it is gone or damaged."""
    try:
        return parse_keyring((place / "keyring").read_bytes(), vault=None, anchor=None).vault
    except (OSError, Corrupt, UnsupportedFormat):
        return None


def _is_own(folders: Folders, source: Path) -> bool:
    """Whether the backups are of the vault that this workstation opens."""
    current = _current(folders)
    if current is None:
        return False
    with reading(source, REAL) as place:
        return _vault_at(current) == place.vault


def _unlock(secrets: Secrets, *, by_kit: bool) -> Unlock:
    def unlock(door: Door) -> tuple[StaffId, UserSecret]:
        if by_kit:
            return door.by_kit(secrets.kit())
        user = secrets.choose(door.logins())
        return user, door.by_password(user, secrets.password())

    return unlock
