# SPDX-License-Identifier: GPL-3.0-or-later
"""A session screen in a 1280x720 window (696 without the ribbon's 24), with everything below it faked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from clinicam.capture.views import SittingView
from clinicam.ui.bridge import Bridge
from clinicam.ui.session import SessionScreen
from clinicam.ui.theme import Theme, apply
from clinicam.ui.tones import Tones
from tests.ui.session.fakes import FakeSitting, FakeSurgery, Here
from tests.ui.session.pictures import teeth


@dataclass
class Desk:
    """The screen, what it was given, and what came out of it."""

    bot: QtBot
    theme: Theme
    screen: SessionScreen
    surgery: FakeSurgery
    sitting: FakeSitting
    beeps: list[int]

    def find(self, name: str) -> QWidget:
        """The widget with an object name."""
        found = self.screen.findChild(QWidget, name)
        assert found is not None, name
        return found

    def feed(self, jpeg: bytes | None = None) -> None:
        """One live frame, until it is on the stage."""
        stage = self.screen.findChild(QWidget, "session.stage")
        self.screen.listener.live(jpeg or teeth())
        self.bot.waitUntil(lambda: stage.has_picture)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme at 100 %."""
    made = Theme(calm=True)
    apply(qapp, made)
    return made


@pytest.fixture
def open_desk(qtbot: QtBot, theme: Theme) -> Iterator[Callable[[SittingView | None], Desk]]:
    """Makes a desk whose sitting shows the given snapshot."""
    before = set(threading.enumerate())
    screens = []

    def make(view: SittingView | None = None) -> Desk:
        surgery = FakeSurgery()
        beeps: list[int] = []
        tones = Tones(None, lambda: beeps.append(1))
        screen = SessionScreen(surgery, Bridge(Here(), Here()), theme, tones=tones)
        screens.append(screen)
        qtbot.addWidget(screen)
        screen.resize(1280, 696)
        with qtbot.waitActive(screen):
            screen.show()
        sitting = FakeSitting(screen.listener, view)
        screen.begin(sitting)
        return Desk(qtbot, theme, screen, surgery, sitting, beeps)

    yield make
    for screen in screens:
        screen.close_down()
    assert set(threading.enumerate()) <= before


@pytest.fixture
def desk(open_desk: Callable[[SittingView | None], Desk]) -> Desk:
    """A session that is ready to shoot its first view."""
    return open_desk(None)
