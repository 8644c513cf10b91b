# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules are judged by what they say, not by how busy the machine is."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
