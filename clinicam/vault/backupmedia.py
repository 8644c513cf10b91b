# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a backup may lie: on a fixed disk or on another machine; never where somebody can pull it out and walk away."""

from __future__ import annotations

from pathlib import Path

from clinicam.errors import BackupRefused
from clinicam.vault.media import TRAINING_ALLOWS, Refusal, refusals
from clinicam.vault.mounts import System


def judge_backup(place: Path, vault: Path, *, training: bool = False, system: System | None = None) -> None:
    """Return if backups of the vault at `vault` may lie at `place`. A NAS or server may; a vault itself may not lie there.

    Raises:
        BackupRefused: ``inside`` (the vault, or around it), or a word of `media.Refusal`.
    """
    here, there = place.resolve(), vault.resolve()
    if here == there or here.is_relative_to(there) or there.is_relative_to(here):
        raise BackupRefused("inside")
    for reason in refusals(place, system if system is not None else System()):
        if reason is not Refusal.NETWORK and not (training and reason in TRAINING_ALLOWS):
            raise BackupRefused(reason.value)


def is_off_machine(place: Path, system: System | None = None) -> bool:
    """Whether `place` lies on another machine, so that fire or theft does not take both."""
    return Refusal.NETWORK in set(refusals(place, system if system is not None else System()))
