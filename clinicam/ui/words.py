# SPDX-License-Identifier: GPL-3.0-or-later
"""How dates, numbers and names are written on every screen: ``21-Nov-2026``, ``999 041 2871``, names kept apart."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QCoreApplication

from clinicam.identity import Identifier, Patient


def _months() -> tuple[str, ...]:
    translate = QCoreApplication.translate
    return (
        translate("words", "Jan"),
        translate("words", "Feb"),
        translate("words", "Mar"),
        translate("words", "Apr"),
        translate("words", "May"),
        translate("words", "Jun"),
        translate("words", "Jul"),
        translate("words", "Aug"),
        translate("words", "Sep"),
        translate("words", "Oct"),
        translate("words", "Nov"),
        translate("words", "Dec"),
    )


def _long_months() -> tuple[str, ...]:
    translate = QCoreApplication.translate
    return (
        translate("words", "January"),
        translate("words", "February"),
        translate("words", "March"),
        translate("words", "April"),
        translate("words", "May"),
        translate("words", "June"),
        translate("words", "July"),
        translate("words", "August"),
        translate("words", "September"),
        translate("words", "October"),
        translate("words", "November"),
        translate("words", "December"),
    )


def _days() -> tuple[str, ...]:
    translate = QCoreApplication.translate
    return (
        translate("words", "Monday"),
        translate("words", "Tuesday"),
        translate("words", "Wednesday"),
        translate("words", "Thursday"),
        translate("words", "Friday"),
        translate("words", "Saturday"),
        translate("words", "Sunday"),
    )


def shown_date(day: date) -> str:
    """``21-Nov-2026``: no reader takes the day for the month."""
    return f"{day.day:02d}-{_months()[day.month - 1]}-{day.year}"


def hidden_date(day: date) -> str:
    """``••-Nov-2026``: the match card hides the day the patient has to say."""
    return f"••-{_months()[day.month - 1]}-{day.year}"


def month_word(month: int) -> str:
    """``Nov`` for 11."""
    return _months()[month - 1]


def spoken_date(day: date) -> str:
    """``21 November 2026``: for patients."""
    return f"{day.day} {_long_months()[day.month - 1]} {day.year}"


def weekday_date(day: date, *, year: bool = True) -> str:
    """``Saturday 21 November 2026``."""
    tail = f" {day.year}" if year else ""
    return f"{_days()[day.weekday()]} {day.day} {_long_months()[day.month - 1]}{tail}"


def shown_time(wall_ms: int) -> str:
    """``14:16`` in this workstation's time zone, from UTC milliseconds."""
    return datetime.fromtimestamp(wall_ms / 1000).astimezone().strftime("%H:%M")


def day_of(wall_ms: int) -> date:
    """The calendar day in this workstation's time zone, from UTC milliseconds."""
    return datetime.fromtimestamp(wall_ms / 1000).astimezone().date()


def today() -> date:
    """Today in this workstation's time zone."""
    return datetime.now().astimezone().date()


def grouped(digits: str) -> str:
    """Ten digits as 3-3-4; anything else unchanged."""
    if len(digits) == 10 and digits.isdecimal():
        return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    return digits


def number_label(identifier: Identifier) -> str:
    """What stands before the number: ``NHS No.``; nothing for the practice's own."""
    if identifier.system.upper() == "NHS":
        return QCoreApplication.translate("words", "NHS No.")
    return "" if identifier.system.lower() in {"local", "practice"} else identifier.system


def shown_number(identifier: Identifier) -> str:
    """``NHS No. 999 041 2871`` or ``TR-000412``."""
    label = number_label(identifier)
    number = grouped(identifier.value)
    return f"{label} {number}" if label else number


def shown_age(patient: Patient, day: date) -> str:
    """``39y``."""
    return QCoreApplication.translate("words", "{years}y").format(years=patient.age_on(day))


def apart(text: str) -> str:
    """`text` isolated (U+2068, U+2069), so that a name in another script does not turn the line around."""
    return f"\u2068{text}\u2069"


def initials(name: str) -> str:
    """``JP`` of ``Jo Pryce``; titles such as Dr are passed over."""
    words = [one for one in name.split() if one.rstrip(".").lower() not in {"dr", "mr", "mrs", "ms", "miss", "prof"}]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(one[0] for one in picked).upper()
