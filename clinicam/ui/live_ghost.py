# SPDX-License-Identifier: GPL-3.0-or-later
"""An earlier picture of the same view, made into something to aim by: its outline, or itself. In memory only.

Every function here runs on a pool thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PIL import Image, ImageChops, ImageFilter, ImageOps
from PySide6.QtGui import QImage

from clinicam.ui.live_decoder import fit, open_jpeg, to_qimage

GHOST_LINE = (0x7F, 0xE3, 0xF7)
GHOST_CASING = (0x05, 0x22, 0x2B)
_STRONG_SHARE = 0.06
"""The steepest pixels make the outline: enough to aim by, little enough to look through."""
_WEAK_SHARE = 0.14
"""Less steep ones may carry it on."""
_CARRY_ON = 8
_DRAWN = 750
"""Long side of the copy the edges are looked for on; the lines are then drawn out to the size of the stage."""
_SMOOTH = Image.Resampling.BICUBIC
_ACROSS = (-1, 0, 1, -2, 0, 2, -1, 0, 1)
_DOWN = (-1, -2, -1, 0, 0, 0, 1, 2, 1)
_STEEPNESS = [min(255, abs(value - 128) * 2) for value in range(256)]
_ANY = [0] + [255] * 255
_CASING_ALPHA = [round(value * 0.7) for value in range(256)]


class GhostMode(Enum):
    """How the earlier picture lies over the live one, in the order of the three buttons."""

    OFF = "off"
    """not at all"""
    OUTLINE = "outline"
    """its edges"""
    PICTURE = "picture"
    """itself, translucent"""


@dataclass(frozen=True, slots=True)
class Ghost:
    """Both layers at the size of the stage. `taken_ms` is UTC wall clock."""

    picture: QImage
    outline: QImage
    taken_ms: int


def make_ghost(jpeg: bytes, into: tuple[int, int], taken_ms: int, flipped: bool = False) -> Ghost | None:
    """The layers of the earlier preview `jpeg`, fitted into `into` device pixels; None if it cannot be read."""
    source = open_jpeg(jpeg, into)
    if source is None:
        return None
    fitted = source.resize(fit(source.width, source.height, *into), Image.Resampling.BILINEAR)
    if flipped:
        fitted = fitted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return Ghost(to_qimage(fitted), to_qimage(outline_of(fitted)), taken_ms)


def outline_of(picture: Image.Image) -> Image.Image:
    """The edges of an RGB picture as RGBA of the same size: a light line on a wider dark casing, else transparent.

    The casing keeps the line visible on enamel, where the light colour alone has next to no contrast.
    """
    small = picture.resize(fit(*picture.size, _DRAWN, _DRAWN), Image.Resampling.BILINEAR)
    gray = ImageOps.autocontrast(small.convert("L").filter(ImageFilter.GaussianBlur(2.0)), cutoff=1)
    across, down = _slope(gray, _ACROSS), _slope(gray, _DOWN)
    steep = ImageChops.lighter(across, down)
    ridge = ImageChops.lighter(
        ImageChops.darker(_not_below(across, down), _crest(steep, 1, 0)),
        ImageChops.darker(_not_below(down, across), _crest(steep, 0, 1)),
    )
    strong, weak = _level(steep, _STRONG_SHARE), _level(steep, _WEAK_SHARE)
    line = _above(steep, strong)
    faint = ImageChops.lighter(line, ImageChops.darker(ridge, _above(steep, weak)))
    line = ImageChops.darker(line, ridge)
    # A faint edge counts where it carries a strong one on: that closes outlines and leaves texture out.
    for _ in range(_CARRY_ON):
        line = ImageChops.darker(_grown(line, 2), faint)
    line = _without_border(ImageChops.darker(line, ridge))
    core, casing = (
        _grown(line, radius).filter(ImageFilter.GaussianBlur(0.6)).resize(picture.size, _SMOOTH) for radius in (1, 3)
    )
    return Image.alpha_composite(_tinted(GHOST_CASING, casing.point(_CASING_ALPHA)), _tinted(GHOST_LINE, core))


def _slope(gray: Image.Image, kernel: tuple[int, ...]) -> Image.Image:
    return gray.filter(ImageFilter.Kernel((3, 3), kernel, scale=2, offset=128)).point(_STEEPNESS)


def _not_below(one: Image.Image, other: Image.Image) -> Image.Image:
    return ImageChops.subtract(other, one).point([255] + [0] * 255)


def _crest(steep: Image.Image, x: int, y: int) -> Image.Image:
    before, after = ImageChops.offset(steep, x, y), ImageChops.offset(steep, -x, -y)
    return ImageChops.darker(_not_below(steep, before), _not_below(steep, after))


def _above(steep: Image.Image, level: int) -> Image.Image:
    return steep.point([255 if value >= level else 0 for value in range(256)])


def _level(steep: Image.Image, share: float) -> int:
    counts = steep.histogram()
    wanted, level = share * steep.width * steep.height, 255
    while level > 8 and sum(counts[level:]) < wanted:
        level -= 1
    return level


def _grown(line: Image.Image, radius: int) -> Image.Image:
    """Every line `radius` px wider. A blur and a threshold, because `MaxFilter` holds the interpreter lock for 40 ms."""
    return line.filter(ImageFilter.BoxBlur(radius)).point(_ANY)


def _without_border(line: Image.Image) -> Image.Image:
    inner = Image.new("L", line.size, 0)
    edge = 4
    inner.paste(line.crop((edge, edge, line.width - edge, line.height - edge)), (edge, edge))
    return inner


def _tinted(colour: tuple[int, int, int], mask: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", mask.size, (*colour, 255))
    layer.putalpha(mask)
    return layer
