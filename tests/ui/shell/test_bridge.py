# SPDX-License-Identifier: GPL-3.0-or-later
"""Work goes out and comes back once, on the UI thread; what nobody waits for any more is dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from clinicam.errors import VaultMissing
from clinicam.ui import bridge as bridge_module
from clinicam.ui.bridge import Bridge, Job, SittingRelay
from clinicam.ui.messages import Message
from tests.ui.fakes import Inline


@pytest.fixture
def other_thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_the_answer_arrives_on_the_ui_thread(qtbot: QtBot, other_thread: ThreadPoolExecutor) -> None:
    bridge = Bridge(other_thread)
    where: list[tuple[object, int]] = []
    worked: list[int] = []

    def work(number: int) -> int:
        worked.append(threading.get_ident())
        return number + 1

    bridge.run(work, 41, done=lambda got: where.append((got, threading.get_ident())))
    assert bridge.busy
    qtbot.waitUntil(lambda: bool(where))
    assert where == [(42, threading.get_ident())]
    assert worked[0] != threading.get_ident()
    assert not bridge.busy


def test_a_failure_goes_to_who_asked_or_to_everybody(qtbot: QtBot) -> None:
    bridge = Bridge(Inline())
    told: list[object] = []
    shown: list[Message] = []
    bridge.trouble.connect(shown.append)

    def fail() -> None:
        raise VaultMissing("gone")

    bridge.run(fail, failed=told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert isinstance(told[0], VaultMissing)
    assert not shown
    with qtbot.waitSignal(bridge.trouble):
        bridge.run(fail)
    assert shown[0].sentence.startswith("The vault is not where")


def test_nobody_is_called_who_is_gone_or_cancelled(qtbot: QtBot) -> None:
    thread = Inline()
    bridge = Bridge(thread)
    called: list[object] = []
    owner = QObject()
    thread.hold()
    bridge.run(lambda: 1, done=called.append, owner=owner)
    job = bridge.run(lambda: 2, done=called.append)
    shiboken6.delete(owner)
    job.cancel()
    thread.let_go()
    with qtbot.waitSignal(bridge.idle):
        pass
    assert not called


def test_slow_work_with_a_name_is_told_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_module, "SLOW_MS", 5)
    thread = Inline()
    bridge = Bridge(thread)
    slow: list[Job] = []
    bridge.slow.connect(slow.append)
    bridge.run(lambda: 0, what="Quick")
    thread.hold()
    with qtbot.waitSignal(bridge.slow):
        job = bridge.run_job(lambda one: one.progress(3, 7), what="Looking at every picture")
    bridge.run(lambda: 0)
    seen: list[tuple[int, int]] = []
    job.progressed.connect(lambda done, total: seen.append((done, total)))
    with qtbot.waitSignal(job.ended):
        thread.let_go()
    assert [one.what for one in slow] == ["Looking at every picture"]
    assert seen == [(3, 7)]


def test_posts_come_from_any_thread(qtbot: QtBot, other_thread: ThreadPoolExecutor) -> None:
    bridge = Bridge(Inline())
    came: list[int] = []
    other_thread.submit(bridge.post, lambda: came.append(threading.get_ident())).result()
    qtbot.waitUntil(lambda: came == [threading.get_ident()])


def test_only_the_newest_live_frame_is_shown(qtbot: QtBot, other_thread: ThreadPoolExecutor) -> None:
    relay = SittingRelay()
    frames: list[bytes] = []
    others: list[object] = []
    relay.live_frame.connect(frames.append)
    relay.view_changed.connect(others.append)
    relay.toned.connect(others.append)

    def film() -> None:
        for number in range(100):
            relay.live(bytes([number]))
        relay.changed("view")
        relay.tone("kept")

    other_thread.submit(film).result()
    qtbot.waitUntil(lambda: bool(frames) and len(others) == 2)
    assert frames[-1] == bytes([99])
    assert len(frames) == 1
