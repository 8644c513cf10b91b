# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates of birth: read when there is one reading, refused when there are two."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.chart.dates import DateOrder, birth_date, date_order
from clinicam.errors import BadPatientData

_BIRTHS = st.dates(date(1890, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "1980-02-29", " 1980-2-29 ", "1980-02-29T00:00:00Z", "29-Feb-1980", "29 February 1980", "29.feb.1980",
        "Feb 29, 1980", "29/02/1980", "02/29/1980", "29.2.1980", "1980/02/29",
    ],
)  # fmt: skip
def test_one_reading(text: str) -> None:
    assert birth_date(text) == date(1980, 2, 29)


@pytest.mark.parametrize("text", ["03/04/1980", "3.4.1980", "03-04-1980", "03 04 1980", "19800403", "04031980"])
def test_two_readings_are_refused(text: str) -> None:
    with pytest.raises(BadPatientData, match="ambiguous"):
        birth_date(text)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("03/04/1980", DateOrder.DMY, date(1980, 4, 3)),
        ("03/04/1980", DateOrder.MDY, date(1980, 3, 4)),
        ("03041980", DateOrder.DMY, date(1980, 4, 3)),
        ("03041980", DateOrder.MDY, date(1980, 3, 4)),
        ("19800403", DateOrder.YMD, date(1980, 4, 3)),
        ("1980/04/03", DateOrder.YMD, date(1980, 4, 3)),
    ],
)
def test_a_declared_order_decides(text: str, order: DateOrder, day: date) -> None:
    assert birth_date(text, order) == day


def test_the_same_number_twice_has_one_reading() -> None:
    assert birth_date("4/04/1980") == date(1980, 4, 4)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("02/29/1980", DateOrder.DMY),
        ("29/02/1980", DateOrder.MDY),
        ("1980/04/03", DateOrder.DMY),
        ("03/04/1980", DateOrder.YMD),
        ("29021980", DateOrder.MDY),
    ],
)
def test_a_date_against_its_declared_order_is_refused(text: str, order: DateOrder) -> None:
    with pytest.raises(BadPatientData):
        birth_date(text, order)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "yesterday", "1979-02-29", "31-Apr-1980", "1889-12-31", "03/04/80", "80-04-03", "1980-00-10", "0000-01-01",
        "29-Foo-1980", "29-Febr-1980", "１９８０-02-29", "1980-02-29x", "1" * 40, "00/00/1980", "13/13/1980", "1980-13-01",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadPatientData) as refused:
        birth_date(text)
    assert refused.value.field == "date of birth"
    assert not text.strip() or text not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "order"),
    [("", None), (" ", None), ("dmy", DateOrder.DMY), ("DD/MM/YYYY", DateOrder.DMY), ("mm-dd-yyyy", DateOrder.MDY), ("yyyymmdd", DateOrder.YMD)],
)  # fmt: skip
def test_declared_orders(words: str, order: DateOrder | None) -> None:
    assert date_order(words) is order


@pytest.mark.parametrize("words", ["european", "dm", "123", "dmyy-ish"])
def test_other_words_declare_nothing(words: str) -> None:
    with pytest.raises(BadPatientData):
        date_order(words)


@given(day=_BIRTHS)
def test_unambiguous_spellings_come_back(day: date) -> None:
    assert birth_date(day.isoformat()) == day
    assert birth_date(day.strftime("%d-%b-%Y")) == day
    assert birth_date(day.strftime("%d %B %Y")) == day
    for order, text in (
        (DateOrder.DMY, "%d/%m/%Y"),
        (DateOrder.MDY, "%m/%d/%Y"),
        (DateOrder.YMD, "%Y%m%d"),
        (DateOrder.DMY, "%d%m%Y"),
    ):
        assert birth_date(day.strftime(text), order) == day


@given(day=_BIRTHS)
def test_numbers_without_an_order_are_never_read_wrongly(day: date) -> None:
    for spelling in ("%d/%m/%Y", "%m/%d/%Y"):
        try:
            assert birth_date(day.strftime(spelling)) == day
        except BadPatientData:
            assert day.day <= 12
            assert day.day != day.month


@given(text=st.text(max_size=40), order=st.sampled_from([None, *DateOrder]))
def test_any_text_gives_a_date_or_a_refusal(text: str, order: DateOrder | None) -> None:
    with contextlib.suppress(BadPatientData):
        assert birth_date(text, order).year >= 1890
