# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m clinicam.camera.simulator``: the simulated body as a process of its own."""

from __future__ import annotations

import sys

from clinicam.camera.simulator.door import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
