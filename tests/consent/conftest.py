# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules are judged by what they say, not by how busy the machine is."""

from __future__ import annotations
