# SPDX-License-Identifier: GPL-3.0-or-later
"""A hand on mouse and keyboard: finds what a person would look for, presses it, waits for what they would wait for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QListView, QWidget

PATIENCE_S = 60.0
"""How long anything on screen may take before the demo gives up and says what it waited for."""
_STEP_MS = 15
W = TypeVar("W", bound=QWidget)


class DemoStuck(Exception):
    """The script waited in vain. The text says for what, in the program's own words."""


class Driver:
    """Drives the windows of one application. UI thread; waiting runs the event loop."""

    def __init__(self, out: Path, *, first: int = 1) -> None:
        self._out = out
        self._count = first - 1
        self.home: QWidget | None = None
        """The main window, which keys go back to."""

    @property
    def count(self) -> int:
        """How many screenshots there are."""
        return self._count

    def until(self, true: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Let the program work until it holds.

        Raises:
            DemoStuck: it never did.
        """
        end = time.monotonic() + patience_s
        while not true():
            if time.monotonic() > end:
                raise DemoStuck(what)
            QTest.qWait(_STEP_MS)

    def rest(self, ms: int = 120) -> None:
        """Let painting and fades come to an end."""
        QTest.qWait(ms)

    def named(self, kind: type[W], name: str) -> W:
        """The visible widget with that object name, waited for.

        Raises:
            DemoStuck: it never showed up.
        """
        found: list[W] = []

        def look() -> bool:
            found[:] = [one for one in self._all(kind) if one.objectName() == name]
            return bool(found)

        self.until(look, f"{kind.__name__} {name}")
        return found[0]

    def button(self, words: str) -> QAbstractButton:
        """The visible, enabled button that says so (its text or accessible name begins with it), waited for."""
        found: list[QAbstractButton] = []

        def look() -> bool:
            found[:] = [
                one
                for one in self._all(QAbstractButton)
                if one.isEnabled() and (one.text().startswith(words) or one.accessibleName().startswith(words))
            ]
            return bool(found)

        self.until(look, f"button {words!r}")
        return found[0]

    def field(self, label: str) -> QLineEdit:
        """The visible field with that label, waited for."""
        found: list[QLineEdit] = []

        def look() -> bool:
            found[:] = [one for one in self._all(QLineEdit) if one.accessibleName().startswith(label)]
            return bool(found)

        self.until(look, f"field {label!r}")
        return found[0]

    def press(self, words: str) -> None:
        """Click the button that says so."""
        self.click(self.button(words))

    def press_named(self, name: str) -> None:
        """Click the button with that object name, once it is enabled."""
        one = self.named(QAbstractButton, name)
        self.until(one.isEnabled, f"{name} to be enabled")
        self.click(one)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """A left click, in the middle unless told otherwise."""
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at or widget.rect().center()
        )
        QApplication.processEvents()

    def click_row(self, view: QListView, row: int) -> None:
        """Click a row of a list, scrolled into view."""
        self.until(lambda: view.model() is not None and view.model().rowCount() > row, f"row {row}")
        index = view.model().index(row, 0)
        view.scrollTo(index)
        self.click(view.viewport(), view.visualRect(index).center())

    def write(self, field: QLineEdit, text: str) -> None:
        """Replace what a field holds, key by key."""
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, text)

    def fill(self, label: str, text: str) -> None:
        """Write into the field with that label."""
        self.write(self.field(label), text)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key to whatever has the focus."""
        if QApplication.activeWindow() is None and self.home is not None:
            # The offscreen platform activates nothing when another window closes; a window manager would.
            self.home.activateWindow()
            QTest.qWaitForWindowActive(self.home, 2000)
        target = QApplication.focusWidget() or QApplication.activeWindow() or self.home
        if target is None:
            raise DemoStuck("a window to press keys in")
        QTest.keyClick(target, key, modifier)
        QApplication.processEvents()

    def draw(self, pad: QWidget, points: list[tuple[float, float]]) -> None:
        """One stroke with the mouse; points as fractions of the pad."""

        def at(point: tuple[float, float]) -> QPoint:
            return QPoint(round(point[0] * pad.width()), round(point[1] * pad.height()))

        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(pad, left, none, at(points[0]))
        for point in points[1:]:
            QTest.mouseMove(pad, at(point))
            QTest.qWait(4)
        QTest.mouseRelease(pad, left, none, at(points[-1]))

    def picture(self, widget: QWidget, name: str) -> Path:
        """A screenshot `NN-name.png` of the widget as it is now."""
        self.rest()
        self._count += 1
        path = self._out / f"{self._count:02d}-{name}.png"
        grabbed: QPixmap = widget.grab()
        if not grabbed.save(str(path), "PNG"):
            raise DemoStuck(f"room for the screenshot {path.name}")
        return path

    def _all(self, kind: type[W]) -> list[W]:
        found: list[W] = []
        for top in QApplication.topLevelWidgets():
            if top.isVisible():
                found += [
                    one
                    for one in [*([top] if isinstance(top, kind) else []), *top.findChildren(kind)]
                    if one.isVisible()
                ]
        return found
