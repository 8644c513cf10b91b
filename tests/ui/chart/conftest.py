# SPDX-License-Identifier: GPL-3.0-or-later
"""Screens of chart and consent over the real registers, work done on threads of its own, windows of a real size."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.exceptions import TimeoutError
from pytestqt.qtbot import QtBot

from clinicam.ui.bridge import Bridge
from clinicam.ui.messages import Message
from clinicam.ui.screen import Screen
from clinicam.ui.signature_pad import SignaturePad
from clinicam.ui.theme import Theme
from tests.ui.chart.fakes import FakeSurgery
from tests.ui.look import faults, name_of, nameless, shown

W = TypeVar("W", bound=QWidget)


@dataclass
class Desk:
    """A bridge, a practice, a theme, and the hands of a user."""

    bot: QtBot
    theme: Theme
    surgery: FakeSurgery
    bridge: Bridge
    trouble: list[Message] = field(default_factory=list)

    def open(self, screen: Screen, width: int = 1192, height: int = 696) -> None:
        """Show a screen in the room the shell leaves it at 1280x720, and listen to it."""
        self.bot.addWidget(screen)
        screen.trouble.connect(self.trouble.append)
        screen.resize(width, height)
        with self.bot.waitExposed(screen):
            screen.show()
        screen.activateWindow()

    def settle(self) -> None:
        """Until nothing is under way."""
        self.bot.waitUntil(lambda: not self.bridge.busy)

    def find(self, host: QWidget, name: str, kind: type[W]) -> W:
        """The widget with an object name."""
        found = host.findChild(kind, name)
        assert isinstance(found, kind), name
        return found

    def click(self, host: QWidget, name: str) -> None:
        """Press what has that object name, with the mouse."""
        widget = self.find(host, name, QWidget)
        assert widget.isVisible(), f"{name} is not to be seen"
        assert widget.isEnabled(), f"{name} cannot be pressed"
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def look_at(self, window: QWidget) -> None:
        """Nothing cut, overlapping, outside, nameless or out of the keyboard's reach."""
        found: list[str] = []

        def is_right() -> bool:
            # The shared check of overlaps knows one level of scrolling; a pane that scrolls inside a scroll is ours.
            found[:] = [one for one in faults(window) if not one.startswith("overlap")]
            found.extend([*overlaps(window), *nameless(window)])
            return not found

        # Rows that were made a moment ago get their places on the next turn of the event loop.
        with contextlib.suppress(TimeoutError):
            self.bot.waitUntil(is_right, timeout=2000)
        assert not found, "\n".join(found)

    def sign(self, pad: SignaturePad) -> None:
        """Draw something with the mouse."""
        QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(40, 60))
        for step in range(30):
            QTest.mouseMove(pad, QPoint(40 + step * 8, 60 + (step % 4) * 12))
        QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(280, 70))


def seen_of(widget: QWidget, window: QWidget) -> QRect:
    """The part of a widget that its ancestors let through, in the window's coordinates."""
    box = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    at = widget.parentWidget()
    while at is not None and at is not window:
        box &= QRect(at.mapTo(window, QPoint(0, 0)), at.size())
        at = at.parentWidget()
    return box


def overlaps(window: QWidget) -> list[str]:
    """Pairs of words or controls that cover each other."""
    boxes = [(one, seen_of(one, window)) for one in shown(window)]
    found = []
    for (one, first), (other, second) in combinations(boxes, 2):
        nested = one.isAncestorOf(other) or other.isAncestorOf(one)
        if not nested and not first.isEmpty() and not second.isEmpty() and first.intersects(second):
            found.append(f"overlap: {name_of(one)} {first} and {name_of(other)} {second}")
    return found


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme) -> Iterator[Desk]:
    """A nurse's desk."""
    vault_thread, pool = ThreadPoolExecutor(1), ThreadPoolExecutor(2)
    bridge = Bridge(vault_thread, pool)
    made = Desk(qtbot, theme, FakeSurgery(), bridge)
    bridge.trouble.connect(made.trouble.append)
    yield made
    made.settle()
    vault_thread.shutdown()
    pool.shutdown()
