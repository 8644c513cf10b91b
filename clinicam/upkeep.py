# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after a vault from the command line, without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Gate
from clinicam.errors import VaultMissing
from clinicam.identity import StaffId
from clinicam.settings import Folders, load_settings
from clinicam.vault.heads import chain_start
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.model import Login, VerifyReport
from clinicam.vault.openvault import OpenVault
from clinicam.vault.segment import scan_segment
from clinicam.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Secrets:
    """How the words and the password are asked for; each is called only when it is needed."""

    choose: Callable[[tuple[Login, ...]], StaffId]
    password: Callable[[], str]
    kit: Callable[[], tuple[str, ...]]


def verify(
    folders: Folders,
    place: Path | None,
    secrets: Secrets,
    *,
    by_kit: bool,
    deep: bool,
    progress: Callable[[int, int], None],
) -> VerifyReport:
    """Open a vault, check it, close it. The check is one act in the ledger, like every unlock.

    Args:
        place: the vault's folder; None is this workstation's vault.

    Raises:
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, Corrupt, RolledBack, Forked: it could not be opened.
    """
    if place is None:
        named = load_settings(folders).vault
        if not named:
            raise VaultMissing("this workstation has no vault yet")
        place = Path(named)
    vault = Vault.open(place, HostFolder(folders.state / "vaults"))
    try:
        opened = _unlock(vault, secrets, by_kit=by_kit)
        try:
            return opened.verify(deep=deep, progress=progress, cancelled=lambda: False)
        finally:
            opened.close()
    finally:
        vault.close()


def count_rows(place: Path) -> int:
    """How many rows lie in the ledger at `place`, read without any key: hashes and links are checked, nothing is opened.

    Raises:
        VaultMissing: no vault there. Corrupt: a chain that does not hold together.
    """
    try:
        vault = parse_keyring((place / "keyring").read_bytes(), vault=None, anchor=None).vault
    except FileNotFoundError as missing:
        raise VaultMissing("no keyring") from missing
    rows = 0
    for chain in sorted((place / "ledger").iterdir()):
        head = chain_start(vault, bytes.fromhex(chain.name))
        for file in sorted(chain.glob("*.rows")):
            segment = scan_segment(file.read_bytes(), vault=vault, head=head)
            rows += len(segment.whole())
            head = segment.head
    return rows


def _unlock(vault: Vault, secrets: Secrets, *, by_kit: bool) -> OpenVault:
    gate = Gate(SystemClock())  # mints nothing here: whoever only checks can add no picture
    if by_kit:
        return vault.unlock_with_kit(secrets.kit(), gate)
    user = secrets.choose(vault.logins())
    return vault.unlock(user, secrets.password(), gate)
