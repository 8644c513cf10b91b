# SPDX-License-Identifier: GPL-3.0-or-later
"""Every colour, type size and radius of the window, in one place. A test recomputes each contrast ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

TextRole = Literal[
    "small", "label", "body", "strong", "plainrow", "row", "section", "title", "name", "headline", "stop", "clock"
]
"""A step of the type scale. `small` and `plainrow` are the regular weights of `label` and `row`."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. Each value is ``#RRGGBB``."""

    bg: str
    """the window behind cards"""
    surface: str
    """cards, bars, fields"""
    sunken: str
    """quiet panels, disabled controls"""
    ink: str
    ink2: str
    """support text"""
    ink3: str
    """placeholders, disabled text"""
    accent: str
    """petrol: you may go on; also the ink of "safe" """
    accent_soft: str
    on_accent: str
    accent_pressed: str
    edge: str
    """the outline of a control"""
    focus: str
    line: str
    """decorative lines"""
    attention: str
    attention_soft: str
    attention_edge: str
    stopped: str
    stopped_soft: str
    work: str
    work_soft: str


LIGHT: Final = Tokens(
    bg="#EEF1F4",
    surface="#FFFFFF",
    sunken="#E3E8ED",
    ink="#12202B",
    ink2="#3F4E5A",
    ink3="#55636F",
    accent="#0A5A70",
    accent_soft="#DCEEF2",
    on_accent="#FFFFFF",
    accent_pressed="#074456",
    edge="#6B7985",
    focus="#1667D9",
    line="#C3CCD4",
    attention="#6B4700",
    attention_soft="#FFF1CF",
    attention_edge="#B77900",
    stopped="#A82A0C",
    stopped_soft="#FBE4DD",
    work="#54428E",
    work_soft="#E9E5F5",
)

DARK: Final = Tokens(
    bg="#10161B",
    surface="#19222A",
    sunken="#222D36",
    ink="#EEF3F6",
    ink2="#BCC8D0",
    ink3="#98A7B2",
    accent="#6CCBE0",
    accent_soft="#123642",
    on_accent="#05222B",
    accent_pressed="#8FDCEC",
    edge="#7B8B98",
    focus="#8AB8FF",
    line="#35434E",
    attention="#F2BE4E",
    attention_soft="#3A2C0B",
    attention_edge="#B77900",
    stopped="#FF9E84",
    stopped_soft="#43190F",
    work="#A98FF5",
    work_soft="#2A2347",
)


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same in both themes: what must look alike in every room and light."""

    stop: str = "#A82A0C"
    stop_pressed: str = "#862008"
    stop_dark_edge: str = "#FF9E84"
    on_stop: str = "#FFFFFF"
    ribbon: str = "#FFC94D"
    on_ribbon: str = "#12202B"
    stage: str = "#1E1E1E"
    strip: str = "#141414"
    on_strip: str = "#FFFFFF"
    on_strip2: str = "#C9C9C9"
    selection: str = "#7FE3F7"
    unlock: str = "#0B3442"
    on_unlock: str = "#FFFFFF"
    on_unlock2: str = "#CFE3E9"
    found: str = "#FFC94D"
    """behind the letters a search found; with `on_ribbon` as ink"""


FIXED: Final = Fixed()


@dataclass(frozen=True, slots=True)
class TypeStep:
    """Size and line in unscaled px, weight on the 100-900 scale, tracking in 1/100 em."""

    size: int
    line: int
    weight: int
    tracking: float = 0.0
    tabular: bool = True


TYPE: Final[dict[TextRole, TypeStep]] = {
    "small": TypeStep(13, 18, 400),
    "label": TypeStep(13, 18, 600),
    "body": TypeStep(15, 20, 400),
    "strong": TypeStep(15, 20, 600),
    "plainrow": TypeStep(17, 24, 400),
    "row": TypeStep(17, 24, 600),
    "section": TypeStep(20, 28, 600),
    "title": TypeStep(24, 32, 600),
    "name": TypeStep(28, 36, 600),
    "headline": TypeStep(36, 44, 600),
    "stop": TypeStep(32, 36, 700),
    "clock": TypeStep(88, 96, 500, -6.0, tabular=False),
}

RADIUS_IMAGE: Final = 4
RADIUS_CONTROL: Final = 6
RADIUS_SHOOT: Final = 8
RADIUS_CARD: Final = 10

TARGET: Final = 44
"""height of an ordinary target, px"""
TARGET_GLOVES: Final = 57
"""15 mm at 96 dpi: Session and patient targets"""
FOCUS_WIDTH: Final = 3
FOCUS_GAP: Final = 2


def luminance(color: str) -> float:
    """Relative luminance of ``#RRGGBB`` by WCAG 2.2."""
    parts = []
    for at in (1, 3, 5):
        value = int(color[at : at + 2], 16) / 255
        parts.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
