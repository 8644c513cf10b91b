# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenes the simulated camera can look at, by name."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from clinicam.camera.simulator import paint_plain
from clinicam.camera.simulator.brush import Canvas

SCENES: dict[str, Callable[[Canvas], None]] = {"front": paint_plain.draw}
"""Name of each scene and its painter, in the order of a sitting."""

DEFAULT = "front"


def paint(scene: str, size: tuple[int, int]) -> Image.Image:
    """Paint one scene as an RGB picture. Raises `KeyError` for an unknown one."""
    canvas = Canvas(*size, (128, 128, 128))
    SCENES[scene](canvas)
    return canvas.image
