# SPDX-License-Identifier: GPL-3.0-or-later
"""From a user's secret to a checked index: the chains read, verified and folded, or the snapshot and what came since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clinicam.errors import Corrupt, Forked, RolledBack, UnsupportedFormat, VaultError
from clinicam.vault.acts import Act
from clinicam.vault.chainread import ChainEnd, ChainReader, Stretch, check_marked, row_at
from clinicam.vault.content import RowContent
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.index import Index
from clinicam.vault.indexschema import SCHEMA
from clinicam.vault.keyref import mask
from clinicam.vault.keys import KeyBook
from clinicam.vault.roster import Writer
from clinicam.vault.rows import FLAG_HPKE, Row, check_signature, open_act, open_under
from clinicam.vault.segment import MAGIC, ActOrder
from clinicam.vault.snapshotfile import open_snapshot


@dataclass(frozen=True, slots=True)
class Loaded:
    """An index that covers every chain. `unscanned`: an object without a row may be about.

    `keyless`: ids of the keys that rows read now were sealed with and that nobody holds; a snapshot's rows are not looked at.
    """

    index: Index
    unscanned: bool
    alarms: tuple[str, ...]
    keyless: frozenset[bytes] = frozenset()


def load(
    files: VaultFiles,
    book: KeyBook,
    *,
    own: bytes,
    marked: Iterable[Head],
    problems: list[VaultError] | None = None,
) -> Loaded:
    """Read what the ledger holds.

    Args:
        own: the writer whose snapshot to use.
        marked: heads that must be found.
        problems: where given, what is wrong is added here instead of being raised, and what can be read is read: each
            chain up to the first row that is not whole, or not signed. For looking only.

    Raises:
        RolledBack: a marked head is missing.
        Forked: another row in place of one.
        Corrupt, UnsupportedFormat: damage; nothing was changed.
    """
    marks = {head.writer: head for head in marked}
    index = _from_snapshot(files, book, own, marks)
    is_fresh = index is None
    index = index if index is not None else Index(settled=False)
    try:
        reader = _Reader(files, book, index, marks, check_all=not is_fresh, problems=problems)
        writers = files.ledger.writers()
        if missing := marks.keys() - set(writers):
            reader.tell(RolledBack(f"ledger: {len(missing)} chains are gone"))
        for writer in writers:
            reader.chain(writer)
        if is_fresh:
            index.settle()
    except BaseException:
        index.close()
        raise
    unscanned = is_fresh or reader.unlocked_rows or bool(index.fact("scan"))
    return Loaded(index, unscanned, tuple(reader.alarms), frozenset(reader.keyless))


def _from_snapshot(files: VaultFiles, book: KeyBook, own: bytes, marks: dict[bytes, Head]) -> Index | None:
    """The index as this workstation left it, if every head it names is a stored row; a cache, so never an error."""
    index: Index | None = None
    try:
        raw = files.snapshot(own)
        if raw is None:
            return None
        snapshot = open_snapshot(raw, vault=book.vault, generation=book.keyring.generation, index_key=book.shared.index)
        if snapshot.schema != SCHEMA:
            return None
        index = Index(snapshot.index)
        places = index.places()
        fits = index.heads() == snapshot.heads and all(
            _stands(files, book, place.end, marks.get(writer), is_own=writer == own) for writer, place in places.items()
        )
    except (Corrupt, UnsupportedFormat):
        fits = False
    if not fits and index is not None:
        index.close()
        return None
    return index


def _stands(files: VaultFiles, book: KeyBook, end: ChainEnd, marked: Head | None, *, is_own: bool) -> bool:
    row = row_at(files.ledger, book.vault, end.head.writer, end.segment, end.start)
    if row is None or row.head != end.head:
        return False
    # A mark before the snapshot cannot be looked up from here; our own was looked up when the vault was opened.
    return is_own or marked is None or marked.seq >= end.head.seq


class _Reader:
    def __init__(
        self,
        files: VaultFiles,
        book: KeyBook,
        index: Index,
        marks: dict[bytes, Head],
        *,
        check_all: bool,
        problems: list[VaultError] | None = None,
    ) -> None:
        self._files = files
        self._book = book
        self._index = index
        self._marks = marks
        self._check_all = check_all or problems is not None
        self._problems = problems
        self._places = index.places()
        self.unlocked_rows = False
        self.keyless: set[bytes] = set()
        self.alarms: list[str] = []

    def tell(self, problem: VaultError) -> None:
        """Raise it, or add it to what is wrong."""
        if self._problems is None:
            raise problem
        self._problems.append(problem)

    def chain(self, writer: bytes) -> None:
        """Fold one chain's rows from where the index left off; check what there is to check."""
        try:
            self._chain(writer)
        except VaultError as error:
            if self._problems is None:
                raise
            self._problems.append(error)

    def _chain(self, writer: bytes) -> None:
        known = self._book.keyring.roster.writers.get(writer)
        if known is None:
            if not self._files.ledger.segments(writer):
                return  # its rows went into quarantine, the folder stayed
            raise Corrupt("ledger: rows of an unknown workstation")
        place = self._places.get(writer)
        marked = self._marks.get(writer)
        seen = marked is None or (place is not None and place.end.head.seq >= marked.seq)
        reader = ChainReader(
            self._files.ledger,
            vault=self._book.vault,
            writer=writer,
            public=known.sign_public,
            after=place.end if place is not None else None,
        )
        order = ActOrder(place.lamport) if place is not None else ActOrder()
        torn: tuple[Stretch, Corrupt] | None = None
        for stretch in reader.stretches():
            if torn is not None and stretch.rows:
                raise torn[1]
            whole, torn = _parted(stretch, known.sign_public) if stretch.rows else (stretch, torn)
            self._fold(whole, known, order)
            for row in whole.rows:
                if marked is not None and row.seq == marked.seq:
                    seen = self._is_marked(row, marked, known)
        if torn is not None:
            # As with our own chain: torn, if nothing lies behind and nobody has seen it whole.
            if reader.bad is not None or not seen or torn[0].base + torn[0].rows[0].start == len(MAGIC):
                raise torn[1]
            self.alarms.append(f"chain {writer.hex()} has a torn end")
        if reader.bad is not None:
            if not reader.bad.torn:
                self.tell(reader.bad.problem)
            self.alarms.append(f"chain {writer.hex()} has a torn end")
        if not seen:
            self.tell(RolledBack("ledger: shorter than this workstation has seen it"))

    def _is_marked(self, row: Row, marked: Head, known: Writer) -> bool:
        try:
            check_marked(row, marked, known.sign_public)
        except Forked as error:
            self.tell(error)
        return True

    def _fold(self, stretch: Stretch, writer: Writer, order: ActOrder) -> None:
        opened: list[tuple[Row, Act, RowContent | None]] = []
        try:
            for row in stretch.rows:
                if writer.final is not None and row.seq > writer.final.seq:
                    raise Corrupt("ledger: rows of a workstation after it was removed")
                if self._check_all:
                    check_signature(row, writer.sign_public)
                opened.append((row, *open_row(self._book, row, order)))
                if row.content and opened[-1][2] is None:
                    self.keyless.add(mask(self._book.table.locator, row.key_ref, row.rid))
                self.unlocked_rows = self.unlocked_rows or not row.flags & FLAG_HPKE
        except VaultError:
            # The batches before a bad row: who may only look sees them, for all others the index is dropped.
            while opened and opened[-1][0].more:
                opened.pop()
            self._index.fold(opened, segment=stretch.segment, base=stretch.base)
            raise
        self._index.fold(opened, segment=stretch.segment, base=stretch.base)


def _parted(stretch: Stretch, public: bytes) -> tuple[Stretch, tuple[Stretch, Corrupt] | None]:
    """A stretch without its last batch, and that batch, if its last signature does not verify. Rows: at least one."""
    rows = stretch.rows
    try:
        check_signature(rows[-1], public)
    except Corrupt as error:
        at = len(rows) - 1
        while at and rows[at - 1].more:
            at -= 1
        return replace(stretch, rows=rows[:at]), (replace(stretch, rows=rows[at:]), error)
    return stretch, None


def open_row(book: KeyBook, row: Row, order: ActOrder) -> tuple[Act, RowContent | None]:
    """Act and content of a row; no content where its key is gone (erased).

    Raises:
        Corrupt, UnsupportedFormat: damage, or an act out of order.
    """
    act = open_act(row, book.vault, book.audit)
    order.see(row, act)
    key = book.table.find(row.key_ref, row.rid) if row.content else None
    return act, open_under(row, book.vault, key) if key is not None else None
