# SPDX-License-Identifier: GPL-3.0-or-later
"""No permit, no pixels: with the real camera process, the real vault and a body whose every operation is on record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clinicam.camera.link import DEFAULT_COMMAND
from clinicam.camera.messages import Answer, Arm, Connect, Dropped, Exit, Live, Note, Pulse, Shoot, State
from clinicam.camera.port import CameraState
from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.capture.session import SessionState, ShotState, StopAnswer, Tone
from clinicam.consent.gate import PauseCause
from clinicam.consent.model import ConsentAnswer
from clinicam.errors import CameraRefused, CliniCamError, PermitRefused
from clinicam.identity import new_id
from tests.camera.raw_channel import RawChannel
from tests.e2e import markers
from tests.e2e.hunt import in_folders
from tests.e2e.practice_day import PASSWORD, Day, practice_day, station_at
from tests.vault.independent_reader import read_vault

SDRAM = 1
"""The value of recordingmedia that means the body's own memory."""
LOOKING = {"start_live_view", "get_live_view_image"}
"""Operations of a body that show what is before it."""
FETCHING = {"get_object", "get_partial_object", "get_thumb", "get_large_thumb"}
"""Operations that hand out a picture. libgphoto2 fetches what the body announces from its memory by itself, so that a
frame nobody asked for has been in the camera process, which ends for that; it never leaves it."""
COUNT = re.compile(r"frame\.unclaimed count=(\d+) cause=(.+)")


def pixels_since(body: SimulatorProcess, mark: int, *, pressed: bool = False) -> list[str]:
    """Operations that expose, show or fetch, since `mark`, from the body's own record; not fetching if it was `pressed`."""
    ops = body.do(f"ops {mark}")["ops"]
    assert isinstance(ops, list)
    wrong = LOOKING if pressed else LOOKING | FETCHING
    return [op["name"] for op in ops if op["name"] in wrong or "capture" in op["name"]]


def press(day: Day, body: SimulatorProcess) -> None:
    """The body's own button, once the body is told to keep pictures in its memory."""

    def ready() -> bool:
        status = body.do("status")
        return status["session"] is True and status["recording_media"] == SDRAM

    day.until(ready, what="the body connected")
    body.press()


def now(body: SimulatorProcess) -> int:
    count = body.do("status")["operations"]
    assert isinstance(count, int)
    return count


def objects(root: Path) -> set[str]:
    return {path.name for path in (root / "vault" / "objects").rglob("*") if path.is_file()}


def unclaimed(root: Path, user: bytes) -> list[tuple[int, str, bool]]:
    """Count, cause and "while locked" of every row of dropped frames, read by the second reader. Vault closed."""
    rows, _ = read_vault(root / "vault", user, PASSWORD)
    found = [(COUNT.fullmatch(row.act["what"]), row.locked) for row in rows]
    return [(int(match[1]), match[2], locked) for match, locked in found if match]


def acts(day: Day, what: str) -> int:
    return day.surgery.vault.counts().acts.get(what, 0)


def test_the_record_of_operations_sees_pixels(day: Day, body: SimulatorProcess) -> None:
    """What the tests below say is absent is there when it is allowed."""
    mark = now(body)
    heard = day.in_session()
    day.until(lambda: bool(heard.lives), what="live view")
    day.shoot()
    assert {"start_live_view", "get_live_view_image", "get_object"} <= set(pixels_since(body, mark))


def test_the_camera_process_itself_refuses(body: SimulatorProcess, tmp_path: Path) -> None:
    """Past the window, its host and its gate, straight into the process: no lease that names the permit, no pixels."""
    permit, other = new_id(), new_id()
    with RawChannel(list(DEFAULT_COMMAND), tmp_path) as raw:
        raw.say(Connect(body.port))
        while raw.next(State).state is not CameraState.READY:
            pass
        mark = now(body)
        asked: list[Answer] = []
        raw.beat(None)
        asked += [raw.answer(Live(1, True)), raw.answer(Shoot(2, permit, new_id())), raw.answer(Arm(3, permit))]
        raw.beat(other)
        asked += [raw.answer(Arm(4, permit)), raw.answer(Shoot(5, permit, new_id())), raw.answer(Live(6, True))]
        assert [one.request for one in asked] == [1, 2, 3, 4, 5, 6]
        assert [one.fault.kind if one.fault else None for one in asked] == ["CameraRefused"] * 6
        assert pixels_since(body, mark) == []


def test_of_a_frame_nobody_asked_for_only_the_count_leaves_the_camera_process(
    body: SimulatorProcess, tmp_path: Path
) -> None:
    """And the process that had it in its memory ends."""
    with RawChannel(list(DEFAULT_COMMAND), tmp_path) as raw:
        raw.beat(None)
        raw.say(Connect(body.port))
        while raw.next(State).state is not CameraState.READY:
            pass
        raw.heard.clear()
        body.press()
        assert raw.next(Dropped).count == 1
        assert raw.exit_code(5) == Exit.RENEWED
        assert {type(one) for one in raw.heard} <= {Dropped, State, Pulse, Note}


def test_live_view_and_shutter_are_refused_without_a_session(day: Day, body: SimulatorProcess) -> None:
    camera = day.surgery.camera
    assert camera is not None
    mark = now(body)
    for ask in (lambda: camera.live(True), camera.shoot, lambda: camera.arm(day_permit())):
        answer = ask()
        day.until(answer.done, what="an answer")
        assert isinstance(answer.exception(), CameraRefused | PermitRefused)
    assert pixels_since(body, mark) == []
    assert day.surgery.vault.counts().images == 0


def day_permit() -> object:
    """A permit id nobody minted."""
    return new_id()


@pytest.mark.parametrize("says", [ConsentAnswer.REFUSED, ConsentAnswer.DISMISSED], ids=lambda one: one.name)
def test_a_patient_who_did_not_say_yes_keeps_it_shut(day: Day, body: SimulatorProcess, says: ConsentAnswer) -> None:
    patient = day.add_patient()
    series = next(one for one in day.surgery.series if one.id == "ortho-records")
    mark = now(body)
    heard = day.sit(patient, day.consent(patient, series.body_sites, says), wait=False)
    sitting = day.sitting
    assert sitting is not None
    day.until(lambda: sitting.view().state is SessionState.TROUBLE, what="the refusal")
    assert sitting.view().blockers
    sitting.shoot()
    assert heard.tones == [Tone.REFUSED]
    assert pixels_since(body, mark) == []
    press(day, body)
    day.until(lambda: acts(day, "frame.unclaimed") == 1, what="the dropped frame in the ledger")
    day.until(lambda: day.surgery.camera_status().state is CameraState.READY, what="camera again")
    for _ in range(5):
        day.beat()
    assert sitting.view().state is SessionState.TROUBLE
    assert pixels_since(body, mark, pressed=True) == []
    assert [shot.state for shot in sitting.view().shots] == [ShotState.REFUSED]
    assert heard.lives == []
    assert day.surgery.vault.counts().images == 0


def pause(day: Day) -> None:
    assert day.sitting is not None
    day.sitting.pause(PauseCause.PERSON)


def stop(day: Day) -> None:
    assert day.sitting is not None
    day.sitting.stop()


def stop_for_a_break(day: Day) -> None:
    assert day.sitting is not None
    day.sitting.stop()
    day.sitting.answer_stop(StopAnswer.BREAK)


def finish(day: Day) -> None:
    assert day.sitting is not None
    day.sitting.finish()
    day.until(lambda: day.surgery.sitting is None, what="the end of the session")


@pytest.mark.parametrize("shut", [pause, stop, stop_for_a_break, finish], ids=lambda one: one.__name__)
def test_the_bodys_button_after_the_permit_went(day: Day, body: SimulatorProcess, tmp_path: Path, shut: object) -> None:
    day.in_session()
    day.shoot()
    kept = day.surgery.vault.counts().images
    assert callable(shut)
    shut(day)
    day.until(lambda: day.surgery.camera_status().state is CameraState.READY, what="disarmed")
    day.until(lambda: len(objects(tmp_path / "day")) == 3, what="preview and thumbnail of the first")
    before = objects(tmp_path / "day")
    mark = now(body)
    press(day, body)
    day.until(lambda: acts(day, "frame.unclaimed") == 1, what="the dropped frame in the ledger")
    assert pixels_since(body, mark, pressed=True) == []
    assert day.surgery.vault.counts().images == kept == 1
    assert objects(tmp_path / "day") == before


@pytest.mark.parametrize("presses", [1, 3])
def test_a_frame_nobody_asked_for_is_dropped_and_in_the_ledger(
    cheap: None, body: SimulatorProcess, tmp_path: Path, marker: str, presses: int
) -> None:
    root = tmp_path / "day"
    with practice_day(root, camera=body.port) as day:
        user = day.created.user
        before, mark = objects(root), now(body)
        for done in range(presses):
            press(day, body)
            day.until(lambda done=done: acts(day, "frame.unclaimed") == done + 1, what="the row")
            day.until(lambda: day.surgery.camera_status().state is CameraState.READY, what="camera again")
        assert pixels_since(body, mark, pressed=True) == []
        assert objects(root) == before == set()
        assert day.surgery.vault.counts().images == 0
    assert unclaimed(root, user) == [(1, "no permit", False)] * presses
    assert not in_folders([tmp_path], markers.of_words(marker))


@pytest.mark.parametrize("presses", [1, 3])
def test_while_locked_it_is_dropped_and_found_in_the_ledger_after_unlock(
    cheap: None, body: SimulatorProcess, tmp_path: Path, marker: str, presses: int
) -> None:
    root = tmp_path / "day"
    with practice_day(root, camera="", wait_camera=False) as founded:
        user = founded.created.user
    with station_at(root, body.port) as station:
        station.start_camera()
        day = Day(station, None, founded.created)  # type: ignore[arg-type]  # nobody has unlocked yet
        camera = station.camera
        assert camera is not None
        day.until(lambda: camera.status.state is CameraState.READY, what="camera ready while locked")
        mark = now(body)
        for ask in (lambda: camera.live(True), camera.shoot):
            answer = ask()
            day.until(answer.done, what="an answer")
            assert isinstance(answer.exception(), CliniCamError)
        assert pixels_since(body, mark) == []
        for _ in range(presses):
            process = camera.worker_pid
            press(day, body)
            day.until(lambda gone=process: camera.worker_pid not in {gone, None}, what="a fresh camera process")
            day.until(lambda: camera.status.state is CameraState.READY, what="camera again")
        assert pixels_since(body, mark, pressed=True) == []
        assert objects(root) == set()
        surgery = station.thread.submit(station.unlock, user, PASSWORD).result(60)
        assert surgery.vault.counts().acts["frame.unclaimed"] == presses
        report = station.thread.submit(
            surgery.vault.verify, deep=True, progress=lambda *_: None, cancelled=lambda: False
        ).result(60)
        assert report.ok, report.findings
    assert unclaimed(root, user) == [(1, "no permit", True)] * presses
    assert not in_folders([tmp_path], markers.of_words(marker))
