# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts every screen is made of. All take the theme first and follow it when it changes."""

from __future__ import annotations

from clinicam.ui.kit.avatar import draw_initials, draw_step
from clinicam.ui.kit.badge import ShotBadge, ShotMark, draw_shot_badge
from clinicam.ui.kit.band import PatientBand, draw_band
from clinicam.ui.kit.banner import IdentityBanner
from clinicam.ui.kit.blocker_row import BlockerRow
from clinicam.ui.kit.button import Button
from clinicam.ui.kit.card import Card, Divider, Icon, Notice
from clinicam.ui.kit.chip import Chip, Meaning, chip_width, draw_chip
from clinicam.ui.kit.choice import ChoiceField, Option
from clinicam.ui.kit.columns import Columns, Scroll, Stacking
from clinicam.ui.kit.empty import EmptyState
from clinicam.ui.kit.field import Field
from clinicam.ui.kit.focus import FOCUS_RADIUS, OWN_FOCUS, RING_PARENT, FocusRing
from clinicam.ui.kit.foot import FootBar
from clinicam.ui.kit.header import HeaderBar
from clinicam.ui.kit.keycap import KeyCap
from clinicam.ui.kit.layout import Column, Row, fix
from clinicam.ui.kit.paint import dashed_ring, draw_keycap, keycap_width, rounded
from clinicam.ui.kit.progress import Bar, ProgressLine
from clinicam.ui.kit.radio_card import RadioCard
from clinicam.ui.kit.ribbon import Ribbon
from clinicam.ui.kit.segmented import SegmentedChoice
from clinicam.ui.kit.text import Run, TextLabel, draw_text, layout_of, text_width
from clinicam.ui.kit.toast import Toast

__all__ = [
    "FOCUS_RADIUS",
    "OWN_FOCUS",
    "RING_PARENT",
    "Bar",
    "BlockerRow",
    "Button",
    "Card",
    "Chip",
    "ChoiceField",
    "Column",
    "Columns",
    "Divider",
    "EmptyState",
    "Field",
    "FocusRing",
    "FootBar",
    "HeaderBar",
    "Icon",
    "IdentityBanner",
    "KeyCap",
    "Meaning",
    "Notice",
    "Option",
    "PatientBand",
    "ProgressLine",
    "RadioCard",
    "Ribbon",
    "Row",
    "Run",
    "Scroll",
    "SegmentedChoice",
    "ShotBadge",
    "ShotMark",
    "Stacking",
    "TextLabel",
    "Toast",
    "chip_width",
    "dashed_ring",
    "draw_band",
    "draw_chip",
    "draw_initials",
    "draw_keycap",
    "draw_shot_badge",
    "draw_step",
    "draw_text",
    "fix",
    "keycap_width",
    "layout_of",
    "rounded",
    "text_width",
]
