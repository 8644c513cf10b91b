# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and steering the simulated body from Python. It ends with its input, so it never outlives its host."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Self

import msgspec

from clinicam.errors import CameraFault, CameraLost

START_S = 30.0
"""Seconds the process has to paint its first scene and listen."""
ANSWER_S = 20.0
"""Seconds a command has; painting a new scene on a busy machine is the slowest."""
_END_S = 10.0


class SimulatorProcess:
    """One simulated body in a process of its own. Thread-safe. Use `start`, and `close` it (or ``with``).

    Raises:
        CameraLost: from every method, when the process has ended or does not answer in time.
        CameraFault: from `press` and `do`, when the body refuses the command.
    """

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        self._lock = threading.Lock()
        self._unread = b""
        self._number = 0

    @classmethod
    def start(
        cls,
        *,
        scene: str | None = None,
        frame_bytes: int = 0,
        raw_bytes: int = 0,
        bytes_per_second: int = 0,
        raw: bool = False,
        card: bool = False,
        marker: str | None = None,
        more: Sequence[str] = (),
    ) -> Self:
        """Start a body on a free loopback port and wait until it listens. `more` are further command-line options."""
        call = [sys.executable, "-m", "clinicam.camera.simulator", "--port", "0"]
        call += [f"--frame-bytes={frame_bytes}", f"--raw-bytes={raw_bytes}", f"--bytes-per-second={bytes_per_second}"]
        call += [f"--scene={scene}"] if scene is not None else []
        call += [f"--marker={marker}"] if marker is not None else []
        call += ["--raw"] if raw else []
        call += ["--card"] if card else []
        child = subprocess.Popen([*call, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        body = cls(child)
        try:
            ready = body._read_answer(START_S)
            port = ready.get("command")
            if not isinstance(port, int):
                raise CameraLost("the simulator did not say where it listens")
            body._number = port
        except BaseException:
            body.close()
            raise
        return body

    @property
    def port(self) -> str:
        """The libgphoto2 port path of the body."""
        return f"ptpip:127.0.0.1:{self._number}:{self._number}"

    @property
    def number(self) -> int:
        """The TCP port."""
        return self._number

    @property
    def pid(self) -> int:
        """The process id."""
        return self._child.pid

    def command(self, line: str) -> dict[str, object]:
        """Send one command line; the answer has ``ok`` and, when that is false, ``error``."""
        if "\n" in line or "\r" in line:
            raise CameraFault("one line only")
        with self._lock:
            pipe = self._child.stdin
            if pipe is None or pipe.closed:
                raise CameraLost("the simulator was closed")
            try:
                pipe.write(line.encode() + b"\n")
                pipe.flush()
            except OSError as gone:
                raise CameraLost("the simulator has ended") from gone
            return self._read_answer(ANSWER_S)

    def do(self, line: str) -> dict[str, object]:
        """As `command`, but a refusal raises `CameraFault`."""
        answer = self.command(line)
        if answer.get("ok") is not True:
            raise CameraFault(f"{line}: {answer.get('error')}")
        return answer

    def press(self, *, raw: bool = False) -> dict[str, object]:
        """Press the body's own shutter button; returns when the frame is stored and announced."""
        return self.do("press raw" if raw else "press")

    def close(self) -> None:
        """End the process and wait for it; a second call does nothing."""
        with self._lock:
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None and not pipe.closed:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        continue  # it had ended before us
            try:
                self._child.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _read_answer(self, seconds: float) -> dict[str, object]:
        """One JSON line of the process."""
        out = self._child.stdout
        if out is None or out.closed:
            raise CameraLost("the simulator was closed")
        until = time.monotonic() + seconds
        while b"\n" not in self._unread:
            ready, _, _ = select.select([out], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(out.fileno(), 1 << 16) if ready else b""
            if not piece:
                raise CameraLost("the simulator has ended" if ready else "the simulator does not answer")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        try:
            return msgspec.json.decode(line, type=dict[str, object])
        except msgspec.MsgspecError as bad:
            raise CameraLost("the simulator's answer cannot be read") from bad
