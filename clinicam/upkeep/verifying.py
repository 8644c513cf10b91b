# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a vault, with its keys or without any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.errors import VaultMissing
from clinicam.settings import Folders
from clinicam.upkeep.opening import Secrets, unlocked
from clinicam.vault.heads import chain_start
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.model import VerifyReport
from clinicam.vault.segment import scan_segment


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
    with unlocked(folders, place, secrets, by_kit=by_kit) as opened:
        return opened.verify(deep=deep, progress=progress, cancelled=lambda: False)


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
