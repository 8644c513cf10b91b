# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated body as a child process: it starts, obeys, and never outlives its host."""

from __future__ import annotations

import subprocess
import sys
import threading

import msgspec
import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.errors import CameraFault, CameraLost


def test_it_ends_when_closed_and_says_so_afterwards() -> None:
    before = threading.active_count()
    body = SimulatorProcess.start(scene="SK04", marker="ABC", raw=True, card=True, frame_bytes=2_000_000)
    with body:
        assert body.port == f"ptpip:127.0.0.1:{body.number}:{body.number}"
        assert body.do("status")["scene"] == "SK04"
        pressed = body.press()
        files = pressed["files"]
        assert isinstance(files, list)
        assert [one["bytes"] > 100_000 for one in files] == [True, True]
        assert files[0]["bytes"] == 2_000_000
    assert threading.active_count() == before
    body.close()
    with pytest.raises(CameraLost):
        body.command("status")


def test_it_ends_with_its_input() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "clinicam.camera.simulator", "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        assert child.stdin is not None
        ready = msgspec.json.decode(child.stdout.readline())
        assert ready["command"] == ready["event"]
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_body_that_died_is_reported() -> None:
    with SimulatorProcess.start() as body:
        body._child.kill()
        body._child.wait()
        with pytest.raises(CameraLost):
            body.command("status")


def test_a_body_that_cannot_start_is_reported() -> None:
    with pytest.raises(CameraLost):
        SimulatorProcess.start(more=["--host", "10.0.0.1"])


def test_refusals_are_raised_or_answered() -> None:
    with SimulatorProcess.start() as body:
        assert body.command("press")["ok"] is False
        with pytest.raises(CameraFault, match="store_not_available"):
            body.press()
        with pytest.raises(CameraFault):
            body.command("status\nunplug")
        with pytest.raises(CameraFault, match="scene"):
            body.do("scene moon")
        codes = body.do("scenes")["scenes"]
        assert isinstance(codes, list)
        assert {"code": "IV07", "name": "teeth-front"} in codes
