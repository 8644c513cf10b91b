# SPDX-License-Identifier: GPL-3.0-or-later
"""The desktop's screen lock, the lid, sleep and shutdown, told by logind, UPower and the screen saver over D-Bus.

While it listens it holds logind's delay lock, so that the computer goes to sleep only after the practice is locked:
locking replaces the process, and with the process the lock is given up. Quiet without a bus.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import SLOT, QObject, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusUnixFileDescriptor

_log = logging.getLogger(__name__)


def _slot(signature: str) -> bytes:
    """The SLOT macro's text, which is what D-Bus takes: bytes, of which its declaration speaks, it refuses at run time."""
    return cast("bytes", SLOT(signature))


_SLEEPING = _slot("sleeping(bool)")
_ENDING = _slot("ending(bool)")
_SAVING = _slot("saving(bool)")
_LOCKED = _slot("locked()")
_CHANGED = _slot("changed(QString,QVariantMap,QStringList)")

LOGIN = "org.freedesktop.login1"
LOGIN_PATH = "/org/freedesktop/login1"
MANAGER, SESSION = f"{LOGIN}.Manager", f"{LOGIN}.Session"
POWER = "org.freedesktop.UPower"
PROPERTIES = "org.freedesktop.DBus.Properties"
SAVERS = (
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
)
AWAY = {(MANAGER, "LidClosed"), (POWER, "LidIsClosed"), (SESSION, "LockedHint")}
"""Interface and property that say, once true, that nobody is looking. logind tells of the lid from systemd 256 on, UPower
always; the session's hint is set by desktops that lock the screen themselves."""
_ASK_MS = 1000


class SuspendWatch(QObject):
    """Listens; of the system it asks for the delay lock only.

    Signals:
        away(): the screen is locked, the lid closed, the computer goes to sleep or down: lock now.
        asleep(): the computer goes to sleep or down: what must not outlive that is dropped now.
    """

    away = Signal()
    asleep = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heard_from: tuple[str, ...] = ()
        self._system: QDBusConnection | None = None
        self._delay: QDBusUnixFileDescriptor | None = None

    def start(self) -> None:
        """Listen to whatever bus there is."""
        try:
            connection = import_module("PySide6.QtDBus").QDBusConnection
        except ImportError:
            _log.info("no QtDBus: screen lock and sleep are not noticed")
            return
        self.listen(self._bus(connection.systemBus), self._bus(connection.sessionBus))

    def listen(self, system: QDBusConnection | None, desktop: QDBusConnection | None) -> None:
        """Listen to these; None where there is none."""
        found = []
        if system is not None:
            self._system = system
            if system.connect(LOGIN, LOGIN_PATH, MANAGER, "PrepareForSleep", self, _SLEEPING):
                found.append("sleep")
            if system.connect(LOGIN, LOGIN_PATH, MANAGER, "PrepareForShutdown", self, _ENDING):
                found.append("shutdown")
            if system.connect(LOGIN, "", SESSION, "Lock", self, _LOCKED):
                found.append("session lock")
            for service, name in ((LOGIN, "lid and screen"), (POWER, "lid")):
                if system.connect(service, "", PROPERTIES, "PropertiesChanged", self, _CHANGED):
                    found.append(name)
            self.hold()
        if desktop is not None:
            for name, path in SAVERS:
                if desktop.connect(name, path, name, "ActiveChanged", self, _SAVING):
                    found.append(path)
        self.heard_from = tuple(found)
        _log.info("screen lock, lid and sleep noticed by %d signals", len(found))

    @staticmethod
    def _bus(make: Callable[[], QDBusConnection]) -> QDBusConnection | None:
        bus = make()
        return bus if bus.isConnected() else None

    @property
    def delays(self) -> bool:
        """Whether sleep waits for us."""
        return self._delay is not None

    def hold(self) -> None:
        """Ask that sleep and shutdown wait until we have locked. Without logind, or while it is on its way: they do not."""
        if self._system is None or self._delay is not None:
            return
        dbus = import_module("PySide6.QtDBus")
        ask = dbus.QDBusMessage.createMethodCall(LOGIN, LOGIN_PATH, MANAGER, "Inhibit")
        ask.setArguments(["sleep:shutdown", "CliniCam", "Lock the practice first", "delay"])
        answer = self._system.call(ask, dbus.QDBus.CallMode.Block, _ASK_MS)
        given = answer.arguments()
        if answer.type() == dbus.QDBusMessage.MessageType.ReplyMessage and given:
            held = given[0]
            if isinstance(held, dbus.QDBusUnixFileDescriptor) and held.isValid():
                self._delay = held
        _log.info("sleep waits for the lock: %s", self.delays)

    def release(self) -> None:
        """We are locked: sleep need not wait any longer."""
        self._delay = None

    @Slot(bool)
    def sleeping(self, begins: bool) -> None:
        """PrepareForSleep: True before, False after."""
        if begins:
            self.asleep.emit()
            self.away.emit()
        else:
            self.hold()

    @Slot(bool)
    def ending(self, begins: bool) -> None:
        """PrepareForShutdown: True before; False when it was called off."""
        self.sleeping(begins)

    @Slot(bool)
    def saving(self, begins: bool) -> None:
        """ActiveChanged of a screen saver."""
        if begins:
            self.away.emit()

    @Slot(str, "QVariantMap", "QStringList")
    def changed(self, interface: str, values: dict[str, object], _unsaid: list[str]) -> None:
        """PropertiesChanged of logind and UPower."""
        if any(value is True and (interface, name) in AWAY for name, value in values.items()):
            self.away.emit()

    @Slot()
    def locked(self) -> None:
        """loginctl lock-session, or the desktop's lock."""
        self.away.emit()
