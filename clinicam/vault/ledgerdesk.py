# SPDX-License-Identifier: GPL-3.0-or-later
"""What whoever may read the ledger can do at it: read acts, and vouch for its state with this workstation's key.

An auditor and a manager have the same desk; what differs is where the audit seed came from. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clinicam.identity import StaffId, WorkstationId
from clinicam.vault.acts import What, spell
from clinicam.vault.checkpoint import Checkpoint, sign_checkpoint, sign_note, vkey
from clinicam.vault.files import VaultFiles
from clinicam.vault.inside import Inside
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import WriterKey
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.scribe import Draft
from clinicam.vault.upkeep import save_checkpoint


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A checkpoint that somebody outside is to keep: the signed note, and its short code for paper."""

    checkpoint: Checkpoint
    note: bytes

    @property
    def short(self) -> str:
        """Twenty characters."""
        return self.checkpoint.short()


class LedgerDesk:
    """See the module.

    Args:
        note: records an act in the user's name.
        wall_ms: the UTC wall clock.
    """

    def __init__(
        self,
        reader: LedgerReader,
        files: VaultFiles,
        *,
        user: StaffId,
        key: WriterKey,
        keyring: Callable[[], KeyringFile],
        note: Callable[[Draft], object],
        wall_ms: Callable[[], int],
    ) -> None:
        self.reader = reader
        self.user = user
        self.wall_ms = wall_ms
        self._files = files
        self._key = key
        self._keyring = keyring
        self._note = note

    @staticmethod
    def of(inside: Inside) -> LedgerDesk:
        """A manager's. Raises RoleRefused."""
        return LedgerDesk(
            LedgerReader.of(inside),
            inside.files,
            user=StaffId(inside.book.user),
            key=inside.scribe.writer,
            keyring=lambda: inside.book.keyring,
            note=lambda draft: inside.write([draft]),
            wall_ms=inside.host.wall_ms,
        )

    @property
    def files(self) -> VaultFiles:
        """Where the vault lies, and how files are written."""
        return self._files

    @property
    def keyring(self) -> KeyringFile:
        """The one in force."""
        return self._keyring()

    @property
    def writer(self) -> WorkstationId:
        """This workstation, in whose name notes are signed."""
        return WorkstationId(self._key.writer)

    @property
    def vkey(self) -> str:
        """This workstation's public key as C2SP writes one, for somebody who is to check its notes."""
        return vkey(self.keyring.vault, self._key.writer, self._key.signing.public)

    def note(self, what: What, detail: str = "") -> None:
        """Record an act of the user's at the ledger.

        Raises:
            VaultClosed; DiskFull, WriteFailed: not recorded. ValueError: a detail that is no short line.
        """
        self._note(Draft(spell(what, detail)))

    def sign(self, text: str) -> bytes:
        """A C2SP note of `text`, whose lines are ended, signed by this workstation."""
        return sign_note(text, vault=self.keyring.vault, writer=self._key.writer, key=self._key.signing)

    def hand_out(self) -> HandedOut:
        """A checkpoint of this moment for somebody to keep. It is left in the vault too, and its code is in the ledger.

        Raises:
            VaultClosed; DiskFull, WriteFailed: nothing is handed out that the ledger does not know of.
        """
        checkpoint = save_checkpoint(self._files, self.keyring, self.reader.heads(), self._key)
        self.note(What.CHECKPOINT, checkpoint.short())
        return HandedOut(checkpoint, sign_checkpoint(checkpoint, writer=self._key.writer, key=self._key.signing))
