# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies to test on, and a watch for processes left behind."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from clinicam.camera.port import Proof
from clinicam.camera.simulator.process import SimulatorProcess
from tests.camera.rig import Control, Rig

KEPT: set[int] = set()
"""Processes a fixture keeps longer than one test."""


def children() -> set[int]:
    """Child processes of this process, running or not reaped."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended while we looked
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


@pytest.fixture(autouse=True)
def no_process_left() -> Iterator[None]:
    """A test that leaves a child process behind fails."""
    before = children()
    yield
    assert children() <= before | KEPT


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """One simulated body for the tests of a file; each of them connects anew."""
    with SimulatorProcess.start() as body:
        KEPT.add(body.pid)
        yield body
        KEPT.discard(body.pid)


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    steering = Control(tmp_path)
    yield steering
    steering.close()


@dataclass
class Bench:
    """A kind of body: how to reach it, how to press its own shutter, what it can do."""

    name: str
    rig: Rig
    press: Callable[[], object]
    press_raw: Callable[[], object] | None
    has_live_view: bool
    proof: Proof


@pytest.fixture
def virtual_usb(tmp_path: Path) -> list[str]:
    """The argv of a camera process on libgphoto2's virtual USB body."""
    pictures = tmp_path / "vusb"
    pictures.mkdir()
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "olive").save(picture, "JPEG")
    (pictures / "a.jpg").write_bytes(picture.getvalue())
    return [sys.executable, "-P", "-m", "tests.camera.vusb_worker", str(pictures)]


@pytest.fixture(params=["fake", "virtual usb", "simulator"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Each kind of body in turn, its host started."""
    if request.param == "fake":
        steering: Control = request.getfixturevalue("control")
        with Rig(tmp_path, port=None, simulated=True, command=steering.command()) as rig:
            yield Bench(
                "fake",
                rig,
                lambda: steering.tell("press"),
                lambda: steering.tell("press raw"),
                has_live_view=True,
                proof=Proof.MEMORY,
            )
    elif request.param == "virtual usb":
        command: list[str] = request.getfixturevalue("virtual_usb")
        button = Path(command[-1]) / "press"
        with Rig(tmp_path, port=None, simulated=True, command=command) as rig:
            yield Bench("virtual usb", rig, button.touch, None, has_live_view=False, proof=Proof.CARD)
    else:
        body: SimulatorProcess = request.getfixturevalue("simulator")
        with Rig(tmp_path, port=body.port, simulated=True) as rig:
            yield Bench(
                "simulator",
                rig,
                body.press,
                lambda: body.press(raw=True),
                has_live_view=True,
                proof=Proof.MEMORY,
            )
