# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera process on libgphoto2's virtual USB body: ``python -m tests.camera.vusb_worker FOLDER FD``.

FOLDER holds the one picture the body copies for every shot. Nothing of the product is changed but where libgphoto2
finds its ports. A file named ``press`` in FOLDER presses the body's own shutter.
"""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable
from pathlib import Path

from clinicam.camera.port import CameraEvent, CameraPort
from clinicam.camera.worker import serve


def open_virtual_usb(port: str | None, alive: Callable[[], None]) -> CameraPort:
    """The real driver, with the real library, on a bus that has exactly one body."""
    from clinicam.camera.driver import GPhotoCamera

    locale.setlocale(locale.LC_ALL, "")  # as a desktop toolkit does: from here on libgphoto2 would translate
    folder = Path(sys.argv[1])
    os.environ["VCAMERADIR"] = str(folder)
    os.environ["IOLIBS"] = os.environ["IOLIBS"].replace("iolibs", "vusb")

    class PressedCamera(GPhotoCamera):
        def wait(self, timeout_ms: int) -> CameraEvent:
            if (folder / "press").exists():
                (folder / "press").unlink()
                self.change("opcode", "0x9999,0x0,0x64")
                self.change("opcode", "0x9999,0x2,0x78")
            return super().wait(timeout_ms)

    return PressedCamera(port, alive)


if __name__ == "__main__":
    serve(int(sys.argv[2]), open_virtual_usb)
