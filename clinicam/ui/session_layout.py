# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the parts of a session stand. Three forms: a usual window, full HD, and large text in a small window."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRect

_WIDE, _TALL = 1700, 900
_NARROW, _LOW = 1100, 560


@dataclass(frozen=True, slots=True)
class Places:
    """Rectangles in px of the window. `short`: dots, last shot and a bottom bar; `large`: room for the earlier picture."""

    short: bool
    large: bool
    banner: QRect
    stop: QRect
    rail: QRect
    stage: QRect
    strip: QRect
    control: QRect


def form_of(width: float, height: float) -> tuple[bool, bool]:
    """(short, large) for a session of `width` x `height` unscaled px."""
    return width < _NARROW or height < _LOW, width >= _WIDE and height >= _TALL


def places(width: int, height: int, scale: float, banner_height: int) -> Places:
    """Places for a session of `width` x `height` px at `scale`. `banner_height` is what its words need, px."""

    def px(value: float) -> int:
        return round(value * scale)

    short, large = form_of(width / scale, height / scale)
    top = max(px(88 if large else 72), banner_height)
    stop_width = min(px(132 if short else 256 if large else 212), width // 3)
    banner = QRect(0, 0, width - stop_width, top)
    stop = QRect(width - stop_width, 0, stop_width, top)
    room = height - top
    if short:
        bar = min(px(84), room // 2)
        rail, last = min(px(65), width // 4), min(px(128), width // 4)
        middle = room - bar
        return Places(
            True,
            False,
            banner,
            stop,
            QRect(0, top, rail, middle),
            QRect(rail, top, width - rail - last, middle),
            QRect(width - last, top, last, middle),
            QRect(0, top + middle, width, bar),
        )
    side, strip = px(344 if large else 264), px(147 if large else 123)
    stage = width - 2 * side
    return Places(
        False,
        large,
        banner,
        stop,
        QRect(0, top, side, room),
        QRect(side, top, stage, room - strip),
        QRect(side, height - strip, stage, strip),
        QRect(width - side, top, side, room),
    )


def alone(places: Places, width: int, height: int, *, bar: bool) -> Places:
    """Large text in a small window: a question takes the room of the view dots and the last shot too.

    `bar` keeps the bottom bar (finish must stay in reach while a blocker stands).
    """
    nothing = QRect(0, height, 0, 0)
    top = places.stage.y()
    foot = places.control.y() if bar else height
    return replace(
        places,
        rail=nothing,
        strip=nothing,
        stage=QRect(0, top, width, foot - top),
        control=places.control if bar else nothing,
    )


def mirrored(places: Places, width: int) -> Places:
    """The same for right-to-left reading. STOP stays where the hand has learned it."""

    def other(rect: QRect) -> QRect:
        return QRect(width - rect.x() - rect.width(), rect.y(), rect.width(), rect.height())

    return replace(
        places,
        rail=other(places.rail),
        stage=other(places.stage),
        strip=other(places.strip),
        control=other(places.control),
    )
