# SPDX-License-Identifier: GPL-3.0-or-later
"""One theme for each test, and a watch for widgets that flash up as windows of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from clinicam.ui.theme import Theme, apply


class Strays(QObject):
    """Notes every widget shown as a window although nobody in the test asked for a window."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: set[QWidget] = set()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() == QEvent.Type.Show
        if shown and isinstance(watched, QWidget) and watched.isWindow() and watched not in self.wanted:
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()!r}")
        return False


@pytest.fixture(autouse=True)
def no_widget_outlives_its_test(qapp: QApplication) -> Iterator[None]:
    """Every style change visits every widget there is: left-over ones make each test slower than the one before."""
    yield
    for left in qapp.topLevelWidgets():
        left.hide()
        left.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme at 100 %, without movements."""
    made = Theme(calm=True)
    apply(qapp, made)
    return made


@pytest.fixture
def strays(qapp: QApplication) -> Iterator[Strays]:
    """Fails the test when a widget was shown before it had a parent."""
    watch = Strays()
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)
    assert not watch.seen


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform cannot hand size hints to a window manager it does not have, and says so each time."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints", extend=True))
