# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault while it is locked: it can be made, found, unlocked, and can keep acts that happen while nobody is in.

Locked and unlocked are different types: nothing here can read or add a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clinicam.errors import AlreadyRunning, Corrupt, NotFound, UnsupportedFormat, VaultClosed, VaultError, WrongPassword
from clinicam.identity import StaffId
from clinicam.permits import PermitCheck
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KdfParameters
from clinicam.vault.creating import create_vault
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder, HostLock
from clinicam.vault.hoststate import LoginName
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.kit import secret_of
from clinicam.vault.locked import LockedChain
from clinicam.vault.media import judge
from clinicam.vault.model import CreatedVault, Login
from clinicam.vault.mounts import System
from clinicam.vault.openvault import OpenVault
from clinicam.vault.seen import (
    load_logins,
    load_marks,
    save_logins,
)
from clinicam.vault.slot import Slot, SlotKind, UserSecret, check_place, open_kit_slot, open_password_slot
from clinicam.vault.stores.calls import REAL, Calls
from clinicam.vault.unlocking import open_vault

__all__ = ["CreatedVault", "Login", "Vault"]


class Vault:
    """See the module. One thread: the vault thread. Holds the lock of this vault on this machine until `close`."""

    def __init__(self, files: VaultFiles, host: HostFolder, keyring: KeyringFile, lock: HostLock) -> None:
        self.vault_id = keyring.vault
        self.training = keyring.training
        self.place = files.place
        self._files = files
        self._host = host
        self._lock = lock
        self._chain = LockedChain(files, host, keyring)
        self._open: OpenVault | None = None
        self._is_closed = False

    @staticmethod
    def create(
        place: Path,
        host: HostFolder,
        *,
        password: str,
        login: str,
        training: bool,
        kdf: KdfParameters | None = None,
        system: System | None = None,
        calls: Calls = REAL,
    ) -> CreatedVault:
        """Make a vault at `place`: its founder is a manager, its recovery kit another of its own. Slow (seconds).

        Args:
            login: how the founder is named on the lock screen.
            kdf: the cost of a password; calibrated to this machine if not given.

        Raises:
            PlaceRefused: storage a vault must not lie on.
            VaultExists: the place is not empty.
            DiskFull, WriteFailed: nothing was made.
        """
        return create_vault(
            place, host, password=password, login=login, training=training, kdf=kdf, system=system, calls=calls
        )

    @staticmethod
    def open(place: Path, host: HostFolder, *, system: System | None = None, calls: Calls = REAL) -> Vault:
        """The locked vault at `place`. What a crash left torn at the end of our own chain is put into quarantine.

        Raises:
            VaultMissing: none there.
            AlreadyRunning: another process has it.
            PlaceRefused: storage a vault must not lie on.
            Corrupt, UnsupportedFormat: keyring or host state.
            DiskFull, WriteFailed: what a crash left could not be cleared.
        """
        files = VaultFiles(place.absolute(), calls)
        keyring = parse_keyring(files.keyring(), vault=None, anchor=None)
        judge(place, training=keyring.training, system=system)
        lock = host.hold(keyring.vault)
        try:
            vault = Vault(files, host, keyring, lock)
            marks = load_marks(host, keyring)
            files.sweep()
            vault._chain.find(marks)
        except BaseException:
            lock.release()
            raise
        return vault

    def record_while_locked(self, what: What, detail: str = "") -> None:
        """Keep an act of which nobody can be named: a wrong password, a frame without a permit.

        On a copied vault, which has no writer yet, it waits in memory for the next unlock. While the vault is open it
        is written as the user's.

        Raises:
            DiskFull, WriteFailed: not kept.
            RolledBack, Forked, Corrupt: our chain is not as we left it, and nothing is added to such a one.
            ValueError: a detail that is no short line.
        """
        self._check()
        text = spell(what, detail)
        if self._open is not None and self._open.is_open:
            self._open.note_act(what, detail)
        else:
            self._chain.record(text)

    def _check(self) -> None:
        if self._is_closed:
            raise VaultClosed("the vault is let go")

    # --- who may come in ------------------------------------------------------------------------------------------

    def _slots(self) -> dict[bytes, bytes]:
        """The slots of people who work here and of kits that count; others are what a crash or a leaver left."""
        active = self._chain.keyring.roster.users
        return {user: data for user, data in self._files.slots().items() if user in active}

    def logins(self) -> tuple[Login, ...]:
        """Who may unlock with a password here. Without names on this machine: by the first digits of their ids.

        Raises:
            Corrupt, UnsupportedFormat: the names or a slot.
        """
        self._check()
        slots = {user: Slot.decode(data) for user, data in self._slots().items()}
        users = {user for user, slot in slots.items() if slot.kind is SlotKind.PASSWORD}
        named = [Login(StaffId(one.user), one.name) for one in load_logins(self._host, self._chain.keyring)]
        known = [login for login in named if login.user in users]
        rest = sorted(users - {login.user for login in known})
        return (*known, *(Login(StaffId(user), user.hex()[:8]) for user in rest))

    def unlock(self, user: StaffId, password: str, checks: PermitCheck) -> OpenVault:
        """Open with a password. Slow (Argon2id).

        Raises:
            LockedOut: too many wrong ones. WrongPassword: one more; it is in the ledger.
            NotFound: no such user.
            Corrupt, UnsupportedFormat: damage. RolledBack, Forked: not as this workstation has seen it.
            WriteFailed, DiskFull: it could not be recorded; or the vault is a copy and the user no manager.
        """
        self._check_locked()
        data = self._slots().get(user)
        if data is None:
            raise NotFound("no such user")
        slot = Slot.decode(data)
        check_place(slot, vault=self.vault_id, user=user)
        self._host.begin_try(self.vault_id)
        try:
            secret = open_password_slot(slot, password)
        except WrongPassword:
            self._record_failure(user.hex())
            raise
        self._host.right(self.vault_id)
        return self._unlock(user, secret, What.UNLOCK, checks)

    def unlock_with_kit(self, words: Sequence[str], checks: PermitCheck) -> OpenVault:
        """Open with the 24 words of a recovery kit; also while wrong passwords have to wait.

        Nobody guesses 256 bits, so tries are not counted: the wait is there for passwords.

        Raises:
            As `unlock`, but not LockedOut; WrongPassword for words that are no kit, or of another vault.
        """
        self._check_locked()
        try:
            user, secret = self._kit_secret(words)
        except WrongPassword:
            self._record_failure("kit")
            raise
        self._host.right(self.vault_id)
        return self._unlock(user, secret, What.UNLOCK_KIT, checks)

    def _kit_secret(self, words: Sequence[str]) -> tuple[StaffId, UserSecret]:
        kit = secret_of(words)
        problem: VaultError = WrongPassword("these words open no slot")
        for user, data in self._slots().items():
            try:
                slot = Slot.decode(data)
                check_place(slot, vault=self.vault_id, user=user)
                if slot.kind is SlotKind.KIT:
                    return StaffId(user), open_kit_slot(slot, kit)
            except (Corrupt, UnsupportedFormat, WrongPassword) as error:
                # One damaged slot must not keep the others' kits out; but if none opens, damage is what to tell.
                problem = problem if isinstance(error, WrongPassword) else error
        raise problem

    def _record_failure(self, detail: str) -> None:
        try:
            self.record_while_locked(What.UNLOCK_FAILED, detail)
        except VaultError:
            return  # the wrong password is what to tell; a ledger that cannot be written shows at the next unlock

    def _check_locked(self) -> None:
        self._check()
        if self._open is not None and self._open.is_open:
            raise AlreadyRunning("unlocked already")

    def _unlock(self, user: StaffId, secret: UserSecret, what: What, checks: PermitCheck) -> OpenVault:
        self._open = open_vault(
            self._files,
            self._host,
            self._chain,
            user=user,
            secret=secret,
            what=what,
            checks=checks,
            logins=lambda: [LoginName(login.user, login.shown) for login in self.logins()],
            on_close=self._was_closed,
        )
        return self._open

    def _was_closed(self) -> None:
        self._open = None

    def remember_login(self, user: StaffId, shown: str) -> None:
        """Show `user` under this name on this machine's lock screen. Only after an unlock here.

        Raises:
            WriteFailed, DiskFull: not kept; also where this workstation has no writer yet.
        """
        self._check()
        if self._chain.scribe is None:
            raise VaultClosed("unlock once before")
        others = [LoginName(login.user, login.shown) for login in self.logins() if login.user != user]
        save_logins(self._host, self.vault_id, self._chain.scribe.writer, [*others, LoginName(user, shown)])

    def close(self) -> None:
        """Lock if it is open, and let the next one in. May be called again."""
        if self._is_closed:
            return
        if self._open is not None:
            self._open.close()
        self._is_closed = True
        self._files.ledger.close()
        self._lock.release()
