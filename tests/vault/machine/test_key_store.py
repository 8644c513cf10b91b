# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that asks the key store: back ends by name, bad ones refused with the reason, canary, five seconds."""

from __future__ import annotations

import io
import runpy
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from keyring.backends import chainer, fail, null

from clinicam import hardening
from clinicam.errors import KeyStoreRefused
from clinicam.vault import key_store
from clinicam.vault.device_key import OsKeyStore, key_id, make_key
from clinicam.vault.key_store import Answer, Request, Store, answer, judge, open_store, try_store

VAULT = bytes(range(16))
KEY = bytes(range(32))


class Memory:
    """A store that behaves."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.seen: list[str] = []

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.seen.append(service)
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def ask(store: Store, act: str, key: str = "") -> Answer:
    raw = msgspec.json.encode({"act": act, "user": VAULT.hex(), "key": key})
    return msgspec.json.decode(answer(raw, "linux", lambda _system: ("Memory", store)), type=Answer)


def reason(act: Callable[[], object]) -> str:
    with pytest.raises(KeyStoreRefused) as caught:
        act()
    return caught.value.reason


def test_a_key_is_kept_after_a_canary_and_forgotten() -> None:
    store = Memory()
    assert ask(store, "fetch") == Answer("Memory")
    assert ask(store, "keep", KEY.hex()) == Answer("Memory")
    assert store.seen == [key_store.CANARY, key_store.SERVICE]
    assert list(store.kept) == [(key_store.SERVICE, VAULT.hex())]
    assert ask(store, "fetch") == Answer("Memory", KEY.hex())
    assert ask(store, "try") == Answer("Memory")
    for _ in range(2):
        assert ask(store, "forget") == Answer("Memory")
    assert not store.kept


def test_one_that_keeps_the_canary_but_not_the_key_is_found_out() -> None:
    class Forgetful(Memory):
        def set_password(self, service: str, username: str, password: str) -> None:
            if service == key_store.CANARY:
                super().set_password(service, username, password)

    assert ask(Forgetful(), "keep", KEY.hex()).refused == "forgets"


def test_one_that_gives_back_other_bytes_or_never_deletes_is_found_out() -> None:
    class Lying(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            return (super().get_password(service, username) or "")[:-1] or None

    class Sticky(Memory):
        def delete_password(self, service: str, username: str) -> None:
            pass

    assert reason(lambda: try_store(Lying())) == "forgets"
    assert reason(lambda: try_store(Sticky())) == "forgets"
    assert reason(lambda: try_store(null.Keyring())) == "forgets"


def make_class(module: str, name: str) -> object:
    return type(name, (), {"__module__": module})()


@pytest.mark.parametrize(
    ("store", "why"),
    [
        (null.Keyring(), "null"),
        (fail.Keyring(), "fail"),
        (chainer.ChainerBackend(), "chainer"),
        (make_class("keyrings.alt.file", "PlaintextKeyring"), "plaintext"),
        (make_class("keyrings.alt.file", "EncryptedKeyring"), "file"),
        (make_class("keyrings.cryptfile.cryptfile", "EncryptedKeyring"), "file"),
        (make_class("keyrings.alt.Gnome", "Keyring"), "foreign"),
        (make_class("keyring.backends.SecretService", "Other"), "foreign"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_not_its_name_is_refused_with_the_reason(store: object, why: str) -> None:
    assert reason(lambda: judge(store, "keyring.backends.SecretService.Keyring")) == why


def test_the_back_ends_are_classes_of_the_library() -> None:
    """Those that can be imported here. No name was mistyped, and each stands on the allow-list of one system."""
    from keyring.backends import SecretService, Windows, kwallet, macOS

    there = {f"{kind.__module__}.{kind.__qualname__}" for kind in (
        SecretService.Keyring, kwallet.DBusKeyring, macOS.Keyring, Windows.WinVaultKeyring,
    )}  # fmt: skip
    assert {expected for _, expected in key_store.BACK_ENDS.values()} == there
    assert sorted(name for names in key_store.OF_SYSTEM.values() for name in names) == sorted(key_store.BACK_ENDS)


def test_the_other_systems_own_stores_are_made_by_name() -> None:
    assert type(key_store.keychain()).__module__ == "keyring.backends.macOS"
    assert type(key_store.credential_locker()).__module__ == "keyring.backends.Windows"


def backends(monkeypatch: pytest.MonkeyPatch, **made: Callable[[], Any]) -> None:
    table = {name.replace("_", " "): (make, "tests.vault.machine.test_key_store.Memory") for name, make in made.items()}
    monkeypatch.setattr(key_store, "BACK_ENDS", table)
    monkeypatch.setattr(key_store, "OF_SYSTEM", {"linux": tuple(table)})


def refuse(why: str) -> Callable[[], Store]:
    def make() -> Store:
        raise KeyStoreRefused(why)

    return make


def test_the_first_that_can_be_used_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    backends(monkeypatch, one=refuse("none"), two=Memory, three=Memory)
    assert open_store("linux")[0] == "two"
    backends(monkeypatch, one=null.Keyring, two=Memory)
    assert open_store("linux")[0] == "two"


def test_what_is_said_is_why_the_first_that_is_there_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    backends(monkeypatch, one=refuse("none"), two=refuse("locked"), three=refuse("none"))
    assert reason(lambda: open_store("linux")) == "locked"
    backends(monkeypatch, one=refuse("none"))
    assert reason(lambda: open_store("linux")) == "none"
    assert reason(lambda: open_store("plan9")) == "none"


def test_whatever_comes_out_of_a_back_end_is_a_refusal_without_its_text() -> None:
    class KeyringLocked(Exception):
        """As the library names it."""

    class Broken(Memory):
        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

        def get_password(self, service: str, username: str) -> str | None:
            raise self.error

    assert ask(Broken(KeyringLocked(KEY.hex())), "fetch") == Answer(refused="locked")
    assert ask(Broken(EOFError(KEY.hex())), "fetch") == Answer(refused="fail")
    assert b"fail" in answer(b"nonsense", "linux")
    assert KEY.hex() not in repr(Answer("x", KEY.hex()))


class FakeBus:
    """What `secretstorage.dbus_init` gives."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class FakeSecretStorage(types.ModuleType):
    """The library that speaks to a Secret Service, with a service as told."""

    class SecretStorageException(Exception):
        """Its root."""

    def __init__(self, *, available: bool = True, locked: bool = False, no_collection: bool = False) -> None:
        super().__init__("secretstorage")
        self.bus, self.available, self.locked, self.no_collection = FakeBus(), available, locked, no_collection

    def dbus_init(self) -> FakeBus:
        return self.bus

    def check_service_availability(self, bus: FakeBus) -> bool:
        return self.available

    def Collection(self, bus: FakeBus) -> FakeSecretStorage:
        if self.no_collection:
            raise self.SecretStorageException
        return self

    def is_locked(self) -> bool:
        return self.locked


@pytest.mark.parametrize(
    ("service", "why"),
    [
        (FakeSecretStorage(available=False), "none"),
        (FakeSecretStorage(no_collection=True), "none"),
        (FakeSecretStorage(locked=True), "locked"),
        (None, "none"),
    ],
    ids=["not running", "no collection", "locked", "not installed"],
)
def test_a_secret_service_is_looked_at_before_it_can_ask_anything(
    monkeypatch: pytest.MonkeyPatch, service: FakeSecretStorage | None, why: str
) -> None:
    monkeypatch.setitem(sys.modules, "secretstorage", service)
    assert reason(key_store.secret_service) == why
    assert service is None or service.bus.closed


def test_an_open_secret_service_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "secretstorage", FakeSecretStorage())
    judge(key_store.secret_service(), "keyring.backends.SecretService.Keyring")


class FakeDbus(types.ModuleType):
    """dbus-python, with a wallet that is open or not."""

    class DBusException(Exception):
        """Its root."""

    def __init__(self, *, is_open: bool = True, there: bool = True) -> None:
        super().__init__("dbus")
        self._is_open, self._there = is_open, there

    def SessionBus(self) -> FakeDbus:
        return self

    def get_object(self, name: str, path: str) -> str:
        if not self._there:
            raise self.DBusException
        return name

    def Interface(self, found: str, interface: str) -> FakeDbus:
        return self

    def networkWallet(self) -> str:
        return "kdewallet"

    def isOpen(self, wallet: str) -> bool:
        return self._is_open


@pytest.mark.parametrize(
    ("dbus", "why"), [(None, "none"), (FakeDbus(there=False), "none"), (FakeDbus(is_open=False), "locked")]
)
def test_a_wallet_is_looked_at_before_it_can_ask_anything(
    monkeypatch: pytest.MonkeyPatch, dbus: FakeDbus | None, why: str
) -> None:
    monkeypatch.setitem(sys.modules, "dbus", dbus)
    assert reason(key_store.kwallet) == why


def test_an_open_wallet_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dbus", FakeDbus())
    judge(key_store.kwallet(), "keyring.backends.kwallet.DBusKeyring")


def test_one_request_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `main` does it, with what belongs to a process of its own taken away."""
    done: list[bool] = []
    monkeypatch.setattr(hardening, "harden_process", lambda **_options: done.append(True))
    wrote, read = io.BytesIO(), io.BytesIO(msgspec.json.encode(Request("try", "")))
    monkeypatch.setattr(sys, "platform", "plan9")
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=read))
    monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(buffer=wrote))
    runpy.run_path(str(key_store.__file__), run_name="__main__")
    assert msgspec.json.decode(wrote.getvalue(), type=Answer).refused == "none"
    assert done == [True]


# --- the side that starts it ------------------------------------------------------------------------------------------


def child(tmp_path: Path, body: str) -> OsKeyStore:
    """A key store whose process runs `body` instead."""
    script = tmp_path / "child.py"
    script.write_text(f"import json, sys, time\nasked = json.load(sys.stdin)\n{body}\n")
    return OsKeyStore((sys.executable, "-S", str(script)), limit_s=60)


def test_without_a_bus_there_is_none_whatever_the_account_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable and a file that tell `keyring` to use a back end that forgets are not even read."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeypassXC")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    config = tmp_path / "home" / ".config" / "python_keyring"
    config.mkdir(parents=True)
    (config / "keyringrc.cfg").write_text("[backend]\ndefault-keyring=keyring.backends.null.Keyring\n")
    store = OsKeyStore(limit_s=60)
    assert reason(store.check) == "none"
    assert reason(lambda: store.keep(VAULT, KEY)) == "none"
    assert reason(lambda: store.fetch(VAULT)) == "none"
    assert store.back_end == ""


def test_what_the_process_sees_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "PYTHON_KEYRING_BACKEND",
        "KEYRING_PROPERTY_APPID",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "KEYCHAIN_PATH",
    ):
        monkeypatch.setenv(name, "evil")
    store = child(tmp_path, "import os\nprint(json.dumps({'back_end': ' '.join(os.environ)}))")
    seen = store.check().split()
    assert "PATH" in seen
    assert not [name for name in seen if "KEYRING" in name or "KEYCHAIN" in name or name.startswith("XDG_CONFIG")]


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    """Nothing is left: the child is killed and reaped, and there was no thread."""
    script = tmp_path / "child.py"
    script.write_text("import time\ntime.sleep(600)\n")
    store = OsKeyStore((sys.executable, "-S", str(script)), limit_s=0.3)
    assert reason(store.check) == "slow"


@pytest.mark.parametrize(
    "body",
    [
        "sys.exit(3)",
        "print('nonsense')",
        "print(json.dumps({'back_end': 'x', 'more': 1}))",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
    ],
)
def test_one_that_breaks_is_refused(tmp_path: Path, body: str) -> None:
    assert reason(child(tmp_path, body).check) == "fail"


def test_one_that_cannot_be_started() -> None:
    assert reason(OsKeyStore(("/nonexistent/python",)).check) == "fail"


@pytest.mark.parametrize("key", ["zz", "00" * 31, "00" * 33])
def test_a_key_that_is_none(tmp_path: Path, key: str) -> None:
    store = child(tmp_path, f"print(json.dumps({{'back_end': 'x', 'key': {key!r}}}))")
    assert reason(lambda: store.fetch(VAULT)) == "foreign"


def test_a_key_comes_back(tmp_path: Path) -> None:
    store = child(tmp_path, f"print(json.dumps({{'back_end': 'x', 'key': {KEY.hex()!r}}}))")
    assert store.fetch(VAULT) == KEY


def test_what_is_asked_and_answered(tmp_path: Path) -> None:
    body = "print(json.dumps({'back_end': asked['act'], 'key': asked['key'] if asked['act'] == 'keep' else ''}))"
    store = child(tmp_path, body)
    store.keep(VAULT, KEY)
    assert store.back_end == "keep"
    store.forget(VAULT)
    assert store.back_end == "forget"
    assert store.fetch(VAULT) is None
    assert store.check() == "try"


def test_the_command_line_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    real = subprocess.run

    def run(command: Any, **options: Any) -> Any:
        seen.extend([*command, *options["env"].values()])
        return real([sys.executable, "-c", "print('{}')"], **options)

    monkeypatch.setattr(subprocess, "run", run)
    OsKeyStore(limit_s=60).keep(VAULT, KEY)
    assert KEY.hex() not in " ".join(map(str, seen))


def test_a_key_has_a_name_that_tells_nothing_of_it() -> None:
    key = make_key()
    assert len(key) == 32
    assert len(key_id(VAULT, key)) == 16
    assert key_id(VAULT, key) != key_id(VAULT, make_key()) != key_id(bytes(16), key)
