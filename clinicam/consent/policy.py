# SPDX-License-Identifier: GPL-3.0-or-later
"""What a practice may choose about consent. A choice can only be stricter than the rules, never looser."""

from __future__ import annotations

from msgspec import Struct

from clinicam.permits import Purpose

OPTIONAL = (Purpose.TEACHING, Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA)
"""The purposes that have a form, in the order they are asked."""


class ConsentPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """`purposes_used`: optional purposes this practice asks about. `website`, `social_account`: what they are called."""

    spoken_allowed: bool
    paper_opens_shutter: bool
    purposes_used: tuple[Purpose, ...]
    website: str = ""
    social_account: str = ""

    def __post_init__(self) -> None:
        if not set(self.purposes_used) <= set(OPTIONAL) or len(set(self.purposes_used)) != len(self.purposes_used):
            raise ValueError("purposes used")
