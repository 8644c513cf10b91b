# SPDX-License-Identifier: GPL-3.0-or-later
"""One patient's pictures sealed anew, for the rare case of a leaver who copied keys and may yet reach the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.errors import NotFound
from clinicam.settings import Folders
from clinicam.upkeep.opening import Secrets, unlocked
from clinicam.vault.reencrypting import Reencryption, Resealed


def reseal(
    folders: Folders,
    place: Path | None,
    words: str,
    secrets: Secrets,
    *,
    by_kit: bool,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool] = lambda: False,
) -> Resealed:
    """Open a vault, find the one patient whom `words` mean (names, date of birth, number), seal their pictures anew.

    Raises:
        NotFound: nobody, or more than one patient. RoleRefused: who unlocks is no manager.
        Cancelled, EraseRefused, Corrupt, DiskFull, WriteFailed: see `Reencryption.run`.
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, RolledBack, Forked: it could not be opened.
    """
    with unlocked(folders, place, secrets, by_kit=by_kit) as opened:
        hits = opened.search_patients(words, 2)
        if len(hits) != 1:
            raise NotFound("these words mean no single patient")
        job = Reencryption(opened.inside)
        return job.run(hits[0].patient.patient, progress=progress, cancelled=cancelled)
