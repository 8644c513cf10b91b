# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault as an auditor opens it: every act of every chain, and no key that opens anything of a patient.

The keyring gives an auditor the audit seed A and nothing else. There is no bag key here, no content key, no locator
key: this type has nothing to read or add pictures with, and could not be given it by mistake. What an auditor does is
recorded like everybody else's acts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.errors import VaultClosed, VaultError, WrongPassword
from clinicam.identity import StaffId, WorkstationId
from clinicam.vault.acts import What, spell
from clinicam.vault.aead import KdfParameters, calibrate
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.labels import ZERO_HASH
from clinicam.vault.ledgerdesk import LedgerDesk
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.ownpassword import change_password
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.seen import save_audit_marks
from clinicam.vault.slot import Slot, UserSecret
from clinicam.vault.upkeep import CHECKPOINT_EVERY, save_checkpoint

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class AuditInside:
    """What an `AuditVault` works with. `ends`: where each chain ends; ours moves on with each act of ours."""

    files: VaultFiles
    host: HostFolder
    keyring: KeyringFile
    user: bytes
    secret: UserSecret = field(repr=False)
    audit: AuditKeys = field(repr=False)
    scribe: Scribe
    ends: dict[bytes, ChainEnd]

    def write(self, drafts: Sequence[Draft]) -> None:
        """Add acts as one batch in the auditor's name. Raises DiskFull, WriteFailed."""
        self.scribe.write(drafts, who=self.user, wall_ms=self.host.wall_ms(), audit=self.audit, locator=b"")
        self.ends[self.scribe.writer.writer] = self.scribe.end

    def save_marks(self) -> None:
        """Remember outside the vault how far the chains go. Raises DiskFull, WriteFailed, Corrupt, UnsupportedFormat."""
        heads = [end.head for end in self.ends.values()]
        save_audit_marks(self.host, self.files, self.keyring, self.scribe, heads)

    def save_checkpoint(self) -> None:
        """Sign the heads. Raises DiskFull, WriteFailed."""
        save_checkpoint(self.files, self.keyring, (end.head for end in self.ends.values()), self.scribe.writer)


class AuditVault:
    """See the module. Made by `Vault.unlock_audit`; after `close` every method raises VaultClosed. Vault thread.

    `alarms` are what opening found and a manager should see. `desk` reads acts and vouches for them.
    """

    def __init__(self, inside: AuditInside, *, alarms: Sequence[str], on_close: Callable[[], None]) -> None:
        self.user = StaffId(inside.user)
        self.vault_id = inside.keyring.vault
        self.training = inside.keyring.training
        self.writer = WorkstationId(inside.scribe.writer.writer)
        self.alarms = tuple(alarms)
        self._inside = inside
        self._on_close = on_close
        self._is_open = True
        self._rows = 0
        reader = LedgerReader(inside.files, keys=self._audit, ends=lambda: inside.ends, keyring=lambda: inside.keyring)
        self.desk = LedgerDesk(
            reader,
            inside.files,
            user=self.user,
            key=inside.scribe.writer,
            keyring=lambda: inside.keyring,
            note=self._write,
            wall_ms=inside.host.wall_ms,
        )

    @property
    def is_open(self) -> bool:
        """False once it was closed. Any thread."""
        return self._is_open

    @property
    def place(self) -> Path:
        """Where the vault lies."""
        return self._inside.files.place

    def _audit(self) -> AuditKeys:
        self._check_open()
        return self._inside.audit

    def _check_open(self) -> None:
        if not self._is_open:
            raise VaultClosed("the vault is locked")

    def note_act(self, what: What, detail: str = "") -> None:
        """Record an act that is about no patient.

        Raises:
            DiskFull, WriteFailed: not recorded. ValueError: a detail that is no short line.
        """
        self._write(Draft(spell(what, detail)))

    def change_password(
        self,
        old: str,
        new: str,
        *,
        known: Iterable[str] = (),
        cost: Callable[[], KdfParameters] = calibrate,
        device_key: Callable[[], bytes | None] = lambda: None,
    ) -> None:
        """Put the auditor's keys behind another password; see `ownpassword.change_password`. Slow.

        `device_key` is asked for the practice's device key if the auditor's slot has it mixed in.

        Raises:
            PasswordRefused, WrongPassword, LockedOut: the old one stays.
            Corrupt, UnsupportedFormat: the slot. DiskFull, WriteFailed: the old one stays, or it was not recorded.
        """
        self._check_open()
        inside = self._inside
        slot = inside.files.slots().get(self.user)
        # Whether the practice wants its device key in slots is a record of the vault; an auditor's slot stays as it is.
        is_mixed = slot is not None and Slot.decode(slot).uses_device_key
        key = device_key() if is_mixed else None
        try:
            change_password(
                inside.files,
                inside.host,
                vault=self.vault_id,
                user=self.user,
                secret=inside.secret,
                old=old,
                new=new,
                known=known,
                cost=cost,
                held_key=key,
                slot_key=key,
            )
        except WrongPassword:
            self.note_act(What.UNLOCK_FAILED, f"{self.user.hex()} change")
            raise
        self.note_act(What.SLOT_REWRAPPED, self.user.hex())

    def _write(self, draft: Draft) -> None:
        self._check_open()
        self._inside.write([draft])
        self._rows += 1
        if self._rows % CHECKPOINT_EVERY == 0:
            self._try(self._inside.save_marks, self._inside.save_checkpoint)

    def close(self, cause: str = "") -> None:
        """Lock: last act, marks, checkpoint; then the keys are dropped. Never fails, may be called again.

        `cause` is one word for the act: why it was locked.
        """
        if not self._is_open:
            return
        self._try(lambda: self.note_act(What.LOCK, cause), self._inside.save_marks, self._inside.save_checkpoint)
        self._is_open = False
        self._inside.audit = AuditKeys.from_seed(ZERO_HASH)
        self._inside.secret = UserSecret(b"", b"", self._inside.secret.anchor)
        self._on_close()

    def _try(self, *steps: Callable[[], None]) -> None:
        """What could not be written is only convenience: every act is durable already."""
        for step in steps:
            try:
                step()
            except VaultError as error:
                logger.warning("ledger: %s", error)
