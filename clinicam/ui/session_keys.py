# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a session. Letters wait while somebody types; Esc never does: it is caught before any widget sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

SHOOT = "Space"
NEXT = "Return"
NEXT_PAD = "Enter"
RETAKE = "R"
FINISH = "F"
GHOST = "G"
LABEL = "L"
PAUSE = "P"
NOTE = "N"
GRID = "T"
FLIP = "M"
BACK = ("Up", "Left")
ON = ("Down", "Right")
EARLIER_SHOT = "Shift+Left"
LATER_SHOT = "Shift+Right"
PRESS_FOCUSED = ("Ctrl+Return", "Ctrl+Enter")
_FLICKER = Qt.Key.Key_C


def is_typing() -> bool:
    """Whether a line of text has the focus and can be written into."""
    focus = QApplication.focusWidget()
    return isinstance(focus, QLineEdit) and not focus.isReadOnly()


def press_focused() -> None:
    """Press the button that has the focus: Space and Enter belong to shutter and next."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QAbstractButton) and focus.isEnabled():
        focus.click()


class SessionKeys(QObject):
    """Shortcuts of `screen`, and the application event filter for STOP. Asleep until `wake`.

    No shortcut repeats while its key is held: a finger that rests on Space takes one picture.

    Signals:
        stop_pressed(): Esc, from anywhere in the application.
        flicker(bool): C is held, or no longer.
    """

    stop_pressed = Signal()
    flicker = Signal(bool)

    def __init__(self, screen: QWidget, actions: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(screen)
        self._shortcuts = []
        self._awake = False
        self._flickers = False
        for keys, action in actions.items():
            shortcut = QShortcut(QKeySequence(keys), screen)
            shortcut.setAutoRepeat(False)
            shortcut.setEnabled(False)
            shortcut.activated.connect(action)
            self._shortcuts.append(shortcut)

    def wake(self) -> None:
        """Listen from now on."""
        self._set(True)

    def sleep(self) -> None:
        """Listen no longer."""
        self._set(False)

    def _set(self, awake: bool) -> None:
        if awake == self._awake:
            return
        self._awake = awake
        for shortcut in self._shortcuts:
            shortcut.setEnabled(awake)
        app = QApplication.instance()
        if app is not None:
            if awake:
                app.installEventFilter(self)
            else:
                app.removeEventFilter(self)
        self._set_flicker(False)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Takes Esc out of the stream whole; watches C."""
        kind = event.type()
        if kind not in {QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride}:
            return False
        if not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Escape and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            event.accept()
            if kind == QEvent.Type.KeyPress and not event.isAutoRepeat():
                self.stop_pressed.emit()
            return True
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if event.key() == _FLICKER and plain and kind != QEvent.Type.ShortcutOverride and not event.isAutoRepeat():
            self._set_flicker(kind == QEvent.Type.KeyPress and not is_typing())
        return False

    def _set_flicker(self, on: bool) -> None:
        if on != self._flickers:
            self._flickers = on
            self.flicker.emit(on)
