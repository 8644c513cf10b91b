# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that work everywhere, one table; also from a second window such as the patient's screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "lock": ("Ctrl+L",),
    "privacy": ("F12", "Pause"),
    "help": ("F1",),
    "search": ("Ctrl+F",),
    "session": ("Ctrl+N",),
    "patient": ("Ctrl+Shift+N",),
    "larger": ("Ctrl++", "Ctrl+="),
    "smaller": ("Ctrl+-",),
    "usual": ("Ctrl+0",),
}
"""Intention to keys (ui.md 5). Letters are remappable: whoever remaps changes this table."""


def install_keys(window: QWidget, acts: dict[str, Callable[[], None]]) -> dict[str, list[QShortcut]]:
    """Make the shortcuts of `window`; `acts` has a callable for every intention of `KEYS`."""
    made: dict[str, list[QShortcut]] = {}
    for intention, keys in KEYS.items():
        for key in keys:
            shortcut = QShortcut(QKeySequence(key), window)
            shortcut.setContext(Qt.ShortcutContext.ApplicationShortcut)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(acts[intention])
            made.setdefault(intention, []).append(shortcut)
    return made
