# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hunt looks for: words of people, the simulated body's marker in EXIF and pixels, stretches of real pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.camera.simulator.marks import strip_levels, strip_pattern
from tests.e2e.hunt import Marker, spellings

CHUNK = 24
"""Bytes of a picture's compressed data that are surely its own."""
_SQUARE = 8
"""Side of a drawn square in live view; stills have squares of 16. Half of it finds halved copies."""
_NEAR, _FULL, _OFF, _RUN = 1, 2, 4, 5


def of_words(*words: str) -> list[Marker]:
    """Each in every spelling."""
    return [one for word in words for one in spellings(word)]


@dataclass(frozen=True)
class Pixels:
    """The marker strip of a body in raw grey, RGB or 32-bit pixels. The regular expression alone reads 30 MB/s."""

    marker: str
    size: int

    def search(self, data: bytes) -> object:
        """A row of the strip; where no run of its first level is, none is looked for."""
        level = strip_levels(self.marker)[0]
        near = bytes(_NEAR if abs(b - level) <= _OFF else _FULL if b == 255 else 0 for b in range(256))
        runs = data.translate(near)
        fillers = (b"",) if self.size < 4 else (bytes([_FULL]), b"\0", bytes([_NEAR]))
        if not any((bytes([_NEAR]) * min(self.size, 3) + filler) * _RUN in runs for filler in fillers):
            return None
        return strip_pattern(self.marker, bytes_per_pixel=self.size, square=_SQUARE).search(data)

    def drawn(self) -> bytes:
        """A row of the strip as the body draws it."""
        filler = b"\xff" if self.size == 4 else b""
        return b"".join((bytes([level]) * min(self.size, 3) + filler) * _SQUARE for level in strip_levels(self.marker))


def of_pixels(marker: str) -> list[Marker]:
    """The strip in every size of pixel."""
    return [Pixels(marker, size) for size in (1, 3, 4)]


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


def planted(marker: Marker) -> bytes:
    """Bytes in which that marker must be found."""
    if isinstance(marker, bytes):
        return marker
    assert isinstance(marker, Pixels)
    return marker.drawn()


def shown(marker: Marker) -> str:
    """For the message of a failing test."""
    return f"{marker!r}"
