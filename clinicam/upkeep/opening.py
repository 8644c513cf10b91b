# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault opened for one command and closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Gate
from clinicam.errors import VaultMissing
from clinicam.identity import StaffId
from clinicam.settings import Folders, load_settings
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.host import HostFolder
from clinicam.vault.model import Login
from clinicam.vault.openvault import OpenVault
from clinicam.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Secrets:
    """How the words and the password are asked for; each is called only when it is needed."""

    choose: Callable[[tuple[Login, ...]], StaffId]
    password: Callable[[], str]
    kit: Callable[[], tuple[str, ...]]


def place_of(folders: Folders, place: Path | None) -> Path:
    """`place`, or this workstation's vault. Raises VaultMissing."""
    if place is not None:
        return place
    named = load_settings(folders).vault
    if not named:
        raise VaultMissing("this workstation has no vault yet")
    return Path(named)


def host_of(folders: Folders) -> HostFolder:
    """What this account keeps of vaults outside them."""
    return HostFolder(folders.state / "vaults")


@contextmanager
def unlocked(folders: Folders, place: Path | None, secrets: Secrets, *, by_kit: bool) -> Iterator[OpenVault]:
    """The vault at `place` (None: this workstation's), open until the block ends. Like every unlock it is in the ledger.

    Raises:
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, Corrupt, RolledBack, Forked: it could not be opened.
    """
    vault = Vault.open(place_of(folders, place), host_of(folders), device_keys=OsKeyStore())
    try:
        opened = _unlock(vault, secrets, by_kit=by_kit)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        vault.close()


def _unlock(vault: Vault, secrets: Secrets, *, by_kit: bool) -> OpenVault:
    gate = Gate(SystemClock())  # mints nothing here: whoever only looks after the vault can add no picture
    if by_kit:
        return vault.unlock_with_kit(secrets.kit(), gate)
    user = secrets.choose(vault.logins())
    return vault.unlock(user, secrets.password(), gate)
