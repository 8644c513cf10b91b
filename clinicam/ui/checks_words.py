# SPDX-License-Identifier: GPL-3.0-or-later
"""The rolling check and the chains in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from clinicam.practice.checks import ChainLine
from clinicam.ui.words import day_of, shown_date, shown_time
from clinicam.vault.damage import Damage
from clinicam.vault.scrub import WEEK_MS, ScrubProgress

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS


def tr(text: str) -> str:
    """In the language of the screen."""
    return QCoreApplication.translate("checks", text)


def progress_words(progress: ScrubProgress, now_ms: int) -> tuple[str, str]:
    """The tile's large and small line."""
    if not progress.began_ms:
        return tr("Not begun"), tr("It begins when nobody is photographing.")
    wrong = found_words(progress.found)
    if progress.began_ms <= progress.finished_ms:
        if not progress.finished_of:
            return tr("Nothing to check"), tr("There are no pictures yet.")
        big = tr("All, {when}").format(when=moment_words(progress.finished_ms, now_ms))
        count = f"{progress.finished_of:,}"
        return big, tr("{count} files, {wrong}").format(count=count, wrong=found_words(progress.finished_found))
    week = progress.cycle_ms == WEEK_MS
    big = tr("{percent} % this week") if week else tr("{percent} % of this round")
    done, of = f"{progress.done:,}", f"{progress.of:,}"
    return big.format(percent=progress.percent), tr("{done} of {of} files, {wrong}").format(
        done=done, of=of, wrong=wrong
    )


def found_words(found: int) -> str:
    """What came of it."""
    if not found:
        return tr("nothing wrong")
    return tr("1 thing wrong") if found == 1 else tr("{count} things wrong").format(count=found)


def moment_words(wall_ms: int, now_ms: int) -> str:
    """Today's time, or a date with it."""
    day, time = day_of(wall_ms), shown_time(wall_ms)
    return tr("today {time}").format(time=time) if day == day_of(now_ms) else f"{shown_date(day)} {time}"


def since_words(wall_ms: int, now_ms: int) -> str:
    """How long ago a chain's last row was written."""
    past = now_ms - wall_ms
    if 0 <= past < _MINUTE_MS:
        return tr("now")
    if 0 <= past < _HOUR_MS:
        return tr("last row {count} min ago").format(count=past // _MINUTE_MS)
    return tr("last row {when}").format(when=moment_words(wall_ms, now_ms))


def chain_name(line: ChainLine) -> str:
    """How a workstation is called."""
    return tr("This computer") if line.is_mine else tr("Computer {short}").format(short=line.short)


def rows_words(rows: int) -> str:
    """How long a chain is."""
    return tr("1 row") if rows == 1 else tr("{count} rows").format(count=f"{rows:,}")


def damage_words(damage: Damage, now_ms: int) -> str:
    """One finding, and who met it when."""
    by = {"scrub": tr("rolling check"), "verify": tr("full check")}.get(damage.source, tr("while reading"))
    return tr("{finding} ({by}, {when})").format(
        finding=damage.finding, by=by, when=moment_words(damage.found_ms, now_ms)
    )
