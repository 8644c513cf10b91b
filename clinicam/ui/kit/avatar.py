# SPDX-License-Identifier: GPL-3.0-or-later
"""Initials in a circle, and the round tick: people and steps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import draw_text
from clinicam.ui.theme import Theme


def draw_initials(painter: QPainter, theme: Theme, box: QRectF, letters: str, *, on: bool) -> None:
    """Initials of a member of staff; `on` is the one who is chosen."""
    rounded(painter, box, box.height() / 2, theme.color("accent" if on else "sunken"))
    ink = "on_accent" if on else "ink2"
    draw_text(painter, theme, box, letters, "strong", ink, align=Qt.AlignmentFlag.AlignHCenter)


def draw_step(painter: QPainter, theme: Theme, box: QRectF, number: int, *, done: bool, now: bool) -> None:
    """A numbered circle: filled tick when done, accent ring when it is the turn, plain ring before."""
    if done:
        rounded(painter, box, box.height() / 2, theme.color("accent"))
        inset = box.height() * 0.22
        place = box.adjusted(inset, inset, -inset, -inset)
        draw_icon(painter, "check", theme.color("on_accent").name(), place, 3)
        return
    width = theme.px(3 if now else 1.5)
    rounded(painter, box, box.height() / 2, theme.color("surface"), theme.color("accent" if now else "edge"), width)
    ink = "accent" if now else "ink2"
    draw_text(painter, theme, box, str(number), "strong", ink, align=Qt.AlignmentFlag.AlignHCenter)
