# SPDX-License-Identifier: GPL-3.0-or-later
"""A small painter on Pillow: smooth shapes, soft shadows and volume, in design units of 1500 x 1000 for the whole picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

UNITS = (1500, 1000)
"""Design units: every painter draws a picture of this size, whatever its pixels."""

_FINER = 2
"""Masks are drawn this much finer and scaled down, for smooth edges."""


def points(text: str) -> list[Point]:
    """The points of a shape written as ``x,y x,y``: shapes are data, and read better on one line."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def smooth(path: Sequence[Point], *, closed: bool = True, steps: int = 10) -> list[Point]:
    """A Catmull-Rom curve through `path`, `steps` segments between two of them."""
    count = len(path)
    curve: list[Point] = []
    for index in range(count if closed else count - 1):
        p = [path[(index + k) % count] if closed else path[max(0, min(count - 1, index + k))] for k in (-1, 0, 1, 2)]
        for step in range(steps):
            t = step / steps
            curve.append((
                _spline(p[0][0], p[1][0], p[2][0], p[3][0], t),
                _spline(p[0][1], p[1][1], p[2][1], p[3][1], t),
            ))
    if not closed:
        curve.append(path[-1])
    return curve


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)


def ellipse(centre: Point, rx: float, ry: float, *, turn: float = 0.0, steps: int = 64) -> list[Point]:
    """An ellipse turned by `turn` degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    found = []
    for step in range(steps):
        angle = 2 * math.pi * step / steps
        x, y = rx * math.cos(angle), ry * math.sin(angle)
        found.append((centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos))
    return found


def place(path: Sequence[Point], at: Point, *, turn: float = 0.0, sx: float = 1.0, sy: float = 1.0) -> list[Point]:
    """`path` scaled, turned by degrees about their origin, and moved to `at`."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return [(at[0] + x * sx * cos - y * sy * sin, at[1] + x * sx * sin + y * sy * cos) for x, y in path]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Colour between `a` (share 0) and `b` (share 1)."""
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


class Canvas:
    """A picture being painted. Points are in design units; alpha is 0 to 1; light comes from the upper left."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        self.image = Image.new("RGB", (width, height), ground)
        self.scale = width / UNITS[0]

    def fill(self, path: Sequence[Point], colour: Colour, *, alpha: float = 1.0) -> None:
        """One flat shape."""
        mask, box = self._mask(path)
        self.image.paste(colour, box, _faded(mask, alpha))

    def gradient(self, path: Sequence[Point], stops: Sequence[Colour], *, turn: float = 0.0) -> None:
        """A shape filled from its top (first stop) to its bottom (last), or along a direction turned by degrees."""
        mask, box = self._mask(path)
        self.image.paste(_ramp((box[2] - box[0], box[3] - box[1]), stops, turn), box[:2], mask)

    def soft(
        self,
        path: Sequence[Point],
        colour: Colour,
        *,
        blur: float,
        alpha: float = 1.0,
        within: Sequence[Point] | None = None,
    ) -> None:
        """A shape whose edge fades over about `blur` units; `within` clips it to another shape."""
        mask, box = self._soft_mask(path, blur)
        mask = _faded(mask, alpha)
        if within is not None:
            clip, clip_box = self._mask(within)
            whole = Image.new("L", (box[2] - box[0], box[3] - box[1]), 0)
            whole.paste(clip, (clip_box[0] - box[0], clip_box[1] - box[1]))
            mask = ImageChops.multiply(mask, whole)
        self.image.paste(colour, box, mask)

    def glow(self, centre: Point, rx: float, ry: float, colour: Colour, *, alpha: float, turn: float = 0.0) -> None:
        """A soft spot that fades from its centre to nothing at its rim."""
        self.soft(
            ellipse(centre, rx * 0.55, ry * 0.55, turn=turn, steps=40), colour, blur=min(rx, ry) * 0.42, alpha=alpha
        )

    def volume(
        self,
        path: Sequence[Point],
        *,
        depth: float,
        light: Colour = (255, 255, 255),
        shade: Colour = (90, 60, 45),
        gain: float = 1.0,
        lamp: Point = (-0.6, -0.8),
    ) -> None:
        """Make a painted shape look round: lit towards the lamp and shaded away from it, over `depth` units."""
        mask, box = self._mask(path)
        margin = math.ceil(depth * self.scale * 2)
        padded = Image.new("L", (mask.width + 2 * margin, mask.height + 2 * margin), 0)
        padded.paste(mask, (margin, margin))
        height = _blurred(padded, depth * self.scale)
        dx, dy = round(lamp[0] * depth * self.scale * 0.5), round(lamp[1] * depth * self.scale * 0.5)
        slope = ImageChops.subtract(ImageChops.offset(height, dx, dy), ImageChops.offset(height, -dx, -dy), 2.0, 128)
        slope = slope.crop((margin, margin, margin + mask.width, margin + mask.height))
        lit = slope.point([max(0, min(255, round((128 - v) * 2 * gain))) for v in range(256)])
        dim = slope.point([max(0, min(255, round((v - 128) * 2 * gain))) for v in range(256)])
        self.image.paste(light, box, ImageChops.multiply(dim, mask))
        self.image.paste(shade, box, ImageChops.multiply(lit, mask))

    def rim(self, path: Sequence[Point], colour: Colour, *, depth: float, alpha: float) -> None:
        """Darken a painted shape towards its outline, over `depth` units."""
        mask, box = self._mask(path)
        margin = math.ceil(depth * self.scale * 2)
        padded = Image.new("L", (mask.width + 2 * margin, mask.height + 2 * margin), 0)
        padded.paste(mask, (margin, margin))
        inner = _blurred(padded, depth * self.scale).crop((margin, margin, margin + mask.width, margin + mask.height))
        edge = inner.point([round(max(0, 255 - v) * 2 * alpha) if v > 127 else round(255 * alpha) for v in range(256)])
        self.image.paste(colour, box, ImageChops.multiply(edge, mask))

    def line(
        self, path: Sequence[Point], colour: Colour, *, width: float, alpha: float = 1.0, blur: float = 0.0
    ) -> None:
        """An open line with round ends."""
        outline = _stroke(path, width / 2)
        if blur:
            self.soft(outline, colour, blur=blur, alpha=alpha)
        else:
            self.fill(outline, colour, alpha=alpha)

    def vignette(self, strength: float) -> None:
        """Darken towards the corners, as every lens does."""
        small = Image.radial_gradient("L").resize((96, 64), Image.Resampling.BILINEAR)
        fall = small.point([255 - round(strength * 255 * max(0.0, v / 255 - 0.35) ** 1.6) for v in range(256)])
        whole = fall.resize(self.image.size, Image.Resampling.BICUBIC)
        self.image = ImageChops.multiply(self.image, Image.merge("RGB", (whole, whole, whole)))

    def grain(self, sigma: float) -> None:
        """Sensor noise; also hides the steps of gradients."""
        noise = Image.effect_noise((self.image.width // 2, self.image.height // 2), sigma).resize(self.image.size)
        self.image = ImageChops.add(self.image, Image.merge("RGB", (noise, noise, noise)), 1.0, -128)

    def _mask(self, path: Sequence[Point]) -> tuple[Image.Image, Box]:
        """The shape as an L image and the box of pixels it covers."""
        scaled = [(x * self.scale, y * self.scale) for x, y in path]
        left, top = math.floor(min(x for x, _ in scaled)), math.floor(min(y for _, y in scaled))
        width = math.ceil(max(x for x, _ in scaled)) - left + 1
        height = math.ceil(max(y for _, y in scaled)) - top + 1
        fine = Image.new("L", (width * _FINER, height * _FINER), 0)
        ImageDraw.Draw(fine).polygon([((x - left) * _FINER, (y - top) * _FINER) for x, y in scaled], fill=255)
        return fine.reduce(_FINER), (left, top, left + width, top + height)

    def _soft_mask(self, path: Sequence[Point], blur: float) -> tuple[Image.Image, Box]:
        """The shape blurred, drawn small and scaled up: a blur has no detail to lose."""
        radius = max(1.0, blur * self.scale)
        shrink = max(1.0, radius / 4)
        scaled = [(x * self.scale / shrink, y * self.scale / shrink) for x, y in path]
        pad = math.ceil(radius / shrink * 3)
        left = math.floor(min(x for x, _ in scaled)) - pad
        top = math.floor(min(y for _, y in scaled)) - pad
        width = math.ceil(max(x for x, _ in scaled)) + pad - left
        height = math.ceil(max(y for _, y in scaled)) + pad - top
        small = Image.new("L", (width, height), 0)
        ImageDraw.Draw(small).polygon([(x - left, y - top) for x, y in scaled], fill=255)
        small = small.filter(ImageFilter.GaussianBlur(radius / shrink))
        size = (round(width * shrink), round(height * shrink))
        at = (round(left * shrink), round(top * shrink))
        return small.resize(size, Image.Resampling.BILINEAR), (*at, at[0] + size[0], at[1] + size[1])


def _faded(mask: Image.Image, alpha: float) -> Image.Image:
    return mask if alpha >= 1 else mask.point([round(v * alpha) for v in range(256)])


def _blurred(mask: Image.Image, radius: float) -> Image.Image:
    """A Gaussian blur, done small when the radius is large."""
    shrink = max(1, int(radius / 3))
    if shrink == 1:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.resize((max(1, mask.width // shrink), max(1, mask.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(mask.size, Image.Resampling.BICUBIC)


def _ramp(size: tuple[int, int], stops: Sequence[Colour], turn: float) -> Image.Image:
    """A linear gradient of `size` pixels through `stops`."""
    steps = 64
    column = Image.new("RGB", (1, steps))
    for row in range(steps):
        place_in = row / (steps - 1) * (len(stops) - 1)
        low = min(int(place_in), len(stops) - 2)
        column.putpixel((0, row), mix(stops[low], stops[low + 1], place_in - low))
    if turn == 0:
        return column.resize(size, Image.Resampling.BICUBIC)
    side = math.ceil(math.hypot(*size))
    turned = column.resize((side, side), Image.Resampling.BICUBIC).rotate(turn, Image.Resampling.BILINEAR)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return turned.crop((left, top, left + size[0], top + size[1]))


def _stroke(path: Sequence[Point], half: float) -> list[Point]:
    """The outline of a line `2 * half` wide."""
    left: list[Point] = []
    right: list[Point] = []
    for index, (x, y) in enumerate(path):
        ax, ay = path[max(0, index - 1)]
        bx, by = path[min(len(path) - 1, index + 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]
