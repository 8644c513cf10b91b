# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of one sitting as a transition table; an unknown (state, event) pair raises.

Two small machines. `SessionState` says whether the shutter may be pressed; `ShotState` says where one frame is on
its way to the vault. They are apart because a second picture may be taken while the first is still being encrypted.
"""

from __future__ import annotations

from enum import Enum

from clinicam.errors import InvalidTransition


class SessionState(Enum):
    """Whether the shutter may be pressed, and if not, why."""

    PREPARING = "preparing"
    """permit minted, the camera is being armed"""
    READY = "ready"
    """armed: live view runs, the shutter answers"""
    EXPOSING = "exposing"
    """the shutter was pressed; the frame has not left the camera yet"""
    TROUBLE = "trouble"
    """the camera or a blocker stands in the way; goes on by itself or after a person acts"""
    PAUSED = "paused"
    """no permit is live; needs "same patient?" to go on"""
    STOP_ASKED = "stop asked"
    """STOP was pressed: disarmed, permit ended, the three answers are on screen"""
    FINISHING = "finishing"
    """disarmed; frames on their way are still being made safe"""
    FINISHED = "finished"
    """over, as planned"""
    STOPPED = "stopped"
    """over, because the patient withdrew"""


class SessionEvent(Enum):
    """What happens to a sitting."""

    ARMED = "armed"
    """the camera process confirmed: target read back, permit live"""
    TROUBLE = "trouble"
    """camera lost or claimed, a blocker came up, vault full"""
    RETRY = "retry"
    """the cause of the trouble is gone; arm again"""
    SHOOT = "shoot"
    """a person pressed the shutter on screen, key or pedal"""
    SHOT_ANSWERED = "shot answered"
    """the camera answered that request, with a frame or with a cause"""
    PAUSE = "pause"
    """a person, idle, lock, hand-over or clock jump"""
    RESUME = "resume"
    """a person confirmed the same patient and a permit is live again"""
    STOP = "stop"
    """the STOP key"""
    BREAK = "break"
    """answer to STOP: a break"""
    FINISH = "finish"
    """a person finishes, or answers STOP with finished"""
    SETTLED = "settled"
    """no frame is on its way any more"""
    WITHDRAWN = "withdrawn"
    """answer to STOP: the patient has withdrawn"""


_S = SessionState
_E = SessionEvent

TRANSITIONS: dict[tuple[SessionState, SessionEvent], SessionState] = {
    (_S.PREPARING, _E.ARMED): _S.READY,
    (_S.PREPARING, _E.TROUBLE): _S.TROUBLE,
    (_S.PREPARING, _E.PAUSE): _S.PAUSED,
    (_S.PREPARING, _E.STOP): _S.STOP_ASKED,
    (_S.PREPARING, _E.FINISH): _S.FINISHING,
    (_S.READY, _E.SHOOT): _S.EXPOSING,
    (_S.READY, _E.TROUBLE): _S.TROUBLE,
    (_S.READY, _E.PAUSE): _S.PAUSED,
    (_S.READY, _E.STOP): _S.STOP_ASKED,
    (_S.READY, _E.FINISH): _S.FINISHING,
    (_S.EXPOSING, _E.SHOT_ANSWERED): _S.READY,
    (_S.EXPOSING, _E.TROUBLE): _S.TROUBLE,
    (_S.EXPOSING, _E.PAUSE): _S.PAUSED,
    (_S.EXPOSING, _E.STOP): _S.STOP_ASKED,
    (_S.EXPOSING, _E.FINISH): _S.FINISHING,
    (_S.TROUBLE, _E.TROUBLE): _S.TROUBLE,
    (_S.TROUBLE, _E.RETRY): _S.PREPARING,
    (_S.TROUBLE, _E.SHOT_ANSWERED): _S.TROUBLE,
    (_S.TROUBLE, _E.PAUSE): _S.PAUSED,
    (_S.TROUBLE, _E.STOP): _S.STOP_ASKED,
    (_S.TROUBLE, _E.FINISH): _S.FINISHING,
    (_S.PAUSED, _E.RESUME): _S.PREPARING,
    (_S.PAUSED, _E.SHOT_ANSWERED): _S.PAUSED,
    (_S.PAUSED, _E.TROUBLE): _S.PAUSED,
    (_S.PAUSED, _E.PAUSE): _S.PAUSED,
    (_S.PAUSED, _E.STOP): _S.STOP_ASKED,
    (_S.PAUSED, _E.FINISH): _S.FINISHING,
    (_S.STOP_ASKED, _E.BREAK): _S.PAUSED,
    (_S.STOP_ASKED, _E.FINISH): _S.FINISHING,
    (_S.STOP_ASKED, _E.WITHDRAWN): _S.STOPPED,
    (_S.STOP_ASKED, _E.SHOT_ANSWERED): _S.STOP_ASKED,
    (_S.STOP_ASKED, _E.TROUBLE): _S.STOP_ASKED,
    (_S.STOP_ASKED, _E.PAUSE): _S.STOP_ASKED,
    (_S.STOP_ASKED, _E.STOP): _S.STOP_ASKED,
    (_S.FINISHING, _E.SHOT_ANSWERED): _S.FINISHING,
    (_S.FINISHING, _E.TROUBLE): _S.FINISHING,
    (_S.FINISHING, _E.PAUSE): _S.FINISHING,
    (_S.FINISHING, _E.STOP): _S.STOP_ASKED,
    (_S.FINISHING, _E.SETTLED): _S.FINISHED,
}

OVER = frozenset({SessionState.FINISHED, SessionState.STOPPED})
"""States nothing leads out of."""


def follow(state: SessionState, event: SessionEvent) -> SessionState:
    """The state after `event`.

    Raises:
        InvalidTransition: this state does not know that event.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError as unknown:
        raise InvalidTransition(f"{event.name} in {state.name}") from unknown


class StopAnswer(Enum):
    """The three answers to STOP, in the order shown."""

    BREAK = "break"
    """go on later, with the same patient confirmed"""
    FINISHED = "finished"
    """the sitting is over, what was taken stays"""
    WITHDRAWN = "withdrawn"
    """the patient no longer agrees; recorded as a consent event"""


class ShotState(Enum):
    """Where one press of the shutter is on its way to the vault."""

    EXPOSED = "exposed"
    """the camera has it; nothing of ours does"""
    ENCRYPTING = "encrypting"
    """in memory, on its way to the disk"""
    SAFE = "safe"
    """encrypted, compared, flushed and recorded: the tick"""
    UNFILED = "unfiled"
    """as safe, but exposed before a pause: a person files it"""
    REFUSED = "refused"
    """dropped unseen, or not a picture; nothing was written"""
    LOST = "lost"
    """the camera went before the frame came; nothing was written"""


SHOT_MOVES: dict[ShotState, frozenset[ShotState]] = {
    ShotState.EXPOSED: frozenset({ShotState.ENCRYPTING, ShotState.REFUSED, ShotState.LOST}),
    ShotState.ENCRYPTING: frozenset({ShotState.SAFE, ShotState.UNFILED, ShotState.REFUSED}),
    ShotState.SAFE: frozenset(),
    ShotState.UNFILED: frozenset(),
    ShotState.REFUSED: frozenset(),
    ShotState.LOST: frozenset(),
}


def move_shot(before: ShotState, after: ShotState) -> ShotState:
    """`after`, if a shot may go there from `before`.

    Raises:
        InvalidTransition: it may not; above all nothing ever leaves SAFE.
    """
    if after not in SHOT_MOVES[before]:
        raise InvalidTransition(f"shot {before.name} to {after.name}")
    return after


ON_ITS_WAY = frozenset({ShotState.EXPOSED, ShotState.ENCRYPTING})
"""Shots whose fate is still open."""


class Quality(Enum):
    """A verdict on one safe picture. A poor picture is still safe; a person decides about a retake."""

    GOOD = "good"
    """sharp and well exposed"""
    BLURRED = "blurred"
    """hardly any fine detail"""
    DARK = "dark"
    """most of it near black"""
    BRIGHT = "bright"
    """much of it burnt out"""


class Tone(Enum):
    """What the nurse hears without looking."""

    KEPT = "kept"
    """safe in the vault"""
    POOR = "poor"
    """safe, but blurred or badly exposed"""
    REFUSED = "refused"
    """dropped, refused or lost"""
