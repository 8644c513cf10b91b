# SPDX-License-Identifier: GPL-3.0-or-later
"""Where sealed bytes lie. One Protocol for rows, one for objects; small implementations behind them."""
