# SPDX-License-Identifier: GPL-3.0-or-later
"""What the camera process says is checked: it has talked to hostile hardware and may have been taken over."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from clinicam.camera.arrivals import Arrivals
from clinicam.camera.book import Book, Flight
from clinicam.camera.faults import Fault
from clinicam.camera.messages import (
    Answer,
    Beat,
    Exposed,
    FrameLost,
    LivePicture,
    Part,
    Shot,
    State,
    WorkerMessage,
)
from clinicam.camera.port import CameraState, Proof, Trigger
from clinicam.errors import CameraLost, CameraRefused
from clinicam.identity import FrameId, PermitId, new_id
from tests.camera.rig import FakeChecks, Recorder, Rig

NOW_MS = 1_000_000


class Desk:
    """Arrivals with everything around them in the hands of the test."""

    def __init__(self) -> None:
        self.book = Book()
        self.checks = FakeChecks()
        self.heard = Recorder()
        self.released: list[FrameId] = []
        self.armed = True
        self.arrivals = Arrivals(
            self.book,
            self.checks,
            self.heard,
            simulated=False,
            wall_ms=lambda: NOW_MS,
            release=self.released.append,
            is_armed=lambda: self.armed,
        )
        self.permit = self.checks.mint()
        self.arrivals.armed_under(self.permit)

    def take(self, message: WorkerMessage, payload: bytes = b"") -> bool:
        return self.arrivals.take(message, bytearray(payload))

    def press(self) -> FrameId:
        frame = FrameId(new_id())
        assert self.take(Exposed(frame, self.permit, None, time.monotonic_ns()))
        return frame

    def shot(self, frame: FrameId, parts: int = 1, proof: Proof = Proof.MEMORY, permit: PermitId | None = None) -> Shot:
        return Shot(frame, permit or self.permit, Trigger.BODY, proof, parts)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_frame_under_a_permit_nobody_armed_is_a_lie(desk: Desk) -> None:
    assert not desk.take(Exposed(new_id(), desk.checks.mint(), None, 0))
    assert desk.heard.exposures == []


def test_a_frame_of_a_request_nobody_made_is_a_lie(desk: Desk) -> None:
    assert not desk.take(Exposed(new_id(), desk.permit, 7, 0))


def test_files_and_ends_of_frames_nobody_announced_are_lies(desk: Desk) -> None:
    frame = FrameId(new_id())
    assert not desk.take(Part(frame, "a", "b"), b"data")
    assert not desk.take(desk.shot(frame))
    assert not desk.take(FrameLost(frame, Fault("CameraLost", "")))
    assert desk.heard.frames == []
    assert desk.heard.losses == []


def test_a_message_of_the_other_language_is_a_lie(desk: Desk) -> None:
    assert not desk.arrivals.take(Beat(1, None), bytearray())  # type: ignore[arg-type]


@pytest.mark.parametrize("parts", [0, 2])
def test_a_frame_that_lacks_a_file_is_lost(desk: Desk, parts: int) -> None:
    frame = desk.press()
    assert desk.take(Part(frame, "a", "b"), b"data")
    assert not desk.take(desk.shot(frame, parts))
    assert [lost for lost, _, _ in desk.heard.losses] == [frame]


def test_a_frame_that_changes_its_permit_is_lost(desk: Desk) -> None:
    frame = desk.press()
    assert desk.take(Part(frame, "a", "b"), b"data")
    assert not desk.take(desk.shot(frame, permit=PermitId(new_id())))
    assert len(desk.heard.losses) == 1
    assert desk.heard.frames == []


@pytest.mark.parametrize(("proof", "released"), [(Proof.MEMORY, 1), (Proof.CARD, 0)])
def test_a_frame_of_an_ended_permit_is_lost_and_a_card_keeps_its_own(desk: Desk, proof: Proof, released: int) -> None:
    """What nobody stored is never erased from a card."""
    frame = desk.press()
    assert desk.take(Part(frame, "a", "b"), b"data")
    desk.checks.states[desk.permit] = "ended"
    assert desk.take(desk.shot(frame, proof=proof))
    [(lost, request, error)] = desk.heard.losses
    assert (lost, request) == (frame, None)
    assert isinstance(error, CameraRefused)
    assert len(desk.released) == released


def test_a_frame_carries_what_was_told_and_nothing_unprintable(desk: Desk) -> None:
    desk.take(State(CameraState.ARMED, model="Ben\x1b[2Jch", serial="42"))
    frame = desk.press()
    assert desk.take(Part(frame, "a\n.jpg", "image/jpeg"), b"data")
    assert desk.take(desk.shot(frame))
    [arrived] = desk.heard.frames
    assert arrived.files[0].untrusted_name == "a .jpg"
    assert bytes(arrived.files[0].data) == b"data"
    assert arrived.camera == "Ben [2Jch 42"
    assert NOW_MS - 1000 <= arrived.exposed_ms <= NOW_MS
    assert not arrived.simulated


def test_an_exposure_in_the_future_is_one_of_now(desk: Desk) -> None:
    frame = FrameId(new_id())
    assert desk.take(Exposed(frame, desk.permit, None, 2**62))
    assert desk.take(Part(frame, "a", "b"), b"data")
    assert desk.take(desk.shot(frame))
    assert desk.heard.frames[0].exposed_ms == NOW_MS


def test_live_view_of_a_moment_ago_is_not_shown_after_disarming(desk: Desk) -> None:
    assert desk.take(LivePicture(), b"picture")
    desk.armed = False
    assert desk.take(LivePicture(), b"picture")
    assert desk.heard.pictures == [b"picture"]


def test_trouble_stays_on_display_until_it_is_over(desk: Desk) -> None:
    desk.take(State(CameraState.READY))
    desk.arrivals.restarting(CameraLost("once"))
    desk.arrivals.restarting(CameraLost("twice"))
    desk.take(State(CameraState.CONNECTING))
    desk.take(State(CameraState.READY))
    desk.take(State(CameraState.READY))
    assert desk.heard.states == [CameraState.READY, CameraState.RESTARTING, CameraState.READY]


def test_the_end_settles_everything_once(desk: Desk) -> None:
    frame = desk.press()
    mine = FrameId(new_id())
    answer = desk.book.ask(9, 0.0, Flight(mine, desk.permit, 9, NOW_MS))
    desk.arrivals.ended(CameraLost("gone"), frozenset())
    desk.arrivals.ended(CameraLost("gone"), frozenset())
    assert sorted(lost for lost, _, _ in desk.heard.losses if lost) == sorted([frame, mine])
    assert isinstance(answer.exception(0), CameraLost)
    assert desk.take(Answer(9))
    assert not desk.take(desk.shot(frame))


def test_the_host_ends_a_process_that_lies(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "tests.camera.lying_worker"]
    with Rig(tmp_path, port=None, simulated=True, command=command) as rig:
        rig.until_state(CameraState.RESTARTING)
        assert rig.heard.exposures == []
