# SPDX-License-Identifier: GPL-3.0-or-later
"""Links to the practice's record system. So far: how its programs start us for one patient (`launch`, `handover`)."""
