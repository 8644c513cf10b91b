# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles: ages and periods with a source and a date; how long a record is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.consent.policy import ConsentPolicy
from clinicam.consent.profile import birthday, keep_until, load_profile, months_later, parse_profile
from clinicam.errors import FormInvalid
from clinicam.permits import Purpose
from tests.consent.build import ENGLAND, IRELAND, RESOURCES

TEXT = (RESOURCES / "profiles" / "england-wales.toml").read_text(encoding="utf-8")


def test_the_shipped_profiles_load_with_sources() -> None:
    assert ENGLAND.ages.care.value == IRELAND.ages.care.value == 16
    assert ENGLAND.retention.adult_years.value == 15
    assert {one.value for one in ENGLAND.retention.adult_years.others} == {11, 10, 8}
    assert IRELAND.retention.adult_years.value == 8
    assert ENGLAND.spoken_for_care


@pytest.mark.parametrize(
    ("purpose", "age"),
    [(Purpose.CARE_RECORD, 16), (Purpose.TEACHING, 16), (Purpose.PUBLICATION, 18), (Purpose.SOCIAL_MEDIA, 18)],
)
def test_ages_by_purpose(purpose: Purpose, age: int) -> None:
    assert ENGLAND.age_for(purpose) == age


@pytest.mark.parametrize(
    ("born", "visit", "until", "rule"),
    [
        (date(1979, 7, 7), date(2026, 11, 21), date(2041, 11, 21), "adult"),
        (date(1979, 7, 7), date(2024, 2, 29), date(2039, 3, 1), "adult"),
        (date(2012, 2, 29), date(2026, 11, 21), date(2037, 3, 1), "child"),
        (date(2009, 7, 7), date(2026, 11, 21), date(2035, 7, 7), "child"),
        (date(2008, 11, 22), date(2026, 11, 21), date(2034, 11, 22), "child"),
        (date(2008, 11, 21), date(2026, 11, 21), date(2041, 11, 21), "adult"),
    ],
)
def test_how_long_in_england(born: date, visit: date, until: date, rule: str) -> None:
    kept = keep_until(ENGLAND, born, visit)
    assert (kept.until, kept.rule) == (until, rule)


def test_the_longer_of_both_in_ireland() -> None:
    assert keep_until(IRELAND, date(2009, 7, 7), date(2026, 11, 21)).rule == "adult"
    assert keep_until(IRELAND, date(2016, 7, 7), date(2026, 11, 21)).until == date(2041, 7, 7)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 110))
def test_a_birthday_is_the_first_day_of_the_new_age(born: date, age: int) -> None:
    day = birthday(born, age)
    assert day.year == born.year + age
    assert (day.month, day.day) in {(born.month, born.day), (3, 1)}


def test_months_end_on_the_last_day() -> None:
    start = int(datetime(2026, 8, 31, 12, tzinfo=UTC).timestamp() * 1000)
    assert datetime.fromtimestamp(months_later(start, 6) / 1000, UTC) == datetime(2027, 2, 28, 12, tzinfo=UTC)
    assert datetime.fromtimestamp(months_later(start, 4) / 1000, UTC) == datetime(2026, 12, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "england-wales"', 'id = "England"'),
        ("version = 1", "version = 0"),
        ('source = "UK GDPR, article 33"', 'source = " "'),
        ("[ages.care]\nvalue = 16", "[ages.care]\nvalue = 11"),
        ("[ages.care]\nvalue = 16", "[ages.care]\nvalue = 17"),
        ("[ages.care]\nvalue = 16", "[ages.care]"),
        ("value = 15", "value = 0"),
        ("value = 25", "value = 27"),
        ("value = 72", "value = 0"),
        ("checked = 2026-11-21", 'checked = "soon"'),
    ],
)
def test_a_profile_with_a_hole_does_not_load(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(FormInvalid):
        parse_profile(TEXT.replace(old, new).encode(), name="x")


def test_a_profile_is_named_after_what_it_holds(tmp_path) -> None:
    (tmp_path / "ireland.toml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(FormInvalid, match="another profile"):
        load_profile(tmp_path, "ireland")
    with pytest.raises(FormInvalid, match="id"):
        load_profile(tmp_path, "../ireland")


def test_a_policy_asks_only_about_what_has_a_form() -> None:
    for purposes in ((Purpose.RESEARCH,), (Purpose.TEACHING, Purpose.TEACHING), (Purpose.CARE_RECORD,)):
        with pytest.raises(ValueError, match="purposes"):
            ConsentPolicy(True, True, purposes)
