# SPDX-License-Identifier: GPL-3.0-or-later
"""A hand-written `CameraPort`: a body that does exactly what a test says, and remembers what it was asked.

It runs inside a real camera process (`fake_worker`) and is steered from the test over a control socket (`control`), or is
used directly in the test's own process.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from clinicam.camera.port import (
    BodyFacts,
    CameraEvent,
    CaptureComplete,
    FileAdded,
    FilePath,
    Picture,
    Quiet,
    Setting,
)
from clinicam.errors import (
    CameraAbsent,
    CameraBusy,
    CameraClaimed,
    CameraError,
    CameraFault,
    CameraLost,
    CameraStoreFull,
    FocusFailed,
)

LIVE = b"\xff\xd8live view of nobody\xff\xd9"
JPEG = b"\xff\xd8\xff\xe0a picture of nobody\xff\xd9"
RAW = b"II*\0raw sensor data of nobody"
_FAULTS: dict[str, type[CameraError]] = {
    kind.__name__: kind
    for kind in (CameraAbsent, CameraBusy, CameraClaimed, CameraFault, CameraLost, CameraStoreFull, FocusFailed)
}


@dataclass
class FakeBody:
    """The body behind the port: settings, events waiting, faults planned per operation."""

    maker: str = "Nikon Corporation"
    model: str = "Fake"
    target: str = "Internal RAM"
    media: str | None = "SDRAM"
    sticky: bool = False
    card: bool = False
    raw: bool = False
    obeys_target: bool = True
    frame_bytes: int = 0
    events: deque[CameraEvent] = field(default_factory=deque)
    files: dict[FilePath, bytes] = field(default_factory=dict)
    faults: dict[str, deque[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    shots: int = 0


class FakeCamera:
    """A `CameraPort` on a `FakeBody`. `press` and `plan` may be called from any thread."""

    def __init__(self, body: FakeBody) -> None:
        self.body = body
        self._changed = threading.Condition()

    # --- steering -----------------------------------------------------------------------------------------------------

    def press(self, *, raw: bool = False) -> None:
        """The body's own shutter."""
        with self._changed:
            self._expose(raw=raw)
            self._changed.notify_all()

    def plan(self, operation: str, *faults: str) -> None:
        """The next calls of `operation` fail so: a `CameraError` name, or crash, hang, slow, crawl, hold-gil."""
        with self._changed:
            self.body.faults.setdefault(operation, deque()).extend(faults)

    def _expose(self, *, raw: bool) -> None:
        in_memory = self.body.obeys_target and self.body.target == "Internal RAM"
        folder = "/" if in_memory else "/store_00010001/DCIM/100FAKE"
        stem = "capt" if in_memory else "DSC_"
        for suffix, data in (("jpg", JPEG), ("nef", RAW))[: 2 if raw or self.body.raw else 1]:
            path = FilePath(folder, f"{stem}{self.body.shots:04d}.{suffix}")
            self.body.shots += 1
            self.body.files[path] = data + bytes(max(0, self.body.frame_bytes - len(data)))
            self.body.events.append(FileAdded(path))
        self.body.events.append(CaptureComplete())

    def _enter(self, operation: str) -> None:
        self.body.calls.append(operation)
        planned = self.body.faults.get(operation)
        if not planned:
            return
        fault = planned.popleft()
        if fault == "crash":
            os.abort()
        elif fault == "hang":
            time.sleep(60)  # in the kernel, the interpreter free: as libgphoto2 in a read that never returns
        elif fault in {"slow", "crawl"}:
            for _ in range(6 if fault == "slow" else 30):
                time.sleep(0.1)  # a transfer that goes on and on, alive
        elif fault == "hold-gil":
            ctypes.PyDLL(None).usleep(60_000_000)  # as libgphoto2's calls that do not free the interpreter
        elif fault != "ok":
            raise _FAULTS[fault](f"planned for {operation}")

    # --- CameraPort ---------------------------------------------------------------------------------------------------

    def open(self) -> BodyFacts:
        self._enter("open")
        return BodyFacts(self.body.maker, self.body.model, "F-1", "Fake Camera")

    def close(self) -> None:
        self.body.calls.append("close")

    def setting(self, name: str) -> Setting | None:
        self._enter(f"setting {name}")
        if name == "capturetarget":
            return Setting(self.body.target, ("Internal RAM", "Memory card"))
        if name == "recordingmedia" and self.body.media is not None:
            return Setting(self.body.media, ("Card", "SDRAM"))
        return Setting("80%", ()) if name == "batterylevel" else None

    def change(self, name: str, value: str) -> None:
        self._enter(f"change {name}")
        if self.body.sticky:
            return
        if name == "capturetarget":
            self.body.target = value
        elif name == "recordingmedia":
            self.body.media = value

    def media_present(self) -> bool | None:
        self._enter("media_present")
        return self.body.card

    def preview(self) -> Picture | None:
        self._enter("preview")
        return Picture(memoryview(LIVE))

    def stop_preview(self) -> None:
        self._enter("stop_preview")

    def trigger(self) -> None:
        self._enter("trigger")
        with self._changed:
            self._expose(raw=False)

    def wait(self, timeout_ms: int) -> CameraEvent:
        with self._changed:
            if self.body.faults.get("wait"):
                self._enter("wait")
            if not self.body.events:
                self._changed.wait(timeout_ms / 1000)
            return self.body.events.popleft() if self.body.events else Quiet()

    def fetch(self, path: FilePath) -> Picture:
        self._enter("fetch")
        return Picture(memoryview(self.body.files[path]))

    def forget(self, path: FilePath) -> None:
        self.body.calls.append("forget")
        self.body.files.pop(path, None)

    def erase(self, path: FilePath) -> bool:
        self._enter("erase")
        if self.body.sticky:
            return False
        del self.body.files[path]
        return True
