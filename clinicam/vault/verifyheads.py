# SPDX-License-Identifier: GPL-3.0-or-later
"""The heads that somebody signed and that must therefore be rows: from the vault's own checkpoints, or from one kept outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.checkpoint import Checkpoint, read_any, read_checkpoint
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.rows import Row


@dataclass(slots=True)
class Witnesses:
    """Take checkpoints, then show it every row; what is left was never met.

    `witnessed` are the heads that were met.
    """

    keyring: KeyringFile
    findings: list[str] = field(default_factory=list)
    witnessed: set[Head] = field(default_factory=set)
    _wanted: dict[tuple[bytes, int], bytes] = field(default_factory=dict)
    _outside: set[tuple[bytes, int]] = field(default_factory=set)

    def take_own(self, files: VaultFiles) -> None:
        """The checkpoints that lie in the vault."""
        for writer, note in files.checkpoints().items():
            known = self.keyring.roster.writers.get(writer)
            try:
                if known is None:
                    raise Corrupt("of an unknown workstation")
                checkpoint = read_checkpoint(note, vault=self.keyring.vault, writer=writer, public=known.sign_public)
            except (Corrupt, UnsupportedFormat) as error:
                self.findings.append(f"checkpoint {writer.hex()}: {error}")
                continue
            self._want(checkpoint, f"checkpoint {writer.hex()}")

    def take_outside(self, note: bytes) -> None:
        """A checkpoint that was kept elsewhere: signed by any workstation of this vault."""
        name = "checkpoint given"
        writers = {writer: known.sign_public for writer, known in self.keyring.roster.writers.items()}
        try:
            checkpoint, _ = read_any(note, vault=self.keyring.vault, writers=writers)
        except (Corrupt, UnsupportedFormat) as error:
            self.findings.append(f"{name}: {error}")
            return
        self._outside |= {(head.writer, head.seq) for head in checkpoint.heads}
        if checkpoint.generation > self.keyring.generation:
            self.findings.append(
                f"rolled back: the keyring is of generation {self.keyring.generation}, "
                f"the {name} names {checkpoint.generation}"
            )
        same = checkpoint.generation == self.keyring.generation
        if same and checkpoint.keyring_sha256 != self.keyring.sha256:
            self.findings.append(
                f"rewritten: another keyring of generation {checkpoint.generation} than the {name} names"
            )
        self._want(checkpoint, name)

    def _want(self, checkpoint: Checkpoint, name: str) -> None:
        for head in checkpoint.heads:
            held = self._wanted.setdefault((head.writer, head.seq), head.row_hash)
            if held != head.row_hash:
                self.findings.append(f"{name}: another history of {head.writer.hex()}")

    def forget(self, heads: Iterable[Head]) -> None:
        """These were met at an earlier check."""
        for head in heads:
            if self._wanted.get((head.writer, head.seq)) == head.row_hash:
                self.witnessed.add(head)
                del self._wanted[head.writer, head.seq]

    def below(self, writer: bytes, seq: int) -> int:
        """The highest number of a row up to `seq` of `writer` that is still looked for, 0 if none is."""
        return max((number for name, number in self._wanted if name == writer and number <= seq), default=0)

    def see(self, row: Row) -> None:
        """A row goes by."""
        wanted = self._wanted.pop((row.writer, row.seq), None)
        if wanted is None:
            return
        if wanted == row.row_hash:
            self.witnessed.add(row.head)
            return
        word = "rewritten: " if (row.writer, row.seq) in self._outside else ""
        self.findings.append(f"{word}chain {row.writer.hex()}: the row {row.seq} is not the one of a checkpoint")

    def missing(self) -> list[str]:
        """What was never met."""
        return [
            f"{'rolled back: ' if (writer, seq) in self._outside else ''}"
            f"chain {writer.hex()}: the row {seq} of a checkpoint is missing"
            for writer, seq in sorted(self._wanted)
        ]
