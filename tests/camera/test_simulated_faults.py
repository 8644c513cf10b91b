# SPDX-License-Identifier: GPL-3.0-or-later
"""A difficult body through real libgphoto2: what the simulator can be told to do wrong, as the window process sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.camera.port import CameraState
from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.errors import CameraError, CameraLost, CameraNoPromise, CameraStoreFull, FocusFailed
from tests.camera.rig import Rig

FRAME_BYTES = 2_000_000


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start(frame_bytes=FRAME_BYTES) as body:
        yield body


@pytest.fixture
def body(simulator: SimulatorProcess) -> SimulatorProcess:
    simulator.do("hang off")
    simulator.do("reset")
    return simulator


@pytest.fixture
def rig(body: SimulatorProcess, tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path, port=body.port, simulated=True) as started:
        yield started


@pytest.mark.parametrize(("command", "size"), [("truncate-next", FRAME_BYTES // 2), ("empty-next", 0)])
def test_a_bad_file_is_handed_on_to_be_judged(rig: Rig, body: SimulatorProcess, command: str, size: int) -> None:
    rig.armed()
    body.do(command)
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert [len(file.data) for file in rig.heard.frames[0].files] == [size]
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.has_frames(2))


def test_the_cable_pulled_in_the_middle_of_a_frame(rig: Rig, body: SimulatorProcess) -> None:
    rig.armed()
    body.do("unplug-next 500000")
    frame = rig.result(rig.host.shoot())
    rig.until_state(CameraState.LOST)
    assert [(lost, type(error)) for lost, _, error in rig.heard.losses] == [(frame, CameraLost)]
    body.do("plug")
    rig.until_state(CameraState.READY)
    assert rig.heard.frames == []
    rig.armed()
    again = rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert rig.heard.frames[0].frame == again
    assert len(rig.heard.losses) == 1


def test_a_body_that_is_switched_off_and_on(rig: Rig, body: SimulatorProcess) -> None:
    rig.armed()
    rig.result(rig.host.live(True))
    body.do("unplug")
    rig.until_state(CameraState.LOST)
    rig.until_state(CameraState.ABSENT)
    body.do("plug")
    rig.until_state(CameraState.READY)


def test_a_body_that_hangs_is_said_within_three_seconds(rig: Rig, body: SimulatorProcess) -> None:
    rig.armed()
    body.do("hang on")
    began = time.monotonic()
    answer = rig.host.shoot()
    rig.until(lambda: rig.host.status.state in {CameraState.RESTARTING, CameraState.LOST})
    assert time.monotonic() - began <= 3
    assert isinstance(rig.error(answer), CameraLost)
    assert len(rig.heard.losses) == 1, "it may have been released"
    body.do("hang off")
    rig.until_state(CameraState.READY)


@pytest.mark.parametrize(("command", "error"), [("defocus-next", FocusFailed), ("store-full", CameraStoreFull)])
def test_the_reason_of_a_refused_shutter(
    rig: Rig, body: SimulatorProcess, command: str, error: type[CameraError]
) -> None:
    """libgphoto2 answers -1 to both."""
    rig.armed()
    body.do(command)
    assert type(rig.error(rig.host.shoot())) is error
    assert rig.heard.exposures == []
    body.do("reset")
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert rig.heard.losses == []


def test_a_manual_lens_does_not_end_the_camera_process(rig: Rig, body: SimulatorProcess) -> None:
    body.do("lens manual")
    rig.armed()
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert CameraState.RESTARTING not in rig.heard.states


def test_a_body_that_writes_to_its_card_against_orders(rig: Rig, body: SimulatorProcess) -> None:
    body.do("card insert")
    rig.armed()
    assert rig.host.status.media_present
    body.do("target-card")
    frame = rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert rig.heard.frames[0].proof == "card"
    rig.until(lambda: isinstance(rig.host.status.problem, CameraNoPromise))
    on_card = body.do("status")["on_card"]
    rig.host.release(frame)
    rig.until(lambda: body.do("status")["on_card"] != on_card)


def test_a_slow_link_is_not_a_hang(rig: Rig, body: SimulatorProcess) -> None:
    rig.armed()
    body.do("slow 800000")
    rig.result(rig.host.shoot())
    rig.until(lambda: rig.heard.frames)
    assert CameraState.RESTARTING not in rig.heard.states
