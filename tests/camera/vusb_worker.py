# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera process on libgphoto2's virtual USB body: ``python -m tests.camera.vusb_worker FOLDER FD``.

FOLDER holds the one picture the body copies for every shot. Nothing of the product is changed but where libgphoto2
finds its ports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from clinicam.camera.port import CameraPort
from clinicam.camera.worker import serve


def open_virtual_usb(port: str | None, alive: Callable[[], None]) -> CameraPort:
    """The real driver, with the real library, on a bus that has exactly one body."""
    from clinicam.camera.driver import GPhotoCamera

    os.environ["VCAMERADIR"] = sys.argv[1]
    os.environ["IOLIBS"] = os.environ["IOLIBS"].replace("iolibs", "vusb")
    return GPhotoCamera(port, alive)


if __name__ == "__main__":
    serve(int(sys.argv[2]), open_virtual_usb)
