# SPDX-License-Identifier: GPL-3.0-or-later
"""The program while an auditor is in: the ledger and their own password. No register, no patient, no camera. No Qt.

Made on the vault thread, to which everything but `is_open` belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clinicam.identity import Role, Staff
from clinicam.practice.ledger import LedgerBook
from clinicam.vault.auditvault import AuditVault
from clinicam.vault.thread import VaultThread


class AuditRoom:
    """See the module.

    Args:
        names: who the lock screen of this workstation knows, by id.
        idle_s: how long nobody may be there.
        device_key: the practice's device key, where this workstation has it.
    """

    def __init__(
        self,
        vault: AuditVault,
        thread: VaultThread,
        names: Mapping[bytes, str],
        *,
        idle_s: int,
        device_key: Callable[[], bytes | None],
    ) -> None:
        self.vault = vault
        self.thread = thread
        self.training = vault.training
        self.me = Staff(vault.user, names.get(vault.user, vault.user.hex()[:8]), "", frozenset({Role.AUDITOR}))
        self.ledger = LedgerBook(vault.desk, names=lambda: names, alarms=vault.alarms)
        self.idle_s = idle_s
        self._device_key = device_key

    @property
    def is_open(self) -> bool:
        """False once it was locked. Any thread."""
        return self.vault.is_open

    def change_my_password(self, old: str, new: str) -> None:
        """Another password for whoever is in. Slow.

        Raises:
            PasswordRefused, WrongPassword, LockedOut: the old one stays.
            Corrupt, UnsupportedFormat, DiskFull, WriteFailed, KeyStoreRefused: as `AuditVault.change_password`.
        """
        self.vault.change_password(old, new, known=(self.me.name,), device_key=self._device_key)
