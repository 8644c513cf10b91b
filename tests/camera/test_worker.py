# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera process by itself: it refuses without a lease, disarms itself, and dies, whoever is on the other side."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clinicam.camera.messages import (
    Answer,
    Arm,
    Connect,
    Disarmed,
    Dropped,
    Exit,
    Exposed,
    FrameLost,
    Live,
    LivePicture,
    Part,
    Shoot,
    Shot,
    State,
    Stop,
)
from clinicam.camera.port import CameraState
from clinicam.identity import new_id
from tests.camera.raw_channel import ROOT, RawChannel
from tests.camera.rig import Control


def ready(raw: RawChannel) -> None:
    raw.say(Connect(None))
    while raw.next(State).state is not CameraState.READY:
        pass


def kind(answer: Answer) -> str | None:
    return None if answer.fault is None else answer.fault.kind


def test_no_lease_no_pixels(control: Control, tmp_path: Path) -> None:
    """Every way to ask without a heartbeat that names the permit is refused, and nothing reaches the body."""
    permit, other = new_id(), new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        assert kind(raw.answer(Arm(1, permit))) == "CameraRefused"
        raw.beat(None)
        assert kind(raw.answer(Arm(2, permit))) == "CameraRefused"
        raw.beat(other)
        assert kind(raw.answer(Arm(3, permit))) == "CameraRefused"
        raw.beat(permit)
        assert kind(raw.answer(Shoot(4, permit, new_id()))) == "CameraRefused"
        assert kind(raw.answer(Live(5, True))) == "CameraRefused"
        assert kind(raw.answer(Arm(6, permit))) is None
        assert kind(raw.answer(Shoot(7, other, new_id()))) == "CameraRefused"
        raw.beat(None)
        assert kind(raw.answer(Shoot(8, permit, new_id()))) == "CameraRefused"
        assert kind(raw.answer(Live(9, True))) == "CameraRefused"
        raw.beat(permit)
        assert kind(raw.answer(Live(10, True))) == "CameraRefused", "a lost lease comes back only by arming"
        calls = control.tell("calls")
        assert "trigger" not in calls
        assert "preview" not in calls
        assert "fetch" not in calls
        raw.say(Stop())
        assert raw.exit_code(5) == Exit.STOPPED


def test_two_seconds_without_a_beat_disarm_and_five_kill(control: Control, tmp_path: Path) -> None:
    """Live view ends, a frame exposed after the lease ran out is dropped unfetched, then the kernel's timer strikes."""
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        raw.beat(permit)
        beaten = time.monotonic()
        assert kind(raw.answer(Arm(1, permit))) is None
        assert kind(raw.answer(Live(2, True))) is None
        raw.next(LivePicture)
        gone = raw.next(Disarmed)
        assert (gone.permit, gone.cause) == (permit, "lease ran out")
        assert 1.8 <= time.monotonic() - beaten <= 2.5
        assert "stop_preview" in control.tell("calls")
        raw.heard.clear()
        assert kind(raw.answer(Shoot(3, permit, new_id()))) == "CameraRefused"
        assert raw.exit_code(5) == -signal.SIGALRM
        assert 4.8 <= time.monotonic() - beaten <= 6
        assert not [heard for heard in raw.heard if isinstance(heard, LivePicture | Part | Exposed)]


def test_a_frame_after_the_lease_ran_out_is_dropped_unseen(control: Control, tmp_path: Path) -> None:
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        raw.beat(permit)
        assert kind(raw.answer(Arm(1, permit))) is None
        raw.next(Disarmed)
        control.tell("press")
        assert raw.next(Dropped).count == 1
        assert raw.exit_code(5) == Exit.RENEWED
        assert not [heard for heard in raw.heard if isinstance(heard, Part | Exposed | Shot)]


def test_a_frame_that_took_longer_than_the_lease_is_not_even_fetched(control: Control, tmp_path: Path) -> None:
    """libgphoto2 moves a frame while it waits for events: armed when the wait began, disarmed when it is over."""
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        raw.beat(permit)
        assert kind(raw.answer(Arm(1, permit))) is None
        control.tell("plan wait crawl")
        while "wait" not in control.tell("calls"):
            pass
        control.tell("press")
        dropped = raw.next(Dropped)
        assert (dropped.count, dropped.cause) == (1, "lease ran out")
        assert raw.exit_code(5) == Exit.RENEWED
        assert not [heard for heard in raw.heard if isinstance(heard, Part | Exposed | Shot)]


def test_a_download_that_outlives_the_lease_is_dropped(control: Control, tmp_path: Path) -> None:
    """The window process hangs while a frame comes in: the frame is announced as lost, its bytes are not sent."""
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        raw.beat(permit)
        assert kind(raw.answer(Arm(1, permit))) is None
        control.tell("plan fetch crawl")
        raw.say(Shoot(2, permit, frame := new_id()))
        raw.next(Exposed)
        lost = raw.next(FrameLost)
        assert (lost.frame, lost.fault.kind) == (frame, "CameraRefused")
        assert raw.exit_code(5) == Exit.RENEWED
        assert not [heard for heard in raw.heard if isinstance(heard, Part | Shot)]


def test_the_kernel_kills_a_process_whose_interpreter_is_held(control: Control, tmp_path: Path) -> None:
    """libgphoto2 keeps the interpreter lock in some calls: no Python code can run, and it need not."""
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        control.tell("plan media_present hold-gil")
        raw.beat(permit)
        beaten = time.monotonic()
        raw.say(Arm(1, permit))
        assert raw.exit_code(8) == -signal.SIGALRM
        assert 4.5 <= time.monotonic() - beaten <= 6


def test_a_call_that_never_returns_ends_the_process_sooner(control: Control, tmp_path: Path) -> None:
    permit = new_id()
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        control.tell("plan media_present hang")
        raw.beat(permit)
        began = time.monotonic()
        raw.say(Arm(1, permit))
        assert raw.exit_code(8) == Exit.HUNG
        assert time.monotonic() - began <= 3


def test_end_of_the_socket_is_the_end(control: Control, tmp_path: Path) -> None:
    with RawChannel(control.command(), tmp_path) as raw:
        ready(raw)
        raw._channel.close()
        assert raw.process.wait(5) == Exit.STOPPED


@pytest.mark.parametrize("mode", [0o755, None])
def test_a_shared_settings_folder_is_refused(tmp_path: Path, mode: int | None) -> None:
    """Another camera program could have left "memory card" in it."""
    ours, theirs = socket.socketpair()
    folder = tmp_path / "shared"
    if mode is not None:
        folder.mkdir(mode=mode)
        folder.chmod(mode)
    with ours, theirs:
        done = subprocess.run(
            [sys.executable, "-m", "clinicam.camera.worker", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env={"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder)},
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
    assert done.returncode == 1
    assert b"settings folder" in done.stderr


def test_a_german_desktop_changes_nothing(virtual_usb: list[str], tmp_path: Path) -> None:
    """libgphoto2 translates its choices: "Internal RAM" would be "interner Speicher", and never be found."""
    permit = new_id()
    german = {"LANGUAGE": "de", "LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}
    with RawChannel(virtual_usb, tmp_path, german) as raw:
        ready(raw)
        raw.beat(permit)
        assert kind(raw.answer(Arm(1, permit))) is None
        assert kind(raw.answer(Live(2, True))) == "CameraFault"
        faults = [heard.fault.detail for heard in raw.heard if isinstance(heard, Answer) and heard.fault]
        assert "live view" in faults[0]
