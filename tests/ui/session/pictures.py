# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn scenes as JPEG bytes in memory: teeth on pink, big enough to have edges, small enough to be quick."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw


def teeth(width: int = 1024, height: int = 683, shift: int = 0, *, quality: int = 88) -> bytes:
    """Two rows of teeth; `shift` moves them by that many px, so that two pictures differ."""
    picture = Image.new("RGB", (width, height), (196, 134, 128))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 0.48, width, height * 0.56), fill=(60, 34, 36))
    step = width * 0.085
    for i in range(8):
        left = width * 0.15 + i * step + shift
        tall = height * (0.17 + 0.05 * ((i * 37) % 3) / 2)
        for top, bottom in ((height * 0.5 - tall, height * 0.51), (height * 0.52, height * 0.52 + tall * 0.8)):
            draw.rounded_rectangle((left, top, left + step * 0.92, bottom), step * 0.35, fill=(238, 228, 205))
            middle = (top + bottom) / 2
            draw.rectangle((left + step * 0.3, middle - 12, left + step * 0.62, middle + 12), fill=(176, 184, 198))
    return _jpeg(picture, quality)


def plain(colour: tuple[int, int, int], width: int = 240, height: int = 160) -> bytes:
    """One flat colour: easy to find again in a painted window."""
    return _jpeg(Image.new("RGB", (width, height), colour), 92)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
