# SPDX-License-Identifier: GPL-3.0-or-later
"""A lesion on a lower leg: where it is, context, close-up without and with scale, oblique."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from clinicam.camera.simulator.brush import Canvas, Colour, Point, ellipse, mix, place, points, smooth

_SKIN: Colour = (204, 152, 122)
_SKIN_SHADE: Colour = (138, 88, 66)
_SKIN_LIGHT: Colour = (230, 186, 156)
_SHEET: Colour = (124, 152, 164)
_SHEET_DEEP: Colour = (86, 112, 124)


def where(canvas: Canvas) -> None:
    """A lower leg from knee to foot on a couch; the lesion is small on the shin."""
    _sheet(canvas)
    other = smooth(
        points(
            "-60,150 300,128 700,170 1020,214 1130,180 1184,60 1240,-40 1330,-40 1352,120 1340,300 1250,344 1040,318 700,352 300,372 -60,356"
        )
    )
    _limb(canvas, other, 3)
    canvas.soft(other, (70, 92, 104), blur=20, alpha=0.22)
    leg = smooth(
        points(
            "-60,424 220,396 520,424 800,476 1030,512 1130,490 1182,372 1222,268 1268,240 1306,268 1318,370 1316,520 1300,636 1240,688 1150,664 1050,630 800,690 500,758 220,760 -60,716"
        )
    )
    _limb(canvas, leg, 3)
    canvas.line(smooth([(150, 440), (96, 570), (150, 720)], closed=False), _SKIN_SHADE, width=30, alpha=0.3, blur=22)
    canvas.glow((70, 560), 130, 130, _SKIN_LIGHT, alpha=0.55)
    canvas.glow((1180, 600), 60, 44, _SKIN_LIGHT, alpha=0.7)
    canvas.line(
        smooth([(1150, 560), (1192, 640), (1250, 650)], closed=False), _SKIN_SHADE, width=12, alpha=0.3, blur=10
    )
    for index in range(4):
        canvas.soft(
            ellipse((1250 + index * 13, 256 + index * 17), 15, 9, turn=58),
            mix(_SKIN, _SKIN_SHADE, 0.14),
            blur=4,
            alpha=0.8,
        )
    _hairs(canvas, leg, 90, seed=3)
    _lesion(canvas, (640, 566), 44, seed=4)
    _label(canvas, (640, 826), "TR-000431")
    _finish(canvas)


def context(canvas: Canvas) -> None:
    """The shin from knee to ankle, square to the skin."""
    _sheet(canvas)
    leg = smooth([
        (-80, 168),
        (240, 150),
        (640, 186),
        (1040, 250),
        (1580, 300),
        (1580, 700),
        (1060, 760),
        (620, 830),
        (240, 876),
        (-80, 862),
    ])
    _limb(canvas, leg, 3)
    canvas.line(smooth([(160, 200), (110, 500), (170, 830)], closed=False), _SKIN_SHADE, width=44, alpha=0.2, blur=30)
    canvas.glow((60, 500), 190, 210, _SKIN_LIGHT, alpha=0.5)
    _freckles(canvas, leg, 60, seed=6)
    _hairs(canvas, leg, 150, seed=6)
    _lesion(canvas, (800, 500), 104, seed=4)
    _finish(canvas)


def close(canvas: Canvas) -> None:
    """The lesion fills a third of the picture, without scale."""
    skin = _field(canvas)
    _lesion(canvas, (750, 500), 270, seed=4)
    _hairs(canvas, skin, 54, seed=9)
    _finish(canvas)


def scale(canvas: Canvas) -> None:
    """The lesion with an L-shaped scale in its plane."""
    skin = _field(canvas)
    _lesion(canvas, (600, 470), 236, seed=4)
    _hairs(canvas, skin, 48, seed=9)
    _ruler(canvas)
    _finish(canvas)


def oblique(canvas: Canvas) -> None:
    """The lesion from the side, for its texture."""
    _sheet(canvas)
    leg = smooth(points("-80,300 400,236 900,250 1580,340 1580,1080 -80,1080"))
    _limb(canvas, leg, -3)
    _freckles(canvas, leg, 40, seed=8)
    _lesion(canvas, (740, 590), 250, seed=4, tilt=0.48)
    _hairs(canvas, leg, 60, seed=8)
    _finish(canvas)


def _sheet(canvas: Canvas) -> None:
    canvas.gradient(
        points("-5,-5 1505,-5 1505,1005 -5,1005"), (mix(_SHEET, (255, 255, 255), 0.15), _SHEET, _SHEET_DEEP)
    )
    for y, bend in ((90, 40), (240, -30), (900, 36), (960, -20)):
        fold = smooth([(-40, y), (500, y + bend), (1000, y - bend), (1560, y + bend)], closed=False)
        canvas.line(fold, _SHEET_DEEP, width=16, alpha=0.4, blur=12)
        canvas.line([(x, yy - 14) for x, yy in fold], (168, 192, 202), width=9, alpha=0.4, blur=9)


def _limb(canvas: Canvas, outline: Sequence[Point], turn: float) -> None:
    canvas.soft(place(outline, (10, 26)), (46, 66, 76), blur=30, alpha=0.6)
    canvas.gradient(
        outline, (mix(_SKIN, _SKIN_SHADE, 0.35), _SKIN, _SKIN_LIGHT, _SKIN, mix(_SKIN, _SKIN_SHADE, 0.7)), turn=turn
    )
    canvas.rim(outline, _SKIN_SHADE, depth=34, alpha=0.5)


def _field(canvas: Canvas) -> list[Point]:
    """Skin that fills the picture."""
    whole: list[Point] = points("-5,-5 1505,-5 1505,1005 -5,1005")
    canvas.gradient(
        whole, (mix(_SKIN, _SKIN_SHADE, 0.18), _SKIN, _SKIN_LIGHT, _SKIN, mix(_SKIN, _SKIN_SHADE, 0.3)), turn=14
    )
    chance = random.Random(2)  # noqa: S311
    for _ in range(46):
        at = (chance.uniform(0, 1500), chance.uniform(0, 1000))
        tint = chance.choice(((222, 166, 142), (186, 128, 100), (214, 150, 130)))
        canvas.glow(at, chance.uniform(60, 190), chance.uniform(50, 150), tint, alpha=0.16)
    for _ in range(420):
        at = (chance.uniform(0, 1500), chance.uniform(0, 1000))
        length, turn = chance.uniform(14, 34), chance.choice((24.0, -38.0)) + chance.uniform(-10, 10)
        ends = place([(-length, 0), (0, chance.uniform(-3, 3)), (length, 0)], at, turn=turn)
        canvas.line(ends, (160, 108, 84), width=1.8, alpha=0.3)
    _freckles(canvas, whole, 34, seed=5)
    return whole


def _freckles(canvas: Canvas, outline: Sequence[Point], count: int, *, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        at = _inside(outline, chance)
        canvas.soft(
            ellipse(at, chance.uniform(2, 6), chance.uniform(2, 5), steps=12), (148, 94, 66), blur=2.5, alpha=0.5
        )


def _hairs(canvas: Canvas, outline: Sequence[Point], count: int, *, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for _ in range(count):
        at = _inside(outline, chance)
        length, turn = chance.uniform(22, 52), chance.gauss(14, 9)
        curve = smooth(
            place([(0, 0), (length * 0.5, chance.uniform(-3, 3)), (length, chance.uniform(-5, 5))], at, turn=turn),
            closed=False,
            steps=4,
        )
        canvas.line(curve, (104, 72, 54), width=1.5, alpha=0.36)


def _inside(outline: Sequence[Point], chance: random.Random) -> Point:
    """A point inside `outline`, by shrinking two of its points towards each other."""
    a, b = outline[chance.randrange(len(outline))], outline[chance.randrange(len(outline))]
    share = chance.uniform(0.12, 0.88)
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)


def _blot(at: Point, radius: float, chance: random.Random, *, rough: float, squash: float) -> list[Point]:
    """An irregular round outline."""
    path = []
    for step in range(13):
        angle = 2 * math.pi * step / 13
        r = radius * (1 + chance.uniform(-rough, rough))
        path.append((at[0] + math.cos(angle) * r * 1.18, at[1] + math.sin(angle) * r * squash))
    return smooth(path)


def _lesion(canvas: Canvas, at: Point, size: float, *, seed: int, tilt: float = 0.86) -> None:
    """An ulcer: red halo, raised pale margin, granulating bed with some yellow. `size` is its half width in units."""
    chance = random.Random(seed)  # noqa: S311
    canvas.glow(at, size * 2.3, size * 2.1 * tilt, (196, 92, 78), alpha=0.6)
    canvas.glow(at, size * 1.7, size * 1.5 * tilt, (182, 70, 62), alpha=0.4)
    margin = _blot(at, size * 0.9, chance, rough=0.07, squash=tilt)
    bed = _blot(at, size * 0.72, chance, rough=0.1, squash=tilt)
    canvas.soft(place(margin, (size * 0.03, size * 0.06)), (128, 62, 52), blur=size * 0.12, alpha=0.5)
    canvas.soft(margin, (218, 156, 138), blur=size * 0.05)
    canvas.soft(
        _blot((at[0] - size * 0.03, at[1] - size * 0.05), size * 0.82, chance, rough=0.06, squash=tilt),
        (236, 190, 170),
        blur=size * 0.06,
        alpha=0.6,
    )
    canvas.soft(bed, (132, 40, 40), blur=size * 0.045)
    canvas.gradient(bed, ((138, 42, 44), (170, 56, 54), (146, 42, 44)))
    for _ in range(150):
        spot, r = _in_bed(at, size, tilt, chance), size * chance.uniform(0.02, 0.05)
        tint = chance.choice(((192, 70, 66), (172, 52, 52), (152, 40, 44), (206, 92, 84)))
        canvas.soft(ellipse(spot, r * 1.3, r * tilt, steps=14), tint, blur=r * 0.5, alpha=0.75, within=bed)
    for _ in range(7):
        spot, r = _in_bed(at, size, tilt, chance), size * chance.uniform(0.05, 0.12)
        canvas.soft(
            _blot(spot, r, chance, rough=0.3, squash=tilt * 0.7), (212, 172, 98), blur=r * 0.4, alpha=0.8, within=bed
        )
    for _ in range(26):
        spot, r = _in_bed(at, size, tilt, chance), size * chance.uniform(0.006, 0.014)
        canvas.soft(ellipse(spot, r * 1.6, r, steps=10), (255, 226, 220), blur=r * 0.7, alpha=0.55, within=bed)
    canvas.rim(bed, (92, 24, 28), depth=size * 0.12, alpha=0.6)


def _in_bed(at: Point, size: float, tilt: float, chance: random.Random) -> Point:
    angle, out = chance.uniform(0, 2 * math.pi), math.sqrt(chance.random()) * 0.7
    return (at[0] + math.cos(angle) * size * out * 1.15, at[1] + math.sin(angle) * size * out * tilt)


def _ruler(canvas: Canvas) -> None:
    """A white L with millimetre marks, one unit of it 8.2 design units, and the number of a simulated patient."""
    card = points("906,250 1010,250 1010,690 1330,690 1330,872 906,872")
    canvas.soft(place(card, (9, 14)), (74, 44, 32), blur=10, alpha=0.5)
    canvas.gradient(card, ((252, 252, 250), (240, 240, 237)), turn=10)
    canvas.line([*card, card[0]], (176, 178, 180), width=2)
    ink: Colour = (28, 32, 36)
    for mm in range(51):
        long = 44 if mm % 10 == 0 else 30 if mm % 5 == 0 else 17
        y = 684 - mm * 8.2
        canvas.fill([(1010 - long, y - 1), (1010, y - 1), (1010, y + 1), (1010 - long, y + 1)], ink)
        x = 1016 + mm * 8.2
        if x < 1326 and mm <= 37:
            canvas.fill([(x - 1, 690), (x + 1, 690), (x + 1, 690 + long), (x - 1, 690 + long)], ink)
    for cm in range(1, 6):
        _words(canvas, (942, 684 - cm * 82), str(cm), 26, ink)
    for cm in range(1, 4):
        _words(canvas, (1016 + cm * 82, 752), str(cm), 26, ink)
    _words(canvas, (960, 806), "cm", 26, ink)
    _words(canvas, (1170, 800), "TR-000431", 36, ink)
    _words(canvas, (1170, 842), "left lower leg 1", 26, ink)


def _label(canvas: Canvas, at: Point, words: str) -> None:
    x, y = at
    card = [(x - 150, y), (x + 150, y), (x + 150, y + 84), (x - 150, y + 84)]
    canvas.soft(place(card, (6, 9)), (40, 58, 66), blur=8, alpha=0.5)
    canvas.gradient(card, ((252, 252, 250), (238, 239, 238)))
    _words(canvas, (x, y + 42), words, 40, (28, 32, 36))


def _words(canvas: Canvas, at: Point, words: str, size: float, ink: Colour) -> None:
    mask = Image.new("L", (round(len(words) * size * canvas.scale), round(size * 1.6 * canvas.scale)), 0)
    font = ImageFont.load_default(size * canvas.scale)
    ImageDraw.Draw(mask).text((mask.width / 2, mask.height / 2), words, 255, font=font, anchor="mm")
    corner = (round(at[0] * canvas.scale - mask.width / 2), round(at[1] * canvas.scale - mask.height / 2))
    canvas.image.paste(ink, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)


def _finish(canvas: Canvas) -> None:
    canvas.vignette(0.4)
    canvas.grain(2.6)
