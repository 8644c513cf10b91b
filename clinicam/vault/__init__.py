# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, objects, ledger, index. Formats are in the modules named after their files; the engine is in `vault.vault`."""
