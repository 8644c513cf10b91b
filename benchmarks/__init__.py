# SPDX-License-Identifier: GPL-3.0-or-later
"""Ratios against named peers, run interleaved in one call; medians. `python -m benchmarks [name ...]`."""
