# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's state in words, for chips and tiles outside a session."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.ui.kit import Meaning


@dataclass(frozen=True, slots=True)
class CameraWords:
    """`state` is short enough for a chip."""

    state: str
    detail: str
    icon: str
    meaning: Meaning


def camera_words(status: CameraStatus) -> CameraWords:
    """What the camera says of itself. Unknown is said as unknown."""
    tr = QCoreApplication.translate
    table: dict[CameraState, tuple[str, str, str, Meaning]] = {
        CameraState.ABSENT: (
            tr("camera", "No camera"),
            tr("camera", "Switch it on and plug in its cable."),
            "camera-off",
            "neutral",
        ),
        CameraState.CONNECTING: (
            tr("camera", "Camera connecting"),
            tr("camera", "A few seconds."),
            "hourglass",
            "work",
        ),
        CameraState.READY: (
            tr("camera", "Camera ready"),
            tr("camera", "closed until a patient has agreed"),
            "camera",
            "safe",
        ),
        CameraState.ARMED: (tr("camera", "Camera open"), tr("camera", "a session is running"), "aperture", "safe"),
        CameraState.LOST: (tr("camera", "Camera lost"), tr("camera", "Look at cable and battery."), "", "attention"),
        CameraState.CLAIMED: (
            tr("camera", "Camera held"),
            tr("camera", "Another program is holding it."),
            "",
            "attention",
        ),
        CameraState.REFUSED: (
            tr("camera", "Camera not usable"),
            tr("camera", "It would keep pictures on its card."),
            "ban",
            "stopped",
        ),
        CameraState.RESTARTING: (
            tr("camera", "Camera restarting"),
            tr("camera", "A few seconds."),
            "hourglass",
            "work",
        ),
    }
    state, detail, icon, meaning = table[status.state]
    if status.state in {CameraState.READY, CameraState.ARMED}:
        name = ", ".join(part for part in (status.model, status.serial) if part)
        if status.simulated:
            name = tr("camera", "{name}, simulated").format(name=name) if name else tr("camera", "simulated")
        battery = tr("camera", "battery {level}").format(level=status.battery) if status.battery else ""
        detail = "  ·  ".join(part for part in (name, battery) if part) or detail
    return CameraWords(state, detail, icon, meaning)
