# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole arches in a mirror, seen on their biting surfaces: upper with the palate, lower with the tongue."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise

from PIL import ImageOps

from clinicam.camera.simulator.brush import Canvas, Colour, Point, ellipse, mix, place, points, smooth
from clinicam.camera.simulator.paint_teeth import ENAMEL, GUM, GUM_SHADE, MUCOSA, MUCOSA_DEEP, NECK, mouth

_FISSURE: Colour = (150, 112, 78)

_BITE = {
    "incisor": (
        (-0.5, 0.1),
        (-0.36, -0.34),
        (0, -0.46),
        (0.36, -0.34),
        (0.5, 0.1),
        (0.3, 0.36),
        (0, 0.5),
        (-0.3, 0.36),
    ),
    "canine": (
        (-0.46, 0.06),
        (-0.3, -0.38),
        (0, -0.52),
        (0.3, -0.38),
        (0.46, 0.06),
        (0.26, 0.4),
        (0, 0.52),
        (-0.26, 0.4),
    ),
    "premolar": (
        (-0.46, -0.18),
        (-0.24, -0.48),
        (0.24, -0.48),
        (0.46, -0.18),
        (0.42, 0.26),
        (0.2, 0.5),
        (-0.2, 0.5),
        (-0.42, 0.26),
    ),
    "molar": (
        (-0.48, -0.3),
        (-0.3, -0.49),
        (0, -0.44),
        (0.3, -0.49),
        (0.48, -0.3),
        (0.47, 0.3),
        (0.3, 0.5),
        (0, 0.45),
        (-0.3, 0.5),
        (-0.47, 0.3),
    ),
}
"""Outlines seen from the biting side: cheek side up, width along the arch."""

_UPPER: tuple[tuple[str, float, float], ...] = (
    ("incisor", 92, 62), ("incisor", 76, 58), ("canine", 80, 80), ("premolar", 76, 96), ("premolar", 76, 98), ("molar", 112, 116), ("molar", 104, 112),
)  # fmt: skip
_LOWER: tuple[tuple[str, float, float], ...] = (
    ("incisor", 56, 56), ("incisor", 60, 58), ("canine", 72, 74), ("premolar", 76, 84), ("premolar", 78, 88), ("molar", 122, 108), ("molar", 114, 106),
)  # fmt: skip
"""Kind, width along the arch and depth across it, from the midline backwards."""


def upper(canvas: Canvas) -> None:
    """Upper arch: front teeth at the top, hard palate between."""
    mouth(canvas, centre=(750, 560))
    seats = _seats(_UPPER, apex=128.0, half_width=440.0, length=800.0, grown=1.34)
    _ridge(canvas, seats, reach=74)
    canvas.soft(_inner(seats, -30), (172, 92, 88), blur=24, alpha=0.95)
    canvas.soft(_inner(seats, -96), (208, 140, 130), blur=50, alpha=0.95)
    canvas.glow((750, 820), 300, 330, (146, 70, 70), alpha=0.6)
    _rugae(canvas)
    canvas.line([(750, 340), (748, 560), (750, 1010)], (226, 164, 152), width=10, alpha=0.55, blur=7)
    canvas.line([(758, 350), (756, 560), (758, 1010)], (142, 72, 70), width=5, alpha=0.4, blur=5)
    canvas.soft(ellipse((750, 304), 20, 30), (232, 158, 148), blur=8, alpha=0.9)
    _teeth(canvas, seats, seed=31)
    for at, rx, ry, turn in (
        ((690, 450), 40, 6, -14),
        ((822, 470), 30, 6, 16),
        ((560, 690), 10, 56, 10),
        ((944, 680), 10, 50, -10),
    ):
        canvas.soft(ellipse(at, rx, ry, turn=turn), (255, 238, 232), blur=8, alpha=0.45)
    _lips(canvas)
    canvas.vignette(0.75)
    canvas.grain(2.4)


def lower(canvas: Canvas) -> None:
    """Lower arch: front teeth at the bottom, tongue between."""
    mouth(canvas, centre=(750, 560))
    seats = _seats(_LOWER, apex=128.0, half_width=430.0, length=800.0, grown=1.34)
    _ridge(canvas, seats, reach=64)
    canvas.soft(_inner(seats, -34), (104, 44, 46), blur=20, alpha=0.95)
    tongue = smooth([
        (520, 1060),
        (478, 780),
        (530, 520),
        (640, 380),
        (750, 348),
        (860, 380),
        (970, 520),
        (1022, 780),
        (980, 1060),
    ])
    canvas.soft(place(tongue, (0, -10)), (70, 26, 30), blur=16, alpha=0.7)
    canvas.gradient(tongue, ((214, 128, 124), (202, 110, 108), (176, 86, 88)))
    canvas.volume(tongue, depth=60, gain=0.5, shade=(112, 40, 46), light=(246, 186, 178))
    canvas.rim(tongue, (140, 62, 66), depth=40, alpha=0.5)
    canvas.line(smooth([(750, 430), (744, 640), (752, 1010)], closed=False), (148, 68, 72), width=9, alpha=0.5, blur=7)
    chance = random.Random(5)  # noqa: S311
    for _ in range(240):
        angle, out = chance.uniform(0, 2 * math.pi), math.sqrt(chance.random())
        spot = (750 + math.cos(angle) * out * 225, 700 + math.sin(angle) * out * 290)
        canvas.soft(ellipse(spot, 5, 4, steps=10), (232, 158, 150), blur=3, alpha=0.35)
    canvas.soft(ellipse((668, 560), 14, 90, turn=12), (255, 232, 226), blur=14, alpha=0.35)
    _teeth(canvas, seats, seed=37)
    canvas.image = ImageOps.flip(canvas.image)
    _lips(canvas)
    canvas.vignette(0.75)
    canvas.grain(2.4)


class _Seat:
    """Where one tooth stands: centre, direction along the arch in degrees, kind and size."""

    def __init__(self, at: Point, turn: float, kind: str, width: float, depth: float) -> None:
        self.at, self.turn, self.kind, self.width, self.depth = at, turn, kind, width, depth

    def out(self, distance: float) -> Point:
        """A point so far towards the cheek (negative: towards the tongue)."""
        return place([(0, -distance)], self.at, turn=self.turn)[0]


def _seats(
    half: Sequence[tuple[str, float, float]], *, apex: float, half_width: float, length: float, grown: float
) -> list[_Seat]:
    """Teeth along a parabola-like arch that opens downwards, the patient's right molars first."""
    curve: list[Point] = []
    for step in range(241):
        angle = math.pi / 2 * step / 200
        x = half_width * math.sin(min(angle, math.pi / 2)) ** 0.92
        curve.append((750 + x, apex + length * (1 - math.cos(min(angle, math.pi / 2) * 0.995)) ** 0.86))
    side: list[_Seat] = []
    travelled, index = 0.0, 1
    for kind, small_width, small_depth in half:
        width, depth = small_width * grown, small_depth * grown
        goal = travelled + width / 2
        walked = _length(curve, index)
        while walked < goal and index < len(curve) - 1:
            index += 1
            walked = _length(curve, index)
        a, b = curve[index - 1], curve[min(index + 1, len(curve) - 1)]
        side.append(_Seat(curve[index], math.degrees(math.atan2(b[1] - a[1], b[0] - a[0])), kind, width, depth))
        travelled += width
    mirrored = [_Seat((1500 - s.at[0], s.at[1]), -s.turn, s.kind, s.width, s.depth) for s in side]
    return mirrored[::-1] + side


def _length(curve: Sequence[Point], upto: int) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(curve[: upto + 1]))


def _loop(seats: Sequence[_Seat], *, outside: float, inside: float) -> list[Point]:
    outer = [s.out(s.depth / 2 + outside) for s in seats]
    inner = [s.out(-s.depth / 2 + inside) for s in seats]
    tail = [(outer[-1][0] - 6, outer[-1][1] + 90), (inner[-1][0], inner[-1][1] + 90)]
    head = [(inner[0][0], inner[0][1] + 90), (outer[0][0] + 6, outer[0][1] + 90)]
    return smooth([*outer, *tail, *reversed(inner), *head])


def _inner(seats: Sequence[_Seat], inset: float) -> list[Point]:
    inner = [s.out(-s.depth / 2 + inset + 40) for s in seats]
    return smooth([*inner, (inner[-1][0], 1080), (inner[0][0], 1080)])


def _ridge(canvas: Canvas, seats: Sequence[_Seat], *, reach: float) -> None:
    """The gum the teeth stand in: a dark fold around it, then the ridge, palest beside the teeth."""
    canvas.soft(_loop(seats, outside=reach + 46, inside=-reach), MUCOSA_DEEP, blur=30, alpha=0.75)
    canvas.soft(_loop(seats, outside=reach, inside=-reach), GUM_SHADE, blur=16, alpha=0.9)
    canvas.soft(_loop(seats, outside=reach * 0.72, inside=-reach * 0.8), GUM, blur=18, alpha=0.95)
    for seat in seats:
        canvas.soft(
            ellipse(seat.out(seat.depth * 0.5 + reach * 0.34), seat.width * 0.3, reach * 0.26, turn=seat.turn),
            (236, 176, 166),
            blur=13,
            alpha=0.6,
        )


def _rugae(canvas: Canvas) -> None:
    """The folds behind the upper front teeth."""
    for index, y in enumerate((366, 412, 460, 510)):
        for sign in (-1, 1):
            reach = 108 + index * 26
            fold = smooth(
                [(750 + sign * 16, y + 6), (750 + sign * reach * 0.5, y - 12), (750 + sign * reach, y + 10)],
                closed=False,
            )
            canvas.line([(x, yy + 7) for x, yy in fold], (140, 68, 66), width=8, alpha=0.5, blur=5)
            canvas.line(fold, (238, 178, 166), width=8, alpha=0.6, blur=5)


def _teeth(canvas: Canvas, seats: Sequence[_Seat], *, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for seat in seats:
        outline = place(smooth(_BITE[seat.kind], steps=8), seat.at, turn=seat.turn, sx=seat.width * 1.02, sy=seat.depth)
        canvas.soft(place(outline, (0, 6)), (112, 46, 44), blur=11, alpha=0.6)
        body = mix(ENAMEL, NECK, 0.25 + chance.uniform(0, 0.3))
        canvas.gradient(outline, (ENAMEL, body, mix(body, NECK, 0.6)), turn=-seat.turn)
        canvas.rim(outline, (150, 108, 74), depth=seat.depth * 0.16, alpha=0.5)
        canvas.volume(outline, depth=seat.depth * 0.18, gain=0.6, shade=(126, 86, 58))
        _surface(canvas, seat, outline)


def _surface(canvas: Canvas, seat: _Seat, outline: Sequence[Point]) -> None:
    """What the biting side shows: edges in front, fissures behind."""

    def at(path: Sequence[Point]) -> list[Point]:
        return place(path, seat.at, turn=seat.turn, sx=seat.width, sy=seat.depth)

    if seat.kind in {"incisor", "canine"}:
        canvas.line(
            smooth(at([(-0.38, -0.12), (0, -0.26), (0.38, -0.12)]), closed=False),
            (255, 253, 246),
            width=9,
            alpha=0.7,
            blur=4,
        )
        canvas.soft(at(ellipse((0, 0.16), 0.24, 0.18)), (196, 164, 124), blur=8, alpha=0.5, within=outline)
        return
    canvas.soft(at(ellipse((0, 0), 0.27, 0.24)), (206, 174, 132), blur=10, alpha=0.6, within=outline)
    arms: list[list[Point]] = [points("-0.3,0.02 -0.1,-0.03 0.1,0.03 0.3,-0.02")]
    if seat.kind == "molar":
        arms += [[(-0.02, 0.02), (-0.1, -0.2), (-0.06, -0.34)], [(0.04, 0.0), (0.12, 0.2), (0.08, 0.36)]]
        arms += [[(-0.3, 0.02), (-0.38, -0.1)], [(0.3, -0.02), (0.38, 0.1)]]
    else:
        arms += [[(-0.26, 0.0), (-0.32, -0.12)], [(0.26, 0.0), (0.32, 0.12)]]
    for arm in arms:
        canvas.line(smooth(at(arm), closed=False), _FISSURE, width=4.6, alpha=0.75, blur=1.6)
    for x, y in ((-0.24, -0.27), (0.24, -0.27), (-0.24, 0.3), (0.24, 0.3)):
        if seat.kind == "molar" or abs(x) > 0.3:
            canvas.soft(at(ellipse((x, y), 0.09, 0.07)), (255, 255, 250), blur=6, alpha=0.65)
    if seat.kind == "premolar":
        for y in (-0.29, 0.32):
            canvas.soft(at(ellipse((0, y), 0.14, 0.07)), (255, 255, 250), blur=6, alpha=0.6)


def _lips(canvas: Canvas) -> None:
    """Retracted cheeks at both sides."""
    for sign in (-1, 1):
        x = 750 + sign * 750
        cheek = [
            (x + sign * 60, -40),
            (x - sign * 60, -40),
            (x - sign * 150, 300),
            (x - sign * 176, 620),
            (x - sign * 110, 1040),
            (x + sign * 60, 1040),
        ]
        canvas.soft(smooth(cheek), mix(MUCOSA, (120, 56, 56), 0.4), blur=50, alpha=0.85)
