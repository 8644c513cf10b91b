# SPDX-License-Identifier: GPL-3.0-or-later
"""Ini files as VDDS-media programs write them, and plain lines of key=value from an output template.

VDDS-media: a ``[PATIENT]`` section in Windows-1252 with PATID, LASTNAME, FIRSTNAME, BIRTHDAY (yyyymmdd). Plain lines:
UTF-8, keys as below, the order of numeric dates declared in the file itself (``date_format=dmy``) or by the caller.
"""

from __future__ import annotations

from clinicam.chart.call import CHART, Source, UntrustedCall, split_identifier
from clinicam.chart.dates import DateOrder, date_order
from clinicam.errors import LaunchRefused

MOST_LINES = 500
_BOM = b"\xef\xbb\xbf"

_KEYS = {
    "id": ("id", "identifier"),
    "number": ("patid", "patnum", "chartnumber", "number", "patientid"),
    "nhs": ("nhs", "nhsnumber"),
    "family": ("family", "lastname", "lname", "surname"),
    "given": ("given", "firstname", "fname", "forename"),
    "title": ("title",),
    "born": ("born", "birthdate", "birthday", "dateofbirth", "dob"),
    "order": ("dateformat", "birthdateformat", "bornformat"),
    "ssn": ("ssn", "socialsecuritynumber"),
}
"""What we know, and the words for it, compared without case, blanks, dashes and underscores."""
_MEANING = {word: meaning for meaning, words in _KEYS.items() for word in words}
_REPEATABLE = frozenset({"id"})


def is_ini(untrusted: bytes) -> bool:
    """True when the first line with anything on it is a section or a comment of an ini file."""
    return untrusted.removeprefix(_BOM).lstrip()[:1] in {b"[", b";"}


def parse_ini(untrusted: bytes) -> UntrustedCall:
    """The patient of a VDDS-media file, every value still unchecked.

    Raises:
        LaunchRefused: no such section, not Windows-1252, a key twice, a line that is none, or a social security number.
    """
    text = _decode(untrusted, "utf-8" if untrusted.startswith(_BOM) else "cp1252")
    inside = found = False
    lines: list[str] = []
    for line in _lines(text):
        if line.startswith("["):
            inside = line.strip().lower() == "[patient]"
            if inside and found:
                raise LaunchRefused("file", "has its section twice")
            found = found or inside
        elif inside:
            lines.append(line)
    if not found:
        raise LaunchRefused("file", "has no section [PATIENT]")
    return _call(lines, Source.VDDS, DateOrder.YMD)


def parse_text(untrusted: bytes, declared: DateOrder | None = None) -> UntrustedCall:
    """The patient of plain key=value lines, every value still unchecked. Raises as `parse_ini`, for UTF-8."""
    return _call(_lines(_decode(untrusted, "utf-8")), Source.TEXT, declared)


def _decode(untrusted: bytes, codec: str) -> str:
    if b"\0" in untrusted:
        raise LaunchRefused("file", "has zero bytes")
    try:
        return untrusted.removeprefix(_BOM).decode(codec)
    except UnicodeDecodeError:
        raise LaunchRefused("file", "is not UTF-8" if codec == "utf-8" else "is not Windows-1252") from None


def _lines(text: str) -> list[str]:
    """Lines with anything on them, without comments. Only CR and LF end a line; other breaks are left to be refused."""
    lines = [line for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    if len(lines) > MOST_LINES:
        raise LaunchRefused("file", "too long")
    return [line.strip(" \t") for line in lines if not line.lstrip().startswith((";", "#"))]


def _call(lines: list[str], source: Source, order: DateOrder | None) -> UntrustedCall:
    identifiers: list[tuple[str, str]] = []
    single: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if not equals:
            raise LaunchRefused("file", "has a line that is not key=value")
        meaning = _MEANING.get(key.strip().lower().replace("_", "").replace("-", "").replace(" ", ""))
        if meaning is None:
            continue  # templates carry much that is none of our business
        if meaning == "ssn":
            raise LaunchRefused("social security number", "is never accepted; remove it from the template")
        if meaning in _REPEATABLE:
            identifiers.append(split_identifier(value.strip(" ")))
            continue
        if meaning in single:
            raise LaunchRefused("file", "says the same thing twice")
        single[meaning] = value.strip(" ")
    if single.get("number"):
        identifiers.append((CHART, single["number"]))
    if single.get("nhs"):
        identifiers.append(("NHS", single["nhs"]))
    return UntrustedCall(
        source=source,
        identifiers=tuple(identifiers),
        family=single.get("family", ""),
        given=single.get("given", ""),
        title=single.get("title", ""),
        born=single.get("born", ""),
        order=date_order(single["order"][:40]) if single.get("order") else order,
    )
