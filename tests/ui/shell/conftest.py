# SPDX-License-Identifier: GPL-3.0-or-later
"""The real window over a workstation of fakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from clinicam.ui.rooms import Rooms
from clinicam.ui.shell import MainWindow
from clinicam.ui.theme import Theme
from tests.ui.conftest import Strays
from tests.ui.fakes import PASSWORD, FakeWorkstation


@dataclass
class Desk:
    """The window, what stands behind it, and what it asked for."""

    bot: QtBot
    theme: Theme
    window: MainWindow
    station: FakeWorkstation
    relaunched: list[bool]

    def settle(self) -> None:
        """Let queued answers arrive."""
        for _ in range(4):
            QApplication.processEvents()

    def unlock(self) -> Rooms:
        """Type the first person's password."""
        screen = self.window.unlock
        assert screen is not None
        self.settle()
        QTest.keyClicks(screen.password.edit, PASSWORD)
        QTest.keyClick(screen.password.edit, Qt.Key.Key_Return)
        self.settle()
        return self.rooms

    @property
    def rooms(self) -> Rooms:
        """The screens, unlocked."""
        assert self.window.rooms is not None
        return self.window.rooms

    @property
    def focus(self) -> QWidget:
        """What has the keyboard."""
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key at whatever has the focus."""
        QTest.keyClick(self.focus, key, modifier)
        self.settle()

    def tab(self) -> None:
        """The next control."""
        QTest.keyClick(self.focus, Qt.Key.Key_Tab)


@pytest.fixture
def open_desk(qtbot: QtBot, theme: Theme, strays: Strays, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes the window; `has_vault` False is the first start."""
    made: list[MainWindow] = []

    def make(*, has_vault: bool = True, training: bool = True) -> Desk:
        station = FakeWorkstation(tmp_path / "station", has_vault=has_vault, training=training)
        relaunched: list[bool] = []
        window = MainWindow(station, theme, lambda: relaunched.append(True))  # type: ignore[arg-type]
        strays.wanted.add(window)
        qtbot.addWidget(window)
        made.append(window)
        window.show()
        qtbot.waitUntil(window.isActiveWindow)
        desk = Desk(qtbot, theme, window, station, relaunched)
        desk.settle()
        return desk

    yield make
    for window in made:
        window.idle.stop()


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    """The lock screen of a training vault."""
    return open_desk()
