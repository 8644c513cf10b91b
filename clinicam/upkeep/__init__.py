# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after a vault from the command line, without a window."""
