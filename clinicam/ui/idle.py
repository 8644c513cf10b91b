# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody at the keyboard: after the policy's time the practice is locked. Counts monotonic time, not the wall clock."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

_SIGNS: Final = frozenset({
    QEvent.Type.KeyPress,
    QEvent.Type.ShortcutOverride,  # all that is seen of a key that becomes a shortcut: Space, Enter, G
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.TouchUpdate,
    QEvent.Type.TabletPress,
    QEvent.Type.TabletMove,
})
WARNING_S: Final = 15
"""How long before the lock the person is told."""


class IdleWatch(QObject):
    """An application event filter and a timer. Stopped until `start`.

    Signals:
        warned(int): so many seconds are left before the lock; emitted each second of the warning.
        stirred(): somebody came back during the warning.
        idle(): the time is over.
    """

    warned = Signal(int)
    stirred = Signal()
    idle = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._limit_s = 60
        self._warning = False
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self.look)

    @property
    def limit_s(self) -> int:
        """Seconds without a sign of life until `idle`."""
        return self._limit_s

    def set_limit(self, seconds: int) -> None:
        """Another limit (Session has a longer one than the reception)."""
        seconds = max(5, seconds)
        if seconds < self._limit_s:
            self._since.restart()  # the longer limit's silence says nothing about the shorter one
        self._limit_s = seconds

    def start(self) -> None:
        """Watch from now on."""
        app = QApplication.instance()
        if app is not None and not self._timer.isActive():
            app.installEventFilter(self)
        self._since.start()
        self._timer.start()

    def stop(self) -> None:
        """Watch no more."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._timer.stop()
        self._warning = False

    def touch(self) -> None:
        """A sign of life: a key, a tap, a foot pedal, a shot."""
        self._since.restart()
        if self._warning:
            self._warning = False
            self.stirred.emit()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS and event.spontaneous():
            self.touch()
        return False

    def look(self) -> None:
        """Each second: how long has it been?"""
        self.judge(self._since.elapsed() // 1000)

    def judge(self, quiet_s: int) -> None:
        """What `quiet_s` seconds without a sign mean."""
        left = self._limit_s - quiet_s
        if left <= 0:
            self.stop()
            self.idle.emit()
        elif left <= min(WARNING_S, self._limit_s // 3):
            self._warning = True
            self.warned.emit(left)
