# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, done by a script through the real windows: with mouse and keys, in a training vault of its own.

The only place that writes pictures of screens; everything on them is simulated.
"""

from clinicam.demo.run import run_demo

__all__ = ["run_demo"]
