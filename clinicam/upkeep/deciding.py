# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault that will not simply open: what is wrong with it, and a manager's decision to go on or to rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Gate
from clinicam.settings import Folders
from clinicam.upkeep.opening import Secrets, host_of, place_of
from clinicam.vault.acts import What
from clinicam.vault.device_key import OsKeyStore
from clinicam.vault.readonly import ReadOnlyVault
from clinicam.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Decided:
    """What was wrong, and, if somebody went on, what came of it. `rows` are those that are whole."""

    problems: tuple[str, ...]
    rows: int
    images: int
    went_on: bool = False
    recovered: int = 0
    alarms: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def decide(
    folders: Folders, place: Path | None, secrets: Secrets, *, by_kit: bool, rebuild: bool, go_on: bool
) -> Decided:
    """Look at a vault, and with `go_on` go on from what is there: as it is, or rebuilt. Then everything is checked.

    Raises:
        VaultMissing, AlreadyRunning, WrongPassword, LockedOut, Corrupt: its keys could not be opened.
        RoleRefused: no manager. DiskFull, WriteFailed: call it again.
    """
    with _looking(folders, place, secrets, by_kit=by_kit) as (vault, looking):
        problems = tuple(str(problem) for problem in looking.problems)
        counts = looking.counts()
        if not go_on:
            return Decided(problems, counts.rows, counts.images)
        gate = Gate(SystemClock())  # mints nothing here: whoever only looks after the vault can add no picture
        opened = vault.rebuild(looking, gate) if rebuild else vault.accept_history(looking, gate)
        recovered = opened.counts().acts.get(What.IMAGE_RECOVERED.value, 0)
        report = opened.verify(deep=False, progress=lambda _done, _of: None, cancelled=lambda: False)
        after = opened.counts()
        return Decided(
            problems,
            after.rows,
            after.images,
            went_on=True,
            recovered=recovered,
            alarms=tuple(dict.fromkeys((*opened.alarms, *report.alarms))),
            findings=report.findings,
        )


@contextmanager
def _looking(
    folders: Folders, place: Path | None, secrets: Secrets, *, by_kit: bool
) -> Iterator[tuple[Vault, ReadOnlyVault]]:
    vault = Vault.open(place_of(folders, place), host_of(folders), device_keys=OsKeyStore())
    try:
        if by_kit:
            looking = vault.unlock_read_only_with_kit(secrets.kit())
        else:
            looking = vault.unlock_read_only(secrets.choose(vault.logins()), secrets.password())
        yield vault, looking
    finally:
        vault.close()
