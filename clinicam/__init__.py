# SPDX-License-Identifier: GPL-3.0-or-later
"""CliniCam: clinical photography from camera memory straight into an encrypted vault."""

__version__ = "0.1.0"
