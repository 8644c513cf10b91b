# SPDX-License-Identifier: GPL-3.0-or-later
"""One photographic session: its states, its series of views, the way of a frame from the camera to the vault."""
