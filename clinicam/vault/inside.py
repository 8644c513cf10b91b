# SPDX-License-Identifier: GPL-3.0-or-later
"""The inside of an open vault: what each of its parts works with, and the two ways of changing anything.

Rows are added by `write`, keys and roster by `publish`. There is one for each `OpenVault`, which hands it to the parts
that need more than adding and reading pictures: people, erasure, moving, backup, checks, ledger. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from clinicam.errors import Forked, VaultClosed
from clinicam.permits import PermitCheck
from clinicam.vault.bag import SharedKeys
from clinicam.vault.files import VaultFiles
from clinicam.vault.generation import publish
from clinicam.vault.host import HostFolder
from clinicam.vault.index import Index
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import KeyBook
from clinicam.vault.scribe import Draft, Scribe, Written
from clinicam.vault.storing import Storer
from clinicam.vault.upkeep import Upkeep


class Inside:
    """See the module. After `end` everything raises VaultClosed.

    `published` is told of every keyring that this vault publishes.
    """

    def __init__(
        self,
        files: VaultFiles,
        host: HostFolder,
        book: KeyBook,
        scribe: Scribe,
        index: Index,
        *,
        checks: PermitCheck,
        published: Callable[[KeyringFile], None],
    ) -> None:
        self.files = files
        self.host = host
        self.book = book
        self.scribe = scribe
        self.index = index
        self.checks = checks
        self.upkeep = Upkeep(files, host, book, scribe, index)
        self.storer = Storer(files, book)
        self._published = published
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """False once the vault was locked. Any thread."""
        return self._is_open

    def check_open(self) -> None:
        """Raises: VaultClosed, once the vault was locked. Any thread."""
        if not self._is_open:
            raise VaultClosed("the vault is locked")

    def write(self, drafts: Sequence[Draft]) -> Written:
        """Add rows as one batch in the user's name, fold them into the index, look after the marks.

        Raises:
            DiskFull, WriteFailed: nothing was added.
            Forked: another workstation changed the keys, and not so that one can go on, or one of these is gone.
            Corrupt: a content that its key may not seal.
        """
        self.check_open()
        # No generation is published until the rows are durable: a key dropped in between would leave them shut for good.
        with self.files.steady():
            if self.book.follow():
                self._published(self.book.keyring)
            if any(draft.key is not None and self.book.table.get(draft.key.key_id) is None for draft in drafts):
                raise Forked("keyring: changed by another workstation, and a key is gone")
            written = self.scribe.write(
                drafts,
                who=self.book.user,
                wall_ms=self.host.wall_ms(),
                audit=self.book.audit,
                locator=self.book.table.locator,
            )
            # At once: the rows are there, and must be known even if letting go of the lock fails.
            self.index.fold(written.rows, segment=written.segment, base=written.base)
        self.upkeep.wrote(len(drafts))
        return written

    def publish(
        self,
        *,
        roster: bytes | None = None,
        drop: Iterable[bytes] = (),
        shared: SharedKeys | None = None,
    ) -> None:
        """A new generation, remembered outside the vault at once; see `generation.publish`.

        Raises:
            RoleRefused: the user is no manager.
            Forked: somebody else has published a keyring meanwhile.
            DiskFull, WriteFailed: the old generation stands, or the new one does and only the marks are old.
            Corrupt: the roster or the user would not be accepted.
        """
        self.check_open()
        try:
            publish(self.book, self.scribe.writer, roster=roster, drop=drop, shared=shared)
        finally:
            self._published(self.book.keyring)
        self.upkeep.save_marks()

    def end(self) -> None:
        """Drop the keys and the index."""
        self._is_open = False
        self.storer.close()
        self.index.close()
        self.book.forget()
