# SPDX-License-Identifier: GPL-3.0-or-later
"""Any history of a gate: a permit is live only while the rules would mint it, and a frame only gets what it may."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clinicam.consent.events import ConsentEvent, Resumed, Suspended
from clinicam.consent.gate import EndCause, Gate, PauseCause
from clinicam.consent.model import ConsentAnswer, SuspensionCause
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact, capture_blockers
from clinicam.consent.state import fold
from clinicam.consent.steps import object_to, withdraw
from clinicam.errors import PermitRefused
from clinicam.identity import SessionId, WorkstationId
from clinicam.permits import Admission, BodySite, CapturePermit, PermitState
from tests.consent.build import CONSENT, NOW, NURSE, PER, facts, happy, history
from tests.consent.fake_clock import FakeClock

HEAD = {"consent": CONSENT, "patient": PER.patient, "at_ms": NOW, "recorded_by": NURSE.staff}


class GateMachine(RuleBasedStateMachine):
    """The model: the facts as they are, and for the last permit the stretches in which it was live."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.gate = Gate(self.clock)
        self.said: list[ConsentEvent] = history()
        self.now: dict[str, Any] = {}
        self.permit: CapturePermit | None = None
        self.ended: list[CapturePermit] = []

    def facts(self) -> CaptureFacts:
        return facts(consent=fold(self.said), **self.now)

    def told(self) -> None:
        if self.permit is not None:
            self.gate.reconsider(self.permit.permit, self.facts())

    @rule()
    def mint(self) -> None:
        known = self.facts()
        try:
            minted = self.gate.mint(
                known,
                session=SessionId(b"s" * 16),
                workstation=WorkstationId(b"w" * 16),
                body_site=BodySite.MOUTH,
                lifetime_ms=100_000,
            )
        except PermitRefused:
            assert capture_blockers(known) != ()
            return
        assert capture_blockers(known) == ()
        if self.permit is not None:
            self.ended.append(self.permit)
        self.permit = minted

    @rule(
        change=st.sampled_from([
            {"identifiers": 1},
            {"identifiers": 2},
            {"camera": CameraFact.RESTARTING},
            {"camera": CameraFact.READY},
            {"vault": VaultFact.FULL},
            {"vault": VaultFact.READY},
            {"idle_ms": 999_999},
            {"idle_ms": 0},
            {"is_locked": True},
            {"is_locked": False},
            {"is_stopped": True},
            {"is_stopped": False},
        ])
    )
    def world_changes(self, change: dict[str, Any]) -> None:
        self.now |= change
        self.told()

    @rule(kind=st.sampled_from(["refused", "happy", "objected", "suspended", "resumed", "withdrawn"]))
    def patient_says(self, kind: str) -> None:
        state = fold(self.said)
        event: dict[str, ConsentEvent] = {
            "refused": happy(state, ConsentAnswer.REFUSED),
            "happy": happy(state),
            "objected": object_to(state, "no", me=NURSE, now_ms=NOW),
            "suspended": Suspended(**HEAD, cause=SuspensionCause.DISPUTE),
            "resumed": Resumed(**HEAD, seen=state.noes, note="x"),
            "withdrawn": withdraw(state, me=NURSE, now_ms=NOW),
        }
        self.said.append(event[kind])
        self.told()

    @rule()
    def another_consent(self) -> None:
        """A fresh signature, under the same id in this model: the past is taken as a new record."""
        self.said = history()
        self.told()

    @precondition(lambda self: self.permit is not None)
    @rule(cause=st.sampled_from(PauseCause))
    def pause(self, cause: PauseCause) -> None:
        assert self.gate.pause(self.permit.permit, cause) is not PermitState.LIVE

    @precondition(lambda self: self.permit is not None)
    @rule(same=st.booleans())
    def resume(self, same: bool) -> None:
        try:
            self.gate.resume(self.permit.permit, self.facts(), same_patient=same)
        except PermitRefused:
            return
        assert same
        assert capture_blockers(self.facts()) == ()

    @precondition(lambda self: self.permit is not None)
    @rule(cause=st.sampled_from(EndCause))
    def end(self, cause: EndCause) -> None:
        self.gate.end(self.permit.permit, cause)
        self.ended.append(self.permit)

    @rule(ms=st.integers(0, 40_000))
    def time_runs(self, ms: int) -> None:
        self.clock.run(ms)

    @rule(ms=st.sampled_from([-3_600_000, -2_001, 2_001, 7_200_000]))
    def somebody_sets_the_clock(self, ms: int) -> None:
        live = self.permit is not None and self.gate.state(self.permit.permit) is PermitState.LIVE
        self.clock.set_wall(ms)
        if live:
            assert self.gate.state(self.permit.permit) is PermitState.PAUSED

    @precondition(lambda self: self.permit is not None)
    @rule(ago=st.integers(0, 60_000))
    def frame_arrives(self, ago: int) -> None:
        state = self.gate.state(self.permit.permit)
        try:
            _, admission = self.gate.admit(self.permit.permit, self.clock.wall_ms() - ago)
        except PermitRefused:
            return
        assert state is not PermitState.ENDED
        if admission is Admission.FILED and state is not PermitState.LIVE:
            assert capture_blockers(self.facts()) != () or state is PermitState.PAUSED

    @precondition(lambda self: self.permit is not None)
    @rule()
    def a_frame_of_this_very_moment(self) -> None:
        is_live = self.gate.state(self.permit.permit) is PermitState.LIVE
        try:
            _, admission = self.gate.admit(self.permit.permit, self.clock.wall_ms())
        except PermitRefused:
            assert not is_live
            return
        assert not is_live or admission is Admission.FILED

    @invariant()
    def live_only_while_the_rules_would(self) -> None:
        if self.permit is None:
            return
        try:
            live = self.gate.live(self.permit.permit)
        except PermitRefused:
            return
        assert capture_blockers(self.facts()) == ()
        assert live.patient == PER.patient

    @invariant()
    def what_ended_stays_ended(self) -> None:
        for permit in self.ended:
            assert self.gate.state(permit.permit) is PermitState.ENDED


TestGateMachine = GateMachine.TestCase
TestGateMachine.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
