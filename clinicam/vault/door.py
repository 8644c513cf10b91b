# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may come in at this workstation, and how: from a password, a PIN or a recovery kit to a user's secret."""

from __future__ import annotations

from collections.abc import Container, Sequence

from clinicam.errors import Corrupt, KeyStoreRefused, NotFound, PinRefused, UnsupportedFormat, VaultError, WrongPassword
from clinicam.identity import StaffId
from clinicam.vault.device_key import DeviceKeys
from clinicam.vault.fast_switch import FastSwitch, KeyService
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.keys import KeyBook
from clinicam.vault.kit import secret_of
from clinicam.vault.locked import LockedChain
from clinicam.vault.model import Login
from clinicam.vault.seen import load_logins
from clinicam.vault.slot import Slot, SlotKind, UserSecret, check_place, open_kit_slot, open_password_slot


class Door:
    """One thread. Nothing here is recorded: `Vault` does that."""

    def __init__(
        self,
        vault: bytes,
        files: VaultFiles,
        host: HostFolder,
        chain: LockedChain,
        device_keys: DeviceKeys | None,
        key_service: KeyService | None,
    ) -> None:
        self._vault = vault
        self._files = files
        self._host = host
        self._chain = chain
        self._device_keys = device_keys
        self.pins = FastSwitch(host, vault, keys=key_service)

    def slots(self) -> dict[bytes, bytes]:
        """The slots of people who work here and of kits that count; others are what a crash or a leaver left."""
        active = self._chain.keyring.roster.users
        return {user: data for user, data in self._files.slots().items() if user in active}

    def logins(self) -> tuple[Login, ...]:
        """See `Vault.logins`."""
        slots = {user: Slot.decode(data) for user, data in self.slots().items()}
        users = {user for user, slot in slots.items() if slot.kind is SlotKind.PASSWORD}
        with_pin = self._pin_users()
        names = load_logins(self._host, self._chain.keyring)
        members = self._chain.keyring.roster.users

        def login(user: bytes, shown: str) -> Login:
            return Login(StaffId(user), shown, user in with_pin, members[user].rank)

        known = [login(one.user, one.name) for one in names if one.user in users]
        rest = sorted(users - {one.user for one in known})
        return (*known, *(login(user, user.hex()[:8]) for user in rest))

    def by_password(self, user: StaffId, password: str) -> UserSecret:
        """Raises: LockedOut, WrongPassword, NotFound, KeyStoreRefused, Corrupt, UnsupportedFormat; see `Vault.unlock`."""
        data = self.slots().get(user)
        if data is None:
            raise NotFound("no such user")
        slot = Slot.decode(data)
        check_place(slot, vault=self._vault, user=user)
        device_key = self._device_key() if slot.uses_device_key else None
        self._host.begin_try(self._vault, user)
        secret = open_password_slot(slot, password, device_key)
        self._host.right(self._vault, user)
        return secret

    def by_pin(self, user: StaffId, pin: str) -> UserSecret:
        """Raises: PinRefused, DiskFull, WriteFailed; see `Vault.unlock_with_pin`."""
        return self.pins.open(user, pin, self.slots(), self._chain.keyring.roster)

    def by_kit(self, words: Sequence[str]) -> tuple[StaffId, UserSecret]:
        """Raises: WrongPassword, Corrupt, UnsupportedFormat; see `Vault.unlock_with_kit`. Waits are over then."""
        kit = secret_of(words)
        problem: VaultError = WrongPassword("these words open no slot")
        active = self.slots()
        for user, data in active.items():
            try:
                slot = Slot.decode(data)
                check_place(slot, vault=self._vault, user=user)
                if slot.kind is SlotKind.KIT:
                    secret = open_kit_slot(slot, kit)
                    self._host.right_kit(self._vault)
                    return StaffId(user), secret
            except (Corrupt, UnsupportedFormat, WrongPassword) as error:
                # One damaged slot must not keep the others' kits out; but if none opens, damage is what to tell.
                problem = problem if isinstance(error, WrongPassword) else error
        self._check_founder(kit, active)
        raise problem

    def _check_founder(self, kit: bytes, active: Container[bytes]) -> None:
        """Return unless the kit opens a slot that the roster leaves out because the roster is another founder's.

        A revoked kit's slot may lie there after a crash too; its keyring is the right one, and the kit opens nothing.

        Raises:
            Corrupt: the keyring is not the one this kit was made for.
        """
        others = {user: data for user, data in self._files.slots().items() if user not in active}
        for user, data in others.items():
            try:
                slot = Slot.decode(data)
                check_place(slot, vault=self._vault, user=user)
                secret = open_kit_slot(slot, kit)
            except (Corrupt, UnsupportedFormat, WrongPassword):
                continue
            parse_keyring(self._files.keyring(), vault=self._vault, anchor=secret.anchor)

    def set_pin(self, book: KeyBook, pin: str) -> None:
        """A PIN for whoever is in; a recovery kit gets none. Raises PinRefused, DiskFull, WriteFailed."""
        slot = self.slots().get(book.user)
        if slot is None or Slot.decode(slot).kind is not SlotKind.PASSWORD:
            raise PinRefused("unsupported")
        self.pins.set(book.user, book.secret, pin, self.slots(), book.keyring.roster)

    def _pin_users(self) -> frozenset[bytes]:
        try:
            return self.pins.users(self.slots(), self._chain.keyring.roster)
        except VaultError:
            return frozenset()  # then passwords are asked for

    def _device_key(self) -> bytes:
        key = self._device_keys.fetch(self._vault) if self._device_keys is not None else None
        if key is None:
            raise KeyStoreRefused("missing")
        return key
