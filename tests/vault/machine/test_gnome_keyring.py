# SPDX-License-Identifier: GPL-3.0-or-later
"""A real gnome-keyring on a bus of its own: keeps, gives back, and when it is locked asks nobody and keeps nobody waiting."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clinicam.errors import KeyStoreRefused
from clinicam.vault.device_key import OsKeyStore, make_key
from tests.vault.machine.session_bus import Bus, need, private_bus, running

VAULT = bytes(range(16))
PASSWORD = b"login password"
NAME = "org.freedesktop.secrets"
DAEMON = ("gnome-keyring-daemon", "--foreground", "--components=secrets")


@contextmanager
def keyring(bus: Bus, *, unlocked: bool) -> Iterator[None]:
    """The daemon until the block ends. It says where it is once it can be asked."""
    more = ("--unlock",) if unlocked else ()
    with running([*DAEMON, *more], bus, owns=NAME, given=PASSWORD if unlocked else b""):
        yield


@pytest.fixture
def bus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    need("gnome-keyring-daemon")
    # A short path: sockets have names of at most 107 bytes.
    with private_bus(tmp_path_factory.mktemp("b") / "b") as made:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", made.address)
        yield made


def test_a_device_key_in_a_real_key_store(bus: Bus) -> None:
    store, key = OsKeyStore(limit_s=30), make_key()
    with keyring(bus, unlocked=True):
        assert store.check() == "Secret Service"
        assert store.fetch(VAULT) is None
        store.keep(VAULT, key)
        assert store.fetch(VAULT) == key
        assert store.fetch(bytes(16)) is None
    with keyring(bus, unlocked=True):
        assert store.fetch(VAULT) == key  # it outlives the login
        store.forget(VAULT)
        assert store.fetch(VAULT) is None
    assert all(key.hex().encode() not in file.read_bytes() for file in bus.folder.rglob("*") if file.is_file())


def test_a_locked_one_asks_nobody(bus: Bus) -> None:
    with keyring(bus, unlocked=True):
        OsKeyStore(limit_s=30).keep(VAULT, make_key())
    with keyring(bus, unlocked=False), pytest.raises(KeyStoreRefused) as caught:
        OsKeyStore(limit_s=30).fetch(VAULT)
    assert caught.value.reason == "locked"


def test_one_that_hangs_is_left_after_its_time(bus: Bus) -> None:
    """The daemon is stopped in its tracks: the bus takes the call, and nobody answers."""
    with running([*DAEMON, "--unlock"], bus, owns=NAME, given=PASSWORD) as daemon:
        daemon.send_signal(signal.SIGSTOP)
        with pytest.raises(KeyStoreRefused, match="slow"):
            OsKeyStore(limit_s=2).fetch(VAULT)
        daemon.send_signal(signal.SIGCONT)
