# SPDX-License-Identifier: GPL-3.0-or-later
"""This workstation's own chain while nobody is unlocked: found, cleared of a torn end, and added to without any key."""

from __future__ import annotations

from contextlib import suppress

from clinicam.errors import VaultError
from clinicam.vault.acts import What, spell
from clinicam.vault.chainread import find_end
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.hoststate import Marks
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.seen import is_copy, load_writer
from clinicam.vault.stores.port import Spot

MOST_WAITING = 1000
"""Acts kept in memory while this workstation has no writer; further ones are only counted."""


class LockedChain:
    """One thread. `scribe` is None on a copied vault or new machine, until the first unlock gives it a writer.

    `problem` is what is wrong with our chain; then nothing is added to it.
    """

    def __init__(self, files: VaultFiles, host: HostFolder, keyring: KeyringFile) -> None:
        self._files = files
        self._host = host
        self.keyring = keyring
        self.scribe: Scribe | None = None
        self.problem: VaultError | None = None
        self._waiting: list[str] = []
        self._more_waiting = 0

    def find(self, marks: Marks | None) -> None:
        """Ready the scribe; what a crash left torn behind the marks goes to the quarantine, and an act says so.

        Raises:
            DiskFull, WriteFailed: the torn end could not be put away.
            Corrupt, UnsupportedFormat: the writer's file.
        """
        vault = self.keyring.vault
        writer = load_writer(self._host, vault)
        if writer is None or is_copy(self._host, self._files, vault) or not writer.is_active(self.keyring):
            return
        note = self._host.note(vault)
        heads = marks.heads if marks is not None else ()
        marked = next((head for head in heads if head.writer == writer.writer), None)
        ledger = self._files.ledger
        try:
            end, bad = find_end(
                ledger,
                vault=vault,
                writer=writer.writer,
                public=writer.signing.public,
                marked=marked,
                hint=Spot(note.segment, note.offset) if note is not None else None,
            )
        except VaultError as error:
            self.problem = error
            return
        # Every row since the note rose by one. The note is there, or this would be taken for a copy.
        lamport = note.lamport + max(end.head.seq - note.seq, 0) if note is not None else self._host.wall_ms()
        cut = ledger.cut(writer.writer, bad.spot) if bad is not None else None
        self.scribe = Scribe(ledger, vault=vault, writer=writer, end=end, lamport=lamport)
        if cut is not None:
            self.record(spell(What.CHAIN_CUT, cut))

    def begin_anew(self) -> None:
        """Leave our chain as it lies; the next unlock gives this workstation a new writer."""
        self.scribe = None
        self.problem = None

    def note_looked(self, user: bytes, *, may_write: bool) -> None:
        """That somebody looked without being able to add: recorded if it may and can be, else it waits."""
        text = spell(What.VAULT_LOOKED, user.hex())
        if may_write:
            with suppress(VaultError):  # the disk takes nothing: that is why they may only look
                self.record(text)
                return
        self.keep(text)

    def record(self, text: str) -> None:
        """Add an act of which nobody can be named, or keep it waiting for a writer.

        Raises:
            DiskFull, WriteFailed: not kept. RolledBack, Forked, Corrupt: `problem`.
        """
        if self.problem is not None:
            raise self.problem
        if self.scribe is not None:
            self.scribe.write_locked(text, wall_ms=self._host.wall_ms(), audit_public=self.keyring.audit_public)
        else:
            self.keep(text)

    def keep(self, text: str) -> None:
        """Let an act wait for the next unlock, in memory: it cannot be written now."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(text)
        else:
            self._more_waiting += 1

    def take_waiting(self) -> list[Draft]:
        """What waited, as drafts; each is given once."""
        texts, self._waiting = self._waiting, []
        if self._more_waiting:
            texts.append(spell(What.UNLOCK_FAILED, f"and {self._more_waiting} more acts"))
            self._more_waiting = 0
        return [Draft(text) for text in texts]
