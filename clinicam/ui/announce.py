# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a new state to a screen reader, once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


class Announcer(QObject):
    """Speaks for `widget`. What was last said of a topic is not said of it again.

    Signals:
        announced(str): what was said.
    """

    announced = Signal(str)

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._last: dict[str, str] = {}

    def say(self, topic: str, words: str) -> None:
        """Say `words` of `topic` unless they were its last ones; an empty text is silence, and remembered."""
        if words == self._last.get(topic, ""):
            return
        self._last[topic] = words
        if not words:
            return
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._widget, words))
        self.announced.emit(words)

    def forget(self) -> None:
        """The next words are said even if they are the last ones again."""
        self._last.clear()
