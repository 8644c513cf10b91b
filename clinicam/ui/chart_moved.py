# SPDX-License-Identifier: GPL-3.0-or-later
"""What the chart says of pictures that came from another patient's chart or went to one. The other is never named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clinicam.ui.words import day_of, shown_date

if TYPE_CHECKING:
    from clinicam.vault.moving import MoveNote


def _tr(text: str) -> str:
    return QCoreApplication.translate("chart", text)


def moved_words(history: Sequence[tuple[int, MoveNote]]) -> str:
    """A sentence for those that came and one for those that went, with the day of the last; empty if there are none."""
    return " ".join(filter(None, (_came(_of(history, arrival=True)), _went(_of(history, arrival=False)))))


def _of(history: Sequence[tuple[int, MoveNote]], *, arrival: bool) -> tuple[int, str]:
    """How many frames, and the last day."""
    mine = [(at_ms, note) for at_ms, note in history if note.is_arrival is arrival]
    frames = {one.new_frame for _, note in mine for one in note.objects}
    return len(frames), shown_date(day_of(max(at_ms for at_ms, _ in mine))) if mine else ""


def _came(found: tuple[int, str]) -> str:
    number, day = found
    if number < 2:
        return _tr("1 picture was moved here from another patient, {day}.").format(day=day) if number else ""
    return _tr("{number} pictures were moved here from another patient, last {day}.").format(number=number, day=day)


def _went(found: tuple[int, str]) -> str:
    number, day = found
    if number < 2:
        return _tr("1 picture was moved from here to another patient, {day}.").format(day=day) if number else ""
    return _tr("{number} pictures were moved from here to another patient, last {day}.").format(number=number, day=day)
