# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the practice is: ages and periods as dated, sourced data (resources/profiles). Not legal advice; the practice checks it."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct

from clinicam.consent import resource
from clinicam.consent.model import Retention
from clinicam.errors import FormInvalid
from clinicam.permits import Purpose

_ID = re.compile(r"[a-z][a-z-]{1,40}")


class Other(Struct, frozen=True, forbid_unknown_fields=True):
    """What another source says. Shown to the practice, which chooses."""

    value: int
    source: str


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """One value with where it comes from and when somebody last looked. `confirmed` false: from general knowledge only."""

    value: int
    source: str
    dated: date
    confirmed: bool = False
    others: tuple[Other, ...] = ()


class Ages(Struct, frozen=True, forbid_unknown_fields=True):
    """Whole years. From each age on, the person may decide it alone."""

    care: Number
    teaching: Number
    publication: Number
    marketing: Number


class Periods(Struct, frozen=True, forbid_unknown_fields=True):
    """How long records are kept at least, after the last visit. Then somebody reviews; nothing is destroyed by itself."""

    adult_years: Number
    child_until: Number
    child_until_if_seventeen: Number
    is_longer_of_both: bool


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """One jurisdiction. `spoken_for_care`: spoken consent, recorded by the clinician, is enough for care there."""

    id: str
    version: int
    name: str
    country: str
    checked: date
    spoken_for_care: bool
    spoken_source: str
    breach_hours: Number
    ages: Ages
    retention: Periods

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ValueError(problem)

    def age_for(self, purpose: Purpose) -> int:
        """From which age a person may say yes to a purpose alone."""
        if purpose in {Purpose.WEBSITE, Purpose.SOCIAL_MEDIA, Purpose.PATIENT_EDUCATION}:
            return self.ages.marketing.value
        if purpose is Purpose.PUBLICATION:
            return self.ages.publication.value
        if purpose is Purpose.CARE_RECORD:
            return self.ages.care.value
        return self.ages.teaching.value


def _problem(profile: Profile) -> str:
    ages, kept = profile.ages, profile.retention
    numbers = (ages.care, ages.teaching, ages.publication, ages.marketing, kept.adult_years, profile.breach_hours)
    if not _ID.fullmatch(profile.id) or profile.version < 1:
        return "id or version"
    if any(not one.source.strip() for one in (*numbers, kept.child_until, kept.child_until_if_seventeen)):
        return "value without a source"
    if not all(12 <= one.value <= 25 for one in (ages.care, ages.teaching, ages.publication, ages.marketing)):
        return "age"
    if min(ages.teaching.value, ages.publication.value, ages.marketing.value) < ages.care.value:
        return "age for more than care below the age for care"
    if not 1 <= kept.adult_years.value <= 100:
        return "years kept"
    if not 18 <= kept.child_until.value <= kept.child_until_if_seventeen.value <= 40:
        return "age until which a child's record is kept"
    return "" if 1 <= profile.breach_hours.value <= 2400 else "breach hours"


def birthday(born: date, age: int) -> date:
    """The day somebody turns `age`; 1 March stands in for 29 February."""
    year = born.year + age
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def months_later(at_ms: int, months: int) -> int:
    """The same time of day (UTC) so many months on; the last day of a month that has no such day."""
    then = datetime.fromtimestamp(at_ms / 1000, UTC)
    year, month = divmod(then.year * 12 + then.month - 1 + months, 12)
    day = min(then.day, calendar.monthrange(year, month + 1)[1])
    return int(then.replace(year=year, month=month + 1, day=day).timestamp() * 1000)


def keep_until(profile: Profile, born: date, last_visit: date) -> Retention:
    """The earliest day on which a record may come up for review, and the rule it follows (``adult`` or ``child``)."""
    kept = profile.retention
    age = last_visit.year - born.year - ((last_visit.month, last_visit.day) < (born.month, born.day))
    adult = birthday(last_visit, kept.adult_years.value)
    if age >= 18:
        return Retention(rule="adult", until=adult)
    until = kept.child_until_if_seventeen if age == 17 else kept.child_until
    child = birthday(born, until.value)
    if kept.is_longer_of_both and adult > child:
        return Retention(rule="adult", until=adult)
    return Retention(rule="child", until=child)


def parse_profile(data: bytes, *, name: str) -> Profile:
    """One profile from TOML.

    Raises:
        FormInvalid: the data is not a usable profile.
    """
    return resource.parse(data, Profile, name=name)


def load_profile(folder: Path, profile: str) -> Profile:
    """One profile by its id.

    Raises:
        FormInvalid: no such profile, or not a usable one.
    """
    if not _ID.fullmatch(profile):
        raise FormInvalid("profile: id")
    found = resource.load(folder / f"{profile}.toml", Profile)
    if found.id != profile:
        raise FormInvalid(f"{profile}.toml: holds another profile")
    return found
