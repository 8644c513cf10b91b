# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop's screen lock and the computer's sleep, told by logind and the screen saver over D-Bus. Quiet without a bus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection

_log = logging.getLogger(__name__)

_SLEEPING = b"1sleeping(bool)"
_LOCKED = b"1locked()"
"""Slots in the spelling of the SLOT macro, which gives text where D-Bus wants bytes."""

LOGIN = "org.freedesktop.login1"
SAVERS = (
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
)


class SuspendWatch(QObject):
    """Listens only; asks the desktop for nothing.

    Signals:
        away(): the screen is locked or the computer goes to sleep: lock now.
    """

    away = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heard_from: tuple[str, ...] = ()

    def start(self) -> None:
        """Listen to whatever bus there is."""
        try:
            connection = import_module("PySide6.QtDBus").QDBusConnection
        except ImportError:
            _log.info("no QtDBus: screen lock and sleep are not noticed")
            return
        found = []
        system = self._bus(connection.systemBus)
        if system is not None:
            manager, session = f"{LOGIN}.Manager", f"{LOGIN}.Session"
            if system.connect(LOGIN, "/org/freedesktop/login1", manager, "PrepareForSleep", self, _SLEEPING):
                found.append("sleep")
            if system.connect(LOGIN, "", session, "Lock", self, _LOCKED):
                found.append("session lock")
        desktop = self._bus(connection.sessionBus)
        if desktop is not None:
            for name, path in SAVERS:
                if desktop.connect(name, path, name, "ActiveChanged", self, _SLEEPING):
                    found.append(path)
        self.heard_from = tuple(found)
        _log.info("screen lock and sleep noticed by %d signals", len(found))

    @staticmethod
    def _bus(make: Callable[[], QDBusConnection]) -> QDBusConnection | None:
        bus = make()
        return bus if bus.isConnected() else None

    @Slot(bool)
    def sleeping(self, begins: bool) -> None:
        """PrepareForSleep and ActiveChanged: True when it begins."""
        if begins:
            self.away.emit()

    @Slot()
    def locked(self) -> None:
        """loginctl lock-session, or the desktop's lock."""
        self.away.emit()
