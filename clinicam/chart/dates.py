# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates of birth as other programs write them. A date that could be read in two ways is refused, never guessed."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum

from clinicam.errors import BadPatientData
from clinicam.identity import EARLIEST_BIRTH

_WHAT = "date of birth"
_LONGEST = 32
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ][0-9:.Z+-]*)?")
_NAMED = re.compile(r"([0-9]{1,2})[ .-]([A-Za-z]{3,9})\.?[ .,-]([0-9]{4})")
_NAMED_FIRST = re.compile(r"([A-Za-z]{3,9})\.?[ -]([0-9]{1,2}),?[ -]([0-9]{4})")
_NUMBERS = re.compile(r"([0-9]{1,4})[/. -]([0-9]{1,2})[/. -]([0-9]{1,4})")
_COMPACT = re.compile(r"[0-9]{8}")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


class DateOrder(Enum):
    """The order a program declares for the numbers of its dates."""

    DMY = "dmy"
    """day, month, year"""
    MDY = "mdy"
    """month, day, year"""
    YMD = "ymd"
    """year, month, day"""


def date_order(text: str) -> DateOrder | None:
    """The order a word like ``dmy`` or ``dd/mm/yyyy`` declares; None for no words at all.

    Raises:
        BadPatientData: the words are none of these.
    """
    letters = re.sub(r"[^a-z]", "", text.lower())
    if not text.strip():
        return None
    short = re.sub(r"(.)\1+", r"\1", letters)
    try:
        return DateOrder(short)
    except ValueError:
        raise BadPatientData("date format", "is not dmy, mdy or ymd") from None


def birth_date(text: str, declared: DateOrder | None = None) -> date:
    """The date `text` says, e.g. ``1980-02-29``, ``29-Feb-1980``, or, with its order declared, ``29/02/1980``.

    Without a declared order numbers are read only where one reading exists (``29/02/1980``); eight digits in a row always
    need one. Years have four digits.

    Raises:
        BadPatientData: not a date, not a day of the calendar, before 1890, or to be read in two ways.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        raise BadPatientData(_WHAT, "is not a date")
    if found := _ISO.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _NAMED.fullmatch(text):
        return _day(found[3], _month(found[2]), found[1])
    if found := _NAMED_FIRST.fullmatch(text):
        return _day(found[3], _month(found[1]), found[2])
    if _COMPACT.fullmatch(text):
        return _compact(text, declared)
    if found := _NUMBERS.fullmatch(text):
        return _ordered((found[1], found[2], found[3]), declared)
    raise BadPatientData(_WHAT, "is not a date")


def _compact(text: str, declared: DateOrder | None) -> date:
    if declared is None:
        raise BadPatientData(_WHAT, "is ambiguous")
    if declared is DateOrder.YMD:
        return _day(text[:4], text[4:6], text[6:])
    if declared is DateOrder.DMY:
        return _day(text[4:], text[2:4], text[:2])
    return _day(text[4:], text[:2], text[2:4])


def _ordered(parts: tuple[str, str, str], declared: DateOrder | None) -> date:
    """Three numbers with separators. The year is the part of four digits."""
    first, second, third = parts
    if len(first) == 4 and len(third) <= 2:
        if declared in {DateOrder.DMY, DateOrder.MDY}:
            raise BadPatientData(_WHAT, "is not in the declared order")
        return _day(first, second, third)
    if len(third) != 4 or len(first) > 2:
        raise BadPatientData(_WHAT, "has no year of four digits")
    if declared is DateOrder.YMD:
        raise BadPatientData(_WHAT, "is not in the declared order")
    if declared is DateOrder.DMY:
        return _day(third, second, first)
    if declared is DateOrder.MDY:
        return _day(third, first, second)
    if int(first) > 12 or first.zfill(2) == second.zfill(2):
        return _day(third, second, first)
    if int(second) > 12:
        return _day(third, first, second)
    raise BadPatientData(_WHAT, "is ambiguous")


def _month(name: str) -> str:
    """The number of a month from its English name, whole or its first three letters (Sept counts too)."""
    wanted = name.lower()
    for number, month in enumerate(_MONTHS, 1):
        if wanted in {month, month[:3]} or (wanted == "sept" and number == 9):
            return str(number)
    raise BadPatientData(_WHAT, "is not a date")


def _day(year: str, month: str, day: str) -> date:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise BadPatientData(_WHAT, "is no day of the calendar") from None
    if found < EARLIEST_BIRTH:
        raise BadPatientData(_WHAT, "lies before 1890")
    return found
