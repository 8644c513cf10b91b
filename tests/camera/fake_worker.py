# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera process with a `FakeCamera` in place of libgphoto2: ``python -m tests.camera.fake_worker CONTROL BODY FD``.

CONTROL is the path of the test's control socket, BODY the JSON of the `FakeBody` fields that differ from the default, ``open_faults`` and ``leftover``.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable

from clinicam.camera.port import CameraPort
from clinicam.camera.worker import serve
from tests.camera.fake_camera import FakeBody, FakeCamera


def obey(camera: FakeCamera, line: str) -> object:
    """One line from the test: press [raw] | plan OPERATION FAULT... | set FIELD JSON | calls | files."""
    words = line.split()
    if words[0] == "press":
        camera.press(raw="raw" in words)
    elif words[0] == "plan":
        camera.plan(words[1], *words[2:])
    elif words[0] == "set":
        setattr(camera.body, words[1], json.loads(words[2]))
    elif words[0] == "calls":
        return list(camera.body.calls)
    elif words[0] == "files":
        return len(camera.body.files)
    return None


def main() -> None:
    """Connect to the test, then be the camera process."""
    control = socket.socket(socket.AF_UNIX)
    control.connect(sys.argv[1])
    options = json.loads(sys.argv[2])
    open_faults = options.pop("open_faults", [])
    leftover = options.pop("leftover", False)
    camera = FakeCamera(FakeBody(**options))
    if leftover:
        camera.press()
    camera.plan("open", *open_faults)

    def listen() -> None:
        for line in control.makefile():
            presses = line.startswith("press")
            if presses:  # answered first: the process may end of it
                control.sendall(b"null\n")
            answer = obey(camera, line.strip())
            if not presses:
                control.sendall((json.dumps(answer) + "\n").encode())

    def open_camera(port: str | None, alive: Callable[[], None]) -> CameraPort:
        return camera

    threading.Thread(target=listen, daemon=True).start()
    serve(int(sys.argv[3]), open_camera)


if __name__ == "__main__":
    main()
