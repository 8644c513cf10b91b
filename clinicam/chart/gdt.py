# SPDX-License-Identifier: GPL-3.0-or-later
"""GDT, the file format of German surgery programs (versions 2.1 and 3): one record with the patient's master data.

Each line is three digits of length, four of field, the content, and CR LF; the length counts bytes, all of them. Bytes
come from another program and are checked before they are believed.
"""

from __future__ import annotations

import re
from itertools import pairwise

from clinicam.chart.call import CHART, Source, UntrustedCall
from clinicam.chart.dates import DateOrder
from clinicam.errors import LaunchRefused

RECORDS = frozenset({"6301", "6302", "6311"})
"""Kinds of record that name a patient for us: master data, new examination, show data."""

MOST_LINES = 2000

_START = re.compile(rb"[0-9]{3}8000")
_RECORD, _LENGTH, _CHARSET = "8000", "8100", "9206"
_NUMBER, _FAMILY, _GIVEN, _BORN, _TITLE, _PREFIX = "3000", "3101", "3102", "3103", "3104", "3100"
_ONCE = frozenset({_RECORD, _LENGTH, _CHARSET, _NUMBER, _FAMILY, _GIVEN, _BORN, _TITLE, _PREFIX})
_LABEL, _CONTENT = "6330", "6331"
"""Free categories: GNUmed writes its character set as label and content."""

_SEVEN_BIT = str.maketrans("[\\]{|}~", "ÄÖÜäöüß")
"""German letters of the seven-bit code (DIN 66003)."""
_NAMED_CODECS = {
    "iso-8859-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "cp437": "cp437",
    "utf-8": "utf-8",
    "utf8": "utf-8",
}


def is_gdt(untrusted: bytes) -> bool:
    """True when the bytes begin as a GDT record does."""
    return _START.match(untrusted) is not None


def parse(untrusted: bytes) -> UntrustedCall:
    """The patient of one GDT record, every value still unchecked.

    Raises:
        LaunchRefused: damaged, cut short, of another kind, with a field twice, or in an unknown character set.
    """
    fields = _fields(untrusted)
    single = {field: content for field, content in fields if field in _ONCE}
    record = single.get(_RECORD, b"").decode("ascii", "replace")
    if record not in RECORDS:
        raise LaunchRefused("GDT record", "is of a kind that names no patient to us")
    if _LENGTH in single and single[_LENGTH].strip() != b"%05d" % len(untrusted):
        raise LaunchRefused("GDT record", "is not as long as it says")
    codec = _codec(single.get(_CHARSET), fields)
    words = {field: _text(content, codec, field) for field, content in single.items()}
    number = words.get(_NUMBER, "").strip()
    prefix = words.get(_PREFIX, "").strip()
    return UntrustedCall(
        source=Source.GDT,
        identifiers=((CHART, number),) if number else (),
        family=f"{prefix} {words.get(_FAMILY, '')}".strip(),
        given=words.get(_GIVEN, ""),
        title=words.get(_TITLE, ""),
        born=words.get(_BORN, ""),
        order=DateOrder.DMY,
    )


def _fields(untrusted: bytes) -> list[tuple[str, bytes]]:
    """All lines as (field, content).

    A line we use must be exactly as long as it says. Others may be wrong: GNUmed's own export counts one of its free
    categories short.
    """
    found: list[tuple[str, bytes]] = []
    seen: set[str] = set()
    *lines, rest = untrusted.split(b"\r\n")
    if rest:
        raise LaunchRefused("GDT record", "is damaged")
    if len(lines) > MOST_LINES:
        raise LaunchRefused("GDT record", "too long")
    for line in lines:
        head = line[:7]
        if len(head) < 7 or not head.isdigit() or b"\r" in line or b"\n" in line:
            raise LaunchRefused("GDT record", "is damaged")
        length, field = int(head[:3]), head[3:].decode("ascii")
        if field in _ONCE:
            if length != len(line) + 2:
                raise LaunchRefused("GDT record", "is damaged")
            if field in seen:
                raise LaunchRefused("GDT record", "has a field twice")
        if not found and field != _RECORD:
            raise LaunchRefused("GDT record", "does not begin with its kind")
        seen.add(field)
        found.append((field, line[7:]))
    return found


def _codec(charset: bytes | None, fields: list[tuple[str, bytes]]) -> str:
    """The codec of field 9206; without one, what GNUmed says in free categories; else the standard's default."""
    if charset is not None:
        named = {b"1": "ascii", b"2": "cp437", b"3": "iso-8859-1"}.get(charset.strip())
        if named is None:
            raise LaunchRefused("GDT record", "is in an unknown character set")
        return named
    for (label, words), (following, content) in pairwise(fields):
        if (label, following) == (_LABEL, _CONTENT) and words.endswith(b"::9206::encoding"):
            named = _NAMED_CODECS.get(content.decode("ascii", "replace").strip().lower())
            if named is None:
                raise LaunchRefused("GDT record", "is in an unknown character set")
            return named
    return "cp437"


def _text(content: bytes, codec: str, field: str) -> str:
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        raise LaunchRefused(f"GDT field {field}", "does not fit the character set") from None
    return text.translate(_SEVEN_BIT) if codec == "ascii" else text
