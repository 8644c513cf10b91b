# SPDX-License-Identifier: GPL-3.0-or-later
"""What the camera process says about itself: its state, told whenever it changes, and what the promise is worth."""

from __future__ import annotations

import msgspec

from clinicam.camera.channel import Channel
from clinicam.camera.faults import Fault, tidy, to_fault
from clinicam.camera.messages import HostMessage, Note, State
from clinicam.camera.port import CameraState
from clinicam.errors import CameraError, CameraNoPromise

WROTE_TO_CARD = to_fault(CameraNoPromise("a frame was written to the card"))
STILL_ON_CARD = to_fault(CameraNoPromise("a frame is still on the card"))
BUTTON_TO_CARD = to_fault(CameraNoPromise("the camera's own button writes to the card: use the screen"))


class Standing:
    """The latest `State`. A frame found on the card is never forgotten by this process."""

    def __init__(self, channel: Channel[HostMessage]) -> None:
        self._channel = channel
        self._state = State(CameraState.ABSENT)
        self.card: Fault | None = None

    @property
    def state(self) -> CameraState:
        """Where the camera stands."""
        return self._state.state

    def report(self, **changes: object) -> None:
        """Change these fields of the state, and tell the host if that made a difference."""
        state = msgspec.structs.replace(self._state, **changes)
        if state != self._state:
            self._state = state
            self._channel.send(state)

    def warn(self, warning: Fault | None) -> None:
        """While armed: None proves the target, anything else is a warning to the person and disproves it."""
        if warning in {WROTE_TO_CARD, STILL_ON_CARD}:
            self.card = warning
        self.report(target_proved=warning is None, problem=warning)

    def note(self, doing: str, error: CameraError) -> None:
        """A line for the log: an error nobody is waiting to hear of."""
        self._channel.send(Note(tidy(f"{doing}: {error.detail}")))
