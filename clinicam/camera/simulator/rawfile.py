# SPDX-License-Identifier: GPL-3.0-or-later
"""The raw file of the simulated body: a small but real DNG (TIFF 6.0, DNG 1.4) with a mosaic and a full-size JPEG preview."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass

from PIL import Image

from clinicam.camera.simulator.jpegfile import MAKE, MODEL, with_ballast
from clinicam.camera.simulator.picture import Shot

MOSAIC = (480, 320)
"""Width and height of the colour mosaic in pixels: enough to be a raw file, small enough to be quick."""

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _SRATIONAL = 1, 2, 3, 4, 5, 10
_CODE = {_BYTE: "B", _ASCII: "s", _SHORT: "H", _LONG: "I"}


@dataclass(frozen=True, slots=True)
class _Tag:
    """One TIFF entry; `values` are numbers, or (numerator, denominator) pairs, or the bytes of a text."""

    tag: int
    kind: int
    values: tuple[int, ...] | tuple[tuple[int, int], ...] | bytes

    def encode(self) -> tuple[int, bytes]:
        """Count and little-endian bytes of the values."""
        if isinstance(self.values, bytes):
            return len(self.values), self.values
        if self.kind in {_RATIONAL, _SRATIONAL}:
            pair = "<ii" if self.kind == _SRATIONAL else "<II"
            return len(self.values), b"".join(struct.pack(pair, *one) for one in self.values if isinstance(one, tuple))
        return len(self.values), struct.pack(f"<{len(self.values)}{_CODE[self.kind]}", *self.values)


def make(image: Image.Image, jpeg: bytes, shot: Shot, *, marker: str, serial: str, size: int) -> bytes:
    """A DNG of `image`, with `jpeg` as its preview grown by ballast so that the file has about `size` bytes."""
    mosaic = _mosaic(image)
    rest = size - len(mosaic) - 2048
    preview = with_ballast(jpeg, rest, marker=marker, number=shot.number) if rest > len(jpeg) else jpeg
    at_mosaic = 8
    at_preview = at_mosaic + len(mosaic)
    at_preview_ifd = at_preview + len(preview) + (len(preview) & 1)
    preview_ifd = _directory(at_preview_ifd, _preview_tags(image, at_preview, len(preview)))
    at_main = at_preview_ifd + len(preview_ifd)
    main = _directory(at_main, _main_tags(shot, at_mosaic, len(mosaic), at_preview_ifd, marker, serial))
    pad = b"\0" * (len(preview) & 1)
    return b"".join((struct.pack("<2sHI", b"II", 42, at_main), mosaic, preview, pad, preview_ifd, main))


def _main_tags(shot: Shot, at: int, length: int, preview_ifd: int, marker: str, serial: str) -> list[_Tag]:
    """The raw picture itself and what a developer program needs to know."""
    now = time.strftime("%Y:%m:%d %H:%M:%S").encode() + b"\0"
    identity = ((1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1))
    return [
        _Tag(254, _LONG, (0,)),  # the full picture
        _Tag(256, _LONG, (MOSAIC[0],)),
        _Tag(257, _LONG, (MOSAIC[1],)),
        _Tag(258, _SHORT, (16,)),
        _Tag(259, _SHORT, (1,)),  # not compressed
        _Tag(262, _SHORT, (32803,)),  # colour filter array
        _Tag(270, _ASCII, b"SIMULATED " + marker.encode("ascii", "replace") + f" frame {shot.number}".encode() + b"\0"),
        _Tag(271, _ASCII, MAKE.encode() + b"\0"),
        _Tag(272, _ASCII, MODEL.encode() + b"\0"),
        _Tag(273, _LONG, (at,)),
        _Tag(274, _SHORT, (1,)),
        _Tag(277, _SHORT, (1,)),
        _Tag(278, _LONG, (MOSAIC[1],)),
        _Tag(279, _LONG, (length,)),
        _Tag(305, _ASCII, b"CliniCam camera simulator\0"),
        _Tag(306, _ASCII, now),
        _Tag(330, _LONG, (preview_ifd,)),
        _Tag(33421, _SHORT, (2, 2)),
        _Tag(33422, _BYTE, (0, 1, 1, 2)),  # red green, green blue
        _Tag(33434, _RATIONAL, ((1, max(1, round(1 / max(shot.exposure_s, 1e-5)))),)),
        _Tag(33437, _RATIONAL, ((int(shot.f_number * 10), 10),)),
        _Tag(34855, _SHORT, (shot.iso,)),
        _Tag(36867, _ASCII, now),
        _Tag(50706, _BYTE, (1, 4, 0, 0)),
        _Tag(50708, _ASCII, f"{MAKE} {MODEL}".encode() + b"\0"),
        _Tag(50717, _LONG, (0xFFFF,)),  # white level
        _Tag(50721, _SRATIONAL, identity),
        _Tag(50728, _RATIONAL, ((1, 1), (1, 1), (1, 1))),
        _Tag(50735, _ASCII, serial.encode("ascii", "replace") + b"\0"),
        _Tag(50778, _SHORT, (21,)),  # daylight, D65
    ]


def _preview_tags(image: Image.Image, at: int, length: int) -> list[_Tag]:
    return [
        _Tag(254, _LONG, (1,)),  # a reduced picture
        _Tag(256, _LONG, (image.width,)),
        _Tag(257, _LONG, (image.height,)),
        _Tag(258, _SHORT, (8, 8, 8)),
        _Tag(259, _SHORT, (7,)),  # JPEG
        _Tag(262, _SHORT, (6,)),  # YCbCr
        _Tag(273, _LONG, (at,)),
        _Tag(277, _SHORT, (3,)),
        _Tag(278, _LONG, (image.height,)),
        _Tag(279, _LONG, (length,)),
        _Tag(530, _SHORT, (2, 2)),
    ]


def _directory(at: int, tags: list[_Tag]) -> bytes:
    """One TIFF directory that begins at byte `at` of the file, with the values that do not fit behind it."""
    tail_at = at + 2 + 12 * len(tags) + 4
    entries, tail = bytearray(), bytearray()
    for one in sorted(tags, key=lambda tag: tag.tag):
        count, raw = one.encode()
        entries += struct.pack("<HHI", one.tag, one.kind, count)
        if len(raw) <= 4:
            entries += raw.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", tail_at + len(tail))
            tail += raw + b"\0" * (len(raw) & 1)
    return struct.pack("<H", len(tags)) + bytes(entries) + b"\0\0\0\0" + bytes(tail)


def _mosaic(image: Image.Image) -> bytes:
    """16-bit little-endian samples of an RGGB mosaic of `image`."""
    red, green, blue = image.resize(MOSAIC, Image.Resampling.BILINEAR, reducing_gap=2.0).split()
    width, height = MOSAIC
    samples = bytearray(green.tobytes())
    reds, blues = red.tobytes(), blue.tobytes()
    for row in range(0, height, 2):
        here, below = row * width, (row + 1) * width
        samples[here : here + width : 2] = reds[here : here + width : 2]
        samples[below + 1 : below + width : 2] = blues[below + 1 : below + width : 2]
    wide = bytearray(2 * len(samples))
    wide[1::2] = samples
    return bytes(wide)
