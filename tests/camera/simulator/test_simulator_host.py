# SPDX-License-Identifier: GPL-3.0-or-later
"""Real libgphoto2 against the simulated body: everything a host does when nothing goes wrong."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image


def test_a_host_sees_a_nikon_with_its_serial(connect: Any) -> None:
    summary = connect().camera.get_summary().text
    assert "Manufacturer: Nikon Corporation" in summary
    assert "Model: CliniCam Bench" in summary
    assert "Serial Number: BENCH-0001" in summary


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batterylevel", "80%"),
        ("iso", "200"),
        ("f-number", "f/25"),
        ("shutterspeed", "0.0062s"),
        ("imagequality", "JPEG Fine"),
        ("recordingmedia", "Card"),
        ("cameramodel", "CliniCam Bench"),
        ("serialnumber", "BENCH-0001"),
    ],
)
def test_settings_can_be_read(connect: Any, name: str, value: str) -> None:
    assert connect().get(name) == value


def test_the_target_must_be_chosen_and_reads_back(connect: Any) -> None:
    host = connect()
    assert host.get("recordingmedia") == "Card"  # a body starts with its card: a host that forgets is caught
    host.to_memory()


def test_an_exposure_setting_is_written_to_the_body(connect: Any) -> None:
    host = connect()
    assert host.choose("iso", 2) == "400"
    assert host.choose("f-number", 0) == "f/2.8"


def test_live_view_is_a_small_whole_jpeg(connect: Any, sim: Any) -> None:
    host = connect()
    frame = host.preview()
    assert frame[:2] == b"\xff\xd8"
    assert frame[-2:] == b"\xff\xd9"
    assert Image.open(io.BytesIO(frame)).size == (960, 640)
    assert sim.do("status")["live_view"] is True


def test_the_first_live_frame_is_dropped_by_the_library(connect: Any, seen: Any) -> None:
    host = connect()
    host.preview()
    assert seen().count("get_live_view_image") == 2
    host.preview()
    assert seen().count("get_live_view_image") == 3


def test_live_view_moves(connect: Any) -> None:
    host = connect()
    assert len({host.preview() for _ in range(5)}) == 5


def test_a_triggered_frame_comes_from_memory(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    host.camera.trigger_capture()
    (frame,) = host.wait()
    assert frame.folder == "/"
    assert frame.name.startswith("capt")
    assert Image.open(io.BytesIO(frame.data)).size == (3000, 2000)
    assert sim.do("status")["in_memory"] == 0  # freed once fetched


def test_a_frame_comes_while_live_view_goes_on(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    host.preview()
    host.camera.trigger_capture()
    assert len(host.wait()) == 1
    assert host.preview()[:2] == b"\xff\xd8"
    assert sim.do("status")["live_view"] is True


def test_the_simple_capture_call_works_too(connect: Any, gp: Any) -> None:
    host = connect()
    path = host.camera.capture(gp.GP_CAPTURE_IMAGE)
    assert path.name.startswith("capt")


def test_raw_and_jpeg_are_two_files_of_one_frame(connect: Any) -> None:
    host = connect()
    host.to_memory()
    assert host.choose("imagequality", 2) == "NEF+Fine"
    host.camera.trigger_capture()
    jpeg, raw = host.wait(files=2)
    assert jpeg.name.endswith(".jpg")
    assert raw.name.endswith(".nef")
    assert raw.data[:4] == b"II\x2a\0"


def test_raw_alone(connect: Any) -> None:
    host = connect()
    host.to_memory()
    assert host.choose("imagequality", 1) == "NEF (Raw)"
    host.camera.trigger_capture()
    (raw,) = host.wait()
    assert raw.name.endswith(".nef")


@pytest.mark.parametrize(("raw", "files"), [(False, 1), (True, 2)])
def test_the_button_on_the_body(connect: Any, sim: Any, seen: Any, raw: bool, files: int) -> None:
    host = connect()
    host.to_memory()
    pressed = sim.press(raw=raw)
    assert len(pressed["files"]) == files
    assert len(host.wait(files=files)) == files
    assert "initiate_capture" not in seen()


def test_a_burst_from_the_body_loses_nothing(connect: Any, sim: Any) -> None:
    host = connect()
    host.to_memory()
    for _ in range(4):
        sim.press()
    names = {frame.name for _ in range(4) for frame in host.wait()}
    assert len(names) == 4


def test_without_a_card_there_is_no_storage(connect: Any, sim: Any) -> None:
    host = connect()
    assert list(host.camera.get_storageinfo()) == []
    host.close()
    sim.do("card insert")
    assert [one.basedir for one in connect().camera.get_storageinfo()] == ["/store_00010001"]


def test_a_card_frame_says_so_in_its_path_and_can_be_erased(connect: Any, sim: Any) -> None:
    sim.do("card insert 2")
    host = connect()
    assert host.choose("capturetarget", 1) == "Memory card"
    host.camera.trigger_capture()
    (frame,) = host.wait()
    assert frame.folder == "/store_00010001/DCIM/100BENCH"
    assert frame.name.endswith(".JPG")
    host.camera.file_delete(frame.folder, frame.name)
    assert sim.do("status")["on_card"] == ["DSC_9001.JPG", "DSC_9002.JPG"]
    host.choose("capturetarget", 0)  # the library keeps this setting for the next program


def test_pictures_on_a_card_are_listed_by_name(connect: Any, sim: Any) -> None:
    sim.do("card insert 3")
    camera = connect().camera
    listed = camera.folder_list_files("/store_00010001/DCIM/100BENCH")
    assert [listed.get_name(i) for i in range(listed.count())] == ["DSC_9001.JPG", "DSC_9002.JPG", "DSC_9003.JPG"]


def test_two_hosts_one_after_the_other(connect: Any, sim: Any) -> None:
    first = connect()
    first.to_memory()
    first.preview()
    first.close()
    status = sim.do("status")
    assert (status["session"], status["live_view"], status["recording_media"]) == (False, False, 0)
    second = connect()
    second.to_memory()
    second.camera.trigger_capture()
    assert len(second.wait()) == 1


def test_a_second_host_is_refused_while_the_first_is_there(connect: Any, gp: Any) -> None:
    first = connect()
    with pytest.raises(gp.GPhoto2Error):
        connect()
    assert first.get("iso") == "200"


def test_a_leftover_in_memory_is_announced_to_the_next_host(connect: Any, sim: Any) -> None:
    first = connect()
    first.to_memory()
    sim.press()
    sim.do("unplug")
    sim.do("plug")
    assert sim.do("status")["in_memory"] == 1
    second = connect()
    left = second.wait(seconds=2)
    assert len(left) == 1
    assert sim.do("status")["in_memory"] == 0


def test_live_view_does_not_start_over_a_leftover(connect: Any, sim: Any, gp: Any) -> None:
    host = connect()
    host.to_memory()
    sim.press()
    with pytest.raises(gp.GPhoto2Error):
        host.preview()
    assert len(host.wait()) == 1
    assert host.preview()[:2] == b"\xff\xd8"


def test_each_operation_is_on_record_with_its_moment(connect: Any, sim: Any) -> None:
    count = sim.do("ops")["count"]
    before = time.monotonic_ns()
    host = connect()
    host.to_memory()
    host.camera.trigger_capture()
    after = time.monotonic_ns()
    found: Any = sim.do(f"ops {count}")["ops"]
    names = [one["name"] for one in found]
    assert names[:2] == ["open_session", "get_device_info"]
    assert names.count("initiate_capture") == 1
    shutter = found[names.index("initiate_capture")]
    assert shutter["params"] == [0xFFFFFFFF, 1]
    assert shutter["answer"] == 0x2001
    assert all(before <= one["at_ns"] <= after for one in found)
    assert [one["sequence"] for one in found] == list(range(found[0]["sequence"], found[0]["sequence"] + len(found)))
    host.wait()


def test_nothing_is_seen_while_nobody_asks(seen: Any) -> None:
    assert seen() == []
