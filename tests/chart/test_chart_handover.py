# SPDX-License-Identifier: GPL-3.0-or-later
"""Handing a call to the running CliniCam: only within one account, one listener, nothing left behind."""

from __future__ import annotations

import queue
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinicam.chart import handover
from clinicam.chart.handover import NAME, HandoverServer, offer
from clinicam.chart.launch import LaunchCall, Source, from_arguments
from clinicam.errors import AlreadyRunning, LaunchRefused, SettingsError
from clinicam.identity import Identifier

_CALL = from_arguments(identifiers=["NHS|9434765919"], family="Smith", given="Ann", born="1980-02-29")


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    return folder


class Window:
    """A listener and what it was given."""

    def __init__(self, runtime: Path) -> None:
        self.calls: queue.SimpleQueue[LaunchCall] = queue.SimpleQueue()
        self.server = HandoverServer(runtime, self.calls.put)


@pytest.fixture
def window(runtime: Path) -> Iterator[Window]:
    one = Window(runtime)
    yield one
    one.server.close()


def _raw(runtime: Path, message: bytes, *, end: bool = False) -> bytes:
    """Send bytes and read what comes back until the server hangs up."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        sock.connect(str(runtime / NAME))
        try:
            sock.sendall(message)
            if end:
                sock.shutdown(socket.SHUT_WR)
            return sock.recv(16)
        except ConnectionError:
            return b""


def test_a_call_arrives_whole(window: Window, runtime: Path) -> None:
    assert offer(runtime, _CALL) is True
    assert window.calls.get(timeout=5) == _CALL


def test_calls_arrive_in_order(window: Window, runtime: Path) -> None:
    sent = [from_arguments(identifiers=[f"TR|{n}"]) for n in range(20)]
    assert all(offer(runtime, call) for call in sent)
    assert [window.calls.get(timeout=5) for _ in sent] == sent


def test_nobody_running(runtime: Path, tmp_path: Path) -> None:
    assert offer(runtime, _CALL) is False
    assert offer(tmp_path / "missing", _CALL) is False
    assert offer(runtime, _CALL, wait_s=0.15) is False


def test_socket_and_folder_are_private(window: Window, runtime: Path) -> None:
    found = (runtime / NAME).stat()
    assert stat.S_ISSOCK(found.st_mode)
    assert stat.S_IMODE(found.st_mode) == 0o600


def test_nothing_is_left_after_close(runtime: Path) -> None:
    one = Window(runtime)
    one.server.close()
    one.server.close()
    assert list(runtime.iterdir()) == []
    assert offer(runtime, _CALL) is False


def test_only_one_listens(window: Window, runtime: Path) -> None:
    with pytest.raises(AlreadyRunning):
        HandoverServer(runtime, window.calls.put)
    assert offer(runtime, _CALL)  # the first one was not disturbed


def test_a_socket_left_by_a_killed_process_is_replaced(runtime: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(runtime / NAME))
    assert offer(runtime, _CALL) is False
    one = Window(runtime)
    assert offer(runtime, _CALL)
    one.server.close()


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_open_to_others_is_refused(runtime: Path, mode: int) -> None:
    runtime.chmod(mode)
    with pytest.raises(SettingsError, match="open to other"):
        HandoverServer(runtime, print)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("missing", "file", "link"):
        with pytest.raises(SettingsError):
            HandoverServer(tmp_path / name, print)


def test_a_name_too_long_for_a_socket_is_refused_and_lets_go(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir(mode=0o700)
    for _ in range(2):
        with pytest.raises(SettingsError, match="socket"):
            HandoverServer(deep, print)


def test_a_caller_of_another_account_is_turned_away(
    window: Window, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_peer_uid", lambda _sock: -1)
    assert _raw(runtime, b"") == b""
    assert window.calls.empty()


def test_a_listener_of_another_account_gets_no_call(
    window: Window, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "_peer_uid", lambda _sock: None)
    with pytest.raises(LaunchRefused, match="account"):
        offer(runtime, _CALL)
    assert window.calls.empty()


def test_the_kernel_names_the_peer(runtime: Path) -> None:
    left, right = socket.socketpair(socket.AF_UNIX)
    with left, right:
        assert handover._peer_uid(left) == handover.os.getuid()


def _message(payload: bytes, *, length: int | None = None) -> bytes:
    return struct.pack("<I", len(payload) if length is None else length) + payload


def test_an_unchecked_call_is_checked_by_the_receiver(window: Window, runtime: Path) -> None:
    hostile = LaunchCall((Identifier("TR", "1"),), "-rf \u202e", "", date(1980, 1, 1), Source.ARGUMENTS)
    assert _raw(runtime, _message(msgspec.msgpack.encode(hostile))) == b"\0"
    with pytest.raises(LaunchRefused):
        offer(runtime, hostile)
    assert window.calls.empty()


@pytest.mark.parametrize(
    "message",
    [
        _message(b""),
        _message(b"\xc1"),
        _message(msgspec.msgpack.encode({"family": "Smith"})),
        _message(b"", length=handover.LONGEST + 1),
        _message(b"", length=0xFFFFFFFF),
    ],
)
def test_messages_that_are_no_call(window: Window, runtime: Path, message: bytes) -> None:
    assert _raw(runtime, message) == b"\0"
    assert offer(runtime, _CALL)
    assert window.calls.get(timeout=5) == _CALL


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=100))
def test_noise_never_ends_the_listener(window: Window, runtime: Path, noise: bytes) -> None:
    _raw(runtime, noise, end=True)
    assert offer(runtime, _CALL)


def test_a_silent_caller_does_not_hold_up_close(runtime: Path) -> None:
    one = Window(runtime)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(runtime / NAME))
        one.server.close()


@pytest.mark.parametrize("half", [b"", b"\x05", _message(b"ab", length=50)])
def test_a_slow_caller_is_left(window: Window, runtime: Path, monkeypatch: pytest.MonkeyPatch, half: bytes) -> None:
    monkeypatch.setattr(handover, "_PATIENCE_S", 0.05)
    assert _raw(runtime, half) == b""
    monkeypatch.undo()
    assert offer(runtime, _CALL)


def test_a_listener_that_dies_in_the_middle_has_not_taken_it(runtime: Path) -> None:
    with socket.socket(socket.AF_UNIX) as rude:
        rude.bind(str(runtime / NAME))
        rude.listen()
        rude.settimeout(5)

        def hang_up() -> None:
            rude.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        assert offer(runtime, _CALL) is False
        thread.join()
