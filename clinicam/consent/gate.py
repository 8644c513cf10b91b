# SPDX-License-Identifier: GPL-3.0-or-later
"""The only minter of capture permits. The rules are:

- a permit is minted, and resumed, only when `rules.capture_blockers` finds nothing; otherwise all codes are told;
- there is one permit at a time: minting a new one ends the one before;
- a permit is looked up by its id, never believed; one this gate did not mint is unknown;
- lock, idle, hand-over, a person and a clock jump pause it; "same patient?" resumes it, with the rules asked again;
  a trouble of the machine pauses it too, and it goes on by itself when the machine is well;
- STOP, finish, withdrawal and another patient end it, and so does its time; nothing brings it back;
- a frame exposed while the permit was live, with no pause since but the machine's, is FILED; one exposed while it
  was live and paused or expired since is UNFILED; any other is refused, and every one after the end;
- durations run on a clock that counts sleep and cannot be set. If the wall clock moves against it by more than two
  seconds while a permit is live, that permit is paused. Sleep and daylight saving move nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from clinicam.consent.clock import Clock
from clinicam.consent.events import Asked
from clinicam.consent.held import Change, EndCause, Held, PauseCause
from clinicam.consent.rules import Blocker, CaptureFacts, Cause, Standing, capture_blockers, codes
from clinicam.consent.status import ConsentState
from clinicam.errors import PermitRefused
from clinicam.identity import Patient, PermitId, SessionId, Staff, WorkstationId, new_id
from clinicam.permits import Admission, BodySite, CapturePermit, PermitState, Purpose

JUMP_MS = 2_000
"""How far the wall clock may drift from the other while a permit is live."""
LIFETIME_MS = 60 * 60_000


class Gate:
    """A `permits.PermitCheck`. Thread-safe; never blocks on input or output.

    `on_change` is called after every change of a permit, on the thread that caused it, outside the gate's lock.
    """

    def __init__(self, clock: Clock, on_change: Callable[[Change], None] | None = None) -> None:
        self._clock = clock
        self._on_change = on_change
        self._lock = threading.Lock()
        self._held: dict[PermitId, Held] = {}

    def mint(
        self,
        facts: CaptureFacts,
        *,
        session: SessionId,
        workstation: WorkstationId,
        body_site: BodySite,
        lifetime_ms: int = LIFETIME_MS,
        pausable: bool = True,
    ) -> CapturePermit:
        """A live permit for what the facts describe; the one before ends.

        Raises:
            PermitRefused: ``blocked``, with the codes of all blockers that stand.
        """
        granted = _granted(facts, capture_blockers(facts), body_site)
        consent = granted.consent
        with self._lock:
            wall, boot = self._clock.wall_ms(), self._clock.boottime_ms()
            decision = consent.decision(Purpose.CARE_RECORD)
            ends = decision.expires_ms if decision is not None else None
            lifetime = lifetime_ms if ends is None else min(lifetime_ms, ends - wall)
            permit = CapturePermit(
                permit=PermitId(new_id()),
                patient=granted.patient.patient,
                episode=granted.asked.episode,
                session=session,
                consent=consent.consent,
                purposes=_purposes(consent, facts.now_ms),
                staff=granted.staff.staff,
                workstation=workstation,
                body_site=body_site,
                minted_ms=wall,
                expires_ms=wall + lifetime,
                pausable=pausable,
            )
            changes = [one for held in self._held.values() for one in held.finish(EndCause.REPLACED, wall, boot)]
            held = Held(permit, boot + lifetime)
            self._held[permit.permit] = held
            changes += held.go_live(wall, boot)
        self._tell(changes)
        return permit

    def resume(self, permit: PermitId, facts: CaptureFacts, *, same_patient: bool) -> CapturePermit:
        """The permit, live again, if the rules still find nothing. `same_patient` is a person's answer.

        The staff of the permit becomes that of the facts: that is how a session is handed over.

        Raises:
            PermitRefused: ``blocked`` with codes; ``ended`` when it is another patient; or what else it is.
        """
        if not same_patient:
            self.end(permit, EndCause.PATIENT_CHANGED)
        standings = self.reconsider(permit, facts)
        changes: list[Change] = []
        try:
            with self._lock:
                held = self._held.get(permit)
                if held is None or held.state in {PermitState.ENDED, PermitState.EXPIRED}:
                    raise PermitRefused((held.state if held else PermitState.UNKNOWN).value)
                granted = _granted(facts, standings, held.permit.body_site)
                held.permit = replace(
                    held.permit, staff=granted.staff.staff, purposes=_purposes(granted.consent, facts.now_ms)
                )
                if held.state is PermitState.PAUSED:
                    changes = held.go_live(self._clock.wall_ms(), self._clock.boottime_ms())
                return held.permit
        finally:
            self._tell(changes)

    def reconsider(self, permit: PermitId, facts: CaptureFacts) -> tuple[Standing, ...]:
        """Asks the rules again, as often as one likes, and lets the permit follow. Returns the blockers that stand.

        Ends it on STOP, withdrawal or another patient or consent; pauses it on any other blocker; lets it go on when
        only the machine had been in trouble. Never raises for a permit that is over.
        """
        standings = capture_blockers(facts)
        with self._lock:
            wall, boot = self._clock.wall_ms(), self._clock.boottime_ms()
            held = self._held.get(permit)
            changes = self._sweep(wall, boot)
            if held is not None:
                changes += _follow(held, facts, standings, wall, boot)
        self._tell(changes)
        return standings

    def pause(self, permit: PermitId, cause: PauseCause) -> PermitState:
        """Pauses a live permit. Returns what it is now; never raises."""
        return self._apply(permit, lambda held, wall, boot: held.pause(cause, wall, boot))

    def end(self, permit: PermitId, cause: EndCause) -> PermitState:
        """Ends a permit for good. Returns what it is now; never raises."""
        return self._apply(permit, lambda held, wall, boot: held.finish(cause, wall, boot))

    def state(self, permit: PermitId) -> PermitState:
        """What the permit is now."""
        return self._apply(permit, lambda *_: [])

    def sweep(self) -> None:
        """Looks at the clocks: to be called each second, so that expiry and jumps are told in time."""
        with self._lock:
            changes = self._sweep(self._clock.wall_ms(), self._clock.boottime_ms())
        self._tell(changes)

    def live(self, permit: PermitId) -> CapturePermit:
        """As `PermitCheck.live`."""
        with self._lock:
            changes = self._sweep(self._clock.wall_ms(), self._clock.boottime_ms())
            held = self._held.get(permit)
            state = held.state if held else PermitState.UNKNOWN
            found = held.permit if held else None
        self._tell(changes)
        if found is None or state is not PermitState.LIVE:
            raise PermitRefused(state.value)
        return found

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        """As `PermitCheck.admit`."""
        with self._lock:
            wall, boot = self._clock.wall_ms(), self._clock.boottime_ms()
            changes = self._sweep(wall, boot)
            held = self._held.get(permit)
            state = held.state if held else PermitState.UNKNOWN
            admitted = (held.permit, held.admission(exposed_ms, wall, boot)) if held else (None, None)
        self._tell(changes)
        found, admission = admitted
        if found is None or admission is None:
            raise PermitRefused((PermitState.PAUSED if state is PermitState.LIVE else state).value)
        return found, admission

    def _sweep(self, wall: int, boot: int) -> list[Change]:
        return [change for held in self._held.values() for change in held.watch(JUMP_MS, wall, boot)]

    def _apply(self, permit: PermitId, act: Callable[[Held, int, int], list[Change]]) -> PermitState:
        with self._lock:
            wall, boot = self._clock.wall_ms(), self._clock.boottime_ms()
            changes = self._sweep(wall, boot)
            held = self._held.get(permit)
            if held is not None:
                changes += act(held, wall, boot)
            state = held.state if held else PermitState.UNKNOWN
        self._tell(changes)
        return state

    def _tell(self, changes: list[Change]) -> None:
        if self._on_change is not None:
            for change in changes:
                self._on_change(change)


@dataclass(frozen=True, slots=True)
class _Granted:
    patient: Patient
    consent: ConsentState
    asked: Asked
    staff: Staff


def _granted(facts: CaptureFacts, standings: tuple[Standing, ...], body_site: BodySite) -> _Granted:
    patient, consent, staff = facts.patient, facts.consent, facts.staff
    asked = consent.asked if consent is not None else None
    if patient is None or consent is None or asked is None or staff is None or standings:
        raise PermitRefused("blocked", codes(standings))
    if body_site not in facts.body_sites:
        raise PermitRefused("blocked", (Blocker.NO_CARE_CONSENT.code,))
    return _Granted(patient, consent, asked, staff)


def _purposes(consent: ConsentState, at_ms: int) -> frozenset[Purpose]:
    return frozenset(one.purpose for one in consent.purposes if consent.usable(one.purpose, at_ms))


_PAUSES = {
    Cause.IDLE: PauseCause.IDLE,
    Cause.HANDED_OVER: PauseCause.HANDOVER,
    Cause.LOCKED: PauseCause.LOCK,
    Cause.CLOCK_JUMPED: PauseCause.CLOCK_JUMP,
}


def _follow(held: Held, facts: CaptureFacts, standings: tuple[Standing, ...], wall: int, boot: int) -> list[Change]:
    """What the facts make of one permit."""
    patient = facts.patient.patient if facts.patient is not None else None
    consent = facts.consent.consent if facts.consent is not None else None
    causes = [one.detail for one in standings]
    if (patient, consent) != (held.permit.patient, held.permit.consent):
        return held.finish(EndCause.PATIENT_CHANGED, wall, boot)
    if Cause.STOPPED in causes:
        return held.finish(EndCause.STOPPED, wall, boot)
    if Cause.WITHDRAWN in causes:
        return held.finish(EndCause.WITHDRAWN, wall, boot)
    about_people = [one.detail for one in standings if not one.is_of_machine]
    if about_people:
        return held.pause(_PAUSES.get(about_people[0], PauseCause.BLOCKED), wall, boot)
    if standings:
        return held.pause(PauseCause.MACHINE, wall, boot)
    if held.state is PermitState.PAUSED and held.cause is PauseCause.MACHINE:
        return held.go_live(wall, boot)
    return []


__all__ = ["Change", "EndCause", "Gate", "PauseCause"]
