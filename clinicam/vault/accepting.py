# SPDX-License-Identifier: GPL-3.0-or-later
"""Going on from a history other than the one this workstation has seen: a manager's decision, recorded with both heads.

The workstation goes on as a new writer, so that nothing is ever added to the chain that was rolled back or forked. What
it had seen before is kept beside, and checkpoints that name rows which are not there go into quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError
from clinicam.identity import NOBODY, new_id
from clinicam.vault.acts import What, spell
from clinicam.vault.chainread import ChainReader
from clinicam.vault.checkpoint import read_any
from clinicam.vault.codec import Hash, Id, Record, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.inside import Inside
from clinicam.vault.scribe import Draft

HISTORY_TOPIC = "history"
"""Entries of accepted histories, under the practice's own key; the subject is the chain."""
_ASIDE = ("marks", "writer")


class HistoryNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``history``: a chain's head as it was seen and as it is gone on from (None: no row)."""

    writer: Id
    seen: tuple[int, Hash] | None
    accepted: tuple[int, Hash] | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a manager goes on from: the heads that were seen, and those that are there."""

    seen: tuple[Head, ...]
    there: tuple[Head, ...]
    aside: tuple[str, ...] = ()
    """names in the quarantine of damaged rows that were taken out"""
    is_rebuilt: bool = False
    """pictures without a row are recovered ones, not left by a crash"""

    def drafts(self, inside: Inside) -> list[Draft]:
        """The act, one row for each chain that is not as it was seen; one row at least."""
        key = inside.book.sealing_key(inside.scribe.writer)
        drafts = []
        for note in self._notes():
            detail = f"{note.writer.hex()[:8]} seen={_short(note.seen)} accepted={_short(note.accepted)}"
            content = EntryContent(NOBODY, None, HISTORY_TOPIC, note.writer, encode(note))
            drafts.append(Draft(spell(What.HISTORY_ACCEPTED, detail), None, content, key))
        drafts += [Draft(spell(What.CHAIN_SET_ASIDE, name)) for name in self.aside]
        return drafts or [Draft(spell(What.HISTORY_ACCEPTED, "keyring"))]

    def _notes(self) -> list[HistoryNote]:
        seen, there = _by_writer(self.seen), _by_writer(self.there)
        return [
            HistoryNote(writer, seen.get(writer), there.get(writer))
            for writer in sorted(seen)
            if seen[writer] != there.get(writer)
        ]


def _by_writer(heads: Iterable[Head]) -> dict[bytes, tuple[int, bytes]]:
    return {head.writer: (head.seq, head.row_hash) for head in heads}


def _short(head: tuple[int, bytes] | None) -> str:
    return f"{head[0]}:{head[1].hex()[:16]}" if head is not None else "none"


def keep_aside(host: HostFolder, vault: bytes) -> None:
    """Copy what this workstation had seen, beside itself. Raises DiskFull, WriteFailed."""
    stamp = f"{host.wall_ms()}-{new_id().hex()[:8]}"
    for kind in _ASIDE:
        data = host.read(vault, kind)
        if data is not None:
            host.write(vault, f"{kind}-{stamp}", data)


def set_aside_checkpoints(files: VaultFiles, inside: Inside) -> None:
    """Into quarantine with every checkpoint in the vault that names a row which is not there.

    Raises:
        DiskFull, WriteFailed: those not yet moved stay.
    """
    keyring = inside.book.keyring
    publics = {writer: known.sign_public for writer, known in keyring.roster.writers.items()}
    notes: dict[bytes, Sequence[Head]] = {}
    for writer, note in files.checkpoints().items():
        try:
            notes[writer] = read_any(note, vault=keyring.vault, writers=publics)[0].heads
        except (Corrupt, UnsupportedFormat):
            notes[writer] = (Head(writer, 0, b""),)
    there = _hashes(files, keyring.vault, {(head.writer, head.seq) for heads in notes.values() for head in heads})
    for writer, heads in notes.items():
        if any(there.get((head.writer, head.seq)) != head.row_hash for head in heads):
            files.set_aside("checkpoints", writer.hex())


def _hashes(files: VaultFiles, vault: bytes, wanted: set[tuple[bytes, int]]) -> dict[tuple[bytes, int], bytes]:
    found = {}
    for writer in files.ledger.writers():
        if not any(name == writer for name, _ in wanted):
            continue
        try:
            for stretch in ChainReader(files.ledger, vault=vault, writer=writer, public=None).stretches():
                for row in stretch.rows:
                    if (writer, row.seq) in wanted:
                        found[writer, row.seq] = row.row_hash
        except VaultError:
            continue  # what cannot be read is not there
    return found
