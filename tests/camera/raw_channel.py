# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to a camera process directly, past the host: what it does when nobody polite is on the other side."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Self, TypeVar

from clinicam.camera.channel import ChannelClosed, host_end, pair
from clinicam.camera.messages import Answer, Beat, HostMessage, WorkerMessage

M = TypeVar("M")
ROOT = Path(__file__).resolve().parents[2]


class RawChannel:
    """A camera process started by `command` and the naked channel to it. Use with ``with``."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
        settings = folder / "settings"
        settings.mkdir(mode=0o700, exist_ok=True)
        ours, theirs = pair()
        self.process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(settings), **(environment or {})},
        )
        theirs.close()
        self._channel = host_end(ours)
        self._seq = 0
        self.heard: list[WorkerMessage] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.kill()
        self.process.wait()
        self._channel.close()

    def say(self, message: HostMessage) -> None:
        self._channel.post(message)

    def beat(self, permit: bytes | None) -> None:
        self._seq += 1
        self.say(Beat(self._seq, permit))

    def next(self, kind: type[M], patience_s: float = 10.0) -> M:
        """The next message of this kind; what comes before is in `heard`."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            received = self._channel.receive(0.1)
            if received is not None:
                self.heard.append(received[0])
                if isinstance(received[0], kind):
                    return received[0]
        raise AssertionError(f"no {kind.__name__}; heard {self.heard[-5:]}")

    def answer(self, message: HostMessage) -> Answer:
        self.say(message)
        return self.next(Answer)

    def exit_code(self, patience_s: float) -> int:
        """Read on until the process is gone."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                received = self._channel.receive(0.1)
            except ChannelClosed:
                return self.process.wait(patience_s)
            if received is not None:
                self.heard.append(received[0])
        raise AssertionError("still running")
