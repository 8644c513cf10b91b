# SPDX-License-Identifier: GPL-3.0-or-later
"""One camera process and the thread that listens to it: the camera link thread.

The process is started from the main thread, because the kernel ties its life to the thread that started it. The link
thread ends with the process, after `ended` was called; there is never more than one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import clinicam
from clinicam.camera.channel import ChannelClosed, host_end, pair
from clinicam.camera.messages import Beat, Exit, HostMessage, Pulse, WorkerMessage
from clinicam.errors import CameraError, CameraFault, CameraLost

DEFAULT_COMMAND = (sys.executable, "-P", "-m", "clinicam.camera.worker")
ANSWER_S = 2.0
"""A beat not answered for so long: the interpreter over there is held."""
START_S = 15.0
"""Until the first answer, which comes after Python has started and the process is hardened; and while `patient`."""
_LOOK_S = 0.2
_GOING_S = 0.5
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")


class Link:
    """Starts the process in its constructor; call from the main thread.

    Args:
        command: what to run; the descriptor number is appended.
        folder: the private settings folder.
        message: called on the link thread for every message but pulses, with its payload.
        ended: called on the link thread, last of all, with the reason the process ended.

    Attributes:
        patient: set while the process looks for a body: detection may hold its interpreter for a second or two.

    Raises:
        CameraFault: the process could not be started.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        message: Callable[[WorkerMessage, bytearray], None],
        ended: Callable[[Link, int, CameraError], None],
    ) -> None:
        ours, theirs = pair()
        try:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(folder),
            )
        except OSError as refused:
            ours.close()
            raise CameraFault(f"camera process: {refused.strerror}") from refused
        finally:
            theirs.close()
        self.started = time.monotonic()
        self._channel = host_end(ours)
        self._message = message
        self._ended = ended
        self._beats = threading.Lock()
        self._seq = 0
        self._answered = 0
        self._waiting_since: float | None = None
        self._hung = False
        self.patient = False
        self._thread = threading.Thread(target=self._listen, name="camera link")
        self._thread.start()

    @property
    def pid(self) -> int:
        """The camera process."""
        return self._process.pid

    def post(self, message: HostMessage) -> bool:
        """Send without waiting. False when the process is gone or, deaf, about to be."""
        try:
            self._channel.post(message)
        except ChannelClosed:
            self.kill()
            return False
        return True

    def beat(self, permit: bytes | None) -> None:
        """Renew the lease, naming `permit` if there is one."""
        with self._beats:
            self._seq += 1
            seq = self._seq
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
        self.post(Beat(seq, permit))

    def kill(self) -> None:
        """End the process now. `ended` follows on the link thread."""
        self._process.kill()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for process and thread to be gone. False if they are not by then."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _listen(self) -> None:
        try:
            while True:
                received = self._channel.receive(_LOOK_S)
                if received is None:
                    # Only with nothing left to read: an answer may stand behind a message we were slow to take.
                    if self._is_deaf():
                        self._hung = True
                        self.kill()
                    continue
                message, payload = received
                if isinstance(message, Pulse):
                    self._hear_pulse(message.seq)
                else:
                    self._message(message, payload)
        except ChannelClosed:
            pass  # the process ended, or talks nonsense
        finally:
            code = self._reap()
            self._channel.close()
            self._ended(self, code, self._reason(code))

    def _reap(self) -> int:
        """The exit code. A process that closed its end is on its way out; one that stays is helped along."""
        try:
            return self._process.wait(_GOING_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def _hear_pulse(self, seq: int) -> None:
        with self._beats:
            self._answered = max(self._answered, min(seq, self._seq))
            self._waiting_since = None if self._answered == self._seq else time.monotonic()

    def _is_deaf(self) -> bool:
        with self._beats:
            since, patience = self._waiting_since, ANSWER_S if self._answered and not self.patient else START_S
        return since is not None and time.monotonic() - since > patience

    def _reason(self, code: int) -> CameraError:
        if self._hung or code == Exit.HUNG:
            return CameraLost("the camera process did not answer and was ended")
        if code in {Exit.STOPPED, Exit.LOST, Exit.RENEWED}:
            return CameraLost(f"the camera process ended ({Exit(code).name.lower()})")
        return CameraLost(f"the camera process died ({code})")


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours but what finding programs and libraries takes: no setting of libgphoto2, no language, no home."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {
        "PYTHONPATH": str(Path(clinicam.__file__).resolve().parent.parent),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
        "LANGUAGE": "C",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return environment
