# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of the bite from outside: front in occlusion, right and left buccal in a mirror."""

from __future__ import annotations

import random

from PIL import ImageOps

from clinicam.camera.simulator.brush import Canvas, Point, points, smooth
from clinicam.camera.simulator.paint_teeth import CAVITY, Crown, Tooth, braces, gums, mouth, tooth, wetness

_I, _C, _P, _M = Crown.INCISOR, Crown.CANINE, Crown.PREMOLAR, Crown.MOLAR

_UPPER_HALF = (
    (146, 190, _I, 0),
    (114, 164, _I, 2),
    (116, 186, _C, 4),
    (98, 154, _P, 5),
    (82, 134, _P, 6),
    (70, 114, _M, 6),
)
"""Width, height, crown and lean of the upper teeth from the midline outwards, as the lens sees them."""
_LOWER_HALF = (
    (90, 144, _I, 0),
    (95, 146, _I, -1),
    (106, 162, _C, -3),
    (96, 138, _P, -4),
    (84, 122, _P, -5),
    (72, 102, _M, -5),
)


def front(canvas: Canvas) -> None:
    """Front view, teeth together, cheeks retracted, braces on."""
    chance = random.Random(7)  # noqa: S311
    mouth(canvas, centre=(750, 500))
    upper = _front_row(_UPPER_HALF, upper=True, edge=540, rise=46)
    lower = _front_row(_LOWER_HALF, upper=False, edge=512, rise=34)
    gums(canvas, upper, reach=150)
    gums(canvas, lower, reach=130)
    _frenum(canvas, (750, 250), 110, up=True)
    _frenum(canvas, (750, 752), 80, up=False)
    _gap(canvas, upper, lower)
    for one in _outside_first(lower):
        tooth(canvas, one, chance)
    canvas.soft(
        [*smooth([one.spot(0, 1.04) for one in upper], closed=False), (1300, 470), (200, 470)],
        (70, 36, 30),
        blur=12,
        alpha=0.4,
    )
    for one in _outside_first(upper):
        tooth(canvas, one, chance)
    braces(canvas, lower)
    braces(canvas, upper)
    wetness(
        canvas,
        [
            ((430, 300), 26, 7, -12),
            ((640, 262), 18, 6, 4),
            ((905, 268), 22, 6, -3),
            ((1090, 310), 20, 6, 14),
            ((520, 742), 18, 5, 10),
            ((980, 748), 22, 5, -8),
        ],
    )
    canvas.vignette(0.75)
    canvas.grain(2.4)


def right_mirror(canvas: Canvas) -> None:
    """Right side in a mirror, as the lens sees it: front teeth left, molars right."""
    _side(canvas, seed=11)


def left_mirror(canvas: Canvas) -> None:
    """Left side in a mirror, as the lens sees it: front teeth right, molars left."""
    _side(canvas, seed=23)
    canvas.image = ImageOps.mirror(canvas.image)


_UPPER_SIDE = (
    (84, 138, _I, -5),
    (88, 150, _I, -4),
    (118, 186, _C, -3),
    (120, 150, _P, 0),
    (118, 142, _P, 1),
    (178, 146, _M, 2),
    (160, 130, _M, 4),
    (96, 108, _M, 6),
)
_LOWER_SIDE = (
    (66, 116, _I, 4),
    (76, 122, _I, 4),
    (108, 158, _C, 3),
    (116, 134, _P, 0),
    (120, 126, _P, -2),
    (176, 128, _M, -3),
    (158, 116, _M, -5),
)


def _side(canvas: Canvas, *, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    mouth(canvas, centre=(760, 500))
    upper = _side_row(_UPPER_SIDE, upper=True, left=244, edge=536)
    lower = _side_row(_LOWER_SIDE, upper=False, left=226, edge=508)
    gums(canvas, upper, reach=150)
    gums(canvas, lower, reach=135)
    _gap(canvas, upper, lower)
    for one in lower:
        tooth(canvas, one, chance)
    canvas.soft(
        [*smooth([one.spot(0, 1.04) for one in upper], closed=False), (1280, 460), (220, 460)],
        (70, 36, 30),
        blur=12,
        alpha=0.4,
    )
    for one in upper:
        tooth(canvas, one, chance)
    braces(canvas, lower)
    braces(canvas, upper[:-1])
    wetness(
        canvas,
        [
            ((420, 318), 22, 6, -10),
            ((700, 268), 24, 6, 3),
            ((930, 270), 26, 6, 2),
            ((1150, 316), 18, 6, 12),
            ((600, 742), 20, 5, 6),
        ],
    )
    _mirror_edge(canvas)
    canvas.vignette(0.8)
    canvas.grain(2.4)


def _front_row(half: tuple[tuple[int, int, Crown, int], ...], *, upper: bool, edge: float, rise: float) -> list[Tooth]:
    """A row from the patient's right to left, symmetrical, its edge rising to the sides as a smile does."""
    side: list[Tooth] = []
    x = 750.0
    for index, (width, height, crown, lean) in enumerate(half):
        far = max(0.0, (index - 2) / 4)
        share = (x + width / 2 - 750) / 520
        short = 14 if upper and index == 1 else 0
        y = edge - rise * share**2 - short
        side.append(Tooth((x + width / 2, y), width * 1.04, height, lean, crown, upper, far))
        x += width
    mirrored = [Tooth((1500 - t.at[0], t.at[1]), t.width, t.height, -t.lean, t.crown, upper, t.far) for t in side]
    return mirrored[::-1] + side


def _side_row(teeth: tuple[tuple[int, int, Crown, int], ...], *, upper: bool, left: float, edge: float) -> list[Tooth]:
    """A row from the front backwards; the front teeth turn away, the last molar lies deep in the mirror."""
    row: list[Tooth] = []
    x = left
    for index, (width, height, crown, lean) in enumerate(teeth):
        far = max(0.0, (1.4 - index) / 4, (index - 5) / 3.2)
        bend = ((x + width / 2 - 760) / 560) ** 2 * 30
        long = 12 if crown is Crown.CANINE else 0
        y = edge - bend + (long if upper else -long)
        row.append(Tooth((x + width / 2, y), width * 1.03, height, lean, crown, upper, far))
        x += width
    return row


def _gap(canvas: Canvas, upper: list[Tooth], lower: list[Tooth]) -> None:
    """The dark between the rows, where they do not meet."""
    top = [(-80, 452), (upper[0].at[0] - 70, upper[0].at[1] - 44), *[one.spot(0, 0.7) for one in upper]]
    top += [(upper[-1].at[0] + 70, upper[-1].at[1] - 44), (1580, 452)]
    bottom = [
        (1580, 548),
        (lower[-1].at[0] + 120, lower[-1].at[1] + 34),
        *[one.spot(0, 0.7) for one in reversed(lower)],
    ]
    bottom += [(lower[0].at[0] - 120, lower[0].at[1] + 34), (-80, 548)]
    shape = smooth(top, closed=False) + smooth(bottom, closed=False)
    canvas.soft(shape, (92, 38, 38), blur=30, alpha=0.8)
    canvas.soft(shape, CAVITY, blur=9)


def _outside_first(row: list[Tooth]) -> list[Tooth]:
    return sorted(row, key=lambda one: -abs(one.at[0] - 750))


def _frenum(canvas: Canvas, foot: Point, length: float, *, up: bool) -> None:
    """The band of tissue at the midline."""
    sign = -1.0 if up else 1.0
    x, y = foot
    fold = [(x - 10, y), (x - 34, y + sign * length), (x + 34, y + sign * length), (x + 10, y)]
    canvas.soft(fold, (206, 130, 122), blur=14, alpha=0.8)
    canvas.line([(x, y), (x - 2, y + sign * length * 0.9)], (232, 168, 158), width=8, alpha=0.6, blur=6)


def _mirror_edge(canvas: Canvas) -> None:
    """The bright rim of the mirror at the right of the picture, and the retracted cheek behind it."""
    rim = smooth(points("1395,-20 1428,250 1436,520 1424,780 1388,1020"), closed=False)
    beyond = [*rim, (1560, 1020), (1560, -20)]
    canvas.gradient(beyond, ((148, 84, 80), (176, 104, 98), (132, 70, 68)))
    canvas.soft(beyond, (84, 42, 42), blur=20, alpha=0.25)
    canvas.line(rim, (70, 50, 50), width=16, alpha=0.55, blur=6)
    canvas.line(rim, (206, 214, 220), width=7)
    canvas.line([(x - 1.5, y) for x, y in rim], (255, 255, 255), width=2.2)
