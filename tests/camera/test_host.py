# SPDX-License-Identifier: GPL-3.0-or-later
"""The host when things go wrong: crashes, hangs, cables, permits that end in between. Each frame and request once."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.camera.host import CameraHost
from clinicam.camera.port import CameraState
from clinicam.errors import (
    CameraAbsent,
    CameraBusy,
    CameraFault,
    CameraLost,
    CameraNoPromise,
    CameraRefused,
    FocusFailed,
)
from tests.camera.raw_channel import ROOT
from tests.camera.rig import Control, FakeChecks, Recorder, Rig

MakeRig = Callable[..., Rig]


@pytest.fixture
def rig_of(control: Control, tmp_path: Path) -> MakeRig:
    def make(**body: object) -> Rig:
        return Rig(tmp_path, port=None, simulated=False, command=control.command(**body))

    return make


# --- death ------------------------------------------------------------------------------------------------------------


def test_a_crash_during_the_download_loses_the_frame_once(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan fetch crash")
        frame = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.losses)
        began = time.monotonic()
        [(lost, request, error)] = rig.heard.losses
        assert lost == frame
        assert request == rig.heard.exposures[0][0]
        assert isinstance(error, CameraLost)
        rig.until_state(CameraState.RESTARTING)
        rig.until_state(CameraState.READY)
        assert time.monotonic() - began < 3
        rig.armed()
        again = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        assert [arrived.frame for arrived in rig.heard.frames] == [again]
        assert len(rig.heard.losses) == 1


def test_a_crash_in_the_shutter_answers_and_loses(rig_of: MakeRig, control: Control) -> None:
    """Nobody knows whether it was released: the request fails, the frame is lost, and it is not tried again."""
    with rig_of() as rig:
        rig.armed()
        control.tell("plan trigger crash")
        assert isinstance(rig.error(rig.host.shoot()), CameraLost)
        rig.until(lambda: rig.heard.losses)
        rig.until_state(CameraState.READY)
        assert "trigger" not in control.tell("calls")
        assert len(rig.heard.losses) == 1
        assert rig.heard.exposures == []


@pytest.mark.parametrize("how", ["hang", "hold-gil"])
def test_a_hang_is_said_within_three_seconds_and_cured(rig_of: MakeRig, control: Control, how: str) -> None:
    with rig_of() as rig:
        rig.armed()
        rig.until(lambda: rig.host.status.battery)
        control.tell(f"plan preview {how}")
        began = time.monotonic()
        answer = rig.host.live(True)
        rig.until_state(CameraState.RESTARTING)
        assert time.monotonic() - began <= 3
        assert isinstance(rig.error(answer), CameraLost)
        rig.until_state(CameraState.READY)
        assert rig.heard.losses == []


def test_every_open_request_is_answered_when_the_process_is_killed(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan preview hang")
        live, shot, rest = rig.host.live(True), rig.host.shoot(), rig.host.disarm()
        pid = rig.host.worker_pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert isinstance(rig.error(live), CameraLost)
        assert isinstance(rig.error(shot), CameraLost)
        assert isinstance(rig.error(rest), CameraLost)
        rig.until(lambda: rig.heard.losses)
        assert len(rig.heard.losses) == 1


def test_stop_answers_what_is_open(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan preview crawl")
        answer = rig.host.live(True)
        rig.host.stop()
        assert isinstance(answer.exception(0), CameraLost)
        assert isinstance(rig.host.shoot().exception(0), CameraRefused)


# --- the window process dies or hangs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "within_s"), [(signal.SIGKILL, 1.0), (signal.SIGSTOP, 5.5)])
def test_the_camera_process_outlives_no_window(
    control: Control, tmp_path: Path, how: signal.Signals, within_s: float
) -> None:
    window = subprocess.Popen(
        [sys.executable, "-m", "tests.camera.window", str(tmp_path), str(tmp_path / "control")],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert window.stdout is not None
        handle = os.pidfd_open(int(window.stdout.readline()))
        began = time.monotonic()
        window.send_signal(how)
        gone, _, _ = select.select([handle], [], [], 8)
        os.close(handle)
        assert gone, "the camera process is still there"
        assert time.monotonic() - began <= within_s
    finally:
        window.kill()
        window.communicate()


# --- the body goes away, or is difficult --------------------------------------------------------------------------------


def test_a_pulled_cable_loses_the_frame_and_reconnects(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan fetch CameraLost")
        frame = rig.result(rig.host.shoot())
        rig.until_state(CameraState.LOST)
        rig.until_state(CameraState.READY)
        assert [(lost, type(error)) for lost, _, error in rig.heard.losses] == [(frame, CameraLost)]
        assert CameraState.RESTARTING not in rig.heard.states


def test_two_dumb_errors_in_a_row_mean_the_body_is_gone(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan wait CameraFault CameraFault")
        rig.until_state(CameraState.LOST)
        rig.until_state(CameraState.READY)


def test_one_dumb_error_is_survived(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan wait CameraFault ok CameraFault ok")
        rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames or rig.heard.losses)
        assert rig.host.status.state is CameraState.ARMED


def test_a_file_that_cannot_be_fetched_is_lost(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan fetch CameraFault")
        frame = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.losses)
        assert rig.heard.losses[0][0] == frame
        rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        assert len(rig.heard.losses) == 1


def test_a_body_that_cannot_focus_says_so_and_nothing_is_lost(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan trigger FocusFailed CameraBusy")
        assert isinstance(rig.error(rig.host.shoot()), FocusFailed)
        assert isinstance(rig.error(rig.host.shoot()), CameraBusy)
        assert control.tell("calls").count("trigger") == 2, "a capture is never tried again"
        assert rig.heard.losses == []
        rig.result(rig.host.shoot())


def test_a_second_shot_waits_for_the_first(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan fetch slow")
        first = rig.host.shoot()
        second = rig.host.shoot()
        rig.result(first)
        assert isinstance(rig.error(second), CameraBusy)
        rig.until(lambda: rig.heard.frames)
        assert len(rig.heard.exposures) == 1


def test_live_view_that_keeps_failing_is_given_up_with_its_cause(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell("plan preview ok CameraFault CameraFault CameraFault CameraFault CameraFault")
        rig.result(rig.host.live(True))
        rig.until(lambda: isinstance(rig.host.status.problem, CameraFault))
        assert "stop_preview" in control.tell("calls")
        assert rig.host.status.state is CameraState.ARMED


def test_a_claimed_body_is_tried_again(rig_of: MakeRig, control: Control) -> None:
    with rig_of(open_faults=["CameraClaimed"]) as rig:
        rig.until_state(CameraState.CLAIMED)
        assert isinstance(rig.error(rig.host.arm(rig.checks.mint())), CameraAbsent)
        rig.until_state(CameraState.READY)


def test_an_absent_body_waits_to_be_asked_for(rig_of: MakeRig, control: Control) -> None:
    with rig_of(open_faults=["CameraAbsent"]) as rig:
        rig.until_state(CameraState.ABSENT)
        rig.host.reconnect()
        rig.until_state(CameraState.READY)


def test_a_leftover_that_comes_again_and_again_is_not_answered_for_ever(rig_of: MakeRig) -> None:
    """Some bodies announce a frame in their memory to every new connection."""
    with rig_of(leftover=True) as rig:
        rig.until(lambda: len(rig.heard.dropped) == 4)
        rig.armed()
        rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        rig.result(rig.host.disarm())
        assert len(rig.heard.dropped) == 4


def test_udev_news_reach_the_camera_process(rig_of: MakeRig) -> None:
    camera = {"ID_USB_INTERFACES": ":060101:"}
    with rig_of(open_faults=["CameraAbsent"]) as rig:
        rig.until_state(CameraState.ABSENT)
        watch = rig.host._hotplug
        assert watch is not None
        watch.told("add", "/devices/usb1", camera)
        rig.until_state(CameraState.READY)
        watch.told("remove", "/devices/usb1", {})
        rig.until_state(CameraState.LOST)


def test_the_camera_process_is_hardened_and_alone(rig_of: MakeRig, tmp_path: Path) -> None:
    with rig_of() as rig:
        rig.until_state(CameraState.READY)
        process = Path(f"/proc/{rig.host.worker_pid}")
        assert "Umask:\t0077" in (process / "status").read_text()
        [core] = [line for line in (process / "limits").read_text().splitlines() if line.startswith("Max core file")]
        assert core.split()[4:6] == ["0", "0"]
        environment = (process / "environ").read_bytes().split(b"\0")
        assert b"LANGUAGE=C" in environment
        folders = [line for line in environment if line.startswith((b"HOME=", b"XDG_CONFIG_HOME="))]
        assert len(folders) == 2
        assert all(str(tmp_path / "run").encode() in folder for folder in folders)
        assert not [line for line in environment if line.startswith((b"CAMLIBS", b"IOLIBS", b"VCAMERADIR"))]


# --- the promise --------------------------------------------------------------------------------------------------------


def test_a_body_nobody_knows_is_never_armed(rig_of: MakeRig) -> None:
    with rig_of(maker="Bench") as rig:
        rig.until_state(CameraState.REFUSED)
        assert isinstance(rig.host.status.problem, CameraNoPromise)
        assert isinstance(rig.error(rig.host.arm(rig.checks.mint())), CameraNoPromise)


def test_a_target_that_goes_back_to_the_card_is_set_again_before_the_shot(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell('set target "Memory"')
        control.tell('set media "Card"')
        rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        assert rig.heard.frames[0].proof == "memory"


def test_a_target_that_will_not_stay_shuts_the_shutter(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        rig.armed()
        control.tell('set target "Card"')
        control.tell("set sticky true")
        assert isinstance(rig.error(rig.host.shoot()), CameraNoPromise)
        assert "trigger" not in control.tell("calls")
        rig.until_state(CameraState.REFUSED)
        assert isinstance(rig.error(rig.host.live(True)), CameraRefused)


def test_a_body_button_that_writes_to_the_card_is_a_warning(rig_of: MakeRig, control: Control) -> None:
    with rig_of(media=None, card=True) as rig:
        rig.armed()
        assert isinstance(rig.host.status.problem, CameraNoPromise)
        assert rig.host.status.media_present
        assert not rig.host.status.target_proved


def test_a_frame_on_the_card_is_erased_after_release_only(rig_of: MakeRig, control: Control) -> None:
    with rig_of(obeys_target=False) as rig:
        rig.armed()
        frame = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        assert rig.heard.frames[0].proof == "card"
        assert control.tell("files") == 1
        rig.host.release(frame)
        rig.until(lambda: control.tell("files") == 0)
        rig.result(rig.host.shoot())


def test_a_frame_the_card_keeps_is_a_standing_warning(rig_of: MakeRig, control: Control) -> None:
    with rig_of(obeys_target=False) as rig:
        rig.armed()
        frame = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        control.tell("set sticky true")
        rig.host.release(frame)
        rig.until(lambda: rig.host.status.problem is not None and "still" in rig.host.status.problem.detail)


# --- permits ------------------------------------------------------------------------------------------------------------


def test_a_frame_exposed_before_a_pause_still_arrives(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        permit = rig.armed()
        control.tell("plan fetch slow")
        frame = rig.result(rig.host.shoot())
        rig.checks.states[permit] = "paused"
        rig.result(rig.host.disarm())
        rig.until(lambda: rig.heard.frames)
        assert rig.heard.frames[0].frame == frame


def test_a_frame_whose_permit_ended_is_lost_not_delivered(rig_of: MakeRig, control: Control) -> None:
    with rig_of() as rig:
        permit = rig.armed()
        control.tell("plan fetch slow")
        frame = rig.result(rig.host.shoot())
        rig.checks.states[permit] = "ended"
        rig.until(lambda: rig.heard.losses)
        [(lost, _, error)] = rig.heard.losses
        assert lost == frame
        assert isinstance(error, CameraRefused)
        assert rig.heard.frames == []


def test_a_frame_from_before_arming_belongs_to_nobody(rig_of: MakeRig, control: Control) -> None:
    """Pressed for the last patient, arriving while the next one's permit is being armed."""
    with rig_of() as rig:
        rig.armed()
        rig.result(rig.host.disarm())
        control.tell("plan media_present slow")
        permit = rig.checks.mint()
        asked = control.tell("calls").count("media_present")
        answer = rig.host.arm(permit)
        rig.until(lambda: control.tell("calls").count("media_present") > asked)
        control.tell("press")
        rig.result(answer)
        assert [drop.count for drop in rig.heard.dropped] == [1]
        assert rig.heard.exposures == []
        frame = rig.result(rig.host.shoot())
        rig.until(lambda: rig.heard.frames)
        assert [arrived.frame for arrived in rig.heard.frames] == [frame]


@pytest.mark.parametrize(
    ("port", "simulated"),
    [("ptpip:192.168.1.9:15740:15740", True), ("ptpip:127.0.0.1:1:1", False), ("usb:001,002", True), ("disk:/", True)],
)
def test_other_ports_are_refused(port: str, simulated: bool) -> None:
    with pytest.raises(CameraRefused):
        CameraHost(FakeChecks(), Recorder(), port=port, simulated=simulated, wall_ms=lambda: 0)


def test_a_command_that_cannot_start_is_told(tmp_path: Path) -> None:
    host = CameraHost(
        FakeChecks(), Recorder(), port=None, simulated=False, wall_ms=lambda: 0, command=["/missing"], folder=tmp_path
    )
    with pytest.raises(CameraFault):
        host.start()
    host.stop()
