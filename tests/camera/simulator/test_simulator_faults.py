# SPDX-License-Identifier: GPL-3.0-or-later
"""Real libgphoto2 against a body that misbehaves on command."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image

from clinicam.errors import CameraFault


def test_a_truncated_frame(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("truncate-next")
    sim.press()
    (frame,) = host.wait()
    assert frame.data[:2] == b"\xff\xd8"
    assert frame.data[-2:] != b"\xff\xd9"
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(frame.data)).load()
    sim.press()
    assert host.wait()[0].data[-2:] == b"\xff\xd9"  # only the next one


def test_an_empty_frame(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("empty-next")
    sim.press()
    assert host.wait()[0].data == b""


@pytest.mark.parametrize(("command", "low", "high"), [("dark-next", 0, 45), ("bright-next", 190, 255)])
def test_a_badly_exposed_frame(connect: Any, sim: Any, command: str, low: int, high: int) -> None:
    host = connect()
    host.to_memory()
    sim.do(command)
    sim.press()
    picture = Image.open(io.BytesIO(host.wait()[0].data)).convert("L").reduce(100)
    assert low <= sorted(picture.tobytes())[picture.width * picture.height // 2] <= high


def test_a_body_that_writes_to_its_card_against_orders(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("target-card")
    host.camera.trigger_capture()
    (frame,) = host.wait()
    assert frame.folder.startswith("/store_")  # the path gives it away
    assert host.get("recordingmedia") == "SDRAM"  # the setting does not


def test_a_body_that_keeps_its_medium(connect: Any, sim: Any) -> None:
    sim.do("lock-media")
    assert connect().choose("recordingmedia", 1) == "Card"


def test_a_body_that_forgets_says_so(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("forget")
    told = [host.camera.wait_for_event(100) for _ in range(5)]
    assert any("d10b" in str(data) for kind, data in told if kind == host.gp.GP_EVENT_UNKNOWN)
    until = time.monotonic() + 10
    while host.get("recordingmedia") != "Card" and time.monotonic() < until:
        host.camera.wait_for_event(100)  # the library keeps what it has read for two seconds
    assert host.get("recordingmedia") == "Card"


def test_no_room(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("store-full")
    with pytest.raises(gp.GPhoto2Error):
        host.camera.trigger_capture()
    assert sim.command("press") == {"ok": False, "error": "the body refuses: store_full"}
    sim.do("store-full off")
    host.camera.trigger_capture()
    assert len(host.wait()) == 1


def test_memory_holds_a_short_burst_only(connect: Any, sim: Any) -> None:
    connect().to_memory()
    for _ in range(20):
        sim.press()
    with pytest.raises(CameraFault, match="store_full"):
        sim.press()


def test_no_focus(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("defocus-next")
    with pytest.raises(gp.GPhoto2Error):
        host.camera.trigger_capture()
    assert sim.do("status")["in_memory"] == 0
    host.camera.trigger_capture()
    assert len(host.wait()) == 1


def test_a_busy_body_is_asked_again(connect: Any, sim: Any, seen: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("busy 3")
    host.camera.trigger_capture()
    assert len(host.wait()) == 1
    assert seen().count("device_ready") >= 4


def test_a_busy_setting_is_reported(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    sim.do("busy-for 5")
    with pytest.raises(gp.GPhoto2Error):
        host.choose("iso", 3)


def test_battery_and_manual_lens(connect: Any, sim: Any) -> None:
    sim.do("battery 7")
    sim.do("lens manual")
    host = connect()
    assert host.get("batterylevel") == "7%"
    # The value is not among the choices; reading it would kill this process, so only the choices are looked at here.
    assert "f/0" not in list(host.camera.get_single_config("f-number").get_choices())


def test_a_hanging_body_is_given_up_after_its_timeout(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    sim.do("hang")
    began = time.monotonic()
    with pytest.raises(gp.GPhoto2Error):
        host.preview()
    assert time.monotonic() - began > 2.0
    sim.do("hang off")


def test_cable_out_and_in(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    sim.do("unplug")
    with pytest.raises(gp.GPhoto2Error):
        host.preview()
    with pytest.raises(gp.GPhoto2Error):
        connect()
    sim.do("plug")
    assert connect().preview()[:2] == b"\xff\xd8"


def test_cable_out_in_the_middle_of_a_frame(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    sim.do("unplug-next 100000")
    host.camera.trigger_capture()
    try:
        lost = host.wait(seconds=3)
    except host.gp.GPhoto2Error:
        lost = []
    assert lost == []
    status = sim.do("status")
    assert status["plugged"] is False
    assert status["in_memory"] == 1  # what was not delivered stays in the body
    sim.do("plug")
    assert len(connect().wait(seconds=3)) == 1


def test_the_speed_of_the_link(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    pressed: Any = sim.press()
    size = pressed["files"][0]["bytes"]
    sim.do(f"slow {size // 3}")
    began = time.monotonic()
    (frame,) = host.wait(seconds=30)
    assert time.monotonic() - began > 2.6  # longer than the library's timeout for one read: it dribbles
    assert len(frame.data) == size


@pytest.mark.parametrize(
    "line",
    ["", "nonsense", "scene", "scene mars", "busy -1", "busy x", "slow", "card", "hang maybe", "lens", "ops 1 2"],
)
def test_a_command_that_cannot_be_done_is_refused(sim: Any, line: str) -> None:
    if not line:
        line = "?"
    answer = sim.command(line)
    assert answer["ok"] is False
    assert answer["error"]


def test_the_button_without_a_host_and_without_a_card(sim: Any) -> None:
    assert sim.command("press")["error"] == "the body refuses: store_not_available"
    sim.do("card insert")
    pressed: Any = sim.press()
    assert pressed["files"][0]["in_memory"] is False
