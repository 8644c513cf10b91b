# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots, faults, first glances, hotplug, the settings folder, widgets: one small thing each."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import sys
from pathlib import Path

import gphoto2 as gp
import pytest

from clinicam.camera.driver import GPhotoCamera
from clinicam.camera.faults import Fault as WireFault
from clinicam.camera.faults import camera_error, from_fault, tidy, to_fault
from clinicam.camera.hotplug import HotplugWatch, is_camera
from clinicam.camera.pictures import MAX_LIVE, is_whole_jpeg, media_type
from clinicam.camera.port import FilePath, Proof, Setting, Trigger
from clinicam.camera.settings_folder import make_settings_folder, remove_settings_folder
from clinicam.camera.shot import COMPLETE_WITHOUT_FILE_S, FIRST_FILE_S, QUIET_AFTER_FILE_S, Outcome, Shot
from clinicam.camera.widgets import WidgetReader
from clinicam.errors import (
    CameraAbsent,
    CameraBusy,
    CameraClaimed,
    CameraError,
    CameraFault,
    CameraLost,
    CameraNoPromise,
    CameraStoreFull,
    FocusFailed,
)
from clinicam.identity import FrameId, PermitId


def shot() -> Shot:
    return Shot(FrameId(b"f" * 16), PermitId(b"p" * 16), Trigger.SCREEN, 1, began=100.0)


def test_a_shot_is_over_when_complete_and_quiet_with_its_file() -> None:
    one = shot()
    assert one.when_quiet(100.5) is Outcome.WAITING
    one.complete(101.0)
    assert one.when_quiet(101.1) is Outcome.WAITING, "the file may come after the word that all is complete"
    one.add(FilePath("/", "capt0000.jpg"), "jpg", Proof.MEMORY, 101.5)
    assert one.when_quiet(101.6) is Outcome.WHOLE


def test_a_body_that_never_says_complete_is_not_waited_for_long() -> None:
    one = shot()
    one.add(FilePath("/", "capt0000.jpg"), "jpg", Proof.MEMORY, 101.0)
    assert one.when_quiet(101.0 + QUIET_AFTER_FILE_S - 0.1) is Outcome.WAITING
    assert one.when_quiet(101.0 + QUIET_AFTER_FILE_S) is Outcome.WHOLE


def test_a_shot_without_a_file_ends() -> None:
    assert shot().when_quiet(100 + FIRST_FILE_S) is Outcome.NOTHING
    one = shot()
    one.complete(101.0)
    assert one.when_quiet(101 + COMPLETE_WITHOUT_FILE_S) is Outcome.NOTHING


def test_a_second_file_of_the_same_kind_is_another_press() -> None:
    one = shot()
    one.add(FilePath("/", "capt0000.jpg"), "jpg", Proof.MEMORY, 101.0)
    assert one.takes("nef")
    assert not one.takes("jpg")
    one.add(FilePath("/store_1", "DSC_1.NEF"), "nef", Proof.CARD, 101.1)
    assert one.proof is Proof.CARD, "one file on the card is enough"


@pytest.mark.parametrize(
    ("code", "told", "kind"),
    [
        (-1, "Out of Focus", FocusFailed),
        (-1, "PTP Store Full", CameraStoreFull),
        (-1, "PTP General Error", CameraFault),
        (-1, "", CameraFault),
        (-1, "Could not claim the USB device", CameraClaimed),
        (-1, "PTP Device Busy", CameraBusy),
        (-3, "", CameraStoreFull),
        (-105, "", CameraAbsent),
        (-53, "", CameraClaimed),
        (-52, "", CameraLost),
        (-7, "", CameraLost),
        (-10, "", CameraLost),
        (-110, "", CameraBusy),
        (-6, "Liveview cannot start: Battery exhausted", CameraFault),
    ],
)
def test_the_words_decide_before_the_number(code: int, told: str, kind: type[CameraError]) -> None:
    error = camera_error(code, told, doing="test")
    assert type(error) is kind
    assert told in error.detail
    again = from_fault(to_fault(error))
    assert type(again) is kind
    assert again.detail == error.detail


def test_what_a_camera_says_is_kept_to_a_line() -> None:
    assert tidy("a\nb\x1b[2J\u202e" + "x" * 500) == ("a b [2J " + "x" * 500)[:200]
    assert type(from_fault(WireFault("SystemExit", "x"))) is CameraFault


@pytest.mark.parametrize(
    ("name", "data", "media"),
    [
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.nef", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.NEF", b"MM\0*\0\0", "image/x-nikon-nef"),
        ("a.cr3", b"\0\0\0\x18ftypcrx ", "image/x-canon-cr3"),
        ("a.exe", b"II*\0", "application/octet-stream"),
        ("a.nef", b"MZ\x90\0", "application/octet-stream"),
        ("a.jpg", b"", "application/octet-stream"),
    ],
)
def test_the_media_type_is_seen_not_believed(name: str, data: bytes, media: str) -> None:
    assert media_type(name, memoryview(data)) == media


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"", False),
        (b"\xff\xd8", False),
        (b"\xff\xd8....\xff\xd9", True),
        (b"\xff\xd8....\xff\xd9" + bytes(8), True),
        (b"\xff\xd8....", False),
        (b"....\xff\xd9", False),
        (b"\xff\xd8" + bytes(MAX_LIVE) + b"\xff\xd9", False),
    ],
)
def test_live_view_takes_whole_pictures(data: bytes, whole: bool) -> None:
    assert is_whole_jpeg(memoryview(data)) is whole


CAMERA = {"ID_USB_INTERFACES": ":060101:"}


def test_only_cameras_are_told_and_only_once() -> None:
    told: list[str] = []
    watch = HotplugWatch(lambda: told.append("added"), lambda: told.append("removed"))
    watch.told("add", "/d/1", {"ID_USB_INTERFACES": ":030101:080650:"})
    watch.told("remove", "/d/1", {})
    assert told == []
    watch.told("add", "/d/2", {})
    watch.told("bind", "/d/2", CAMERA)
    watch.told("change", "/d/2", CAMERA)
    watch.told("remove", "/d/2", {})
    watch.told("remove", "/d/2", {})
    assert told == ["added", "removed"]
    assert is_camera({"ID_USB_INTERFACES": ":080650:060101:"})


def test_without_udev_the_watch_is_quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("clinicam.camera.hotplug._CONTROL", tmp_path / "missing")
    watch = HotplugWatch(lambda: None, lambda: None)
    watch.start()
    assert not watch.available
    watch.stop()


def test_the_settings_folder_is_private_and_the_dead_are_swept(tmp_path: Path) -> None:
    below = tmp_path / "run"
    done = subprocess.run(  # a window process that was killed
        [
            sys.executable,
            "-c",
            "import sys, pathlib, clinicam.camera.settings_folder as f;"
            "folder = f.make_settings_folder(pathlib.Path(sys.argv[1]));"
            "(folder / 'gphoto').mkdir(); (folder / 'gphoto' / 'settings').write_text('x')",
            str(below),
        ],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        check=True,
    )
    assert done.returncode == 0
    [left] = below.iterdir()
    folder = make_settings_folder(below)
    assert list(below.iterdir()) == [folder]
    assert left != folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    other = make_settings_folder(below)
    assert folder.exists(), "a living process's folder is left alone"
    assert f"-{os.getpid()}-" in folder.name
    remove_settings_folder(folder)
    remove_settings_folder(other)
    assert list(below.iterdir()) == []


class RawWidget:
    """A libgphoto2 widget made by hand: the bindings offer no way to make one."""

    def __init__(self, kind: int) -> None:
        self._library = ctypes.CDLL(str(Path(gp.__file__).parent / "libgphoto2" / "libgphoto2.so.6"))
        pointer = ctypes.c_void_p()
        assert self._library.gp_widget_new(kind, b"f-number", ctypes.byref(pointer)) == 0
        self._pointer = pointer
        self._kind = kind
        self.this = pointer.value

    def get_type(self) -> int:
        return self._kind

    def count_choices(self) -> int:
        return int(self._library.gp_widget_count_choices(self._pointer))

    def get_choice(self, index: int) -> str:
        choice = ctypes.c_char_p()
        assert self._library.gp_widget_get_choice(self._pointer, index, ctypes.byref(choice)) == 0
        return (choice.value or b"").decode()

    def add_choice(self, choice: str) -> None:
        assert self._library.gp_widget_add_choice(self._pointer, choice.encode()) == 0

    def set_value(self, value: str) -> None:
        assert self._library.gp_widget_set_value(self._pointer, value.encode()) == 0


def test_a_widget_without_a_value_is_read_without_a_crash() -> None:
    """python-gphoto2#203: get_value() on such a widget, as a manual lens has, ends the process."""
    reader = WidgetReader(Path(gp.__file__).parent)
    empty = RawWidget(gp.GP_WIDGET_RADIO)
    assert reader.read(empty) == Setting(None, ())
    empty.add_choice("f/8")
    assert reader.read(empty) == Setting(None, ("f/8",))
    empty.set_value("f/8")
    assert reader.read(empty) == Setting("f/8", ("f/8",))
    assert reader.read(RawWidget(gp.GP_WIDGET_TEXT)) == Setting(None, ())
    assert reader.read(RawWidget(gp.GP_WIDGET_TOGGLE)) is None


@pytest.mark.parametrize("port", ["ptpip:10.0.0.1:1:1", "ptpip:127.0.0.1:1", "serial:/dev/ttyS0", "usb:"])
def test_the_driver_itself_takes_no_other_port(port: str) -> None:
    with pytest.raises(CameraFault):
        GPhotoCamera(port, lambda: None)


def test_every_camera_error_crosses_the_channel() -> None:
    for kind in CameraError.__subclasses__():
        assert type(from_fault(to_fault(kind("x")))) is kind
    assert type(from_fault(to_fault(CameraNoPromise()))) is CameraNoPromise
