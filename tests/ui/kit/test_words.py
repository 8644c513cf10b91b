# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates, numbers and names as they are written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from clinicam.identity import Identifier
from clinicam.ui.patient_rows import are_similar, fold, highlighted
from clinicam.ui.theme import TEXT_STEPS, Theme
from clinicam.ui.tokens import FIXED
from clinicam.ui.words import (
    grouped,
    hidden_date,
    initials,
    shown_date,
    shown_number,
    spoken_date,
    weekday_date,
)
from tests.ui.kit.test_controls import ELEANOR


def test_dates_cannot_be_misread() -> None:
    day = date(2026, 2, 3)
    assert shown_date(day) == "03-Feb-2026"
    assert hidden_date(day) == "••-Feb-2026"
    assert spoken_date(day) == "3 February 2026"
    assert weekday_date(day) == "Tuesday 3 February 2026"
    assert weekday_date(day, year=False) == "Tuesday 3 February"


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (Identifier("NHS", "9990412871"), "NHS No. 999 041 2871"),
        (Identifier("local", "TR-000412"), "TR-000412"),
        (Identifier("IHI", "1234"), "IHI 1234"),
    ],
)
def test_numbers_are_grouped(identifier: Identifier, expected: str) -> None:
    assert shown_number(identifier) == expected
    assert grouped("12345") == "12345"


@pytest.mark.parametrize(("name", "expected"), [("Jo Pryce", "JP"), ("Dr Aylin Demir", "AD"), ("Sam", "S"), ("", "")])
def test_initials(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_what_was_found_is_marked() -> None:
    marked = [one.text for one in highlighted("Marsh, Eleanor (Ms)", "mar el") if one.ground == FIXED.found]
    assert marked == ["Mar", "El"]
    assert not [one for one in highlighted("Marsh", "arsh") if one.ground]
    assert [one.text for one in highlighted("Álvarez", "alv") if one.ground] == ["Álv"]


@given(st.text(max_size=30), st.text(max_size=10))
def test_marking_never_changes_the_name(name: str, query: str) -> None:
    assert "".join(one.text for one in highlighted(name, query)) == name


def test_similar_names_are_noticed() -> None:
    eleonora = replace(ELEANOR, given="Eleonora")
    daniel = replace(ELEANOR, family="Okafor", given="Daniel")
    assert are_similar([ELEANOR, eleonora, daniel])
    assert not are_similar([ELEANOR, daniel])
    assert fold("ÁB") == "ab"


def test_text_sizes_walk_and_stop() -> None:
    theme = Theme()
    for _ in range(10):
        theme.larger()
    assert theme.text_scale == TEXT_STEPS[-1] == 2.0
    assert theme.px(44) == 88
    for _ in range(10):
        theme.smaller()
    assert theme.text_scale == 1.0
    theme.larger()
    theme.usual()
    assert theme.text_scale == 1.0
