# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated body in its own process, and a host on the real libgphoto2."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from clinicam.camera.simulator.process import SimulatorProcess


@pytest.fixture(scope="module")
def bench() -> Iterator[SimulatorProcess]:
    """One body for the tests of a module."""
    with SimulatorProcess.start() as body:
        yield body


@pytest.fixture
def sim(bench: SimulatorProcess) -> SimulatorProcess:
    """The body as new."""
    bench.do("reset")
    return bench


@pytest.fixture(scope="session")
def gp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The real library, with settings of its own: capturetarget is kept in a file every program shares."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        patch.setenv("LANGUAGE", "C")
        yield pytest.importorskip("gphoto2")


@dataclass(frozen=True)
class Arrived:
    """One file a host was told of and fetched."""

    folder: str
    name: str
    data: bytes


class Host:
    """A plain host program: trigger, wait, fetch."""

    def __init__(self, gp: Any, port: str) -> None:
        self.gp = gp
        self.camera = gp.Camera()
        ports = gp.PortInfoList()
        ports.load()
        self.camera.set_port_info(ports[ports.lookup_path(port)])
        models = gp.CameraAbilitiesList()
        models.load()
        self.camera.set_abilities(models[models.lookup_model("PTP/IP Camera")])
        self.camera.init()

    def get(self, name: str) -> str:
        return str(self.camera.get_single_config(name).get_value())

    def choose(self, name: str, index: int) -> str:
        widget = self.camera.get_single_config(name)
        widget.set_value(widget.get_choice(index))
        self.camera.set_single_config(name, widget)
        return self.get(name)

    def to_memory(self) -> None:
        """Frames stay in camera memory, whoever releases the shutter."""
        assert self.choose("capturetarget", 0) == "Internal RAM"
        assert self.choose("recordingmedia", 1) == "SDRAM"

    def preview(self) -> bytes:
        frame = self.camera.capture_preview()  # must outlive its data, which is a view into it
        return bytes(frame.get_data_and_size())

    def wait(self, *, files: int = 1, seconds: float = 10.0) -> list[Arrived]:
        """The files announced until there are `files` of them and the capture is complete, or time is up."""
        until = time.monotonic() + seconds
        found: list[Arrived] = []
        complete = False
        while time.monotonic() < until and not (complete and len(found) >= files):
            kind, data = self.camera.wait_for_event(100)
            if kind == self.gp.GP_EVENT_CAPTURE_COMPLETE:
                complete = True
            if kind == self.gp.GP_EVENT_FILE_ADDED:
                got = self.camera.file_get(data.folder, data.name, self.gp.GP_FILE_TYPE_NORMAL)
                found.append(Arrived(data.folder, data.name, bytes(got.get_data_and_size())))
        return found

    def close(self) -> None:
        self.camera.exit()


@pytest.fixture
def connect(gp: Any, sim: SimulatorProcess) -> Iterator[Callable[[], Host]]:
    """Connects a host to the body; what a test leaves connected is let go."""
    hosts: list[Host] = []

    def connect() -> Host:
        hosts.append(Host(gp, sim.port))
        return hosts[-1]

    yield connect
    sim.do("hang off")
    sim.do("unplug")  # also hosts that lost their link in a test: their exit would wait for an answer
    for host in hosts:
        try:
            host.close()
        except gp.GPhoto2Error:
            continue


def operations(sim: SimulatorProcess, since: int = 0) -> list[str]:
    """Names of the operations the body has seen after number `since`."""
    answer = sim.do(f"ops {since}")["ops"]
    assert isinstance(answer, list)
    return [one["name"] for one in answer]


@pytest.fixture
def seen(sim: SimulatorProcess) -> Callable[[], list[str]]:
    """The operations the body saw since this test began."""
    count = sim.do("ops")["count"]
    assert isinstance(count, int)
    return lambda: operations(sim, count)
