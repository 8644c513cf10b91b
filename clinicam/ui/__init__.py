# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: screens that show state and send intentions. The only room, with app and demo, that knows Qt."""
