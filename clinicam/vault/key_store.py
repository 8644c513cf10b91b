# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that speaks to the operating system's key store once and ends: ``python -m clinicam.vault.key_store``.

A key store may ask, wait or hang, so it is never asked from a process that has anything else to do: `device_key` starts
this one and ends it after its time. One request on standard input, one answer on standard output, both JSON.

The library `keyring` chooses by what is installed and what files and variables say; it has chosen a plaintext file by
itself. So nothing here asks it to choose: the back ends are named, each is what its name says or refused, and a
canary is written, read back and deleted before a key is entrusted.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Literal, Protocol

import msgspec

from clinicam.errors import KeyStoreRefused
from clinicam.hardening import harden_process

SERVICE = "clinicam device key"
CANARY = "clinicam canary"
LONGEST = 4096


class Store(Protocol):
    """What a back end of `keyring` can do. `user` is the vault's id in hex, the text a key in hex."""

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept, None if nothing is."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Keep it no longer."""
        ...


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked. `key` is for ``keep`` only."""

    act: Literal["try", "fetch", "keep", "forget"]
    user: str
    key: str = ""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of it. `refused` is a reason of `KeyStoreRefused`, or empty; `back_end` a name of `BACK_ENDS`."""

    back_end: str = ""
    key: str = ""
    refused: str = ""

    def __repr__(self) -> str:
        return f"<Answer {self.back_end} {self.refused}>"


# --- the back ends we know, each by its name ----------------------------------------------------------------------


def secret_service() -> Store:
    """GNOME's keyring, KWallet from 5.97 and others behind org.freedesktop.secrets.

    Looked at before `keyring` is: it would ask for the password of a locked collection, or make one.

    Raises:
        KeyStoreRefused: none, locked.
    """
    try:
        import secretstorage
        from keyring.backends import SecretService
    except ImportError as error:
        raise KeyStoreRefused("none") from error
    try:
        with closing(secretstorage.dbus_init()) as bus:
            if not secretstorage.check_service_availability(bus):
                raise KeyStoreRefused("none")
            if secretstorage.Collection(bus).is_locked():
                raise KeyStoreRefused("locked")
    except secretstorage.SecretStorageException as error:
        raise KeyStoreRefused("none") from error
    store: Store = SecretService.Keyring()
    return store


def kwallet() -> Store:
    """KWallet by its own interface, where the system has Python's D-Bus library. Raises KeyStoreRefused: none, locked."""
    try:
        import dbus
        from keyring.backends import kwallet as backend
    except ImportError as error:
        raise KeyStoreRefused("none") from error
    try:
        wallet = dbus.Interface(
            dbus.SessionBus().get_object(backend.DBusKeyring.bus_name, backend.DBusKeyring.object_path),
            "org.kde.KWallet",
        )
        if not wallet.isOpen(wallet.networkWallet()):
            raise KeyStoreRefused("locked")
    except dbus.DBusException as error:
        raise KeyStoreRefused("none") from error
    store: Store = backend.DBusKeyring()
    return store


def keychain() -> Store:
    """The login keychain of macOS."""
    from keyring.backends import macOS

    store: Store = macOS.Keyring()
    return store


def credential_locker() -> Store:
    """The Credential Locker of Windows."""
    from keyring.backends import Windows

    store: Store = Windows.WinVaultKeyring()
    return store


BACK_ENDS: dict[str, tuple[Callable[[], Store], str]] = {
    "Secret Service": (secret_service, "keyring.backends.SecretService.Keyring"),
    "KWallet": (kwallet, "keyring.backends.kwallet.DBusKeyring"),
    "Keychain": (keychain, "keyring.backends.macOS.Keyring"),
    "Credential Locker": (credential_locker, "keyring.backends.Windows.WinVaultKeyring"),
}
"""Name, how it is opened, and the class it must then be of."""
OF_SYSTEM = {
    "linux": ("Secret Service", "KWallet"),
    "darwin": ("Keychain",),
    "win32": ("Credential Locker",),
}


def judge(store: object, expected: str) -> None:
    """Return if `store` is of the class it should be.

    Raises:
        KeyStoreRefused: null, fail, chainer, plaintext, file or foreign: what it is instead.
    """
    found = f"{type(store).__module__}.{type(store).__qualname__}"
    if found == expected:
        return
    lower = found.lower()
    for word, reason in _BAD:
        if word in lower:
            raise KeyStoreRefused(reason)
    raise KeyStoreRefused("foreign")


_BAD = (
    (".null.", "null"),
    (".fail.", "fail"),
    (".chainer.", "chainer"),
    ("plaintext", "plaintext"),
    (".file", "file"),
    ("encrypted", "file"),
)
"""A part of a class's name, and why such a back end is refused: forgets, always fails, hides others, files on the disk."""


def open_store(system: str) -> tuple[str, Store]:
    """The first back end of this system that can be used, and its name.

    Raises:
        KeyStoreRefused: what the first one that is there at all says; none if there is none.
    """
    problem = KeyStoreRefused("none")
    for name in OF_SYSTEM.get(system, ()):
        make, expected = BACK_ENDS[name]
        try:
            store = make()
            judge(store, expected)
        except KeyStoreRefused as refused:
            problem = refused if problem.reason == "none" else problem
        else:
            return name, store
    raise problem


# --- what is done with one ----------------------------------------------------------------------------------------


def try_store(store: Store) -> None:
    """Write a canary, read it back, delete it, and see that it is gone.

    Raises:
        KeyStoreRefused: forgets.
    """
    name, text = secrets.token_hex(16), secrets.token_hex(32)
    store.set_password(CANARY, name, text)
    kept = store.get_password(CANARY, name)
    if kept is None:
        raise KeyStoreRefused("forgets")
    store.delete_password(CANARY, name)
    if kept != text or store.get_password(CANARY, name) is not None:
        raise KeyStoreRefused("forgets")


def do(request: Request, store: Store) -> str:
    """Carry a request out; the key, if one was asked for and is kept.

    Raises:
        KeyStoreRefused: forgets.
    """
    kept = store.get_password(SERVICE, request.user) if request.act in {"fetch", "forget"} else None
    if request.act == "forget" and kept is not None:
        store.delete_password(SERVICE, request.user)
    if request.act in {"try", "keep"}:
        try_store(store)
    if request.act == "keep":
        store.set_password(SERVICE, request.user, request.key)
        if store.get_password(SERVICE, request.user) != request.key:
            raise KeyStoreRefused("forgets")
    return kept or "" if request.act == "fetch" else ""


def answer(raw: bytes, system: str, opener: Callable[[str], tuple[str, Store]] = open_store) -> bytes:
    """The answer to one request, both as JSON. Never fails: what a back end raises is a refusal.

    The text of a foreign exception may quote what was to be kept, so only its kind is looked at.
    """
    try:
        request = msgspec.json.decode(raw, type=Request)
        name, store = opener(system)
        reply = Answer(name, do(request, store))
    except KeyStoreRefused as refused:
        reply = Answer(refused=refused.reason)
    except Exception as error:  # noqa: BLE001  the border: anything may come out of another's key store
        reply = Answer(refused="locked" if "Locked" in type(error).__name__ else "fail")
    return msgspec.json.encode(reply)


def main() -> None:
    """Answer one request and end."""
    harden_process(die_with_parent=True)
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(LONGEST), sys.platform))


if __name__ == "__main__":
    main()
