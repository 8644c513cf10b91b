# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzzing of every parser of untrusted bytes: `make fuzz`, or `python -m fuzz --seconds 600 [name ...]`."""
