# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a vault, with its keys or without any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.errors import NotFound, VaultMissing
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
    everything: bool = False,
    against: Path | None = None,
) -> VerifyReport:
    """Open a vault, check it, close it. The check is one act in the ledger, like every unlock.

    Args:
        place: the vault's folder; None is this workstation's vault.
        everything: also what an earlier check on this workstation found good. `deep` includes it.
        against: a file with a checkpoint that was kept outside the vault.

    Raises:
        NotFound: no file `against`.
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, Corrupt, RolledBack, Forked: it could not be opened.
    """
    notes = [read_checkpoint_file(against)] if against is not None else []
    with unlocked(folders, place, secrets, by_kit=by_kit) as opened:
        return opened.verify(
            deep=deep,
            progress=progress,
            cancelled=lambda: False,
            only_new=not (everything or deep),
            against=notes,
        )


def read_checkpoint_file(path: Path) -> bytes:
    """The note in a file. Raises NotFound, when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound("checkpoint: no such file, or unreadable") from error


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
