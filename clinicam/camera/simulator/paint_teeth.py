# SPDX-License-Identifier: GPL-3.0-or-later
"""Teeth, gums and braces seen from outside: the front view in occlusion and the side views in a mirror."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from clinicam.camera.simulator.brush import Canvas, Colour, Point, ellipse, mix, place, points, smooth

MUCOSA: Colour = (188, 110, 104)
MUCOSA_DEEP: Colour = (128, 58, 58)
GUM: Colour = (216, 146, 138)
GUM_SHADE: Colour = (158, 82, 80)
CAVITY: Colour = (46, 20, 22)
ENAMEL: Colour = (248, 243, 230)
NECK: Colour = (236, 222, 194)
EDGE: Colour = (228, 230, 228)
STEEL: Colour = (176, 182, 190)


class Crown(Enum):
    """Outline of a crown, neck at 0 and biting edge at 1, half width 0.5."""

    INCISOR = ((-0.34, 0.08), (-0.2, 0.0), (0, -0.03), (0.2, 0.0), (0.34, 0.08), (0.43, 0.32), (0.49, 0.66), (0.48, 0.9), (0.41, 0.985), (0.2, 1.0), (-0.2, 1.0), (-0.41, 0.985), (-0.48, 0.9), (-0.49, 0.66), (-0.43, 0.32))  # fmt: skip
    CANINE = ((-0.32, 0.09), (-0.18, 0.0), (0, -0.03), (0.18, 0.0), (0.32, 0.09), (0.43, 0.34), (0.5, 0.64), (0.43, 0.82), (0.2, 0.95), (0, 1.03), (-0.2, 0.95), (-0.43, 0.82), (-0.5, 0.64), (-0.43, 0.34))  # fmt: skip
    PREMOLAR = ((-0.34, 0.1), (-0.18, 0.02), (0, -0.01), (0.18, 0.02), (0.34, 0.1), (0.45, 0.35), (0.5, 0.62), (0.45, 0.83), (0.22, 0.94), (0, 1.0), (-0.22, 0.94), (-0.45, 0.83), (-0.5, 0.62), (-0.45, 0.35))  # fmt: skip
    MOLAR = ((-0.4, 0.12), (-0.24, 0.02), (0, 0.05), (0.24, 0.02), (0.4, 0.12), (0.47, 0.36), (0.5, 0.64), (0.47, 0.86), (0.27, 0.99), (0.06, 0.92), (-0.06, 0.92), (-0.27, 0.99), (-0.47, 0.86), (-0.5, 0.64), (-0.47, 0.36))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tooth:
    """One tooth as seen: middle of its biting edge, size in units, lean in degrees, crown, and whether it is an upper one."""

    at: Point
    width: float
    height: float
    lean: float
    crown: Crown
    upper: bool
    far: float
    """0 in front of the lens, 1 at the far end of the row: darker"""

    @property
    def outline(self) -> list[Point]:
        """The crown's outline."""
        flip = -1.0 if self.upper else 1.0
        shape = [(x * self.width, (1 - y) * self.height * flip) for x, y in self.crown.value]
        return place(smooth(shape, steps=8), self.at, turn=self.lean)

    def spot(self, x: float, y: float) -> Point:
        """A point of the crown: x from -0.5 to 0.5, y from 0 (neck) to 1 (edge)."""
        flip = -1.0 if self.upper else 1.0
        return place([(x * self.width, (1 - y) * self.height * flip)], self.at, turn=self.lean)[0]


def gums(canvas: Canvas, row: Sequence[Tooth], *, reach: float) -> None:
    """The gum of one row: a pale scalloped band that darkens away from the teeth, with the roots showing through."""
    upper = row[0].upper
    sign = -1.0 if upper else 1.0
    margin = [tooth.spot(0, -0.16) for tooth in row]
    first, last = row[0], row[-1]
    edge = [(first.at[0] - first.width * 1.6, first.at[1]), *[tooth.spot(0, 0.62) for tooth in row]]
    edge += [(last.at[0] + last.width * 1.6, last.at[1])]
    far = [
        (x, y + sign * reach)
        for x, y in reversed([(edge[0][0] - 40, edge[0][1]), *margin, (edge[-1][0] + 40, edge[-1][1])])
    ]
    band = smooth(edge, closed=False) + smooth(far, closed=False)
    canvas.soft(band, GUM_SHADE, blur=46, alpha=0.75)
    canvas.soft(band, GUM, blur=30, alpha=0.9)
    for tooth in row:
        root = place(ellipse((0, 0), tooth.width * 0.34, tooth.height * 0.62), tooth.spot(0, -0.42), turn=tooth.lean)
        canvas.soft(root, (232, 170, 160), blur=22, alpha=0.55)
    for left, right in pairwise(row):
        a, b = left.spot(0.5, -0.1), right.spot(-0.5, -0.1)
        between = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2 + sign * reach * 0.22)
        canvas.soft(ellipse(between, 9, reach * 0.34), GUM_SHADE, blur=14, alpha=0.35)


def tooth(canvas: Canvas, one: Tooth, chance: random.Random) -> None:
    """One crown: margin of the gum, body, translucent edge, light of a twin flash."""
    outline = one.outline
    sign = -1.0 if one.upper else 1.0
    canvas.soft(place(outline, (0, sign * 5)), (120, 48, 46), blur=8, alpha=0.55)
    tone = chance.uniform(-0.06, 0.06) + (0.16 if one.crown is Crown.CANINE else 0.0)
    body = mix(mix(ENAMEL, NECK, max(0.0, 0.1 + tone)), (150, 110, 92), one.far * 0.42)
    neck = mix(mix(NECK, (214, 188, 146), 0.25 + tone), (128, 84, 70), one.far * 0.45)
    edge = mix(mix(body, EDGE, 0.55), (140, 110, 100), one.far * 0.3)
    stops = (neck, mix(neck, body, 0.7), body, body, edge)
    canvas.gradient(outline, stops if one.upper else stops[::-1], turn=-one.lean)
    canvas.rim(outline, (138, 96, 66), depth=one.width * 0.16, alpha=0.3 + one.far * 0.2)
    canvas.volume(outline, depth=one.width * 0.2, gain=0.55, shade=(120, 82, 58))
    if one.crown in {Crown.INCISOR, Crown.CANINE}:
        for x in (-0.2, 0.2):
            lobe = [one.spot(x, 0.35), one.spot(x * 1.1, 0.9)]
            canvas.line(lobe, (255, 252, 244), width=one.width * 0.16, alpha=0.22, blur=8)
    for x, strength in ((-0.24, 0.85), (0.22, 0.4)):
        flash = place(ellipse((0, 0), one.width * 0.055, one.height * 0.13), one.spot(x, 0.42), turn=one.lean + 4)
        canvas.soft(flash, (255, 255, 255), blur=4, alpha=strength * (1 - one.far * 0.75), within=outline)
    canvas.soft(
        place(ellipse((0, 0), one.width * 0.36, 5), one.spot(0, 0.03), turn=one.lean),
        (196, 110, 98),
        blur=6,
        alpha=0.5,
        within=outline,
    )


def braces(canvas: Canvas, row: Sequence[Tooth]) -> None:
    """Brackets on a row of teeth and the wire through them."""
    seats = [one.spot(0, 0.5) for one in row]
    wire = smooth([(seats[0][0] - 30, seats[0][1] - 3), *seats, (seats[-1][0] + 30, seats[-1][1] - 3)], closed=False)
    canvas.line([(x + 3, y + 8) for x, y in wire], (96, 66, 50), width=7, alpha=0.35, blur=4)
    canvas.line(wire, (112, 118, 126), width=6.5)
    canvas.line([(x, y - 1.2) for x, y in wire], (226, 230, 236), width=2.2)
    for one, seat in zip(row, seats, strict=True):
        side = min(30.0, 13 + one.width * 0.17) * (1 - one.far * 0.2)
        _bracket(canvas, seat, side, one.lean, one.far)


def _bracket(canvas: Canvas, at: Point, side: float, lean: float, far: float) -> None:
    """One bracket: base, four wings, slot, and the tie around them."""
    base = place(_rounded(side * 0.62, side * 0.6, 5), at, turn=lean)
    canvas.soft(place(base, (4, 7)), (92, 62, 46), blur=6, alpha=0.5)
    steel = mix(STEEL, (96, 90, 92), far * 0.5)
    canvas.gradient(base, (mix(steel, (255, 255, 255), 0.45), steel, mix(steel, (70, 76, 84), 0.5)))
    canvas.rim(base, (58, 64, 72), depth=3, alpha=0.6)
    for x in (-0.33, 0.33):
        for y in (-0.36, 0.36):
            wing = place(
                _rounded(side * 0.23, side * 0.21, 3), place([(x * side, y * side)], at, turn=lean)[0], turn=lean
            )
            canvas.gradient(wing, ((244, 247, 250), steel, mix(steel, (80, 86, 94), 0.4)))
    tie = place(ellipse((0, 0), side * 0.5, side * 0.46, steps=28), at, turn=lean)
    canvas.line([*tie, tie[0]], (64, 120, 140), width=3.4, alpha=0.85)
    slot = place([(-side * 0.62, -2.6), (side * 0.62, -2.6), (side * 0.62, 2.6), (-side * 0.62, 2.6)], at, turn=lean)
    canvas.gradient(slot, ((120, 126, 134), (236, 240, 244), (128, 134, 142)))


def _rounded(half_width: float, half_height: float, radius: float) -> list[Point]:
    w, h, r = half_width, half_height, min(radius, half_width, half_height)
    corners = [(-w, -h + r), (-w + r, -h), (w - r, -h), (w, -h + r), (w, h - r), (w - r, h), (-w + r, h), (-w, h - r)]
    return smooth(corners, steps=4)


def mouth(canvas: Canvas, *, centre: Point) -> None:
    """Cheeks held apart: wet mucosa, palest where the flash falls."""
    canvas.gradient(
        points("-5,-5 1505,-5 1505,1005 -5,1005"),
        ((150, 74, 72), MUCOSA, (198, 120, 112), MUCOSA, (146, 72, 70)),
    )
    canvas.glow(centre, 900, 520, (222, 150, 140), alpha=0.55)


def wetness(canvas: Canvas, spots: Sequence[tuple[Point, float, float, float]]) -> None:
    """Reflections of the flash on wet gum: (where, half width, half height, turn)."""
    for at, rx, ry, turn in spots:
        canvas.soft(ellipse(at, rx, ry, turn=turn), (255, 236, 230), blur=7, alpha=0.5)
