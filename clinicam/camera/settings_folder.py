# SPDX-License-Identifier: GPL-3.0-or-later
"""A private, short-lived folder for libgphoto2's settings file, one per window process. No picture ever comes near it.

libgphoto2 stores the capture target per user, where any other camera program may set it to the card. So ours gets an
empty folder that nobody else knows and that is gone when CliniCam stops; what a crash left is swept at the next start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

_PREFIX = "camera-"


def make_settings_folder(below: Path) -> Path:
    """A fresh folder of mode 0700 below `below`.

    Raises:
        OSError: it cannot be made.
    """
    below.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(below)
    folder = below / f"{_PREFIX}{os.getpid()}-{os.urandom(4).hex()}"
    folder.mkdir(mode=0o700)
    return folder


def remove_settings_folder(folder: Path) -> None:
    """Remove it with whatever libgphoto2 put there."""
    shutil.rmtree(folder, ignore_errors=True)


def _sweep(below: Path) -> None:
    """Remove what processes that are gone have left."""
    for left in below.glob(f"{_PREFIX}*-*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _is_running(int(pid)):
            remove_settings_folder(left)


def _is_running(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
