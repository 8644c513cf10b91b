# SPDX-License-Identifier: GPL-3.0-or-later
"""What a session says of its state: the chip on the stage, the chip in the banner, and what a screen reader hears."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from clinicam.camera.port import CameraState
from clinicam.capture.session import SessionState
from clinicam.capture.views import SittingView
from clinicam.ui.kit.chip import Meaning
from clinicam.ui.live_stage import StageStatus
from clinicam.ui.shot_line import shot_line
from clinicam.ui.shot_words import on_its_way, pictures

_S = SessionState
_WITHDRAWN_CODES = frozenset({"C3", "C5", "C6", "C7"})


def _tr(text: str) -> str:
    return QCoreApplication.translate("session", text)


def stage_words(view: SittingView) -> tuple[StageStatus | None, str, str]:
    """The chip, the hint of the view, and the sentence while there is no live picture."""
    hint = view.series.views[view.view_index].hint
    if view.state is _S.READY:
        empty = _tr("The live view starts.") if view.live_on else _tr("This camera shows no live view. Shooting works.")
        return StageStatus("shield-check", _tr("Ready to shoot"), "safe"), hint, empty
    if view.state is _S.EXPOSING:
        return StageStatus("aperture", _tr("Shooting"), "work"), hint, ""
    if view.state is _S.PREPARING:
        return StageStatus("hourglass", _tr("Camera gets ready"), "work"), "", _tr("The camera gets ready.")
    if view.state is _S.FINISHING:
        waiting = pictures(len(on_its_way(view)))
        return None, "", _tr("Finishing. {pictures} on the way to safe.").format(pictures=waiting)
    return None, "", _tr("One moment: the camera is looked at.")


def banner_chip(view: SittingView, *, short: bool = False) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of the chip beside the patient's name; `short` where large text leaves little room."""
    if view.state is _S.STOPPED:
        return "ban", _tr("Care: withdrawn"), "stopped"
    if {standing.code for standing in view.blockers} & _WITHDRAWN_CODES:
        return "triangle-alert", _tr("Care: ask again"), "attention"
    if view.state is _S.PAUSED:
        return "pause", _tr("Paused") if short else _tr("Paused, consent holds"), "attention"
    if view.state is _S.STOP_ASKED:
        return "octagon", _tr("Stopped"), "stopped"
    return "check", _tr("Care: yes, today"), "safe"


_SPOKEN = {
    _S.PREPARING: "The camera gets ready",
    _S.READY: "Ready to shoot",
    _S.TROUBLE: "The camera is closed",
    _S.PAUSED: "Paused",
    _S.STOP_ASKED: "Stopped. Break, finished, or the patient has withdrawn?",
    _S.FINISHING: "Finishing",
    _S.FINISHED: "Session finished",
    _S.STOPPED: "The withdrawal is recorded",
}


def spoken(view: SittingView) -> tuple[str, str]:
    """The state, and the newest shot, each as a screen reader should hear it once."""
    state = _tr(_SPOKEN[view.state]) if view.state in _SPOKEN else ""
    if view.state is _S.TROUBLE and view.camera.state is CameraState.RESTARTING:
        state = _tr("The camera is started again")
    line = shot_line(view)
    return state, line.words if line is not None else ""
