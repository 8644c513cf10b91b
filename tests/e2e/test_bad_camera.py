# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong in a session, with the real camera process and vault: it is said, its fate is known, the session goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from clinicam.camera.port import CameraState
from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.capture.session import SessionState, ShotState
from clinicam.capture.views import ShotView
from clinicam.consent.rules import VaultFact
from clinicam.errors import CameraLost, CliniCamError, DiskFull, FrameRefused
from tests.e2e.practice_day import PASSWORD, Day, practice_day
from tests.e2e.saying import sentence_for
from tests.vault.independent_reader import read_vault

SAID_WITHIN_S = 3.0
FRAME_BYTES = 4_000_000
OVER = {ShotState.SAFE, ShotState.UNFILED, ShotState.REFUSED, ShotState.LOST}


@pytest.fixture(scope="module")
def simulator(marker: str) -> Iterator[SimulatorProcess]:
    with SimulatorProcess.start(marker=marker, frame_bytes=FRAME_BYTES) as body:
        yield body


def shots(day: Day) -> tuple[ShotView, ...]:
    assert day.sitting is not None
    return day.sitting.view().shots


def acts(day: Day, what: str) -> int:
    return day.surgery.vault.counts().acts.get(what, 0)


def press(day: Day) -> int:
    """The button on screen, once it is free; the number the shot will have. What comes of it is the test's to see."""
    sitting = day.sitting
    assert sitting is not None
    day.until(lambda: sitting.view().state is SessionState.READY, what="ready", seconds=60)
    number = len(shots(day)) + 1
    sitting.shoot()
    return number


def fate(day: Day, number: int) -> ShotView:
    """How shot `number` (from 1) ended."""
    day.until(lambda: len(shots(day)) >= number and shots(day)[number - 1].state in OVER, what="the fate of the shot")
    return shots(day)[number - 1]


def goes_on(day: Day) -> None:
    """A further shot becomes safe, every ticked picture opens, and the vault verifies."""
    assert fate(day, press(day)).state is ShotState.SAFE
    for shot in shots(day):
        if shot.state in {ShotState.SAFE, ShotState.UNFILED}:
            assert shot.image is not None
            picture = day.surgery.vault.read(shot.image)
            assert picture[:3] == b"\xff\xd8\xff"
            assert len(picture) >= FRAME_BYTES
    kept = sum(shot.state in {ShotState.SAFE, ShotState.UNFILED} for shot in shots(day))
    report = day.on_vault(
        lambda: day.surgery.vault.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False)
    )
    assert report.ok, report.findings
    assert day.surgery.vault.counts().images == kept


def left_half_written(root: Path) -> list[str]:
    return [p.name for p in (root / "vault").rglob("*") if p.is_file() and p.suffix in {".tmp", ".new", ".part"}]


@pytest.mark.parametrize(("command", "reason"), [("empty-next", "empty"), ("truncate-next", "truncated")])
def test_a_file_that_is_no_picture(day: Day, body: SimulatorProcess, tmp_path: Path, command: str, reason: str) -> None:
    day.in_session()
    body.do(command)
    press(day)
    shot = fate(day, 1)
    assert shot.state is ShotState.REFUSED
    assert isinstance(shot.cause, FrameRefused)
    assert shot.cause.reason == reason
    assert "not a whole picture" in sentence_for(shot.cause).sentence
    day.until(lambda: acts(day, "capture.refused") == 1, what="the row of the refused frame")
    assert not [path for path in (tmp_path / "day" / "vault" / "objects").rglob("*") if path.is_file()]
    goes_on(day)


def test_the_cable_pulled_while_a_picture_comes(day: Day, body: SimulatorProcess, tmp_path: Path) -> None:
    day.in_session()
    day.shoot()
    body.do("unplug-next 1500000")
    press(day)
    shot = fate(day, 2)
    assert shot.state is ShotState.LOST
    assert isinstance(shot.cause, CameraLost)
    assert "went away" in sentence_for(shot.cause).sentence
    sitting = day.sitting
    assert sitting is not None
    day.until(lambda: sitting.view().state is SessionState.TROUBLE, what="the trouble")
    assert not sitting.view().live_on
    day.until(lambda: acts(day, "frame.lost") == 1, what="the row of the lost frame")
    body.do("plug")
    goes_on(day)
    assert shots(day)[1].state is ShotState.LOST, "its fate does not change"
    assert left_half_written(tmp_path / "day") == []


def test_the_body_switched_off_between_two_pictures(day: Day, body: SimulatorProcess) -> None:
    day.in_session()
    day.shoot()
    body.do("unplug")
    sitting = day.sitting
    assert sitting is not None
    day.until(lambda: sitting.view().state is SessionState.TROUBLE, seconds=SAID_WITHIN_S, what="the trouble")
    assert sitting.view().blockers or sitting.view().problem is not None
    body.do("plug")
    goes_on(day)
    assert [shot.state for shot in shots(day)] == [ShotState.SAFE, ShotState.SAFE]


def worker(day: Day) -> int:
    assert day.surgery.camera is not None
    pid = day.surgery.camera.worker_pid
    assert pid is not None
    return pid


def killed(day: Day, body: SimulatorProcess) -> None:
    os.kill(worker(day), signal.SIGKILL)


def stopped(day: Day, body: SimulatorProcess) -> None:
    os.kill(worker(day), signal.SIGSTOP)


def segfault(day: Day, body: SimulatorProcess) -> None:
    os.kill(worker(day), signal.SIGSEGV)


def hung_body(day: Day, body: SimulatorProcess) -> None:
    body.do("hang on")


Blow = Callable[[Day, SimulatorProcess], None]


@pytest.mark.parametrize("blow", [killed, stopped, segfault, hung_body], ids=lambda one: one.__name__)
@pytest.mark.parametrize("in_flight", [True, False], ids=["in-flight", "idle"])
def test_the_camera_process_crashes_or_hangs(
    day: Day, body: SimulatorProcess, tmp_path: Path, blow: Blow, *, in_flight: bool
) -> None:
    day.in_session()
    day.shoot()
    sitting, before = day.sitting, worker(day)
    assert sitting is not None
    if in_flight:
        body.do("slow 1000000")
        sitting.shoot()
        day.until(lambda: len(shots(day)) == 2, what="the shutter")
        assert shots(day)[1].state is ShotState.EXPOSED
    blow(day, body)
    struck = time.monotonic()
    calm = {CameraState.ARMED, CameraState.READY}
    day.until(lambda: day.surgery.camera_status().state not in calm, seconds=30, what="the status to say so")
    said = time.monotonic() - struck
    assert said <= SAID_WITHIN_S, f"said after {said:.1f} s"
    day.until(lambda: sitting.view().state is SessionState.TROUBLE, seconds=1, what="the session to say so")
    assert not sitting.view().live_on
    sentence_for(sitting.view().problem or day.surgery.camera_status().problem)
    body.do("hang off")
    body.do("slow 0")
    if in_flight:
        shot = fate(day, 2)
        if shot.state is ShotState.LOST:
            assert isinstance(shot.cause, CameraLost)
            sentence_for(shot.cause)
            day.until(lambda: acts(day, "frame.lost") == 1, what="the row of the lost frame")
        else:
            assert shot.state in {ShotState.SAFE, ShotState.UNFILED}
    goes_on(day)
    assert worker(day) != before, "a fresh camera process"
    assert not Path(f"/proc/{before}").exists(), "the old one is gone and reaped"
    assert left_half_written(tmp_path / "day") == []


def test_the_camera_process_killed_again_and_again(day: Day, body: SimulatorProcess) -> None:
    day.in_session()
    for _ in range(4):
        killed(day, body)
        day.until(lambda: day.surgery.camera_status().state is not CameraState.ARMED, seconds=3, what="said")
        goes_on(day)
    assert [shot.state for shot in shots(day)] == [ShotState.SAFE] * 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 MB, to be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        pytest.skip("a small disk takes root to mount")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(place)], check=False)
    if made.returncode != 0:
        pytest.skip("the kernel mounts nothing here")
    yield place
    subprocess.run([umount, str(place)], check=True)


def free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def test_the_disk_fills_up_in_the_middle_of_a_burst(cheap: None, body: SimulatorProcess, small_disk: Path) -> None:
    root = small_disk / "day"
    with practice_day(root, camera=body.port) as day:
        surgery = day.surgery
        small = msgspec.structs.replace(surgery.policy, vault_reserve_bytes=64 * 2**20)
        surgery.policy = day.on_vault(lambda: surgery.policies.put(small))
        day.on_vault(surgery.look_at_place)
        # Room enough for the reserve, but not for the sixty pictures a session may have.
        assert surgery.facts(None, None, None, 0).vault is VaultFact.FULL
        smaller = msgspec.structs.replace(surgery.policy, frame_bytes=2**20)
        surgery.policy = day.on_vault(lambda: surgery.policies.put(smaller))
        assert surgery.facts(None, None, None, 0).vault is VaultFact.READY
        day.in_session()
        day.shoot()
        filler = small_disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, free(small_disk) - 2 * FRAME_BYTES - 2**20)
        full: CliniCamError | None = None
        for number in range(2, 12):
            press(day)
            shot = fate(day, number)
            if shot.state is not ShotState.SAFE:
                full = shot.cause
                break
        assert shot.state is ShotState.REFUSED
        assert isinstance(full, DiskFull)
        assert "no room" in sentence_for(full).sentence
        sitting = day.sitting
        assert sitting is not None
        assert sitting.view().state is SessionState.TROUBLE
        ticked = [shot.image for shot in shots(day) if shot.state is ShotState.SAFE]
        assert len(ticked) >= 2
        for image in ticked:
            assert image is not None
            assert len(surgery.vault.read(image)) >= FRAME_BYTES
        filler.unlink()
        goes_on(day)
        user, images = day.created.user, surgery.vault.counts().images
    assert left_half_written(root) == []
    _, objects = read_vault(root / "vault", user, PASSWORD)
    assert len([1 for _, rendition, _ in objects.values() if rendition == 1]) == images == len(ticked) + 1
