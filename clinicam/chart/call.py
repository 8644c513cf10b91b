# SPDX-License-Identifier: GPL-3.0-or-later
"""A call for one patient: what a surgery program says, checked field by field before anything else sees it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum

import msgspec

from clinicam.chart.dates import DateOrder, birth_date
from clinicam.errors import BadPatientData, LaunchRefused
from clinicam.identity import Identifier, clean_text

CHART = "CHART"
"""The system of a number that the calling program gives without naming one: its own."""
NHS = "NHS"
"""The system whose numbers carry a check digit."""

MOST_IDENTIFIERS = 8
LONGEST_NAME = 120
LONGEST_TITLE = 40

_QUOTES = frozenset('"`“”„«»')
_SYSTEM = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,39}")
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")


class Source(Enum):
    """How a call came."""

    ARGUMENTS = "arguments"
    """on the command line"""
    GDT = "gdt"
    """a GDT record"""
    VDDS = "vdds"
    """a VDDS-media ini file"""
    TEXT = "text"
    """lines of key=value"""


class LaunchCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checked call: at least one identifier, or family name and date of birth. Made by `make_call` only.

    What crossed the hand-over socket is decoded into this type and checked again with `recheck`.
    """

    identifiers: tuple[Identifier, ...]
    family: str
    given: str
    born: date | None
    source: Source
    title: str = ""


@dataclass(frozen=True, slots=True)
class UntrustedCall:
    """What a call said, word for word. `identifiers` are (system, value); `born` is text in `order`, if one was declared."""

    source: Source
    identifiers: tuple[tuple[str, str], ...] = ()
    family: str = ""
    given: str = ""
    title: str = ""
    born: str = ""
    order: DateOrder | None = None


def make_call(untrusted: UntrustedCall) -> LaunchCall:
    """The checked call.

    Raises:
        LaunchRefused: a hostile or useless value, or nobody named at all. Neither field nor reason holds the value.
        BadPatientData: the date of birth is none, or can be read in two ways.
    """
    if len(untrusted.identifiers) > MOST_IDENTIFIERS:
        raise LaunchRefused("id", "too many")
    found: list[Identifier] = []
    for system, value in untrusted.identifiers:
        one = _identifier(system, value)
        if one not in found:
            found.append(one)
    family = safe_text(untrusted.family, field="family name", longest=LONGEST_NAME)
    given = safe_text(untrusted.given, field="given name", longest=LONGEST_NAME)
    title = safe_text(untrusted.title, field="title", longest=LONGEST_TITLE)
    born = (
        birth_date(safe_text(untrusted.born, field="date of birth", longest=32), untrusted.order)
        if untrusted.born.strip()
        else None
    )
    if not found and not (family and born is not None):
        raise LaunchRefused("patient", "needs a number, or family name and date of birth")
    return LaunchCall(tuple(found), family, given, born, untrusted.source, title)


def recheck(call: LaunchCall) -> LaunchCall:
    """Check a decoded call as if it had just come. Raises as `make_call`."""
    return make_call(
        UntrustedCall(
            source=call.source,
            identifiers=tuple((one.system, one.value) for one in call.identifiers),
            family=call.family,
            given=call.given,
            title=call.title,
            born=call.born.isoformat() if call.born is not None else "",
        )
    )


def split_identifier(text: str) -> tuple[str, str]:
    """``SYSTEM|NUMBER`` as its two parts. Raises `LaunchRefused` when it is not of that form."""
    system, bar, value = text.partition("|")
    if not bar or "|" in value:
        raise LaunchRefused("id", "is not SYSTEM|NUMBER")
    return system, value


def safe_text(untrusted: str, *, field: str, longest: int) -> str:
    """One clean line of text in Unicode's composed form.

    Raises:
        LaunchRefused: bytes that were not UTF-8, control, invisible or direction-changing characters, quotes, a beginning
            that looks like an option or a path, or too long.
    """
    if len(untrusted) > 4 * longest:
        raise LaunchRefused(field, "too long")
    if any(0xD800 <= ord(c) <= 0xDFFF for c in untrusted):
        raise LaunchRefused(field, "is not UTF-8")
    if not untrusted.isprintable():
        raise LaunchRefused(field, "has a character that cannot be shown")
    if _QUOTES & set(untrusted):
        raise LaunchRefused(field, "has a quotation mark")
    try:
        text = clean_text(unicodedata.normalize("NFC", untrusted), what=field, longest=longest)
    except BadPatientData as bad:
        raise LaunchRefused(field, bad.reason) from None
    if text[:1] in {"-", "/"}:
        raise LaunchRefused(field, "begins like an option or a path")
    return text


def nhs_number_is_right(digits: str) -> bool:
    """True for ten digits whose last is the check digit (modulus 11) of the NHS number."""
    if len(digits) != 10 or not (digits.isascii() and digits.isdigit()):
        return False
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return rest != 10 and int(digits[9]) == rest % 11


def _identifier(untrusted_system: str, untrusted_value: str) -> Identifier:
    system = safe_text(untrusted_system, field="id system", longest=40)
    value = safe_text(untrusted_value, field="id", longest=64).replace(" ", "")
    if not _SYSTEM.fullmatch(system):
        raise LaunchRefused("id system", "is missing or has a wrong character")
    if system.upper() == NHS:
        system, value = NHS, value.replace("-", "")
        if not nhs_number_is_right(value):
            raise LaunchRefused("id", "is not a valid NHS number")
    if not _VALUE.fullmatch(value):
        raise LaunchRefused("id", "is missing or has a wrong character")
    return Identifier(system, value)
