# SPDX-License-Identifier: GPL-3.0-or-later
"""Is this a picture at all? Looked at before the vault takes it: size and markers only, never a full decode.

A full decode of 24 megapixels takes 280 to 430 ms and comes after the tick. What passes here is still untrusted
pixels; what does not pass is refused and said so, and nothing of it is kept.
"""

from __future__ import annotations

from clinicam.errors import FrameRefused

SMALLEST = 256
"""Bytes. No picture of a patient is smaller; an empty or cut-off transfer is."""
LARGEST = 1 << 28
"""Bytes (256 MiB). Larger than any still of today's bodies; a lying size must not fill the memory."""
_TAIL = 1 << 16
"""How far from the end of a JPEG the end marker is looked for: some bodies pad the file."""

Buffer = bytes | bytearray | memoryview


def media_type(untrusted: Buffer) -> str:
    """The media type of a still by its first bytes: `image/jpeg`, `image/tiff` (raw formats built on it) or `image/heic`.

    Raises:
        FrameRefused: `empty`, `truncated` (a JPEG without its end), `size` or `markers` (no format we know).
    """
    size = len(untrusted)
    if size == 0:
        raise FrameRefused("empty")
    if size > LARGEST:
        raise FrameRefused("size")
    head = bytes(untrusted[:12])
    if head[:3] == b"\xff\xd8\xff":
        if size < SMALLEST or bytes(untrusted[max(0, size - _TAIL) :]).rfind(b"\xff\xd9") < 0:
            raise FrameRefused("truncated")
        return "image/jpeg"
    if size < SMALLEST:
        raise FrameRefused("truncated")
    if head[:4] in {b"II*\0", b"MM\0*"}:
        return "image/tiff"
    if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"crx ", b"mif1"}:
        return "image/heic"
    raise FrameRefused("markers")
