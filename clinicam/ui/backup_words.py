# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of backups: when, where, how much, and what a manager should do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication

from clinicam.practice.backups import DAY_MS, BackupState, Progress
from clinicam.ui.messages_backup import BACKUP_REASONS
from clinicam.ui.words import day_of, shown_date, shown_time, today
from clinicam.vault.backup import BackupProgress, Stage
from clinicam.vault.restorereport import RestoreProgress, RestoreReport, RestoreStage


def _tr(text: str) -> str:
    return QCoreApplication.translate("backup", text)


class Wanted(Enum):
    """What a button beside a sentence about backups does."""

    PLACE = auto()
    """name a folder"""
    START = auto()
    """back up now"""
    DRILL = auto()
    """try to restore"""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence that asks for something. `meaning` is a kind of `kit.Notice`."""

    lead: str
    text: str
    meaning: str
    wanted: Wanted
    button: str


def size_words(size: int) -> str:
    """``118 GB``, ``3.4 MB``."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            count = size / unit
            return f"{count:,.0f} {name}" if count >= 10 else f"{count:.1f} {name}"
    return _tr("{count} bytes").format(count=size)


def when(wall_ms: int) -> str:
    """``Today, 02:14``, ``Yesterday, 13:00`` or ``12 Oct 2026, 13:00``; local time."""
    day, time = day_of(wall_ms), shown_time(wall_ms)
    ago = (today() - day).days
    if ago in {0, 1}:
        word = _tr("Today") if ago == 0 else _tr("Yesterday")
        return f"{word}, {time}"
    return f"{shown_date(day)}, {time}"


def place_words(place: str) -> str:
    """The last part of a folder's path, by which people call it."""
    return PurePath(place).name or place


def tile_words(state: BackupState) -> tuple[str, str, str]:
    """What the tile says: large, below, and small."""
    if not state.place:
        return _tr("None"), _tr("no folder is named"), ""
    name = place_words(state.place)
    if state.made is None:
        return _tr("None yet"), _tr("to {place}").format(place=name), ""
    detail = _tr("{size} sealed, {count} files new").format(
        size=size_words(state.made.size), count=f"{state.made.copied:,}"
    )
    return when(state.made.at_ms), _tr("to {place}, read back and compared").format(place=name), detail


def backup_remark(state: BackupState) -> Remark | None:
    """The one thing about backups that matters most now."""
    if not state.place:
        return Remark(
            _tr("There is no backup."),
            _tr("A fire, a theft or a failed disk would take every picture. Name a folder on a server or a NAS."),
            "stopped",
            Wanted.PLACE,
            _tr("Name a folder"),
        )
    if state.failed is not None:
        reason = BACKUP_REASONS.get(state.failed.reason, ("", ""))[0]
        why = QCoreApplication.translate("messages", reason) if reason else ""
        return Remark(
            _tr("The last backup was not completed."),
            f"{why} {_tr('The one before it stands.')}".strip(),
            "stopped" if state.made is None else "attention",
            Wanted.START,
            _tr("Back up now"),
        )
    if state.is_old:
        return Remark(
            _tr("The backup is old."),
            _tr("The last one was {days} days ago.").format(days=_days(state))
            if state.made
            else _tr("None was made yet."),
            "attention",
            Wanted.START,
            _tr("Back up now"),
        )
    if not state.is_off_machine:
        return Remark(
            _tr("There is no backup outside this computer."),
            _tr("Fire or theft would take both. Name a folder on a server or a NAS."),
            "stopped",
            Wanted.PLACE,
            _tr("Name a folder"),
        )
    return None


def _days(state: BackupState) -> int:
    return (state.now_ms - state.made.at_ms) // DAY_MS if state.made is not None else 0


def drill_remark(state: BackupState) -> Remark | None:
    """Whether a trial restore is due."""
    if not state.is_drill_due:
        return None
    every = state.policy.drill_days
    if state.drill is None:
        last = _tr("Nobody has tried yet; it should be done every {every} days.").format(every=every)
    else:
        last = _tr("The last one was {ago} days ago; it should be done every {every} days.").format(
            ago=state.drill_days, every=every
        )
    last = f"{last} {_tr('It opens every picture and changes nothing.')}"
    return Remark(
        _tr("A trial restore is due."),
        last,
        "attention",
        Wanted.DRILL,
        _tr("Start trial restore"),
    )


def progress_words(progress: Progress | None) -> tuple[str, int, int]:
    """What is going on, done and of; of 0 is unknown."""
    if isinstance(progress, RestoreProgress):
        if progress.stage is RestoreStage.COPY:
            return _tr("Trial restore: copying out of the backup"), progress.done // 1000, progress.of // 1000
        return _tr("Trial restore: opening every picture"), progress.done, progress.of
    if isinstance(progress, BackupProgress):
        if progress.stage is Stage.REREAD:
            return _tr("Backup: reading today's part again"), progress.done // 1000, progress.of // 1000
        if progress.stage is Stage.OBJECTS:
            return _tr("Backup: copying what is new"), progress.done, progress.of
        return _tr("Backup: ledger and keys"), 0, 0
    return _tr("Beginning"), 0, 0


def drill_words(report: RestoreReport) -> str:
    """What a trial restore came to."""
    if report.ok:
        return _tr("The backup can be restored: {count} files opened, all unchanged.").format(
            count=f"{report.objects:,}"
        )
    return _tr(
        "{count} things in the backup are missing or damaged. “clinicam vault restore --drill” names them."
    ).format(count=len(report.findings))
