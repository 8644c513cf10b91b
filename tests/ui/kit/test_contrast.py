# SPDX-License-Identifier: GPL-3.0-or-later
"""Every contrast ratio of the look, measured again from the tokens: text 4.5, controls and marks 3."""

from __future__ import annotations

import pytest

from clinicam.ui.tokens import DARK, FIXED, LIGHT, Tokens, contrast

# token, ground, light, dark: the ratios the palette was chosen for
TABLE = [
    ("ink", "bg", 14.6, 16.3),
    ("ink", "surface", 16.6, 14.4),
    ("ink", "sunken", 13.4, 12.6),
    ("ink2", "bg", 7.6, 10.7),
    ("ink2", "surface", 8.6, 9.4),
    ("ink2", "sunken", 7.0, 8.2),
    ("ink3", "bg", 5.4, 7.4),
    ("ink3", "surface", 6.2, 6.5),
    ("ink3", "sunken", 5.0, 5.7),
    ("accent", "bg", 6.8, 9.8),
    ("accent", "surface", 7.8, 8.6),
    ("edge", "bg", 3.9, 5.2),
    ("edge", "surface", 4.5, 4.6),
    ("focus", "bg", 4.7, 9.0),
    ("focus", "surface", 5.3, 8.0),
    ("focus", "sunken", 4.3, 6.9),
    ("accent", "accent_soft", 6.5, 6.9),
    ("attention", "attention_soft", 7.4, 7.9),
    ("attention", "surface", 8.3, 9.4),
    ("stopped", "stopped_soft", 5.7, 7.6),
    ("stopped", "surface", 7.0, 8.0),
    ("work", "work_soft", 6.7, 5.5),
    ("work", "surface", 8.2, 6.1),
    ("ink2", "accent_soft", 7.2, 7.5),
    ("ink2", "attention_soft", 7.7, 8.0),
    ("on_accent", "accent", 7.8, 8.9),
    ("attention_edge", "surface", 3.7, 4.4),
]


def ratio(tokens: Tokens, ink: str, ground: str) -> float:
    return contrast(getattr(tokens, ink), getattr(tokens, ground))


@pytest.mark.parametrize(("ink", "ground", "light", "dark"), TABLE)
def test_the_ratio_is_what_was_chosen(ink: str, ground: str, light: float, dark: float) -> None:
    assert ratio(LIGHT, ink, ground) == pytest.approx(light, abs=0.06)
    assert ratio(DARK, ink, ground) == pytest.approx(dark, abs=0.06)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_words_reach_4_5_and_marks_reach_3(tokens: Tokens) -> None:
    for ink, ground, _, _ in TABLE:
        least = 3.0 if ink in {"edge", "focus", "attention_edge"} else 4.5
        assert ratio(tokens, ink, ground) >= least, (ink, ground)
    assert ratio(tokens, "on_accent", "accent_pressed") >= 4.5
    assert ratio(tokens, "ink", "accent_soft") >= 4.5


@pytest.mark.parametrize(
    ("ink", "ground", "expected"),
    [
        (FIXED.on_stop, FIXED.stop, 7.0),
        (FIXED.on_ribbon, FIXED.ribbon, 10.8),
        (FIXED.on_strip, FIXED.strip, 18.4),
        (FIXED.on_strip2, FIXED.strip, 11.1),
        (FIXED.selection, FIXED.strip, 12.5),
        (FIXED.on_unlock2, FIXED.unlock, 10.0),
        (FIXED.on_ribbon, FIXED.found, 10.8),
    ],
)
def test_the_fixed_colours(ink: str, ground: str, expected: float) -> None:
    assert contrast(ink, ground) == pytest.approx(expected, abs=0.06)


def test_the_formula_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)
