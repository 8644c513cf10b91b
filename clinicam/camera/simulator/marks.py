# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written into the pixels of every simulated picture: SIMULATED, the frame number, and a strip to hunt for.

The strip is a row of grey squares whose levels come from the marker text. Grey squares survive JPEG to within a level or
two, so decoded pixels of a stray picture can be found in memory or in any file, whatever their format: `strip_pattern`.
"""

from __future__ import annotations

import functools
import hashlib
import re

from PIL import Image, ImageDraw, ImageFont

SIMULATED = "SIMULATED"
SQUARES = 16
"""Squares of the marker strip."""

_TOLERANCE = 4
"""Levels a square may be off after JPEG, scaling and colour conversion."""


@functools.lru_cache(maxsize=8)
def strip_levels(marker: str) -> tuple[int, ...]:
    """The grey levels (0 to 255) of the strip for a marker; neighbours differ clearly."""
    seed = hashlib.sha256(b"CliniCam strip\0" + marker.encode()).digest()
    levels: list[int] = []
    for byte in seed[:SQUARES]:
        level = 28 + byte % 200
        if levels and abs(level - levels[-1]) < 40:
            level = 28 + (level - 28 + 90) % 200
        levels.append(level)
    return tuple(levels)


def strip_pattern(marker: str, *, bytes_per_pixel: int, square: int) -> re.Pattern[bytes]:
    """Finds one row of the strip in raw pixels.

    Args:
        marker: what the simulator was started with.
        bytes_per_pixel: 1 for grey, 3 for RGB, 4 for RGB with a filler of any value last (also Qt's 32-bit formats).
        square: least width of a square in pixels of the picture hunted for; half of the drawn width finds halved copies.
    """
    least = max(1, square - 2)
    parts = []
    for level in strip_levels(marker)[:6]:
        near = b"[%b-%b]" % (_escaped(level - _TOLERANCE), _escaped(level + _TOLERANCE))
        pixel = near * min(bytes_per_pixel, 3) + (b"." if bytes_per_pixel == 4 else b"")
        parts.append(b"(?:%b){%d}" % (pixel, least))
    gap = b".{0,%d}?" % (bytes_per_pixel * (square + 4))
    return re.compile(gap.join(parts), re.DOTALL)


def _escaped(level: int) -> bytes:
    return b"\\x%02x" % max(0, min(255, level))


def stamp(image: Image.Image, *, label: str, marker: str) -> None:
    """Draw the marks into `image` (RGB): the label and SIMULATED bottom right, the strip bottom left."""
    unit = max(1, image.width // 240)
    font = _font(unit * 5)
    draw = ImageDraw.Draw(image)
    right, bottom = image.width - 2 * unit, image.height - 2 * unit
    for words, ink, ground in ((SIMULATED, "#FFFFFF", "#12202B"), (label, "#12202B", "#FFC94D")):
        width = round(draw.textlength(words, font=font)) + 4 * unit
        draw.rounded_rectangle((right - width, bottom - 8 * unit, right, bottom), unit, fill=ground)
        draw.text((right - width / 2, bottom - 4 * unit), words, ink, font=font, anchor="mm")
        right -= width + unit
    side = square_side(image.width)
    top = image.height - side
    for index, level in enumerate(strip_levels(marker)):
        draw.rectangle((index * side, top, (index + 1) * side - 1, image.height - 1), fill=(level, level, level))


def square_side(width: int) -> int:
    """Side of one square of the strip in a picture `width` pixels wide: whole JPEG blocks, so that it survives."""
    return 16 if width >= 2000 else 8


@functools.lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
