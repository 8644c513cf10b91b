# SPDX-License-Identifier: GPL-3.0-or-later
"""Consent: rules without input or output. Events fold to a state, the state and the facts of the moment open the shutter or list why not."""
