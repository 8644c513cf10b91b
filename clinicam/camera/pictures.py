# SPDX-License-Identifier: GPL-3.0-or-later
"""What bytes from a camera look like at first glance. No decoding: nobody trusts them yet."""

from __future__ import annotations

MAX_LIVE = 8 * 1024 * 1024
_START = b"\xff\xd8"
_END = b"\xff\xd9"
_PADDING = 32
_RAW_BY_SUFFIX = {
    "nef": "image/x-nikon-nef",
    "nrw": "image/x-nikon-nrw",
    "cr2": "image/x-canon-cr2",
    "cr3": "image/x-canon-cr3",
    "arw": "image/x-sony-arw",
    "dng": "image/x-adobe-dng",
}
JPEG = "image/jpeg"
UNKNOWN = "application/octet-stream"


def media_type(untrusted_name: str, untrusted_data: memoryview) -> str:
    """The media type by the first bytes; raw formats, which are all TIFF or ISO containers, by the name as well."""
    head = bytes(untrusted_data[:12])
    if head.startswith(_START):
        return JPEG
    container = head[:4] in {b"II*\0", b"MM\0*"} or head[4:8] == b"ftyp"
    suffix = untrusted_name.rpartition(".")[2].lower()
    return _RAW_BY_SUFFIX.get(suffix, UNKNOWN) if container or not head else UNKNOWN


def is_whole_jpeg(untrusted_data: memoryview) -> bool:
    """Whether it starts and ends as a JPEG does (a few padding bytes allowed) and has a size fit for live view."""
    if not len(_START) + len(_END) <= len(untrusted_data) <= MAX_LIVE:
        return False
    return bytes(untrusted_data[:2]) == _START and _END in bytes(untrusted_data[-_PADDING:])
