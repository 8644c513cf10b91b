# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera process: ``python -m clinicam.camera.worker FD``. Started by `host.CameraHost`, never by a person.

Two threads. The main thread runs the `Attendant`, which alone touches libgphoto2. The channel thread reads what the
window process says, renews lease and kernel timer, answers beats, and watches the main thread: when libgphoto2 sits in
one call without the kernel ever scheduling it, or stays in one for far too long, the process ends itself.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from clinicam.camera.attendant import Attendant
from clinicam.camera.channel import Channel, ChannelClosed, worker_end
from clinicam.camera.connector import OpenCamera
from clinicam.camera.lease import Lease, take_default_alarm, wind
from clinicam.camera.messages import Beat, Exit, HostMessage, Note, Pulse, Stop
from clinicam.camera.port import CameraPort
from clinicam.camera.watch import MainThreadWatch
from clinicam.hardening import harden_process
from clinicam.identity import PermitId

_LOOK_S = 0.25
_ENGLISH = {"LANGUAGE": "C", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def serve(fd: int, open_camera: OpenCamera) -> NoReturn:
    """Be the camera process on the socket `fd` until told to stop. Ends the process without running destructors.

    libgphoto2's destructors talk to a body that may be gone; and a process that ends at once keeps no pixels.
    """
    harden_process(die_with_parent=True)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's interrupt is for the window process
    take_default_alarm()
    wind()
    os.environ.update(_ENGLISH)
    _require_private_settings()
    channel = worker_end(fd)
    lease = Lease()
    watch = MainThreadWatch()
    commands: queue.SimpleQueue[HostMessage] = queue.SimpleQueue()
    listener = threading.Thread(target=_listen, args=(channel, lease, watch, commands), name="channel", daemon=True)
    attendant = Attendant(channel, lease, commands, open_camera, watch)
    listener.start()
    try:
        end = attendant.run()
        if end is not Exit.LOST:
            attendant.close()
    except ChannelClosed:
        attendant.close()
        end = Exit.STOPPED
    except Exception as defect:  # noqa: BLE001 - the border of the process: told to the host, then the process ends
        with contextlib.suppress(ChannelClosed):
            channel.send(Note(_where(defect)))
        end = Exit.BROKEN
    os._exit(end)


def _listen(
    channel: Channel[HostMessage], lease: Lease, watch: MainThreadWatch, commands: queue.SimpleQueue[HostMessage]
) -> None:
    """The channel thread."""
    try:
        while True:
            received = channel.receive(_LOOK_S)
            if watch.is_stuck():
                os._exit(Exit.HUNG)
            if received is None:
                continue
            message, _ = received
            if isinstance(message, Beat):
                wind()
                lease.beat(None if message.permit is None else PermitId(message.permit))
                channel.send(Pulse(message.seq))
            else:
                commands.put(message)
    except ChannelClosed:
        commands.put(Stop())  # the kernel timer, not wound any more, ends a main thread that does not obey


def _require_private_settings() -> None:
    """libgphoto2 keeps the capture target in a settings file any program may change: ours lies in a folder of our own."""
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        found = os.lstat(folder)
    except OSError:
        sys.exit("no private settings folder")
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        sys.exit("the settings folder is not private")
    os.environ["HOME"] = folder


def _where(defect: Exception) -> str:
    """Kind and place of a defect; never its text, which may hold anything."""
    last = traceback.extract_tb(defect.__traceback__)[-1]
    return f"{type(defect).__name__} at {Path(last.filename).name}:{last.lineno}"


def _open_camera(port: str | None, alive: Callable[[], None]) -> CameraPort:
    from clinicam.camera.driver import GPhotoCamera  # only now: libgphoto2 reads its environment when it is loaded

    return GPhotoCamera(port, alive)


def main() -> NoReturn:
    """Entry of the module."""
    serve(int(sys.argv[1]), _open_camera)


if __name__ == "__main__":
    main()
