# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes the simulated camera can look at. Each has the code of the view it shows and a word."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from clinicam.camera.simulator import paint_arch, paint_bite, paint_face, paint_skin
from clinicam.camera.simulator.brush import Canvas

SCENES: dict[str, tuple[str, Callable[[Canvas], None]]] = {
    "EV15": ("face-rest", paint_face.rest),
    "EV19": ("face-smile", paint_face.smile),
    "EV12": ("face-half-right", paint_face.half_right),
    "EV03": ("face-profile-right", paint_face.profile_right),
    "IV07": ("teeth-front", paint_bite.front),
    "IV03": ("teeth-right", paint_bite.right_mirror),
    "IV20": ("teeth-left", paint_bite.left_mirror),
    "IV25": ("arch-upper", paint_arch.upper),
    "IV27": ("arch-lower", paint_arch.lower),
    "SK01": ("skin-where", paint_skin.where),
    "SK02": ("skin-context", paint_skin.context),
    "SK03": ("skin-close", paint_skin.close),
    "SK04": ("skin-scale", paint_skin.scale),
    "SK05": ("skin-oblique", paint_skin.oblique),
}
"""View code (ADA-1100; SK is ours, for skin) to name and painter, in the order of a sitting."""

DEFAULT = "IV07"


def find(name: str) -> str | None:
    """The view code for a code or a name in any case; None if there is no such scene."""
    wanted = name.strip().lower()
    return next((code for code, (word, _) in SCENES.items() if wanted in {code.lower(), word}), None)


def paint(code: str, size: tuple[int, int]) -> Image.Image:
    """Paint one scene as an RGB picture of `size` pixels. Raises `KeyError` for an unknown code."""
    canvas = Canvas(*size, (128, 128, 128))
    SCENES[code][1](canvas)
    return canvas.image
