# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hunt looks for: words of people, the simulated body's marker in EXIF and pixels, stretches of real pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clinicam.camera.simulator.marks import strip_levels, strip_pattern
from tests.e2e.hunt import Marker, spellings

CHUNK = 24
"""Bytes of a picture's compressed data that are surely its own."""
_SQUARE = 8
"""Side of a drawn square in live view; stills have squares of 16. Half of it finds halved copies."""


def of_words(*words: str) -> list[Marker]:
    """Each in every spelling."""
    return [one for word in words for one in spellings(word)]


def of_pixels(marker: str) -> list[Marker]:
    """The marker strip in raw grey, RGB and 32-bit pixels."""
    return [strip_pattern(marker, bytes_per_pixel=size, square=_SQUARE) for size in (1, 3, 4)]


def of_pictures(pictures: Iterable[bytes]) -> list[Marker]:
    """Two stretches of the compressed data of each JPEG."""
    found: list[Marker] = []
    for picture in pictures:
        begin = picture.rfind(b"\xff\xda") + 16
        for part in (3, 7):
            at = begin + (len(picture) - begin) * part // 10
            stretch = picture[at : at + CHUNK]
            while len(set(stretch)) < CHUNK // 2:  # a flat patch of the scene says nothing
                at += CHUNK
                stretch = picture[at : at + CHUNK]
            assert len(stretch) == CHUNK
            found.append(stretch)
    return found


def planted(marker: Marker, pixels_of: str) -> bytes:
    """Bytes in which that marker must be found; for a pattern, a row of the strip as the body draws it."""
    if isinstance(marker, bytes):
        return marker
    for size in (1, 3, 4):
        row = b"".join(bytes([level]) * size * _SQUARE for level in strip_levels(pixels_of))
        if marker.pattern == strip_pattern(pixels_of, bytes_per_pixel=size, square=_SQUARE).pattern:
            return row
    raise AssertionError("a pattern nobody draws")


def shown(marker: Marker) -> str:
    """For the message of a failing test."""
    return "pixels" if isinstance(marker, re.Pattern) else marker.hex(" ", 4) + f" {marker!r}"
