# SPDX-License-Identifier: GPL-3.0-or-later
"""`ports.Leave` over the consent gate: gathers the facts of one sitting and asks the rules."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from clinicam.camera.port import CameraState
from clinicam.consent.clock import Clock
from clinicam.consent.gate import EndCause, Gate, PauseCause
from clinicam.consent.rules import CameraFact, CaptureFacts, Standing, capture_blockers
from clinicam.identity import PermitId, SessionId, WorkstationId
from clinicam.permits import BodySite, PermitState

CAMERA_FACTS: dict[CameraState, CameraFact] = {
    CameraState.ABSENT: CameraFact.ABSENT,
    CameraState.LOST: CameraFact.ABSENT,
    CameraState.CONNECTING: CameraFact.RESTARTING,
    CameraState.RESTARTING: CameraFact.RESTARTING,
    CameraState.CLAIMED: CameraFact.CLAIMED,
    CameraState.REFUSED: CameraFact.CARD_ONLY,
    CameraState.READY: CameraFact.READY,
    CameraState.ARMED: CameraFact.READY,
}
"""What a camera's state means for the rules."""


@dataclass(frozen=True, slots=True)
class SittingPlace:
    """What stays the same while one sitting lasts."""

    session: SessionId
    workstation: WorkstationId
    body_site: BodySite
    idle_limit_ms: int
    pictures_limit: int


class GateLeave:
    """Leave of one sitting. `facts` gives the rest of the facts (patient, consent, staff, camera, vault) at this moment."""

    def __init__(self, gate: Gate, facts: Callable[[], CaptureFacts], place: SittingPlace, clock: Clock) -> None:
        self._gate = gate
        self._facts = facts
        self._place = place
        self._clock = clock
        self._lock = threading.Lock()
        self._touched_ms = clock.boottime_ms()
        self._pictures = 0

    def look(self, permit: PermitId | None) -> tuple[Standing, ...]:
        """As `ports.Leave.look`."""
        facts = self._now()
        return capture_blockers(facts) if permit is None else self._gate.reconsider(permit, facts)

    def obtain(self, permit: PermitId | None) -> PermitId:
        """As `ports.Leave.obtain`. A permit that has ended or run out is replaced by a new one under the same rules."""
        facts = self._now()
        if permit is not None:
            state = self._gate.state(permit)
            if state is PermitState.LIVE:
                return permit
            if state is PermitState.PAUSED:
                return self._gate.resume(permit, facts, same_patient=True).permit
        place = self._place
        return self._gate.mint(
            facts, session=place.session, workstation=place.workstation, body_site=place.body_site
        ).permit

    def is_live(self, permit: PermitId) -> bool:
        """As `ports.Leave.is_live`."""
        return self._gate.state(permit) is PermitState.LIVE

    def pause(self, permit: PermitId, cause: PauseCause) -> None:
        """As `ports.Leave.pause`."""
        self._gate.pause(permit, cause)

    def end(self, permit: PermitId, cause: EndCause) -> None:
        """As `ports.Leave.end`."""
        self._gate.end(permit, cause)

    def touched(self, pictures: int) -> None:
        """As `ports.Leave.touched`."""
        with self._lock:
            self._touched_ms = self._clock.boottime_ms()
            self._pictures = pictures

    def _now(self) -> CaptureFacts:
        with self._lock:
            idle, pictures = self._clock.boottime_ms() - self._touched_ms, self._pictures
        return replace(
            self._facts(),
            idle_ms=idle,
            idle_limit_ms=self._place.idle_limit_ms,
            pictures=pictures,
            pictures_limit=self._place.pictures_limit,
        )
