# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated body for all end-to-end tests of a file, as new for each; passwords at the cheapest cost the format allows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.vault.aead import KdfParameters
from clinicam.vault.vault import Vault
from tests.e2e.practice_day import Day, practice_day


@pytest.fixture(scope="module")
def marker() -> str:
    return f"MARK-{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def simulator(marker: str) -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start(marker=marker) as body:
        yield body


@pytest.fixture
def body(simulator: SimulatorProcess) -> SimulatorProcess:
    simulator.do("hang off")
    simulator.do("reset")
    return simulator


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """New vaults cost a tenth of a second to unlock instead of one."""
    floor, create = KdfParameters(65536, 3, 4), Vault.create
    monkeypatch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": floor})))


@pytest.fixture
def day(cheap: None, body: SimulatorProcess, tmp_path: Path) -> Iterator[Day]:
    """An unlocked practice with the body connected, and nobody asked yet."""
    with practice_day(tmp_path / "day", camera=body.port) as opened:
        yield opened
