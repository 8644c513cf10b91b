# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill -9 of the window process or the camera process at random moments of a burst.

CLINICAM_CRASH_COUNT says how many kills (100 if unset). After each: every ticked picture opens, nothing half-written
remains, the ledger verifies, and the camera process is gone within 5 s of the window.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.errors import PermitRefused
from clinicam.identity import ImageId, PermitId
from clinicam.permits import Admission, CapturePermit
from clinicam.vault.aead import KdfParameters
from clinicam.vault.host import HostFolder
from clinicam.vault.vault import Vault
from tests.e2e.practice_day import PASSWORD, practice_day

COUNT = int(os.environ.get("CLINICAM_CRASH_COUNT", "100"))


class NoPermits:
    """Nothing may be added by whoever only looks."""

    def live(self, permit: PermitId) -> CapturePermit:
        raise PermitRefused("unknown")

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        raise PermitRefused("unknown")


class Burst:
    """The child process and what it said."""

    def __init__(self, root: Path, camera: str, day: tuple[str, str]) -> None:
        user, patient = day
        self.ticked: list[ImageId] = []
        self.gone: list[str] = []
        self.camera_pid = 0
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.burst", str(root), camera, user, PASSWORD, patient],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
        )

    def listen(self, until: str) -> bool:
        """Read lines up to one that begins with `until`; False when the child has ended."""
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self._heard(line)
            if line.startswith(until):
                return True
        return False

    def _heard(self, line: str) -> None:
        word, *rest = line.split()
        if word == "tick":
            self.ticked.append(ImageId(bytes.fromhex(rest[0])))
        elif word == "gone":
            self.gone.append(rest[1])
        elif word in {"ready", "pid"} and rest[0] != "None":
            self.camera_pid = int(rest[0])

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.listen("nothing more")
        self.child.wait(10)
        assert self.child.stdout is not None
        self.child.stdout.close()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.fixture(scope="module")
def simulated() -> object:
    with SimulatorProcess.start() as body:
        yield body


def prepare(root: Path, camera: str, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[str, str], tuple[str, ...]]:
    """A vault with one patient who said yes today; made with the cheapest password cost the format allows."""
    cheap = KdfParameters(65536, 3, 4)
    create = Vault.create
    monkeypatch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": cheap})))
    with practice_day(root, camera=camera) as day:
        patient = day.add_patient()
        series = next(one for one in day.surgery.series if one.id == "ortho-records")
        day.consent(patient, series.body_sites)
        return (day.created.user.hex(), patient.patient.hex()), day.created.kit_words


def reopen(root: Path, words: tuple[str, ...], ticked: list[ImageId]) -> None:
    """What must hold after any kill."""
    vault = Vault.open(root / "vault", HostFolder(root / "state" / "vaults"))
    try:
        opened = vault.unlock_with_kit(words, NoPermits())
        try:
            for image in ticked:
                assert opened.read(image)[:3] == b"\xff\xd8\xff"
            report = opened.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False)
            assert report.ok, report.findings
        finally:
            opened.close()
    finally:
        vault.close()
    known = {"keyring", "slots", "bags", "ledger", "objects", "index", "quarantine", "checkpoints"}
    assert {path.name for path in (root / "vault").iterdir()} <= known
    leftovers = [p.name for p in (root / "vault").rglob("*") if p.is_file() and p.suffix in {".tmp", ".new", ".part"}]
    assert not leftovers


def test_kill_of_either_process_loses_nothing_that_was_ticked(
    tmp_path: Path, simulated: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(20261121)
    ids, words = prepare(tmp_path, simulated.port, monkeypatch)
    ticked: list[ImageId] = []
    kills = {"window": 0, "camera": 0}
    while sum(kills.values()) < COUNT:
        burst = Burst(tmp_path, simulated.port, ids)
        try:
            assert burst.listen("ready")
            for _ in range(2):
                time.sleep(chance.uniform(0.0, 0.7))
                if sum(kills.values()) < COUNT - 1 and is_running(burst.camera_pid):
                    before = burst.camera_pid
                    os.kill(before, signal.SIGKILL)
                    kills["camera"] += 1
                    # The session goes on: a further shot becomes safe with another camera process.
                    assert burst.listen("tick")
                    while burst.camera_pid == before:
                        assert burst.listen("pid")
            time.sleep(chance.uniform(0.0, 0.7))
        finally:
            burst.kill()
        kills["window"] += 1
        end = time.monotonic() + 5
        while is_running(burst.camera_pid):
            assert time.monotonic() < end, "the camera process outlived the window by 5 s"
            time.sleep(0.02)
        ticked += burst.ticked
        reopen(tmp_path, words, burst.ticked)
    reopen(tmp_path, words, ticked)
    assert ticked
    assert kills["camera"] >= COUNT // 3
