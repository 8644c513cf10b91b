# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames on their way through the camera process: fetched at once, sent on at once, or dropped unseen.

Runs on the camera thread only. Which it is was decided before the bytes are asked for: by the permit the lease held when
the wait began that brought the frame, and by whether the window process is alive to take it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from clinicam.camera.channel import Channel
from clinicam.camera.faults import tidy, to_fault
from clinicam.camera.lease import RAN_OUT, Lease
from clinicam.camera.messages import Dropped, Exposed, FrameLost, HostMessage, Part
from clinicam.camera.messages import Shot as ShotMessage
from clinicam.camera.pictures import media_type
from clinicam.camera.port import CameraPort, FilePath, Proof, Trigger
from clinicam.camera.promise import prove
from clinicam.camera.shot import Outcome, Shot
from clinicam.errors import CameraError, CameraFault, CameraRefused
from clinicam.identity import FrameId, PermitId, new_id

NO_PERMIT = "no permit"
ON_CARD = "no permit, on card"


class Intake:
    """The one shot under way, the frames the vault has not yet confirmed, and the tally of dropped ones.

    Attributes:
        tainted: pictures without a permit are, or were, in this process's memory.
        broken: the last frame lay on a card although the target said memory; cleared by nobody but a new process.
    """

    def __init__(
        self, port: CameraPort, channel: Channel[HostMessage], lease: Lease, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._port = port
        self._channel = channel
        self._lease = lease
        self._clock = clock
        self._held: dict[FrameId, list[tuple[FilePath, Proof]]] = {}
        self._dropped = 0
        self._dropped_cause = NO_PERMIT
        self._dropped_kinds: set[str] = set()
        self.shot: Shot | None = None
        self.tainted = False
        self.broken = False

    def begin(self, permit: PermitId, frame: FrameId, trigger: Trigger, request: int | None, at_ns: int) -> None:
        """The shutter was released at `at_ns`: announce the frame and expect its files."""
        self.shot = Shot(frame, permit, trigger, request, self._clock())
        self._channel.send(Exposed(frame, permit, request, at_ns))

    def added(self, path: FilePath, permit: PermitId | None, at_ns: int) -> None:
        """A file arrived. `permit` is what the lease held at `at_ns`, when the wait for it began.

        Raises:
            CameraLost: the body went away during the download; the shot is still here for `fail`.
        """
        kind = path.name.rpartition(".")[2].lower()
        if self.shot is not None and not self.shot.takes(kind):
            self._finish()
        if self.shot is None:
            if permit is None or not self._lease.alive():
                self._drop(path, kind, NO_PERMIT if permit is None else RAN_OUT)
                return
            self.begin(permit, FrameId(new_id()), Trigger.BODY, None, at_ns)
        shot = self.shot
        if shot is None:
            return
        proof = prove(path)
        shot.add(path, kind, proof, self._clock())
        self._held.setdefault(shot.frame, []).append((path, proof))
        picture = self._port.fetch(path)
        if not self._lease.alive():
            self.fail(CameraRefused(RAN_OUT))
            self.tainted = True
            return
        data = picture.untrusted_data
        self._channel.send(Part(shot.frame, tidy(path.name), media_type(path.name, data)), data)

    def quiet(self) -> None:
        """Nothing is happening: close the tally and, if it is over, the shot."""
        self._report_dropped()
        if self.shot is None:
            return
        outcome = self.shot.when_quiet(self._clock())
        if outcome is Outcome.WHOLE:
            self._finish()
        elif outcome is Outcome.NOTHING:
            self.fail(CameraFault("the camera released its shutter but sent no picture"))

    def complete(self) -> None:
        """The body says the exposure is over."""
        if self.shot is not None:
            self.shot.complete(self._clock())

    def fail(self, error: CameraError) -> None:
        """The shot under way, if any, will not arrive."""
        shot, self.shot = self.shot, None
        if shot is not None:
            self._forget(shot.frame)
            self._channel.send(FrameLost(shot.frame, to_fault(error)))

    def release(self, frame: FrameId) -> bool:
        """The vault has it: drop the driver's copy, erase it from a card. False when a card still has it."""
        gone = True
        for path, proof in self._held.pop(frame, []):
            if proof is Proof.MEMORY:
                self._port.forget(path)
            else:
                gone = self._port.erase(path) and gone
        return gone

    def forget_all(self) -> None:
        """Drop the driver's copies of everything not yet confirmed. What lies on a card stays there."""
        for frame in tuple(self._held):
            self._forget(frame)

    def _finish(self) -> None:
        shot, self.shot = self.shot, None
        if shot is None:
            return
        if shot.proof is Proof.CARD:
            self.broken = True
        self._channel.send(ShotMessage(shot.frame, shot.permit, shot.trigger, shot.proof, len(shot.paths)))

    def _forget(self, frame: FrameId) -> None:
        for path, proof in self._held.pop(frame, []):
            if proof is Proof.MEMORY:
                self._port.forget(path)

    def _drop(self, path: FilePath, kind: str, cause: str) -> None:
        """Never fetched. A frame from memory is in libgphoto2's hands already: make it let go; a card's is left alone."""
        if prove(path) is Proof.MEMORY:
            self._port.forget(path)
            self.tainted = True
        elif cause == NO_PERMIT:
            cause = ON_CARD
        if cause != self._dropped_cause or kind in self._dropped_kinds:
            self._report_dropped()
        self._dropped_cause = cause
        self._dropped_kinds.add(kind)
        self._dropped = 1

    def _report_dropped(self) -> None:
        if self._dropped:
            self._channel.send(Dropped(self._dropped, self._dropped_cause))
            self._dropped = 0
            self._dropped_kinds.clear()
