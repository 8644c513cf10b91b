# SPDX-License-Identifier: GPL-3.0-or-later
"""A logind of the tests' own: ``python -m tests.ui.shell.fake_logind ADDRESS``. Does what it reads, says what it did.

``sleep BOOL``, ``shutdown BOOL``, ``lock``, ``lid BOOL``, ``hint BOOL``, ``power-lid BOOL``, ``saver BOOL`` send a signal;
``busy BOOL`` lets it refuse delay locks; ``held`` waits until one is held, ``released`` until none is.
"""

from __future__ import annotations

import os
import select
import sys

from jeepney import DBusAddress, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, Proxy, open_dbus_connection
from jeepney.low_level import HeaderFields, Message

LOGIN, PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
SIGNALS = {
    "sleep": (PATH, f"{LOGIN}.Manager", "PrepareForSleep"),
    "shutdown": (PATH, f"{LOGIN}.Manager", "PrepareForShutdown"),
    "saver": ("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", "ActiveChanged"),
}
CHANGES = {
    "lid": (PATH, f"{LOGIN}.Manager", "LidClosed"),
    "hint": (f"{PATH}/session/_31", f"{LOGIN}.Session", "LockedHint"),
    "power-lid": ("/org/freedesktop/UPower", "org.freedesktop.UPower", "LidIsClosed"),
}


class FakeLogind:
    """One thread: the bus and standard input, whichever speaks."""

    def __init__(self, bus: DBusConnection) -> None:
        self.bus = bus
        self.busy = False
        self.held: list[int] = []
        for name in (LOGIN, "org.freedesktop.UPower", "org.gnome.ScreenSaver"):
            Proxy(message_bus, bus).RequestName(name)

    def answer(self, message: Message) -> None:
        """A method call."""
        fields = message.header.fields
        if message.header.message_type is not MessageType.method_call:
            return
        if fields.get(HeaderFields.member) != "Inhibit" or self.busy:
            self.bus.send(new_error(message, f"{LOGIN}.OperationInProgress", "s", ("on its way",)))
            return
        if message.body != ("sleep:shutdown", "CliniCam", "Lock the practice first", "delay"):
            self.bus.send(new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", "s", ("no",)))
            return
        ours, theirs = os.pipe()
        self.held.append(ours)
        self.bus.send(new_method_return(message, "h", (theirs,)))
        os.close(theirs)

    def do(self, line: str) -> None:
        """A command."""
        what, _, value = line.strip().partition(" ")
        on = value == "true"
        if what == "busy":
            self.busy = on
        elif what == "lock":
            self._send(f"{PATH}/session/_31", f"{LOGIN}.Session", "Lock")
        elif what in SIGNALS:
            self._send(*SIGNALS[what], "b", (on,))
        elif what in CHANGES:
            path, interface, name = CHANGES[what]
            changed = (interface, {name: ("b", on)}, [])
            self._send(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", changed)
        elif what == "released":
            # The other end of a pipe that is closed is told of at once.
            while self.held:
                select.select(self.held[:1], [], [])
                os.close(self.held.pop(0))
        say(what, len(self.held))

    def _send(self, path: str, interface: str, member: str, signature: str = "", body: tuple[object, ...] = ()) -> None:
        self.bus.send(new_signal(DBusAddress(path, interface=interface), member, signature or None, body))

    def run(self) -> None:
        """Until standard input ends."""
        say("ready", 0)
        while True:
            ready, _, _ = select.select([self.bus.sock, sys.stdin.fileno()], [], [])
            if self.bus.sock in ready:
                self.answer(self.bus.receive())
            if sys.stdin.fileno() in ready:
                line = sys.stdin.readline()
                if not line:
                    return
                self.do(line)


def say(what: str, held: int) -> None:
    """One line to whoever started this."""
    sys.stdout.write(f"{what} {held}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with open_dbus_connection(bus=sys.argv[1], enable_fds=True) as made:
        FakeLogind(made).run()
