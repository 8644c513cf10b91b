# SPDX-License-Identifier: GPL-3.0-or-later
"""Patients, staff, consents, policy, sessions and tasks: the practice's registers, all of them vault records."""
