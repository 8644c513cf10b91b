# SPDX-License-Identifier: GPL-3.0-or-later
"""What an open vault leaves behind so that the next opening is quick and tampering shows: snapshot, marks, checkpoint."""

from __future__ import annotations

from collections.abc import Iterable

from clinicam.errors import VaultError
from clinicam.vault.checkpoint import Checkpoint, sign_checkpoint
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.index import Index
from clinicam.vault.indexschema import SCHEMA
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import KeyBook, WriterKey
from clinicam.vault.scribe import Scribe
from clinicam.vault.seen import save_marks
from clinicam.vault.snapshotfile import seal_snapshot

MARKS_EVERY_S = 60.0
CHECKPOINT_EVERY = 256
"""rows"""


def save_checkpoint(files: VaultFiles, keyring: KeyringFile, heads: Iterable[Head], writer: WriterKey) -> Checkpoint:
    """Leave the signed heads in ``checkpoints/<writer>``; what was signed. Raises DiskFull, WriteFailed."""
    checkpoint = Checkpoint(keyring.vault, keyring.generation, keyring.sha256, tuple(heads))
    note = sign_checkpoint(checkpoint, writer=writer.writer, key=writer.signing)
    with files.exclusive("checkpoints"):
        files.write_checkpoint(writer.writer, note)
    return checkpoint


class Upkeep:
    """One thread: the vault thread."""

    def __init__(self, files: VaultFiles, host: HostFolder, book: KeyBook, scribe: Scribe, index: Index) -> None:
        self._files = files
        self._host = host
        self._book = book
        self._scribe = scribe
        self._index = index
        self._marked_at = host.monotonic()
        self._is_due = True
        self._rows = 0

    def wrote(self, rows: int) -> None:
        """Rows were added: marks once a minute, a checkpoint every 256 rows.

        The rows are durable whatever becomes of these, so a failure waits for the next time and is raised by nobody.
        """
        self._is_due = True
        self._rows += rows
        try:
            if self._rows >= CHECKPOINT_EVERY:
                self.save_checkpoint()
            self.tend()
        except VaultError:
            self._is_due = True

    def tend(self) -> None:
        """Marks, if there are rows since the last and those are a minute old. Raises DiskFull, WriteFailed."""
        if self._is_due and self._host.monotonic() - self._marked_at >= MARKS_EVERY_S:
            self.save_marks()

    def save_marks(self) -> None:
        """Remember outside the vault what it holds. Raises DiskFull, WriteFailed."""
        save_marks(self._host, self._files, self._book, self._scribe, self._index.heads())
        self._marked_at = self._host.monotonic()
        self._is_due = False

    def save_checkpoint(self) -> Checkpoint:
        """Sign the heads for whoever keeps them as witness; what was signed. Raises DiskFull, WriteFailed."""
        signed = save_checkpoint(self._files, self._book.keyring, self._index.heads(), self._scribe.writer)
        self._rows = 0
        return signed

    def save_snapshot(self) -> None:
        """Seal the index. Raises DiskFull, WriteFailed."""
        sealed = seal_snapshot(
            self._index.save(),
            vault=self._book.vault,
            generation=self._book.keyring.generation,
            schema=SCHEMA,
            heads=self._index.heads(),
            index_key=self._book.shared.index,
        )
        self._files.write_snapshot(self._scribe.writer.writer, sealed)
