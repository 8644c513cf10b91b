# SPDX-License-Identifier: GPL-3.0-or-later
"""The doors: calls of the surgery's program on their way to the window, the log, what a start says when it cannot be."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from datetime import date
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from clinicam import app
from clinicam.chart.call import LaunchCall
from clinicam.chart.handover import HandoverServer
from clinicam.chart.launch import from_arguments
from clinicam.errors import LaunchRefused
from clinicam.settings import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders.below(tmp_path)
    made.make()
    return made


def a_call() -> LaunchCall:
    return from_arguments(identifiers=("NHS|9434765919",), family="Smith", given="Ann", born="1980-02-29")


def in_a_pipe(data: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


def test_a_waiting_call_is_handed_over_whole(folders: Folders) -> None:
    came: list[LaunchCall] = []
    there = threading.Event()

    def on_call(call: LaunchCall) -> None:
        came.append(call)
        there.set()

    with contextlib.closing(HandoverServer(folders.runtime, on_call)):
        assert app.deliver_waiting(in_a_pipe(msgspec.json.encode(a_call())), folders=folders) == 0
        assert there.wait(5)
    assert came == [a_call()]
    assert came[0].born == date(1980, 2, 29)


def test_a_running_window_gets_the_call_at_once(folders: Folders) -> None:
    came: list[LaunchCall] = []
    with contextlib.closing(HandoverServer(folders.runtime, came.append)):
        assert app.open_call(a_call(), folders=folders) == 0
    assert came == [a_call()]


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b"\xff" * 64])
def test_what_is_no_call_is_refused(folders: Folders, data: bytes) -> None:
    with pytest.raises(LaunchRefused):
        app.deliver_waiting(in_a_pipe(data), folders=folders)


def test_without_a_window_nothing_is_handed_over(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "WINDOW_WAIT_S", 0.2)
    assert app.deliver_waiting(in_a_pipe(msgspec.json.encode(a_call())), folders=folders) == 1


def test_the_command_line_of_the_window_never_names_a_patient() -> None:
    assert app.window_command("")[1:] == ["-m", "clinicam"]
    assert app.window_command("ptpip:127.0.0.1:1:1")[1:] == ["-m", "clinicam", "--camera", "ptpip:127.0.0.1:1:1"]


def test_an_unexpected_error_leaves_its_place_in_the_log_and_not_its_text(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("sys.excepthook", None)
    app.report_unexpected(shown.append)
    import sys

    try:
        raise ValueError("MARSH, Eleanor")
    except ValueError as error:
        with caplog.at_level(logging.ERROR):
            sys.excepthook(type(error), error, error.__traceback__)
    assert len(shown[0]) == 6
    assert shown[0] in caplog.text
    assert "test_app.py" in caplog.text
    assert "MARSH" not in caplog.text


def test_the_doctor_says_what_there_is(folders: Folders, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.QFontDatabase, "families", staticmethod(lambda: ["Inter"]))
    lines, _ = app.doctor_report(folders)
    assert any("font Inter" in line and line.startswith("ok") for line in lines)
    monkeypatch.setattr(app.QFontDatabase, "families", staticmethod(list))
    lines, fine = app.doctor_report(folders)
    assert not fine
    assert any(line.startswith("NO") for line in lines)
