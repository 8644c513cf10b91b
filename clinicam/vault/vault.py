# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault while it is locked: it can be made, found, unlocked, and can keep acts that happen while nobody is in.

Locked and unlocked are different types: nothing here can read or add a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clinicam.errors import (
    AlreadyRunning,
    KeyStoreRefused,
    PinRefused,
    RoleRefused,
    VaultClosed,
    VaultError,
    WrongPassword,
)
from clinicam.identity import Role, StaffId
from clinicam.permits import PermitCheck
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KdfParameters
from clinicam.vault.device_key import DeviceKeys
from clinicam.vault.door import Door
from clinicam.vault.fast_switch import KeyService
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder, HostLock
from clinicam.vault.hoststate import LoginName
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.kit import secret_of
from clinicam.vault.locked import LockedChain
from clinicam.vault.media import judge
from clinicam.vault.model import CreatedVault, Login
from clinicam.vault.mounts import System
from clinicam.vault.roster import Rank
from clinicam.vault.seen import (
    load_marks,
    save_logins,
)
from clinicam.vault.slot import UserSecret
from clinicam.vault.stores.calls import REAL, Calls

if TYPE_CHECKING:
    # What an open vault is made of is not needed for a lock screen; each way in imports its own.
    from clinicam.vault.accepting import Accepted
    from clinicam.vault.auditvault import AuditVault
    from clinicam.vault.openvault import OpenVault
    from clinicam.vault.readonly import ReadOnlyVault

__all__ = ["CreatedVault", "Login", "Vault"]


class Vault:
    """See the module. One thread: the vault thread. Holds the lock of this vault on this machine until `close`."""

    def __init__(
        self,
        files: VaultFiles,
        host: HostFolder,
        keyring: KeyringFile,
        lock: HostLock,
        *,
        device_keys: DeviceKeys | None = None,
        key_service: KeyService | None = None,
    ) -> None:
        self.vault_id = keyring.vault
        self.training = keyring.training
        self.place = files.place
        self._files = files
        self._host = host
        self._lock = lock
        self._chain = LockedChain(files, host, keyring)
        self._device_keys = device_keys
        self._door = Door(self.vault_id, files, host, self._chain, device_keys, key_service)
        self._open: OpenVault | None = None
        self._audit: AuditVault | None = None
        self._looking: ReadOnlyVault | None = None
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
        from clinicam.vault.creating import create_vault

        return create_vault(
            place, host, password=password, login=login, training=training, kdf=kdf, system=system, calls=calls
        )

    @staticmethod
    def open(
        place: Path,
        host: HostFolder,
        *,
        system: System | None = None,
        calls: Calls = REAL,
        device_keys: DeviceKeys | None = None,
        key_service: KeyService | None = None,
    ) -> Vault:
        """The locked vault at `place`. What a crash left torn at the end of our own chain is put into quarantine.

        Args:
            device_keys: where this workstation keeps practices' device keys; without, a slot that needs one stays shut.
            key_service: where the secrets behind PINs lie; the kernel's, if not given.

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
            vault = Vault(files, host, keyring, lock, device_keys=device_keys, key_service=key_service)
            marks = load_marks(host, keyring)
            files.sweep()
            vault._chain.find(marks)
        except BaseException:
            lock.release()
            raise
        return vault

    def record_while_locked(self, what: What, detail: str = "") -> None:
        """Keep an act of which nobody can be named: a wrong password, a frame without a permit.

        On a copied vault, which has no writer yet, or while somebody looks without adding, it waits in memory for the next
        unlock. While the vault is open it is written as the user's.

        Raises:
            DiskFull, WriteFailed: not kept.
            RolledBack, Forked, Corrupt: our chain is not as we left it, and nothing is added to such a one.
            ValueError: a detail that is no short line.
        """
        self._check()
        text = spell(what, detail)
        if self._open is not None and self._open.is_open:
            self._open.note_act(what, detail)
        elif self._audit is not None:
            self._audit.note_act(what, detail)
        elif self._looking is not None:
            # Nothing is added to what somebody is looking at: going on from there cuts whatever they have not seen.
            self._chain.keep(text)
        else:
            self._chain.record(text)

    def _check(self) -> None:
        if self._is_closed:
            raise VaultClosed("the vault is let go")

    # --- who may come in ------------------------------------------------------------------------------------------

    def logins(self) -> tuple[Login, ...]:
        """Who may unlock with a password here. Without names on this machine: by the first digits of their ids.

        Raises:
            Corrupt, UnsupportedFormat: the names or a slot.
        """
        self._check()
        return self._door.logins()

    def unlock(self, user: StaffId, password: str, checks: PermitCheck) -> OpenVault:
        """Open with a password. Slow (Argon2id).

        Raises:
            LockedOut: too many wrong ones. WrongPassword: one more; it is in the ledger.
            NotFound: no such user. RoleRefused: an auditor, for whom `unlock_audit` is; no try is counted.
            KeyStoreRefused: the slot needs the practice's device key, which is not to be had here; no try is counted.
            Corrupt, UnsupportedFormat: damage. RolledBack, Forked: not as this workstation has seen it.
            WriteFailed, DiskFull: it could not be recorded; or the vault is a copy and the user no manager.
        """
        self._check_locked()
        self._check_holder(user)
        return self._unlock(user, self._by_password(user, password), What.UNLOCK, checks, password)

    def unlock_audit(self, user: StaffId, password: str) -> AuditVault:
        """Open the acts for an auditor, and nothing of any patient. Slow (Argon2id). It is in the ledger.

        Raises:
            RoleRefused: the user is no auditor; no try is counted.
            and as `unlock`.
        """
        self._check_locked()
        if self._rank(user) is not Rank.AUDITOR:
            raise RoleRefused(Role.AUDITOR.value)
        secret = self._by_password(user, password)
        from clinicam.vault.auditing import open_audit

        self._audit = open_audit(
            self._files, self._host, self._chain, user=user, secret=secret, on_close=self._was_closed
        )
        return self._audit

    def unlock_with_kit(self, words: Sequence[str], checks: PermitCheck) -> OpenVault:
        """Open with the 24 words of a recovery kit; also while wrong passwords have to wait.

        Nobody guesses 256 bits, so tries are not counted: the wait is there for passwords.

        Raises:
            As `unlock`, but not LockedOut; WrongPassword for words that are no kit, or of another vault.
        """
        self._check_locked()
        user, secret = self._by_kit(words)
        return self._unlock(user, secret, What.UNLOCK_KIT, checks)

    def unlock_with_pin(self, user: StaffId, pin: str, checks: PermitCheck) -> OpenVault:
        """Open with the PIN `user` gave themselves on this workstation; see `fast_switch`. 0.3 s.

        Raises:
            PinRefused: wrong, with the tries left; gone, then the password is asked for. It is in the ledger.
            and as `unlock`, but not LockedOut.
        """
        self._check_locked()
        self._check_holder(user)
        try:
            secret = self._door.by_pin(user, pin)
        except PinRefused:
            self._record_failure(f"pin {user.hex()}")
            raise
        return self._unlock(user, secret, What.UNLOCK_PIN, checks)

    def unlock_read_only(self, user: StaffId, password: str) -> ReadOnlyVault:
        """Open with a password for looking only, where `unlock` was refused by what lies there or by the disk. Slow.

        Nothing is written; that somebody looked waits in memory for the next unlock if it cannot be recorded.

        Raises:
            LockedOut, WrongPassword, NotFound, KeyStoreRefused: as `unlock`. RoleRefused: an auditor.
            Corrupt, UnsupportedFormat: the keys themselves do not open.
        """
        self._check_locked()
        self._check_holder(user)
        return self._look(user, self._by_password(user, password))

    def unlock_read_only_with_kit(self, words: Sequence[str]) -> ReadOnlyVault:
        """As `unlock_read_only`, with the words of a recovery kit. Raises: as there; no try is counted."""
        self._check_locked()
        return self._look(*self._by_kit(words))

    def _look(self, user: StaffId, secret: UserSecret) -> ReadOnlyVault:
        from clinicam.vault.readonly import open_read_only

        self._looking = open_read_only(
            self._files, self._host, self._chain, user=user, secret=secret, on_close=self._was_closed
        )
        self._chain.note_looked(user, may_write=not self._looking.problems)
        return self._looking

    def accept_history(self, looking: ReadOnlyVault, checks: PermitCheck) -> OpenVault:
        """Go on from what `looking` shows, as a new writer: a manager's decision, in the ledger with both heads.

        Raises:
            RoleRefused: no manager.
            RolledBack, Corrupt, UnsupportedFormat: damage that no decision mends; see `rebuilding`.
            DiskFull, WriteFailed: not gone on from; `looking` is closed.
        """
        self._check_decides(looking)
        from clinicam.vault.accepting import Accepted

        return self._go_on(looking, Accepted(looking.seen, looking.heads), checks)

    def rebuild(self, looking: ReadOnlyVault, checks: PermitCheck) -> OpenVault:
        """As `accept_history`, where the ledger is damaged: what is not whole goes into quarantine, and pictures that no
        row names any more get one again; see `rebuilding`. Slow: every such picture is opened.

        Raises:
            RoleRefused: no manager.
            Corrupt, UnsupportedFormat: the keys themselves are damaged.
            DiskFull, WriteFailed: not gone on from; call it again.
        """
        self._check_decides(looking)
        seen, there = looking.seen, looking.heads
        from clinicam.vault.accepting import Accepted
        from clinicam.vault.rebuilding import set_aside_damage

        aside = set_aside_damage(self._files, looking.places)
        return self._go_on(looking, Accepted(seen, there, aside, is_rebuilt=True), checks)

    def _check_decides(self, looking: ReadOnlyVault) -> None:
        self._check()
        if looking is not self._looking:
            raise VaultClosed("the vault is locked")
        if not looking.is_manager:
            raise RoleRefused(Role.MANAGER.value)

    def _go_on(self, looking: ReadOnlyVault, accepted: Accepted, checks: PermitCheck) -> OpenVault:
        user, secret = looking.user, looking.secret()
        looking.close()
        from clinicam.vault.accepting import keep_aside

        keep_aside(self._host, self.vault_id)
        self._chain.begin_anew()
        return self._unlock(user, secret, What.UNLOCK, checks, accepted=accepted)

    def _by_kit(self, words: Sequence[str]) -> tuple[StaffId, UserSecret]:
        try:
            return self._door.by_kit(words)
        except WrongPassword:
            self._record_failure("kit")
            raise

    def _by_password(self, user: StaffId, password: str) -> UserSecret:
        try:
            return self._door.by_password(user, password)
        except WrongPassword:
            self._record_failure(user.hex())
            raise

    def _rank(self, user: StaffId) -> Rank | None:
        member = self._chain.keyring.roster.users.get(user)
        return member.rank if member is not None else None

    def _check_holder(self, user: StaffId) -> None:
        if self._rank(user) is Rank.AUDITOR:
            raise RoleRefused(Role.NURSE.value)

    def _record_failure(self, detail: str) -> None:
        try:
            self.record_while_locked(What.UNLOCK_FAILED, detail)
        except VaultError:
            return  # the wrong password is what to tell; a ledger that cannot be written shows at the next unlock

    def _check_locked(self) -> None:
        self._check()
        if self._open is not None or self._audit is not None or self._looking is not None:
            raise AlreadyRunning("unlocked already")

    def _unlock(
        self,
        user: StaffId,
        secret: UserSecret,
        what: What,
        checks: PermitCheck,
        password: str | None = None,
        *,
        accepted: Accepted | None = None,
    ) -> OpenVault:
        from clinicam.vault.unlocking import open_vault

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
            accepted=accepted,
        )
        if self._device_keys is not None:
            from clinicam.vault.enrolment import Enrolment

            Enrolment(self._open.inside, self._device_keys).settle(password)
        return self._open

    def _was_closed(self) -> None:
        self._open = self._audit = self._looking = None

    # --- what this workstation keeps of people ----------------------------------------------------------------------

    def set_pin(self, pin: str) -> None:
        """Give whoever is in a PIN on this workstation.

        Raises:
            PinRefused: short, simple, unsupported. VaultClosed: nobody is in. DiskFull, WriteFailed: there is none.
        """
        self._check()
        if self._open is None:
            raise VaultClosed("the vault is locked")
        self._door.set_pin(self._open.inside.book, pin)
        self._open.note_act(What.PIN_SET)

    def has_pins(self) -> bool:
        """Whether PINs can be set on this workstation."""
        return self._door.pins.is_offered()

    def forget_pins(self, user: StaffId | None = None) -> None:
        """Drop everybody's PIN, or one person's: before sleep, or at their wish. Raises DiskFull, WriteFailed."""
        self._check()
        self._door.pins.forget(user)

    def give_device_key(self, words: Sequence[str]) -> None:
        """Enrol this workstation: keep the practice's device key, typed from a manager's screen.

        That they are the right words shows when a slot opens with them.

        Raises:
            WrongPassword: not such words. KeyStoreRefused: this workstation cannot keep the key.
        """
        self._check()
        if self._device_keys is None:
            raise KeyStoreRefused("none")
        self._device_keys.keep(self.vault_id, secret_of(words))

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
        for one in (self._open, self._audit, self._looking):
            if one is not None:
                one.close()
        self._is_closed = True
        self._files.ledger.close()
        self._lock.release()
