# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice's device key and where a workstation keeps it: 32 bytes that a password alone does not replace.

One key a practice, in the operating system's key store of each workstation, so that a stolen disk or a copy of the vault
leaves nothing to guess passwords at. Every call ends within `LIMIT_S`: the key store is asked by a process of its own
(`key_store`), which is ended when its time is over. Without a key store worth the name there is no device key, and the
program says so.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

import clinicam
from clinicam.errors import KeyStoreRefused
from clinicam.vault.aead import KEY, Randomness, system_randomness
from clinicam.vault.key_store import Answer, Request
from clinicam.vault.labels import ID, L

TOPIC = "device-key"
"""of the entries in which `enrolment` keeps the practice's rule"""
LIMIT_S = 5.0
COMMAND = (sys.executable, "-P", "-m", "clinicam.vault.key_store")
_KEPT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
    "HOME",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CURRENT_DESKTOP",
)
"""What finds programs, the account and its bus. Nothing by which `keyring` could be told to use something else."""


class DeviceKeys(Protocol):
    """Where a workstation keeps device keys. Vault thread; each call takes 5 s at most."""

    def fetch(self, vault: bytes) -> bytes | None:
        """The key of a vault, None if none is kept. Raises KeyStoreRefused."""
        ...

    def keep(self, vault: bytes, key: bytes) -> None:
        """Keep it, proved by a canary and by reading it back. Raises KeyStoreRefused: it is not kept."""
        ...

    def forget(self, vault: bytes) -> None:
        """Keep it no longer. Raises KeyStoreRefused."""
        ...


def make_key(random: Randomness = system_randomness) -> bytes:
    """A new practice's device key."""
    return random(KEY)


def key_id(vault: bytes, key: bytes) -> bytes:
    """16 bytes that name a device key and tell nothing of it: SHA-256(L("device key") | vault | key), cut."""
    return hashlib.sha256(L("device key") + vault + key).digest()[:ID]


class OsKeyStore:
    """The key store of the account, by a process of its own. `back_end` is the name of the last one that answered.

    Args:
        command: what to run.
        limit_s: how long it may take, start included.
    """

    def __init__(self, command: Sequence[str] = COMMAND, limit_s: float = LIMIT_S) -> None:
        self._command = tuple(command)
        self._limit_s = limit_s
        self.back_end = ""

    def fetch(self, vault: bytes) -> bytes | None:
        """See `DeviceKeys`."""
        text = self._ask("fetch", vault)
        if not text:
            return None
        try:
            key = bytes.fromhex(text)
        except ValueError as error:
            raise KeyStoreRefused("foreign") from error
        if len(key) != KEY:
            raise KeyStoreRefused("foreign")
        return key

    def keep(self, vault: bytes, key: bytes) -> None:
        """See `DeviceKeys`."""
        self._ask("keep", vault, key.hex())

    def forget(self, vault: bytes) -> None:
        """See `DeviceKeys`."""
        self._ask("forget", vault)

    def check(self) -> str:
        """Try the key store with a canary; the name of the back end. Raises KeyStoreRefused."""
        self._ask("try", b"")
        return self.back_end

    def _ask(self, act: Literal["try", "fetch", "keep", "forget"], vault: bytes, key: str = "") -> str:
        raw = msgspec.json.encode(Request(act, vault.hex(), key))
        try:
            done = subprocess.run(
                self._command,
                input=raw,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                timeout=self._limit_s,
                check=True,
            )
            answer = msgspec.json.decode(done.stdout, type=Answer)
        except subprocess.TimeoutExpired as error:
            raise KeyStoreRefused("slow") from error
        except (OSError, subprocess.CalledProcessError, msgspec.MsgspecError) as error:
            raise KeyStoreRefused("fail") from error
        if answer.refused:
            raise KeyStoreRefused(answer.refused)
        self.back_end = answer.back_end
        return answer.key


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": str(Path(clinicam.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
