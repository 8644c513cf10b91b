# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of one press of the shutter: short on the strip, whole to a screen reader, spoken of by its view."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from clinicam.capture.session import ON_ITS_WAY, Quality, ShotState
from clinicam.capture.views import ShotView, SittingView
from clinicam.errors import DiskFull, FrameRefused

_STATES = {
    ShotState.EXPOSED: QT_TRANSLATE_NOOP("shots", "not safe yet"),
    ShotState.ENCRYPTING: QT_TRANSLATE_NOOP("shots", "encrypting"),
    ShotState.SAFE: QT_TRANSLATE_NOOP("shots", "safe"),
    ShotState.UNFILED: QT_TRANSLATE_NOOP("shots", "kept, not filed"),
    ShotState.REFUSED: QT_TRANSLATE_NOOP("shots", "not kept"),
    ShotState.LOST: QT_TRANSLATE_NOOP("shots", "lost, take again"),
}
_QUALITIES = {
    Quality.GOOD: QT_TRANSLATE_NOOP("shots", "safe, sharp"),
    Quality.BLURRED: QT_TRANSLATE_NOOP("shots", "safe, blurred"),
    Quality.DARK: QT_TRANSLATE_NOOP("shots", "safe, dark"),
    Quality.BRIGHT: QT_TRANSLATE_NOOP("shots", "safe, too bright"),
}


def _tr(text: object) -> str:
    return QCoreApplication.translate("shots", str(text))


def shot_name(shot: ShotView, shots: tuple[ShotView, ...]) -> str:
    """``6 Right, mirror``, ``6 Retake``, its label if it has one, ``Body button`` for a frame nobody asked for."""
    if shot.view_index < 0:
        return _tr("Body button")
    if shot.label:
        return f"{shot.view_index + 1} {shot.label}"
    before = sum(one.view_index == shot.view_index and one.number < shot.number for one in shots)
    if before == 0:
        return f"{shot.view_index + 1} {shot.view_name}"
    again = _tr("Retake") if before == 1 else _tr("Retake {count}").format(count=before)
    return f"{shot.view_index + 1} {again}"


def shot_state(shot: ShotView) -> str:
    """Where the shot is, and once safe how good it is."""
    if shot.state is ShotState.SAFE and shot.quality is not None:
        return _tr(_QUALITIES[shot.quality])
    if shot.state is ShotState.REFUSED:
        if isinstance(shot.cause, FrameRefused):
            return _tr("not a picture")
        if isinstance(shot.cause, DiskFull):
            return _tr("no room, not kept")
    return _tr(_STATES[shot.state])


def shot_spoken(shot: ShotView, shots: tuple[ShotView, ...]) -> str:
    """The shot in one sentence."""
    name = shot_name(shot, shots)
    if shot.label and shot.view_index >= 0:
        name = f"{name} ({shot.view_name})"
    return f"{name}: {shot_state(shot)}"


def is_poor(shot: ShotView) -> bool:
    """Whether a person should look at the picture and perhaps take it again."""
    return shot.quality is not None and shot.quality is not Quality.GOOD


def newest_asked_for(view: SittingView) -> ShotView | None:
    """The newest shot somebody meant to take."""
    return next((shot for shot in reversed(view.shots) if shot.frame is not None), None)


def on_its_way(view: SittingView) -> tuple[ShotView, ...]:
    """Shots that are neither safe nor given up."""
    return tuple(shot for shot in view.shots if shot.state in ON_ITS_WAY)


def pictures(count: int) -> str:
    """``1 picture``, ``6 pictures``."""
    return _tr("1 picture") if count == 1 else _tr("{count} pictures").format(count=count)
