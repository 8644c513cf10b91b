# SPDX-License-Identifier: GPL-3.0-or-later
"""One line about the newest shot: on its way, safe and how good, or not kept. The only place that ranks these."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from clinicam.capture.session import Quality, SessionState, ShotState
from clinicam.capture.views import ShotView, SittingView
from clinicam.ui.messages import message_for
from clinicam.ui.shot_words import on_its_way

_FLOWING = frozenset({SessionState.READY, SessionState.EXPOSING, SessionState.FINISHING})
_QUALITIES = {
    Quality.GOOD: ("check", QT_TRANSLATE_NOOP("shotline", "Sharp, well exposed"), "safe"),
    Quality.BLURRED: ("triangle-alert", QT_TRANSLATE_NOOP("shotline", "Safe, but blurred"), "attention"),
    Quality.DARK: ("triangle-alert", QT_TRANSLATE_NOOP("shotline", "Safe, but dark"), "attention"),
    Quality.BRIGHT: ("triangle-alert", QT_TRANSLATE_NOOP("shotline", "Safe, but too bright"), "attention"),
}


@dataclass(frozen=True, slots=True)
class ShotLine:
    """A Lucide name, words, and one of safe, attention, work, stopped."""

    icon: str
    words: str
    meaning: str


def _tr(text: object) -> str:
    return QCoreApplication.translate("shotline", str(text))


def shot_line(view: SittingView) -> ShotLine | None:
    """What to say now, None while there is nothing to say."""
    waiting = on_its_way(view)
    if waiting:
        return _waiting(view, waiting)
    if view.problem is not None and view.state is SessionState.READY:
        return ShotLine("triangle-alert", message_for(view.problem).sentence, "attention")
    if not view.shots:
        return None
    return _settled(view.shots[-1])


def _waiting(view: SittingView, waiting: tuple[ShotView, ...]) -> ShotLine:
    number = waiting[-1].view_index + 1
    if view.state not in _FLOWING and waiting[-1].state is ShotState.EXPOSED:
        return ShotLine("triangle-alert", _tr("Shot {number} not safe yet").format(number=number), "attention")
    if len(waiting) > 1:
        return ShotLine("lock", _tr("Securing {count} shots").format(count=len(waiting)), "work")
    return ShotLine("lock", _tr("Securing shot {number}").format(number=number), "work")


def _settled(shot: ShotView) -> ShotLine:
    number = shot.view_index + 1
    if shot.state is ShotState.REFUSED:
        if shot.view_index < 0:
            return ShotLine("ban", _tr("Body button: not kept"), "stopped")
        return ShotLine("ban", _tr("Shot {number} not kept").format(number=number), "stopped")
    if shot.state is ShotState.LOST:
        return ShotLine("ban", _tr("Shot {number} lost").format(number=number), "stopped")
    if shot.state is ShotState.UNFILED:
        return ShotLine("folder-input", _tr("Kept, not filed yet"), "attention")
    if shot.quality is None:
        return ShotLine("check", _tr("Shot {number} is safe").format(number=number), "safe")
    icon, verdict, meaning = _QUALITIES[shot.quality]
    return ShotLine(icon, _tr(verdict), meaning)
