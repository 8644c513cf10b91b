# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: nobody else mints, nothing is believed, and every frame gets one answer."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from clinicam.consent.gate import LIFETIME_MS, Change, EndCause, Gate, PauseCause
from clinicam.consent.held import IN_FLIGHT_MS
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact
from clinicam.consent.state import fold
from clinicam.consent.steps import withdraw
from clinicam.errors import PermitRefused
from clinicam.identity import NOBODY, PermitId, SessionId, WorkstationId, new_id
from clinicam.permits import Admission, BodySite, CapturePermit, PermitCheck, PermitState, Purpose
from tests.consent.build import (
    CONSENT,
    DENTIST,
    EPISODE,
    NOW,
    NURSE,
    ORLA,
    PER,
    active,
    asked,
    facts,
    happy,
    history,
    signed,
    teaching,
    yes,
)
from tests.consent.fake_clock import FakeClock

SESSION = SessionId(b"s" * 16)
STATION = WorkstationId(b"w" * 16)


class Room:
    """A gate, its clock and what it told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.changes: list[Change] = []
        self.gate = Gate(self.clock, self.changes.append)

    def mint(self, known: CaptureFacts | None = None, **more: Any) -> CapturePermit:
        known = known if known is not None else facts()
        return self.gate.mint(known, session=SESSION, workstation=STATION, body_site=BodySite.MOUTH, **more)

    def is_live(self, permit: CapturePermit) -> bool:
        try:
            self.gate.live(permit.permit)
        except PermitRefused:
            return False
        return True

    def admission(self, permit: CapturePermit, exposed_ms: int) -> Admission | str:
        try:
            return self.gate.admit(permit.permit, exposed_ms)[1]
        except PermitRefused as error:
            return error.state


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_permit_says_exactly_what_it_is_for(room: Room) -> None:
    check: PermitCheck = room.gate
    permit = room.mint(facts(consent=fold([*history(), teaching(active())])))
    assert check.live(permit.permit) is permit
    assert (permit.patient, permit.episode, permit.session, permit.consent) == (PER.patient, EPISODE, SESSION, CONSENT)
    assert permit.purposes == {Purpose.CARE_RECORD, Purpose.TEACHING}
    assert (permit.staff, permit.workstation, permit.body_site) == (NURSE.staff, STATION, BodySite.MOUTH)
    assert (permit.minted_ms, permit.expires_ms) == (NOW, NOW + LIFETIME_MS)
    assert room.changes == [Change(permit.permit, PermitState.LIVE, None, NOW)]


def test_blockers_are_told_all_together(room: Room) -> None:
    with pytest.raises(PermitRefused) as refused:
        room.mint(facts(patient=None, staff=None, consent=None, is_stopped=True))
    assert refused.value.state == "blocked"
    assert refused.value.codes == ("C1", "C3", "C11", "C18")
    assert room.changes == []


def test_a_body_site_outside_the_series_is_refused(room: Room) -> None:
    with pytest.raises(PermitRefused) as refused:
        room.gate.mint(facts(), session=SESSION, workstation=STATION, body_site=BodySite.FACE)
    assert refused.value.codes == ("C3",)


def test_possession_is_nothing(room: Room) -> None:
    permit = room.mint()
    forged = replace(permit, permit=PermitId(new_id()))
    for unknown in (forged.permit, PermitId(NOBODY)):
        with pytest.raises(PermitRefused, match="unknown"):
            room.gate.live(unknown)
        with pytest.raises(PermitRefused, match="unknown"):
            room.gate.admit(unknown, NOW)
        with pytest.raises(PermitRefused, match="unknown"):
            room.gate.resume(unknown, facts(), same_patient=True)
        assert room.gate.pause(unknown, PauseCause.LOCK) is PermitState.UNKNOWN
        assert room.gate.end(unknown, EndCause.STOPPED) is PermitState.UNKNOWN
        assert room.gate.state(unknown) is PermitState.UNKNOWN
    with pytest.raises(PermitRefused):
        Gate(room.clock).live(permit.permit)


def test_one_permit_at_a_time(room: Room) -> None:
    first = room.mint()
    second = room.mint()
    assert room.gate.state(first.permit) is PermitState.ENDED
    assert room.is_live(second)
    assert Change(first.permit, PermitState.ENDED, EndCause.REPLACED, NOW) in room.changes


def test_it_runs_out(room: Room) -> None:
    permit = room.mint(lifetime_ms=1_000)
    room.clock.run(999)
    assert room.is_live(permit)
    room.clock.run(1)
    with pytest.raises(PermitRefused, match="expired"):
        room.gate.live(permit.permit)
    assert room.changes[-1] == Change(permit.permit, PermitState.EXPIRED, None, NOW + 1_000)
    with pytest.raises(PermitRefused, match="expired"):
        room.gate.resume(permit.permit, facts(), same_patient=True)
    assert room.admission(permit, NOW + 999) is Admission.UNFILED
    assert room.admission(permit, NOW + 1_001) == "expired"
    assert room.gate.end(permit.permit, EndCause.FINISHED) is PermitState.ENDED
    assert room.admission(permit, NOW + 999) == "ended"


def test_time_that_ran_out_unseen_ran_out_all_the_same(room: Room) -> None:
    permit = room.mint(lifetime_ms=1_000)
    room.clock.run(5_000)
    assert room.admission(permit, NOW + 3_000) == "expired"
    assert room.admission(permit, NOW + 900) is Admission.UNFILED


def test_it_never_outlives_the_consent(room: Room) -> None:
    question = asked()
    answered = yes(question)
    decision = msgspec.structs.replace(answered.decision, expires_ms=NOW + 5_000)
    state = fold([question, msgspec.structs.replace(answered, decision=decision, signature=signed(question, decision))])
    assert room.mint(facts(consent=state)).expires_ms == NOW + 5_000


def test_a_paused_one_runs_out_too(room: Room) -> None:
    permit = room.mint(lifetime_ms=1_000)
    room.gate.pause(permit.permit, PauseCause.PERSON)
    room.clock.run(2_000)
    assert room.gate.state(permit.permit) is PermitState.EXPIRED


@pytest.mark.parametrize("cause", list(PauseCause))
def test_pause_and_same_patient(room: Room, cause: PauseCause) -> None:
    permit = room.mint()
    assert room.gate.pause(permit.permit, cause) is PermitState.PAUSED
    with pytest.raises(PermitRefused, match="paused"):
        room.gate.live(permit.permit)
    assert room.gate.pause(permit.permit, cause) is PermitState.PAUSED
    assert room.gate.resume(permit.permit, facts(), same_patient=True) == permit
    assert room.is_live(permit)
    assert [one.state for one in room.changes] == [PermitState.LIVE, PermitState.PAUSED, PermitState.LIVE]


def test_resuming_asks_the_rules_again(room: Room) -> None:
    permit = room.mint()
    room.gate.pause(permit.permit, PauseCause.LOCK)
    with pytest.raises(PermitRefused) as refused:
        room.gate.resume(permit.permit, facts(identifiers=0, is_locked=True), same_patient=True)
    assert refused.value.codes == ("C2", "C11")
    assert room.gate.state(permit.permit) is PermitState.PAUSED


def test_another_patient_ends_it(room: Room) -> None:
    permit = room.mint()
    room.gate.pause(permit.permit, PauseCause.IDLE)
    with pytest.raises(PermitRefused, match="ended"):
        room.gate.resume(permit.permit, facts(), same_patient=False)
    second = room.mint()
    with pytest.raises(PermitRefused, match="ended"):
        room.gate.resume(second.permit, facts(patient=ORLA, consent=active(ORLA)), same_patient=True)
    third = room.mint()
    room.gate.reconsider(third.permit, facts(patient=None, consent=None))
    assert room.gate.state(third.permit) is PermitState.ENDED
    assert room.changes[-1].cause is EndCause.PATIENT_CHANGED


def test_hand_over_makes_it_the_next_persons(room: Room) -> None:
    permit = room.mint()
    room.gate.reconsider(permit.permit, facts(is_handed_over=True))
    assert room.changes[-1].cause is PauseCause.HANDOVER
    resumed = room.gate.resume(permit.permit, facts(staff=DENTIST), same_patient=True)
    assert resumed.staff == DENTIST.staff
    assert room.gate.live(permit.permit).staff == DENTIST.staff


def test_resuming_what_is_live_changes_nothing(room: Room) -> None:
    permit = room.mint()
    assert room.gate.resume(permit.permit, facts(), same_patient=True) == permit
    assert len(room.changes) == 1


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"idle_ms": 999_999}, PauseCause.IDLE),
        ({"is_locked": True}, PauseCause.LOCK),
        ({"has_clock_jumped": True}, PauseCause.CLOCK_JUMP),
        ({"identifiers": 0}, PauseCause.BLOCKED),
        ({"camera": CameraFact.CLAIMED}, PauseCause.MACHINE),
        ({"vault": VaultFact.FULL}, PauseCause.MACHINE),
        ({"pictures": 99}, PauseCause.MACHINE),
        ({"is_stopped": True}, EndCause.STOPPED),
    ],
)
def test_the_permit_follows_the_facts(room: Room, changes: dict[str, Any], cause: PauseCause | EndCause) -> None:
    permit = room.mint()
    assert room.gate.reconsider(permit.permit, facts()) == ()
    assert room.is_live(permit)
    assert room.gate.reconsider(permit.permit, facts(**changes)) != ()
    assert not room.is_live(permit)
    assert room.changes[-1].cause is cause


def test_withdrawal_ends_it(room: Room) -> None:
    permit = room.mint()
    room.gate.reconsider(permit.permit, facts(consent=fold([*history(), withdraw(active(), me=NURSE, now_ms=NOW)])))
    assert room.changes[-1] == Change(permit.permit, PermitState.ENDED, EndCause.WITHDRAWN, NOW)
    assert room.gate.end(permit.permit, EndCause.FINISHED) is PermitState.ENDED
    assert len(room.changes) == 2


def test_a_machine_in_trouble_goes_on_by_itself_and_its_frames_are_filed(room: Room) -> None:
    permit = room.mint()
    room.clock.run(1_000)
    room.gate.reconsider(permit.permit, facts(camera=CameraFact.RESTARTING))
    room.clock.run(3_000)
    assert room.admission(permit, NOW + 500) is Admission.FILED
    assert room.admission(permit, NOW + 2_000) == "paused"
    room.gate.reconsider(permit.permit, facts())
    assert room.is_live(permit)
    assert room.admission(permit, NOW + 500) is Admission.FILED
    assert room.admission(permit, NOW + 2_000) == "paused"


def test_a_machine_pause_that_becomes_one_of_people_needs_a_person(room: Room) -> None:
    permit = room.mint()
    room.clock.run(1_000)
    room.gate.reconsider(permit.permit, facts(camera=CameraFact.RESTARTING))
    room.gate.reconsider(permit.permit, facts(camera=CameraFact.RESTARTING, idle_ms=999_999))
    assert room.changes[-1].cause is PauseCause.IDLE
    room.gate.reconsider(permit.permit, facts())
    assert not room.is_live(permit)
    assert room.admission(permit, NOW + 500) is Admission.UNFILED


def test_doubt_about_a_later_stretch_is_doubt_about_the_earlier(room: Room) -> None:
    permit = room.mint()
    room.clock.run(1_000)
    room.gate.reconsider(permit.permit, facts(camera=CameraFact.RESTARTING))
    room.clock.run(1_000)
    room.gate.reconsider(permit.permit, facts())
    room.clock.run(1_000)
    room.gate.pause(permit.permit, PauseCause.PERSON)
    room.gate.resume(permit.permit, facts(), same_patient=True)
    assert room.admission(permit, NOW + 500) is Admission.UNFILED


def test_frames_are_filed_unfiled_or_refused_by_when_they_were_exposed(room: Room) -> None:
    permit = room.mint()
    room.clock.run(10_000)
    assert room.admission(permit, NOW + 5_000) is Admission.FILED
    assert room.admission(permit, NOW - 1) == "paused"
    assert room.admission(permit, NOW + 10_001) == "paused"
    room.gate.pause(permit.permit, PauseCause.LOCK)
    room.clock.run(10_000)
    assert room.admission(permit, NOW + 10_000) is Admission.UNFILED
    assert room.admission(permit, NOW + 10_001) == "paused"
    room.gate.resume(permit.permit, facts(), same_patient=True)
    room.clock.run(10_000)
    assert room.admission(permit, NOW + 5_000) is Admission.UNFILED
    assert room.admission(permit, NOW + 15_000) == "paused"
    assert room.admission(permit, NOW + 25_000) is Admission.FILED
    room.gate.end(permit.permit, EndCause.STOPPED)
    assert room.admission(permit, NOW + 25_000) == "ended"


def test_a_frame_does_not_arrive_for_ever(room: Room) -> None:
    permit = room.mint()
    room.clock.run(1_000)
    room.gate.pause(permit.permit, PauseCause.LOCK)
    room.clock.run(IN_FLIGHT_MS)
    assert room.admission(permit, NOW + 500) is Admission.UNFILED
    room.clock.run(1)
    assert room.admission(permit, NOW + 500) == "paused"


@pytest.mark.parametrize("by_ms", [-3_600_000, -2_001, 2_001, 3_600_000])
def test_a_clock_jump_pauses_and_costs_no_picture(room: Room, by_ms: int) -> None:
    permit = room.mint()
    room.clock.run(10_000)
    before = room.clock.wall_ms() - 100
    room.clock.set_wall(by_ms)
    room.clock.run(500)
    after = room.clock.wall_ms() - 100
    assert room.admission(permit, before) is Admission.UNFILED
    assert room.admission(permit, after) is Admission.UNFILED
    assert room.gate.state(permit.permit) is PermitState.PAUSED
    assert room.changes[-1].cause is PauseCause.CLOCK_JUMP
    room.gate.resume(permit.permit, facts(), same_patient=True)
    room.clock.run(1_000)
    assert room.admission(permit, room.clock.wall_ms() - 100) is Admission.FILED
    assert room.admission(permit, before) is Admission.UNFILED


def test_a_small_correction_is_no_jump(room: Room) -> None:
    permit = room.mint()
    for _ in range(2):
        room.clock.set_wall(-1_000)
        room.clock.run(30_000)
        assert room.is_live(permit)
    assert room.admission(permit, NOW + 30_000) is Admission.FILED
    room.clock.set_wall(-1_000)
    assert not room.is_live(permit)


def test_sleep_and_daylight_saving_are_no_jump(room: Room) -> None:
    permit = room.mint()
    room.clock.run(40 * 60_000)
    room.gate.sweep()
    assert room.is_live(permit)
    room.clock.run(30 * 60_000)
    room.gate.sweep()
    assert room.gate.state(permit.permit) is PermitState.EXPIRED


def test_one_that_may_not_be_paused_ends_instead(room: Room) -> None:
    permit = room.mint(pausable=False)
    assert room.gate.pause(permit.permit, PauseCause.PERSON) is PermitState.ENDED
    assert room.changes[-1].cause is EndCause.NOT_PAUSABLE


def test_reconsidering_what_is_over_says_what_stands(room: Room) -> None:
    permit = room.mint()
    room.gate.end(permit.permit, EndCause.FINISHED)
    assert [one.code for one in room.gate.reconsider(permit.permit, facts(identifiers=0))] == ["C2"]
    assert room.gate.reconsider(PermitId(new_id()), facts()) == ()


def test_still_happy_keeps_the_permit(room: Room) -> None:
    permit = room.mint()
    assert room.gate.reconsider(permit.permit, facts(consent=fold([*history(), happy(active())]))) == ()
    assert room.is_live(permit)


def test_nobody_has_to_listen() -> None:
    gate = Gate(FakeClock())
    permit = gate.mint(facts(), session=SESSION, workstation=STATION, body_site=BodySite.MOUTH)
    assert gate.live(permit.permit) == permit


def test_the_listener_may_ask_the_gate() -> None:
    clock, seen = FakeClock(), []
    gate = Gate(clock, lambda change: seen.append(gate.state(change.permit)))
    permit = gate.mint(facts(), session=SESSION, workstation=STATION, body_site=BodySite.MOUTH)
    gate.pause(permit.permit, PauseCause.PERSON)
    assert seen == [PermitState.LIVE, PermitState.PAUSED]


def test_many_threads_one_truth(room: Room) -> None:
    permit = room.mint()
    start, outcomes = threading.Barrier(9), []

    def ask() -> None:
        start.wait()
        for _ in range(200):
            outcomes.append(room.is_live(permit))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    start.wait()
    room.gate.end(permit.permit, EndCause.STOPPED)
    assert not room.is_live(permit)
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1_600
    assert [one.state for one in room.changes] == [PermitState.LIVE, PermitState.ENDED]
