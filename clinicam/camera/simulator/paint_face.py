# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces: a neutral mannequin before a blue-grey background, so that nobody's face is shown."""

from __future__ import annotations

from collections.abc import Sequence

from clinicam.camera.simulator.brush import Canvas, Colour, Point, ellipse, mix, points, smooth

_FACE: Colour = (214, 203, 191)
_LIGHT: Colour = (240, 232, 222)
_SHADE: Colour = (150, 137, 126)
_DEEP: Colour = (104, 93, 86)
_LIP: Colour = (178, 134, 124)
_CLOTH: Colour = (124, 138, 146)


def rest(canvas: Canvas) -> None:
    """Full face, lips closed."""
    _front(canvas)
    _closed_lips(canvas)
    _finish(canvas)


def smile(canvas: Canvas) -> None:
    """Full face, smiling."""
    _front(canvas)
    _smile(canvas, (750, 634), 92, turn=0.0)
    for sign in (-1, 1):
        fold = smooth([(750 + sign * 62, 520), (750 + sign * 116, 570), (750 + sign * 124, 640)], closed=False)
        canvas.line(fold, _SHADE, width=12, alpha=0.5, blur=9)
        canvas.glow((750 + sign * 122, 520), 64, 46, _LIGHT, alpha=0.6)
    _finish(canvas)


def half_right(canvas: Canvas) -> None:
    """Half turn to the patient's left, the right side of the face towards the lens, smiling."""
    _background(canvas)
    _shoulders(canvas, 730)
    neck = smooth(points("596,560 604,760 560,880 700,930 860,880 846,770 850,600"))
    _skin(canvas, neck, depth=50)
    canvas.soft(smooth(points("610,690 750,780 860,700 840,640 640,640")), _DEEP, blur=26, alpha=0.55)
    head = smooth(
        points(
            "742,112 876,134 962,222 984,320 968,392 982,452 974,530 948,612 938,684 894,746 828,764 744,732 646,652 560,560 510,430 512,290 590,166"
        )
    )
    _skin(canvas, head, depth=90)
    canvas.soft(
        smooth(points("520,330 600,330 640,560 720,720 640,660 545,545")), _SHADE, blur=40, alpha=0.55, within=head
    )
    canvas.glow((830, 260), 190, 130, _LIGHT, alpha=0.55)
    _ear(canvas, (592, 440), 46, 80, 6)
    _eye(canvas, (790, 420), 58, -2)
    _eye(canvas, (928, 420), 34, 4)
    _brow(canvas, [(716, 372), (780, 346), (846, 358)])
    _brow(canvas, [(900, 356), (936, 350), (962, 366)])
    nose = smooth(points("872,396 890,460 926,530 918,558 876,562 850,548"), closed=False)
    canvas.soft(ellipse((944, 500), 26, 60, turn=-8), _SHADE, blur=18, alpha=0.45, within=head)
    canvas.line(nose, _SHADE, width=13, alpha=0.9, blur=6)
    canvas.soft(smooth(points("880,400 900,470 930,532 900,546 874,480")), _LIGHT, blur=14, alpha=0.75)
    canvas.soft(ellipse((880, 556), 20, 7, turn=-6), _DEEP, blur=5, alpha=0.6)
    _smile(canvas, (868, 640), 60, turn=-2.0)
    canvas.glow((772, 560), 80, 60, _LIGHT, alpha=0.6)
    canvas.line(smooth([(836, 540), (798, 590), (800, 646)], closed=False), _SHADE, width=12, alpha=0.5, blur=9)
    _finish(canvas)


def profile_right(canvas: Canvas) -> None:
    """Right profile, lips closed."""
    _background(canvas)
    _shoulders(canvas, 640)
    neck = smooth(points("462,500 490,720 440,890 640,940 800,880 756,780 760,660"))
    _skin(canvas, neck, depth=50)
    head = points(
        "640,112 772,128 868,190 908,280 906,350 900,384 926,440 974,506 978,528 946,546 922,556 924,578 944,600 938,618 920,626 934,640 936,662 912,682 908,706 922,740 906,782 852,796 780,774 700,736 620,690 540,640 470,550 432,420 452,260 530,156"
    )
    outline = smooth(head, steps=8)
    canvas.soft(smooth(points("560,640 700,730 850,800 770,860 600,800 540,700")), _DEEP, blur=34, alpha=0.5)
    _skin(canvas, outline, depth=90)
    canvas.soft(
        smooth(points("440,420 520,480 640,640 760,760 640,660 500,600")), _SHADE, blur=44, alpha=0.5, within=outline
    )
    canvas.soft(smooth(points("690,560 760,640 856,760 760,740 680,650")), _SHADE, blur=34, alpha=0.4, within=outline)
    canvas.glow((740, 250), 200, 130, _LIGHT, alpha=0.5)
    canvas.glow((800, 560), 90, 70, _LIGHT, alpha=0.5)
    _ear(canvas, (616, 440), 58, 92, 8)
    canvas.line(smooth([(824, 424), (856, 436), (888, 424)], closed=False), _DEEP, width=8, alpha=0.85, blur=2)
    canvas.soft(ellipse((856, 414), 42, 24), _SHADE, blur=14, alpha=0.55)
    canvas.soft(ellipse((858, 412), 28, 11, turn=4), _LIGHT, blur=8, alpha=0.6)
    _brow(canvas, [(806, 370), (852, 346), (898, 352)])
    canvas.soft(ellipse((918, 540), 26, 18, turn=-14), _SHADE, blur=10, alpha=0.6)
    canvas.soft(ellipse((940, 540), 15, 6, turn=-10), _DEEP, blur=4, alpha=0.75)
    canvas.soft(smooth(points("884,604 920,596 944,604 934,622 884,624")), _LIP, blur=6, alpha=0.75, within=outline)
    canvas.soft(smooth(points("884,630 920,630 938,648 926,668 890,654")), _LIP, blur=7, alpha=0.7, within=outline)
    canvas.line(smooth([(872, 634), (900, 626), (930, 627)], closed=False), (120, 82, 76), width=5, alpha=0.8, blur=1.5)
    _finish(canvas)


def _background(canvas: Canvas) -> None:
    canvas.gradient(points("-5,-5 1505,-5 1505,1005 -5,1005"), ((148, 166, 180), (128, 147, 162), (98, 116, 130)))
    canvas.glow((620, 380), 720, 560, (174, 190, 202), alpha=0.6)


def _shoulders(canvas: Canvas, centre: float) -> None:
    cloth = smooth([
        (centre - 470, 1060),
        (centre - 430, 930),
        (centre - 250, 862),
        (centre - 110, 826),
        (centre, 868),
        (centre + 110, 826),
        (centre + 250, 862),
        (centre + 430, 930),
        (centre + 470, 1060),
    ])
    canvas.soft(cloth, (70, 84, 94), blur=30, alpha=0.4)
    canvas.gradient(cloth, (mix(_CLOTH, (255, 255, 255), 0.18), _CLOTH, mix(_CLOTH, (40, 50, 58), 0.25)))
    canvas.volume(cloth, depth=40, gain=0.5, shade=(66, 78, 88), light=(190, 202, 210))


def _skin(canvas: Canvas, outline: Sequence[Point], *, depth: float) -> None:
    canvas.gradient(outline, (_LIGHT, _FACE, mix(_FACE, _SHADE, 0.35)), turn=-16)
    canvas.volume(outline, depth=depth, gain=0.75, shade=_DEEP, light=(255, 250, 244))
    canvas.rim(outline, _SHADE, depth=depth * 0.5, alpha=0.32)


def _front(canvas: Canvas) -> None:
    """Everything of the full face but the mouth."""
    _background(canvas)
    _shoulders(canvas, 750)
    neck = smooth(points("640,620 646,780 580,872 750,936 920,872 854,780 860,620"))
    _skin(canvas, neck, depth=46)
    canvas.soft(smooth(points("640,690 750,776 860,690 850,800 750,836 650,800")), _DEEP, blur=24, alpha=0.5)
    for sign in (-1, 1):
        _ear(canvas, (750 + sign * 232, 440), 30, 72, sign * 6)
    head = smooth(
        points(
            "750,104 880,130 966,236 984,380 958,520 910,650 836,744 750,776 664,744 590,650 542,520 516,380 534,236 620,130"
        )
    )
    _skin(canvas, head, depth=90)
    canvas.glow((720, 240), 200, 120, _LIGHT, alpha=0.55)
    for sign in (-1, 1):
        canvas.soft(
            ellipse((750 + sign * 186, 560), 60, 120, turn=sign * 20),
            _SHADE,
            blur=44,
            alpha=0.32 + 0.1 * sign,
            within=head,
        )
        canvas.soft(ellipse((750 + sign * 104, 410), 74, 34), _SHADE, blur=20, alpha=0.5)
        _eye(canvas, (750 + sign * 106, 424), 58, sign * 3)
        _brow(canvas, [(750 + sign * 48, 372), (750 + sign * 110, 348), (750 + sign * 172, 370)])
        canvas.soft(ellipse((750 + sign * 23, 556), 13, 6, turn=sign * 12), _DEEP, blur=4, alpha=0.7)
        canvas.soft(ellipse((750 + sign * 41, 540), 16, 22, turn=sign * -8), _SHADE, blur=9, alpha=0.55)
    canvas.soft(smooth(points("776,410 786,500 800,546 768,556 764,470")), _SHADE, blur=13, alpha=0.6)
    canvas.soft(smooth(points("740,390 758,390 764,520 750,548 736,520")), _LIGHT, blur=9, alpha=0.8)
    canvas.soft(ellipse((750, 584), 12, 16), _SHADE, blur=8, alpha=0.45)
    canvas.soft(ellipse((750, 700), 52, 16), _SHADE, blur=16, alpha=0.4)
    canvas.glow((744, 736), 70, 38, _LIGHT, alpha=0.5)


def _eye(canvas: Canvas, at: Point, half: float, tilt: float) -> None:
    """A closed eye: lid, lashes, a fold."""
    x, y = at
    canvas.soft(ellipse((x, y - 12), half * 0.82, 19, turn=tilt), _LIGHT, blur=9, alpha=0.75)
    lash = smooth(
        [
            (x - half, y - 2 - tilt * 0.4),
            (x - half * 0.4, y + 13),
            (x + half * 0.4, y + 13),
            (x + half, y - 2 + tilt * 0.4),
        ],
        closed=False,
    )
    canvas.line([(a, b + 6) for a, b in lash], _SHADE, width=9, alpha=0.5, blur=6)
    canvas.line(lash, (84, 72, 66), width=6, alpha=0.9, blur=1.2)
    fold = smooth([(x - half * 0.9, y - 20), (x, y - 34), (x + half * 0.9, y - 20)], closed=False)
    canvas.line(fold, _SHADE, width=5, alpha=0.5, blur=4)


def _brow(canvas: Canvas, path: Sequence[Point]) -> None:
    canvas.line(smooth(path, closed=False), (128, 113, 103), width=17, alpha=0.75, blur=6)


def _ear(canvas: Canvas, at: Point, rx: float, ry: float, turn: float) -> None:
    shell = ellipse(at, rx, ry, turn=turn)
    canvas.soft(ellipse((at[0] - 4, at[1] + 6), rx * 1.08, ry * 1.06, turn=turn), _DEEP, blur=12, alpha=0.45)
    _skin(canvas, shell, depth=12)
    canvas.soft(
        ellipse((at[0] + rx * 0.12, at[1] - ry * 0.06), rx * 0.5, ry * 0.62, turn=turn), _SHADE, blur=10, alpha=0.75
    )
    canvas.soft(ellipse((at[0] + rx * 0.3, at[1] + ry * 0.1), rx * 0.2, ry * 0.24, turn=turn), _DEEP, blur=6, alpha=0.7)


def _closed_lips(canvas: Canvas) -> None:
    upper = smooth(points("664,636 706,622 736,612 750,617 764,612 794,622 836,636 790,643 750,641 710,643"))
    lower = smooth(points("672,640 710,643 750,642 790,643 828,640 796,668 750,678 704,668"))
    canvas.soft(lower, mix(_LIP, _FACE, 0.2), blur=4, alpha=0.95)
    canvas.soft(upper, mix(_LIP, _DEEP, 0.2), blur=4, alpha=0.95)
    canvas.soft(ellipse((742, 658), 38, 7), _LIGHT, blur=6, alpha=0.55)
    canvas.line(
        smooth(points("660,637 708,642 750,640 792,642 840,637"), closed=False),
        (116, 78, 72),
        width=5,
        alpha=0.9,
        blur=1.4,
    )


def _smile(canvas: Canvas, at: Point, half: float, *, turn: float) -> None:
    """An open smile: lips and the upper teeth."""
    x, y = at

    def bent(path: Sequence[Point]) -> list[Point]:
        return [(x + px * half, y + py * half + px * turn) for px, py in path]

    outer = smooth(
        bent(
            points(
                "-1.16,-0.16 -0.55,-0.3 -0.14,-0.33 0,-0.27 0.14,-0.33 0.55,-0.3 1.16,-0.16 0.8,0.3 0.36,0.53 0,0.58 -0.36,0.53 -0.8,0.3"
            )
        )
    )
    inner = smooth(
        bent(points("-1.0,-0.1 -0.5,-0.14 0,-0.11 0.5,-0.14 1.0,-0.1 0.66,0.2 0.3,0.33 0,0.36 -0.3,0.33 -0.66,0.2"))
    )
    canvas.soft(outer, _LIP, blur=4)
    canvas.volume(outer, depth=half * 0.1, gain=0.6, shade=(110, 68, 64), light=(226, 190, 180))
    canvas.soft(inner, (62, 34, 34), blur=2)
    teeth = smooth(
        bent(
            points("-0.9,-0.08 -0.45,-0.11 0,-0.09 0.45,-0.11 0.9,-0.08 0.62,0.13 0.3,0.22 0,0.25 -0.3,0.22 -0.62,0.13")
        )
    )
    canvas.gradient(teeth, ((250, 246, 236), (240, 234, 220)))
    canvas.rim(teeth, (150, 120, 104), depth=half * 0.1, alpha=0.45)
    for place_x, bottom in (
        (0.0, 0.25),
        (-0.24, 0.24),
        (0.24, 0.24),
        (-0.44, 0.2),
        (0.44, 0.2),
        (-0.62, 0.15),
        (0.62, 0.15),
    ):
        canvas.line(bent([(place_x, -0.1), (place_x * 0.98, bottom)]), (170, 146, 126), width=2.4, alpha=0.7)
    canvas.soft(ellipse((x - half * 0.1, y + half * 0.46), half * 0.4, half * 0.05), _LIGHT, blur=5, alpha=0.5)


def _finish(canvas: Canvas) -> None:
    canvas.vignette(0.35)
    canvas.grain(2.2)
