# SPDX-License-Identifier: GPL-3.0-or-later
"""A message bus of the tests' own, and programs on it, in a folder of their own. All of it ends with the block."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from jeepney import MatchRule, message_bus
from jeepney.io.blocking import Proxy, open_dbus_connection

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class Bus:
    """Where it listens, and the folder of its programs."""

    address: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """For programs on it: nothing of this account's."""
        home = str(self.folder)
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "XDG_DATA_HOME": f"{home}/data",
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "LC_ALL": "C.UTF-8",
        }


def need(*programs: str) -> None:
    """Skip, by name, where one of them is not installed."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed on this machine")


@contextmanager
def private_bus(folder: Path) -> Iterator[Bus]:
    """A dbus-daemon that knows no services but those that come."""
    need("dbus-daemon")
    folder.mkdir(mode=0o700, parents=True)
    config = folder / "bus.conf"
    config.write_text(CONFIG.format(socket=folder / "bus"))
    daemon = subprocess.Popen(
        [shutil.which("dbus-daemon") or "", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        assert address, "dbus-daemon did not start"
        yield Bus(address, folder)
    finally:
        daemon.terminate()
        daemon.wait(10)
        assert daemon.stdout is not None
        daemon.stdout.close()


@contextmanager
def running(command: Sequence[str], bus: Bus, *, owns: str, given: bytes = b"") -> Iterator[subprocess.Popen[bytes]]:
    """A program on the bus until the block ends. The block begins once it owns its name there."""
    with open_dbus_connection(bus=bus.address) as ears:
        rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        rule.add_arg_condition(0, owns)
        Proxy(message_bus, ears).AddMatch(rule)
        program = subprocess.Popen(
            list(command),
            env=bus.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert program.stdin is not None
            program.stdin.write(given)
            program.stdin.close()
            with ears.filter(rule) as owners:
                ears.recv_until_filtered(owners, timeout=30)
            yield program
        finally:
            program.kill()
            program.wait(10)
