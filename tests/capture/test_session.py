# SPDX-License-Identifier: GPL-3.0-or-later
"""The transition tables: every known pair is followed, every unknown pair raises, nothing leaves SAFE."""

from __future__ import annotations

import itertools

import pytest

from clinicam.capture.session import (
    OVER,
    SHOT_MOVES,
    TRANSITIONS,
    SessionEvent,
    SessionState,
    ShotState,
    follow,
    move_shot,
)
from clinicam.errors import InvalidTransition


@pytest.mark.parametrize(("state", "event"), list(itertools.product(SessionState, SessionEvent)))
def test_every_pair_is_followed_or_raises(state: SessionState, event: SessionEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert follow(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(InvalidTransition):
            follow(state, event)


def test_stop_is_known_wherever_a_patient_sits_before_the_camera() -> None:
    for state in set(SessionState) - OVER:
        assert follow(state, SessionEvent.STOP) is SessionState.STOP_ASKED


def test_the_shutter_opens_from_ready_only() -> None:
    assert [state for state, event in TRANSITIONS if event is SessionEvent.SHOOT] == [SessionState.READY]


def test_nothing_leads_out_of_an_ended_sitting() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] in OVER]


def test_ready_is_reached_by_arming_or_after_a_shot_only() -> None:
    into_ready = {event for (state, event), after in TRANSITIONS.items() if after is SessionState.READY}
    assert into_ready == {SessionEvent.ARMED, SessionEvent.SHOT_ANSWERED}
    assert [s for (s, e), a in TRANSITIONS.items() if e is SessionEvent.SHOT_ANSWERED and a is SessionState.READY] == [
        SessionState.EXPOSING
    ]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(ShotState, ShotState)))
def test_shots_move_only_forward(before: ShotState, after: ShotState) -> None:
    if after in SHOT_MOVES[before]:
        assert move_shot(before, after) is after
    else:
        with pytest.raises(InvalidTransition):
            move_shot(before, after)


def test_safe_is_final() -> None:
    assert SHOT_MOVES[ShotState.SAFE] == frozenset()
    assert ShotState.SAFE not in SHOT_MOVES[ShotState.EXPOSED]
