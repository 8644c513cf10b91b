# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading acts: all chains as one list, the newest first, filtered, a page at a time, proved as they are read.

Nothing is loaded that was not asked for: the first page of a million acts opens a few hundred of them. A rare filter
has to open every act once; what filters ask of them then stays in memory (about 20 bytes an act), and the next filter
opens only what it shows. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from clinicam.errors import Corrupt, RoleRefused, UnsupportedFormat
from clinicam.identity import Role
from clinicam.vault.acts import Act
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainback import Block, ChainMap, before
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.checkpoint import read_checkpoint
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.inside import Inside
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.ledgerfilter import ActFilter, ActRow, Columns, Names
from clinicam.vault.ledgerstream import ActStream
from clinicam.vault.rows import Row, open_act

EVERYTHING = ActFilter()


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """One workstation's chain. `short` is the code of the newest checkpoint it left, empty if there is none that holds.

    `last_ms` and `newest_lamport` are of its newest act.
    """

    writer: bytes
    rows: int
    last_ms: int
    newest_lamport: int
    head: Head
    short: str
    is_removed: bool


class LedgerReader:
    """See the module.

    Args:
        keys: the audit keys; raises VaultClosed once the vault was locked.
        ends: where each chain is known to end, by writer: what is read is proved to lead there.
        keyring: the one in force.
    """

    def __init__(
        self,
        files: VaultFiles,
        *,
        keys: Callable[[], AuditKeys],
        ends: Callable[[], Mapping[bytes, ChainEnd]],
        keyring: Callable[[], KeyringFile],
    ) -> None:
        self._files = files
        self._keys = keys
        self._ends = ends
        self._keyring = keyring
        self._maps: dict[bytes, ChainMap] = {}
        self._columns: dict[tuple[bytes, int, int], Columns] = {}
        self._names = Names()

    @staticmethod
    def of(inside: Inside) -> LedgerReader:
        """For a manager, who holds the audit seed in a bag. That the others may not is policy, not keys.

        Raises:
            RoleRefused: the user is no manager.
        """
        if not inside.book.is_manager:
            raise RoleRefused(Role.MANAGER.value)
        return LedgerReader.for_witness(inside)

    @staticmethod
    def for_witness(inside: Inside) -> LedgerReader:
        """For what the program itself looks up in the chains, whoever is in."""

        def keys() -> AuditKeys:
            inside.check_open()
            return inside.book.audit

        return LedgerReader(
            inside.files,
            keys=keys,
            ends=lambda: {writer: place.end for writer, place in inside.index.places().items()},
            keyring=lambda: inside.book.keyring,
        )

    @property
    def vault(self) -> bytes:
        """The vault's id."""
        return self._keyring().vault

    def ends(self) -> dict[bytes, ChainEnd]:
        """Where each chain ends that has a row. Raises VaultClosed."""
        self._keys()
        return {writer: end for writer, end in sorted(self._ends().items()) if end.head.seq}

    def heads(self) -> tuple[Head, ...]:
        """The head of each chain, by writer. Raises VaultClosed."""
        return tuple(end.head for end in self.ends().values())

    def rows(self) -> int:
        """How many rows all chains hold. Raises VaultClosed."""
        return sum(head.seq for head in self.heads())

    def stream(self, wanted: ActFilter = EVERYTHING) -> ActStream:
        """The acts that `wanted` keeps, the newest first, as of now: later ones do not appear. Raises VaultClosed."""
        return ActStream(self, wanted)

    def count(
        self,
        wanted: ActFilter = EVERYTHING,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int | None:
        """How many acts `wanted` keeps; None if it was cancelled. `progress` is told (rows looked at, rows).

        Raises:
            VaultClosed: locked. Corrupt, UnsupportedFormat: a row that is not what was written.
        """
        found = done = 0
        ends, of = self.ends(), self.rows()
        for writer, end in ends.items():
            if wanted.writer is not None and wanted.writer != writer:
                done += end.head.seq
                continue
            block: Block | None = self.map(writer).newest(end)
            while block is not None:
                if cancelled():
                    return None
                columns = self.columns(writer, block)
                found += len(columns.places(wanted, self._names))
                done += len(columns)
                progress(done, of)
                block = self.map(writer).older(block, columns.before)
        progress(of, of)
        return found

    def chains(self) -> tuple[ChainFacts, ...]:
        """What there is to say of each workstation, by writer.

        Raises:
            VaultClosed: locked. Corrupt, UnsupportedFormat: its newest row is not what was written.
        """
        writers = self._keyring().roster.writers
        notes = self._files.checkpoints()
        ends = self.ends()
        facts = []
        for writer, known in sorted(writers.items()):
            end = ends.get(writer)
            if end is None:
                continue
            newest = self._newest(writer, end)
            short = self._short(notes.get(writer), writer, known.sign_public)
            is_removed = known.final is not None
            facts.append(ChainFacts(writer, end.head.seq, newest.wall, newest.lamport, end.head, short, is_removed))
        return tuple(facts)

    def _newest(self, writer: bytes, end: ChainEnd) -> Act:
        alone = Block(end.segment, 0, end.start, end.stop, end.head)
        return self._open(self.map(writer).rows(alone)[-1]).act

    def _short(self, note: bytes | None, writer: bytes, public: bytes) -> str:
        if note is None:
            return ""
        try:
            return read_checkpoint(note, vault=self.vault, writer=writer, public=public).short()
        except (Corrupt, UnsupportedFormat):
            return ""  # `verify` names it; here it is only not vouched for

    def has(self, head: Head) -> bool:
        """Whether a head that somebody signed is a row of these chains.

        Raises:
            VaultClosed: locked. Corrupt: a segment does not hold whole rows.
        """
        end = self.ends().get(head.writer)
        if end is None or head.seq > end.head.seq:
            return False
        found = self.map(head.writer).find(head.seq)
        return found is not None and found.head == head

    # --- for streams -----------------------------------------------------------------------------------------------

    def map(self, writer: bytes) -> ChainMap:
        """Where the blocks of one chain lie."""
        if writer not in self._maps:
            self._maps[writer] = ChainMap(self._files.ledger, self.vault, writer)
        return self._maps[writer]

    def columns(self, writer: bytes, block: Block) -> Columns:
        """The columns of a block, from memory if it was opened before and still ends where it did.

        Raises:
            VaultClosed: locked. Corrupt, UnsupportedFormat: a row that is not what was written.
        """
        held = self._held(writer, block)
        return held if held is not None else self._take_in(writer, block)[1]

    def matching(self, writer: bytes, block: Block, wanted: ActFilter) -> tuple[list[ActRow], Columns]:
        """The acts of a block that `wanted` keeps, the newest first, and the block's columns. Raises as `columns`."""
        held = self._held(writer, block)
        if held is None:
            acts, held = self._take_in(writer, block)
            return [acts[place] for place in reversed(held.places(wanted, self._names))], held
        places = held.places(wanted, self._names)
        rows = self.map(writer).rows(block) if places else ()
        return [self._open(rows[place]) for place in reversed(places)], held

    def _held(self, writer: bytes, block: Block) -> Columns | None:
        held = self._columns.get((writer, block.segment, block.number))
        return held if held is not None and held.last == block.last else None

    def _take_in(self, writer: bytes, block: Block) -> tuple[list[ActRow], Columns]:
        rows = self.map(writer).rows(block)
        acts = [self._open(row) for row in rows]
        if any(one.act.lamport >= two.act.lamport for one, two in pairwise(acts)):
            raise Corrupt("act: Lamport time does not rise")
        held = Columns(self._names, acts, last=block.last, before=before(rows[0]))
        self._columns[writer, block.segment, block.number] = held
        return acts, held

    def _open(self, row: Row) -> ActRow:
        return ActRow(row.head, row.rid, open_act(row, self.vault, self._keys()))
