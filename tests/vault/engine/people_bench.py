# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of people stand on: passwords that cost nothing, and the parts over an unlocked vault."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clinicam.identity import StaffId
from clinicam.vault import slot
from clinicam.vault.aead import KdfParameters
from clinicam.vault.kits import Kits
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import People
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import CHEAP, PASSWORD, Practice

OWN = "seven grey herons fishing"
OTHER = "two red bicycles at noon"


def quickly(password: str, salt: bytes, cost: KdfParameters) -> bytes:
    """Argon2id's place taken by one hash: these tests are about slots and rosters, not about stretching."""
    assert cost.m_kib >= CHEAP.m_kib
    return hashlib.sha256(salt + unicodedata.normalize("NFC", password).encode()).digest()


def without_stretching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot, "argon2id", quickly)


class Shelf:
    """A key store made of a dictionary."""

    def __init__(self) -> None:
        self.held: dict[bytes, bytes] = {}

    def keep(self, vault: bytes, key: bytes) -> None:
        self.held[vault] = key

    def fetch(self, vault: bytes) -> bytes | None:
        return self.held.get(vault)

    def forget(self, vault: bytes) -> None:
        self.held.pop(vault, None)


class Desk:
    """An unlocked vault with its people and kits."""

    def __init__(self, vault: Vault, opened: OpenVault) -> None:
        self.vault = vault
        self.opened = opened
        self.people = People(opened.inside, cost=lambda: CHEAP)
        self.kits = Kits(opened.inside)

    @property
    def generation(self) -> int:
        return self.opened.inside.book.keyring.generation


@contextmanager
def by_kit(practice: Practice) -> Iterator[Desk]:
    vault, opened = practice.unlocked()
    try:
        yield Desk(vault, opened)
    finally:
        vault.close()


@contextmanager
def by_password(practice: Practice, user: StaffId | None = None, password: str = PASSWORD) -> Iterator[Desk]:
    vault = practice.open()
    try:
        yield Desk(vault, vault.unlock(user or practice.created.user, password, practice.gate))
    finally:
        vault.close()
