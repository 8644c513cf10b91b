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

THUMBNAIL = (240, 160)
"""Width and height of the uncompressed picture at the head of the file."""

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
    """A DNG of `image`, with `jpeg` as its preview grown by ballast so that the file has about `size` bytes.

    The layout DNG recommends: first a small picture every TIFF reader can show, below it the mosaic and the preview.
    """
    thumbnail = image.resize(THUMBNAIL, Image.Resampling.BILINEAR, reducing_gap=2.0).tobytes()
    mosaic = _mosaic(image)
    rest = size - len(mosaic) - len(thumbnail) - 2048
    preview = with_ballast(jpeg, rest, marker=marker, number=shot.number) if rest > len(jpeg) else jpeg
    preview += b"\0" * (len(preview) & 1)
    at_mosaic = 8 + len(thumbnail)
    at_preview = at_mosaic + len(mosaic)
    at_first = at_preview + len(preview)
    raw = _directory(at_first, _mosaic_tags(at_mosaic, len(mosaic)))
    large = _directory(at_first + len(raw), _preview_tags(image, at_preview, len(preview)))
    at_main = at_first + len(raw) + len(large)
    main = _directory(at_main, _main_tags(shot, (at_first, at_first + len(raw)), len(thumbnail), marker, serial))
    return b"".join((struct.pack("<2sHI", b"II", 42, at_main), thumbnail, mosaic, preview, raw, large, main))


def _main_tags(shot: Shot, below: tuple[int, int], length: int, marker: str, serial: str) -> list[_Tag]:
    """The small picture, and what is true of the whole file."""
    now = time.strftime("%Y:%m:%d %H:%M:%S").encode() + b"\0"
    identity = ((1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1))
    return [
        _Tag(254, _LONG, (1,)),  # a reduced picture
        *_picture_tags(THUMBNAIL, 8, length, bits=(8, 8, 8), compression=1, colours=2),
        _Tag(270, _ASCII, b"SIMULATED " + marker.encode("ascii", "replace") + f" frame {shot.number}".encode() + b"\0"),
        _Tag(271, _ASCII, MAKE.encode() + b"\0"),
        _Tag(272, _ASCII, MODEL.encode() + b"\0"),
        _Tag(274, _SHORT, (1,)),
        _Tag(305, _ASCII, b"CliniCam camera simulator\0"),
        _Tag(306, _ASCII, now),
        _Tag(330, _LONG, below),
        _Tag(33434, _RATIONAL, ((1, max(1, round(1 / max(shot.exposure_s, 1e-5)))),)),
        _Tag(33437, _RATIONAL, ((int(shot.f_number * 10), 10),)),
        _Tag(34855, _SHORT, (shot.iso,)),
        _Tag(36867, _ASCII, now),
        _Tag(50706, _BYTE, (1, 4, 0, 0)),
        _Tag(50708, _ASCII, f"{MAKE} {MODEL}".encode() + b"\0"),
        _Tag(50721, _SRATIONAL, identity),
        _Tag(50728, _RATIONAL, ((1, 1), (1, 1), (1, 1))),
        _Tag(50735, _ASCII, serial.encode("ascii", "replace") + b"\0"),
        _Tag(50778, _SHORT, (21,)),  # daylight, D65
    ]


def _mosaic_tags(at: int, length: int) -> list[_Tag]:
    """The raw picture: red green, green blue."""
    return [
        _Tag(254, _LONG, (0,)),  # the full picture
        *_picture_tags(MOSAIC, at, length, bits=(16,), compression=1, colours=32803),
        _Tag(33421, _SHORT, (2, 2)),
        _Tag(33422, _BYTE, (0, 1, 1, 2)),
        _Tag(50717, _LONG, (0xFFFF,)),  # white level
    ]


def _preview_tags(image: Image.Image, at: int, length: int) -> list[_Tag]:
    return [
        _Tag(254, _LONG, (1,)),
        *_picture_tags(image.size, at, length, bits=(8, 8, 8), compression=7, colours=6),
        _Tag(530, _SHORT, (2, 2)),
    ]


def _picture_tags(
    size: tuple[int, int], at: int, length: int, *, bits: tuple[int, ...], compression: int, colours: int
) -> list[_Tag]:
    """What every TIFF picture has: one strip of `length` bytes at `at`."""
    return [
        _Tag(256, _LONG, (size[0],)),
        _Tag(257, _LONG, (size[1],)),
        _Tag(258, _SHORT, bits),
        _Tag(259, _SHORT, (compression,)),
        _Tag(262, _SHORT, (colours,)),
        _Tag(273, _LONG, (at,)),
        _Tag(277, _SHORT, (len(bits),)),
        _Tag(278, _LONG, (size[1],)),
        _Tag(279, _LONG, (length,)),
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
