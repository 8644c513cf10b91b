# SPDX-License-Identifier: GPL-3.0-or-later
"""Sleep, lid, screen lock and shutdown as a logind on a bus of the tests' own tells them; and that sleep waits for us."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtDBus import QDBusConnection
from pytestqt.qtbot import QtBot

from clinicam.ui.suspend import SuspendWatch
from tests.vault.machine.session_bus import private_bus

ROOT = Path(__file__).resolve().parents[3]


class Logind:
    """The fake's process and a connection of ours to its bus."""

    def __init__(self, process: subprocess.Popen[str], bus: QDBusConnection) -> None:
        self.process = process
        self.bus = bus

    def does(self, command: str) -> int:
        """Let it do something; how many delay locks are held then."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        word, count = self.process.stdout.readline().split()
        assert word == command.split()[0]
        return int(count)


@pytest.fixture
def logind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Logind]:
    with private_bus(tmp_path_factory.mktemp("b") / "b") as bus:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.shell.fake_logind", bus.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready 0\n"
            connection = QDBusConnection.connectToBus(bus.address, "tests")
            assert connection.isConnected()
            yield Logind(process, connection)
        finally:
            QDBusConnection.disconnectFromBus("tests")
            process.stdin.close()
            process.wait(10)
            process.stdout.close()


class Heard(QObject):
    """Counts what a watch said."""

    def __init__(self, watch: SuspendWatch) -> None:
        super().__init__()
        self.away = self.asleep = 0
        watch.away.connect(self._is_away)
        watch.asleep.connect(self._sleeps)

    def _is_away(self) -> None:
        self.away += 1

    def _sleeps(self) -> None:
        self.asleep += 1


@pytest.fixture
def watch(logind: Logind, qtbot: QtBot) -> SuspendWatch:
    made = SuspendWatch()
    made.listen(logind.bus, logind.bus)
    return made


@pytest.mark.parametrize(
    "command", ["sleep true", "shutdown true", "lock", "lid true", "hint true", "power-lid true", "saver true"]
)
def test_whatever_says_that_nobody_looks_locks(logind: Logind, watch: SuspendWatch, qtbot: QtBot, command: str) -> None:
    heard = Heard(watch)
    with qtbot.waitSignal(watch.away, timeout=10_000):
        logind.does(command)
    assert heard.away  # twice, where one program plays both services
    assert heard.asleep == (1 if command in {"sleep true", "shutdown true"} else 0)


def test_what_ends_locks_nothing(logind: Logind, watch: SuspendWatch, qtbot: QtBot) -> None:
    """The lid is opened, the screen unlocked, the computer awake again; then one that counts."""
    heard = Heard(watch)
    for command in ("sleep", "shutdown", "lid", "hint", "power-lid", "saver"):
        logind.does(f"{command} false")
    with qtbot.waitSignal(watch.away, timeout=10_000):
        logind.does("lock")
    assert heard.away == 1


def test_sleep_waits_until_we_let_go(logind: Logind, watch: SuspendWatch, qtbot: QtBot) -> None:
    assert watch.delays
    assert logind.does("busy true") == 1  # from now on it refuses, as logind does on its way to sleep
    with qtbot.waitSignal(watch.away, timeout=10_000):
        logind.does("sleep true")
    watch.hold()
    assert watch.delays
    watch.release()
    assert logind.does("released") == 0
    watch.hold()
    assert not watch.delays
    logind.does("busy false")
    logind.does("sleep false")
    qtbot.waitUntil(lambda: watch.delays, timeout=10_000)
    assert logind.does("busy false") == 1


def test_a_shutdown_that_was_called_off(logind: Logind, watch: SuspendWatch, qtbot: QtBot) -> None:
    watch.release()
    assert logind.does("released") == 0
    logind.does("shutdown false")
    qtbot.waitUntil(lambda: watch.delays, timeout=10_000)


def test_the_delay_ends_with_the_process(logind: Logind, watch: SuspendWatch) -> None:
    """Locking replaces the process: the lock is not handed on, so that sleep goes on by itself."""
    import fcntl

    assert watch._delay is not None
    assert fcntl.fcntl(watch._delay.fileDescriptor(), fcntl.F_GETFD) & fcntl.FD_CLOEXEC


def test_a_bus_without_logind(tmp_path_factory: pytest.TempPathFactory, qtbot: QtBot) -> None:
    with private_bus(tmp_path_factory.mktemp("b") / "b") as bus:
        connection = QDBusConnection.connectToBus(bus.address, "empty")
        watch = SuspendWatch()
        watch.listen(connection, None)
        assert not watch.delays
        assert watch.heard_from
        QDBusConnection.disconnectFromBus("empty")


def test_no_bus_at_all(qtbot: QtBot) -> None:
    watch = SuspendWatch()
    watch.listen(None, None)
    watch.hold()
    assert not watch.delays
    assert watch.heard_from == ()
