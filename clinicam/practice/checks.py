# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the vault's soundness: the rolling check, each workstation's chain, and damage to be decided about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clinicam.vault.damage import Damage
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.openvault import OpenVault
from clinicam.vault.scrub import ScrubProgress


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One workstation's chain. `short` is the first letters of its id; `last_ms` is UTC, of its newest row."""

    short: str
    is_mine: bool
    is_removed: bool
    rows: int
    last_ms: int
    is_whole: bool
    """nothing was found about it that waits for a decision"""


@dataclass(frozen=True, slots=True)
class CheckState:
    """As of `now_ms`. `code` is the short code of this workstation's newest checkpoint, empty if there is none; `code_ms` is
    when it was left, UTC, 0 if nobody knows."""

    now_ms: int
    progress: ScrubProgress
    chains: tuple[ChainLine, ...]
    code: str
    damages: tuple[Damage, ...]
    code_ms: int = 0


class Checks:
    """Vault thread only."""

    def __init__(self, vault: OpenVault, *, wall_ms: Callable[[], int]) -> None:
        self._vault = vault
        self._wall_ms = wall_ms
        self._reader = LedgerReader.for_witness(vault.inside)

    def state(self) -> CheckState:
        """How things are now. Raises VaultClosed, Corrupt."""
        vault = self._vault
        vault.damages.write_met()
        damages = vault.damages.open()
        facts = self._reader.chains()
        lines = tuple(
            ChainLine(
                one.writer.hex()[:4],
                one.writer == vault.writer,
                one.is_removed,
                one.rows,
                one.last_ms,
                not any(one.writer.hex() in damage.finding for damage in damages),
            )
            for one in facts
        )
        code = next((one.short for one in facts if one.writer == vault.writer), "")
        return CheckState(self._wall_ms(), vault.scrub.progress(), lines, code, damages, self._left_ms())

    def _left_ms(self) -> int:
        """When the newest checkpoint was written, by the disk: the note itself has no time in it."""
        vault = self._vault
        try:
            return int((vault.place / "checkpoints" / vault.writer.hex()).stat().st_mtime * 1000)
        except OSError:
            return 0

    def decide(self, words: str) -> None:
        """A manager has looked at what was found, and goes on. Raises RoleRefused, DiskFull, WriteFailed."""
        self._vault.damages.decide(words)
