# SPDX-License-Identifier: GPL-3.0-or-later
"""What every body must do, on the hand-written fake, libgphoto2's virtual USB body, and the simulator over PTP/IP.

The last two run real libgphoto2 in a real camera process; all three run the whole way from host to frame.
"""

from __future__ import annotations

from functools import partial

import pytest

from clinicam.camera.port import CameraState, Proof, Trigger
from clinicam.errors import CameraNoPromise, CameraRefused, PermitRefused
from tests.camera.conftest import Bench


def test_a_body_is_found_and_nothing_works_before_arming(bench: Bench) -> None:
    rig = bench.rig
    rig.until_state(CameraState.READY)
    status = rig.host.status
    assert status.model
    assert status.serial
    assert status.simulated
    assert not status.target_proved
    assert isinstance(rig.error(rig.host.shoot()), CameraRefused)
    assert isinstance(rig.error(rig.host.live(True)), CameraRefused)
    ended = rig.checks.mint()
    rig.checks.states[ended] = "ended"
    assert isinstance(rig.error(rig.host.arm(ended)), PermitRefused)
    assert rig.host.status.state is CameraState.READY
    assert rig.heard.exposures == []


def test_a_shot_arrives_as_one_frame_with_its_proof(bench: Bench) -> None:
    rig = bench.rig
    permit = rig.armed()
    for number in (1, 2):
        frame = rig.result(rig.host.shoot())
        rig.until(partial(rig.has_frames, number))
        arrived = rig.heard.frames[-1]
        assert arrived.frame == frame
        assert arrived.permit == permit
        assert arrived.trigger is Trigger.SCREEN
        assert (arrived.request, frame) == rig.heard.exposures[-1]
        assert arrived.proof == bench.proof.value
        assert arrived.simulated
        assert [file.media_type for file in arrived.files] == ["image/jpeg"]
        assert bytes(arrived.files[0].data[:2]) == b"\xff\xd8"
        rig.host.release(frame)
    assert rig.heard.losses == []
    assert rig.heard.threads == {"camera link"}


def test_the_body_shutter_brings_a_frame_under_the_permit(bench: Bench) -> None:
    rig = bench.rig
    permit = rig.armed()
    bench.press()
    rig.until(lambda: rig.heard.frames)
    arrived = rig.heard.frames[0]
    assert arrived.trigger is Trigger.BODY
    assert arrived.request is None
    assert arrived.permit == permit
    assert rig.heard.exposures == [(None, arrived.frame)]
    assert rig.heard.dropped == []


def test_the_body_shutter_without_a_permit_is_dropped_and_counted(bench: Bench) -> None:
    rig = bench.rig
    rig.until_state(CameraState.READY)
    before = rig.host.worker_pid
    bench.press()
    rig.until(lambda: rig.heard.dropped)
    assert [(drop.count, drop.cause) for drop in rig.heard.dropped] == [
        (1, "no permit" if bench.proof is Proof.MEMORY else "no permit, on card")
    ]
    if bench.proof is Proof.MEMORY:
        rig.until(lambda: rig.host.worker_pid not in {None, before})
    rig.armed()
    assert rig.heard.frames == []
    assert rig.heard.exposures == []
    assert CameraState.RESTARTING not in rig.heard.states
    assert len(rig.heard.dropped) == 1


def test_disarmed_or_paused_means_shut(bench: Bench) -> None:
    rig = bench.rig
    permit = rig.armed()
    rig.result(rig.host.disarm())
    assert isinstance(rig.error(rig.host.shoot()), CameraRefused)
    assert isinstance(rig.error(rig.host.live(True)), CameraRefused)
    rig.until_state(CameraState.READY)
    rig.result(rig.host.arm(permit))
    rig.until_state(CameraState.ARMED)
    rig.checks.states[permit] = "paused"
    assert isinstance(rig.error(rig.host.shoot()), PermitRefused)
    rig.until_state(CameraState.READY)


def test_live_view_runs_while_armed_and_stops_with_the_permit(bench: Bench) -> None:
    rig = bench.rig
    permit = rig.armed()
    error = rig.error(rig.host.live(True))
    if not bench.has_live_view:
        assert error is not None
        rig.until_state(CameraState.ARMED)
        return
    assert error is None
    rig.until(lambda: len(rig.heard.pictures) >= 3)
    assert all(picture[:2] == b"\xff\xd8" and b"\xff\xd9" in picture[-32:] for picture in rig.heard.pictures)
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    seen = len(rig.heard.pictures)
    rig.until(lambda: len(rig.heard.pictures) >= seen + 3)
    rig.checks.states[permit] = "paused"
    rig.until_state(CameraState.READY)
    seen = len(rig.heard.pictures)
    rig.result(rig.host.disarm())
    assert len(rig.heard.pictures) == seen


def test_raw_and_jpeg_are_one_frame_with_two_files(bench: Bench) -> None:
    if bench.press_raw is None:
        pytest.skip("the virtual USB body makes no raw files")
    rig = bench.rig
    rig.armed()
    bench.press_raw()
    rig.until(lambda: rig.heard.frames)
    types = sorted(file.media_type for file in rig.heard.frames[0].files)
    assert types == ["image/jpeg", "image/x-nikon-nef"]
    rig.result(rig.host.disarm())
    assert len(rig.heard.frames) == 1


def test_a_frame_on_a_card_is_found_out_and_stop_leaves_nothing(bench: Bench) -> None:
    """The virtual USB body says "Internal RAM" and writes to its store: the negative test of the promise."""
    rig = bench.rig
    rig.armed()
    frame = rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    if bench.proof is Proof.MEMORY:
        assert rig.host.status.target_proved
        assert rig.host.status.problem is None
    else:
        rig.until(lambda: "written to the card" in str(rig.host.status.problem))
        assert isinstance(rig.host.status.problem, CameraNoPromise)
        assert not rig.host.status.target_proved
        assert rig.host.status.state is CameraState.ARMED, "the session goes on, with a warning"
    rig.host.release(frame)
    rig.result(rig.host.disarm())
    assert (rig.host.status.problem is None) == (bench.proof is Proof.MEMORY), "not forgotten by disarming"
    rig.host.stop()
    assert rig.host.worker_pid is None
    assert list((rig.folder / "run").iterdir()) == []
