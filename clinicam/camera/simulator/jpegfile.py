# SPDX-License-Identifier: GPL-3.0-or-later
"""JPEG files of the simulated body: EXIF data, the marker, and ballast up to the size a real body would send."""

from __future__ import annotations

import functools
import hashlib
import io
import struct
import time

import piexif
from PIL import Image

from clinicam.camera.simulator.picture import Shot

MAKE = "CliniCam"
MODEL = "Bench"

_SEGMENT = 65_533
"""Longest payload of one JPEG segment, in bytes."""
_APP9 = b"\xff\xe9"
"""An application segment no decoder looks into."""
_THUMBNAIL = (160, 107)


def exif(image: Image.Image, shot: Shot, *, marker: str, serial: str) -> bytes:
    """The EXIF block of one frame, with an embedded thumbnail as real bodies have, starting with ``Exif``.

    `image` may be any size; it gives thumbnail and dimensions. Times are local, as in real bodies.
    """
    now = time.strftime("%Y:%m:%d %H:%M:%S")
    thumbnail = io.BytesIO()
    image.resize(_THUMBNAIL, Image.Resampling.BILINEAR, reducing_gap=2.0).save(thumbnail, "JPEG", quality=80)
    marked = marker.encode("ascii", "replace")
    blocks = {
        "0th": {
            piexif.ImageIFD.Make: MAKE,
            piexif.ImageIFD.Model: MODEL,
            piexif.ImageIFD.Software: "CliniCam camera simulator",
            piexif.ImageIFD.ImageDescription: b"SIMULATED " + marked,
            piexif.ImageIFD.Orientation: 1,
            piexif.ImageIFD.DateTime: now,
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: now,
            piexif.ExifIFD.DateTimeDigitized: now,
            piexif.ExifIFD.ISOSpeedRatings: shot.iso,
            piexif.ExifIFD.FNumber: (int(shot.f_number * 10), 10),
            piexif.ExifIFD.ExposureTime: (1, max(1, round(1 / max(shot.exposure_s, 1e-5)))),
            piexif.ExifIFD.FocalLength: (105, 1),
            piexif.ExifIFD.Flash: 0x0F,
            piexif.ExifIFD.PixelXDimension: image.width,
            piexif.ExifIFD.PixelYDimension: image.height,
            piexif.ExifIFD.BodySerialNumber: serial,
            piexif.ExifIFD.UserComment: b"ASCII\0\0\0" + marked + f" frame {shot.number}".encode(),
        },
        "1st": {piexif.ImageIFD.Compression: 6},
        "thumbnail": thumbnail.getvalue(),
    }
    block: bytes = piexif.dump(blocks)
    return block


def encode(image: Image.Image, *, quality: int, exif_block: bytes = b"") -> bytes:
    """A baseline JPEG with 4:2:0 colour, as bodies make them."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=2, exif=exif_block)
    return out.getvalue()


def with_ballast(jpeg: bytes, size: int, *, marker: str, number: int) -> bytes:
    """`jpeg` grown to exactly `size` bytes by application segments before the picture data; unchanged if it is as long.

    The ballast does not compress, holds no 0xFF, and every segment begins with the marker and the frame number, so that
    any piece of the frame that strays can be recognised. A remainder too small for a segment is left out.
    """
    missing = size - len(jpeg)
    at = _first_table(jpeg)
    label = f"{marker} {number:06} ".encode("ascii", "replace")
    filler = memoryview(_filler(max(0, missing) + _SEGMENT))
    parts: list[bytes | memoryview] = [jpeg[:at]]
    offset = (number * 7919) % _SEGMENT
    while missing >= 4 + len(label):
        payload = min(_SEGMENT, missing - 4)
        left = missing - 4 - payload
        if 0 < left < 4 + len(label):
            payload -= 4 + len(label) - left  # leave the last segment room for its label
        fill = payload - len(label)
        parts += [_APP9, struct.pack(">H", payload + 2), label, filler[offset : offset + fill]]
        offset += fill
        missing -= 4 + payload
    parts.append(jpeg[at:])
    return b"".join(parts)


@functools.lru_cache(maxsize=2)
def _filler(size: int) -> bytes:
    """Bytes that do not compress, the same at every call, without 0xFF."""
    return hashlib.shake_128(b"CliniCam ballast").digest(size).replace(b"\xff", b"\xfe")


def _first_table(jpeg: bytes) -> int:
    """Where the application segments at the head of a JPEG end."""
    at = 2
    while jpeg[at] == 0xFF and 0xE0 <= jpeg[at + 1] <= 0xEF:
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    return at
