# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnail, preview and a verdict on sharpness and exposure. After the tick, in the pool, from bytes to bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageFilter, ImageOps, ImageStat

from clinicam.capture.markers import Buffer
from clinicam.capture.session import Quality
from clinicam.errors import FrameRefused

PREVIEW = 1920
"""Long side of the preview, pixels: fills a full HD screen."""
THUMBNAIL = 480
"""Long side of the thumbnail, pixels: twice the gallery's tile."""
MOST_PIXELS = 200_000_000
"""A larger picture is refused before it is decoded (a decompression bomb, or a body we do not know)."""
_VERDICT = 640
"""Long side of the copy the verdict is formed on."""
_BLURRED_BELOW = 14.0
"""Variance of the Laplacian (8-bit grey, 640 px) under which hardly any fine detail is left."""
_DARK_BELOW = 24
_BRIGHT_ABOVE = 250


@dataclass(frozen=True, slots=True)
class Renditions:
    """JPEG bytes of the two renditions, the verdict, and the size of the original in pixels (width, height)."""

    preview: bytes
    thumbnail: bytes
    quality: Quality
    size: tuple[int, int]


def render(data: Buffer) -> Renditions:
    """Decode one JPEG (or the picture inside a TIFF-based raw) and make its renditions, upright.

    Raises:
        FrameRefused: `markers` if it cannot be decoded, `size` if it has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            size = picture.size
            if size[0] * size[1] > MOST_PIXELS:
                raise FrameRefused("size")
            picture.draft("RGB", (PREVIEW, PREVIEW))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except FrameRefused:
        raise
    except (OSError, SyntaxError, ValueError, ArithmeticError, Image.DecompressionBombError) as broken:
        raise FrameRefused("markers") from broken
    preview = _fit(upright, PREVIEW)
    thumbnail = _fit(preview, THUMBNAIL)
    return Renditions(_jpeg(preview, 88), _jpeg(thumbnail, 82), verdict(preview), size)


def verdict(picture: Image.Image) -> Quality:
    """Exposure first (a black frame is not "blurred"), then the variance of the Laplacian."""
    grey = _fit(picture, _VERDICT).convert("L")
    histogram = grey.histogram()
    total = sum(histogram)
    if sum(histogram[:_DARK_BELOW]) > 0.9 * total:
        return Quality.DARK
    if sum(histogram[_BRIGHT_ABOVE:]) > 0.6 * total:
        return Quality.BRIGHT
    laplacian = grey.filter(ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128))
    inner = laplacian.crop((2, 2, laplacian.width - 2, laplacian.height - 2))
    return Quality.BLURRED if ImageStat.Stat(inner).var[0] < _BLURRED_BELOW else Quality.GOOD


def _fit(picture: Image.Image, longest: int) -> Image.Image:
    if max(picture.size) <= longest:
        return picture
    ratio = longest / max(picture.size)
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
