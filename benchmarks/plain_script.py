# SPDX-License-Identifier: GPL-3.0-or-later
"""The peer of camera and vault together: what anybody writes with python-gphoto2. No permit, no promise, no encryption.

`python -m benchmarks.plain_script PORT FOLDER` connects, says ``ready``, then answers one line for each line it reads:
``shot`` -> seconds from the trigger until the picture's file is flushed; ``live N`` -> pictures a second over N seconds
at 25 a second at most, as CliniCam's camera process caps them; ``off`` -> live view ended. Ends with its input.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import gphoto2 as gp

GAP_S = 0.04
_SHOT_S = 30.0


class PlainScript:
    """A camera on a port, frames kept in its memory, pictures written into a folder."""

    def __init__(self, port: str, folder: Path) -> None:
        self._folder = folder
        self._shots = 0
        self.camera = gp.Camera()
        ports = gp.PortInfoList()
        ports.load()
        self.camera.set_port_info(ports[ports.lookup_path(port)])
        models = gp.CameraAbilitiesList()
        models.load()
        self.camera.set_abilities(models[models.lookup_model("PTP/IP Camera")])
        self.camera.init()
        self._choose("capturetarget", "Internal RAM")
        self._choose("recordingmedia", "SDRAM")

    def _choose(self, name: str, value: str) -> None:
        widget = self.camera.get_single_config(name)
        widget.set_value(value)
        self.camera.set_single_config(name, widget)

    def shot(self) -> float:
        """Trigger, wait, fetch, write, flush."""
        start = time.perf_counter()
        self.camera.trigger_capture()
        while time.perf_counter() - start < _SHOT_S:
            kind, data = self.camera.wait_for_event(1000)
            if kind == gp.GP_EVENT_FILE_ADDED:
                break
        else:
            raise TimeoutError("no picture")
        # The file object must outlive the view of its bytes.
        fetched = self.camera.file_get(data.folder, data.name, gp.GP_FILE_TYPE_NORMAL)
        view = memoryview(fetched.get_data_and_size())
        self._shots += 1
        path = self._folder / f"plain-{self._shots}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            rest = view
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        took = time.perf_counter() - start
        path.unlink()
        self._settle()
        return took

    def _settle(self) -> None:
        """Read the events that are left, so that they do not count for the next shot."""
        while self.camera.wait_for_event(50)[0] != gp.GP_EVENT_TIMEOUT:
            continue

    def live(self, seconds: float) -> float:
        """Pictures a second."""
        start = due = time.perf_counter()
        count = 0
        while time.perf_counter() - start < seconds:
            time.sleep(max(0.0, due - time.perf_counter()))
            due = max(due + GAP_S, time.perf_counter())
            picture = self.camera.capture_preview()
            count += len(bytes(picture.get_data_and_size())) > 0
        return count / (time.perf_counter() - start)

    def off(self) -> None:
        """Live view off."""
        widget = self.camera.get_single_config("viewfinder")
        widget.set_value(0)
        self.camera.set_single_config("viewfinder", widget)


def main() -> None:
    """See the module."""
    script = PlainScript(sys.argv[1], Path(sys.argv[2]))
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, number = line.strip().partition(" ")
        if word == "shot":
            print(script.shot(), flush=True)
        elif word == "live":
            print(script.live(float(number)), flush=True)
        else:
            script.off()
            print(0.0, flush=True)
    script.camera.exit()


if __name__ == "__main__":
    main()
