# SPDX-License-Identifier: GPL-3.0-or-later
"""A key store and a kernel of the tests' own, and a practice that is opened with both."""

from __future__ import annotations

from dataclasses import dataclass, field

from clinicam.errors import KeyStoreRefused
from clinicam.identity import StaffId, new_id
from clinicam.vault.acts import What
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank, add_user
from clinicam.vault.slot import Slot, UserSecret, seal_password_slot
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import CHEAP, Practice


@dataclass
class FakeDeviceKeys:
    """One workstation's key store. `refuses` makes every call fail for that reason."""

    kept: dict[bytes, bytes] = field(default_factory=dict)
    refuses: str = ""
    calls: list[str] = field(default_factory=list)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if self.refuses:
            raise KeyStoreRefused(self.refuses)

    def fetch(self, vault: bytes) -> bytes | None:
        self._called("fetch")
        return self.kept.get(vault)

    def keep(self, vault: bytes, key: bytes) -> None:
        self._called("keep")
        self.kept[vault] = key

    def forget(self, vault: bytes) -> None:
        self._called("forget")
        self.kept.pop(vault, None)


@dataclass
class FakeKernel:
    """A key service that forgets when told to."""

    kept: dict[str, bytes] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)
    is_there: bool = True

    def works(self) -> bool:
        return self.is_there

    def put(self, name: str, data: bytes, seconds: int) -> bool:
        if self.is_there:
            self.kept[name], self.seconds[name] = data, seconds
        return self.is_there

    def read(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def drop(self, name: str) -> None:
        self.kept.pop(name, None)


@dataclass
class Desk:
    """A workstation of a practice: its key store and its kernel."""

    practice: Practice
    device_keys: FakeDeviceKeys = field(default_factory=FakeDeviceKeys)
    kernel: FakeKernel = field(default_factory=FakeKernel)

    @property
    def user(self) -> StaffId:
        return self.practice.created.user

    def open(self) -> Vault:
        practice = self.practice
        return Vault.open(
            practice.place,
            practice.host,
            calls=practice.calls,
            device_keys=self.device_keys,
            key_service=self.kernel,
        )

    def slot(self, user: bytes | None = None) -> Slot:
        """A user's slot as it lies on the disk."""
        name = (user if user is not None else self.user).hex()
        return Slot.decode((self.practice.place / "slots" / name).read_bytes())


def add_person(vault: OpenVault, rank: Rank, password: str) -> StaffId:
    """A second member of staff, as managers add them."""
    inside = vault.inside
    book, user, secret = inside.book, new_id(), UserSecret.make(inside.book.secret.anchor)
    inside.files.write_slot(
        user, seal_password_slot(secret, vault=book.vault, user=user, password=password, cost=CHEAP)
    )
    roster = add_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=user,
        rank=rank,
        hpke_public=secret.hpke_pair().public,
        sign_public=secret.signing_key().public,
        author=book.user,
        key=book.secret.signing_key(),
    )
    inside.publish(roster=roster)
    return StaffId(user)


def acts(vault: OpenVault, what: What) -> int:
    """How many acts of a kind the ledger has."""
    return vault.counts().acts.get(what.value, 0)
