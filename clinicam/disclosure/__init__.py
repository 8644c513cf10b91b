# SPDX-License-Identifier: GPL-3.0-or-later
"""An image leaving the practice. Empty until the release room is built: nothing can leave yet."""
