# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a whole vault. Reads, never writes. The levels are:

* L0: keyring, roster, slots, bags, every chain with every signature, checkpoints, and that rows and objects match one to one.
* L1: every object's header, size and key reference.
* L2 (deep): every object decrypted to its last byte and compared with its row.
* L3 (`against`): the chains against a checkpoint that was kept outside, whichever workstation signed it.

With a note of an earlier check (`since`) only rows behind it, and the headers of objects those rows name, are looked at
again; keyring, slots, bags, checkpoints and the match of rows and objects always are. A finding names ids only. One
damaged thing does not end the check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from clinicam.errors import Corrupt, NotFound, UnsupportedFormat, VaultError
from clinicam.vault.agreements import agreements, moved_away
from clinicam.vault.chainread import ChainReader, row_at
from clinicam.vault.checknote import CheckedChain, CheckNote
from clinicam.vault.content import ImageContent
from clinicam.vault.files import VaultFiles
from clinicam.vault.gonekeys import explained
from clinicam.vault.heads import Head
from clinicam.vault.index import Index
from clinicam.vault.keyref import mask
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.labels import ZERO_ID
from clinicam.vault.lookups import image_row, known_objects
from clinicam.vault.model import VerifyReport
from clinicam.vault.opening import open_row
from clinicam.vault.roster import Writer
from clinicam.vault.rows import Row
from clinicam.vault.segment import ActOrder
from clinicam.vault.signatures import SignatureChecks, helpers, in_order
from clinicam.vault.slot import Slot, check_place
from clinicam.vault.verifyheads import Witnesses
from clinicam.vault.verifyobjects import check_deep, check_header

_TELL_EVERY = 64
_OBJECTS_AHEAD = 4
"""Pictures opened at a time; each takes twice its size of memory meanwhile."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A report, and what to remember for the next check (None: it was cancelled or found something)."""

    report: VerifyReport
    note: CheckNote | None


def verify_vault(
    files: VaultFiles,
    book: KeyBook,
    *,
    index: Index,
    deep: bool,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    since: CheckNote | None = None,
    against: Iterable[bytes] = (),
) -> Verified:
    """Check what lies at `files` with the keys of `book`. Vault thread; slow (0.2 ms a row, 10 ms a picture).

    A cancelled check is not ok and says so.

    Args:
        since: what an earlier check found good and need not be read again; None checks everything.
        against: checkpoints kept outside the vault, as notes.
    """
    pool = helpers()
    try:
        return _Check(files, book, index, deep, progress, cancelled, since, pool).run(against)
    finally:
        pool.shutdown(cancel_futures=True)


class _Cancelled(Exception):
    """Ends the walk; never leaves this file."""


class _Check:
    def __init__(
        self,
        files: VaultFiles,
        book: KeyBook,
        index: Index,
        deep: bool,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
        since: CheckNote | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._files = files
        self._book = book
        self._index = index
        self._deep = deep
        self._progress = progress
        self._cancelled = cancelled
        self._since = since if since is not None else CheckNote()
        self._everything = since is None
        self._pool = pool
        self._witnesses = Witnesses(book.keyring)
        self._findings: list[str] = self._witnesses.findings
        self._alarms: list[str] = []
        self._rows = 0
        self._objects = 0
        self._named: dict[bytes, ImageContent] = {}
        self._rids: set[bytes] = set()
        self._good: list[CheckedChain] = []
        self._keyless: set[bytes] = set()
        self._waiting: set[bytes] = set()
        self._done = 0
        self._known = known_objects(index)
        before = sum(chain.seq for chain in self._since.chains)
        self._of = max(index.fact("rows") - before, 0) + len(self._known)

    def run(self, against: Iterable[bytes]) -> Verified:
        note: CheckNote | None = None
        try:
            self._keys()
            self._slots()
            self._witnesses.take_own(self._files)
            for given in against:
                self._witnesses.take_outside(given)
            self._witnesses.forget(Head(*head) for head in self._since.witnessed)
            self._chains()
            self._all_objects()
            if not self._findings:
                note = self._since.with_checked(self._good, self._witnesses.witnessed)
        except _Cancelled:
            self._findings.append("cancelled")
        self._alarms += [f"quarantine {name}" for name in self._files.ledger.quarantine()]
        self._progress(self._done, self._of)
        findings = tuple(self._findings)
        return Verified(VerifyReport(not findings, self._rows, self._objects, findings, tuple(self._alarms)), note)

    def _step(self, *, tell: bool = False) -> None:
        self._done += 1
        if tell or self._done % _TELL_EVERY == 0:
            self._progress(self._done, max(self._of, self._done))
            if self._cancelled():
                raise _Cancelled

    def _found(self, what: str, error: BaseException | None = None) -> None:
        self._findings.append(f"{what}: {error}" if error is not None else what)

    def _keys(self) -> None:
        book = self._book
        try:
            keyring = parse_keyring(self._files.keyring(), vault=book.vault, anchor=book.secret.anchor)
            if keyring.sha256 != book.keyring.sha256:
                self._found("keyring: not the one this vault was opened with")
            open_keys(self._files, vault=book.vault, user=book.user, secret=book.secret)
        except VaultError as error:
            self._found("keys", error)
        leftovers = [name for name in self._files.bags() if name.generation != book.keyring.generation]
        self._alarms += [f"bag {name.file} of another generation" for name in leftovers]

    def _slots(self) -> None:
        users = self._book.keyring.roster.users
        slots = self._files.slots()
        for user, data in slots.items():
            try:
                check_place(Slot.decode(data), vault=self._book.vault, user=user)
            except (Corrupt, UnsupportedFormat) as error:
                self._found(f"slot {user.hex()}", error)
            if user not in users:
                self._alarms.append(f"slot {user.hex()} of nobody in the roster")
        for user in users.keys() - slots.keys():
            self._found(f"slot {user.hex()}: missing")

    def _chains(self) -> None:
        places = self._index.places()
        for writer in self._files.ledger.writers():
            known = self._book.keyring.roster.writers.get(writer)
            if known is None:
                if not self._files.ledger.segments(writer):
                    continue  # its rows went into quarantine, the folder stayed
                self._found(f"chain {writer.hex()}: of an unknown workstation")
                continue
            place = places.pop(writer, None)
            try:
                end = self._chain(known)
            except VaultError as error:
                self._found(f"chain {writer.hex()}", error)
                continue
            if place is not None and place.end.head != end:
                self._found(f"chain {writer.hex()}: ends elsewhere than when it was opened")
        for writer in places:
            self._found(f"chain {writer.hex()}: missing")
        self._findings += self._witnesses.missing()

    def _chain(self, known: Writer) -> Head:
        before = self._before(known.writer)
        ledger, vault = self._files.ledger, self._book.vault
        if before is not None:
            self._look_back(known, self._witnesses.below(known.writer, before.seq))
        reader = ChainReader(
            ledger,
            vault=vault,
            writer=known.writer,
            public=known.sign_public,
            after=before.end if before is not None else None,
        )
        order = ActOrder(before.lamport) if before is not None else ActOrder()
        signatures = SignatureChecks(self._pool, known.sign_public)
        for stretch in reader.stretches():
            signatures.bring(stretch.rows)
            for row in stretch.rows:
                self._row(row, known, order)
        if reader.bad is not None:
            raise reader.bad.problem
        bad = signatures.first_bad()
        if bad is not None:
            raise Corrupt(f"the signature of row {bad} does not verify")
        self._good.append(CheckedChain.at(reader.end, order.lamport))
        return reader.end.head

    def _before(self, writer: bytes) -> CheckedChain | None:
        """From where on to check: the row that an earlier check ended with, if it still stands."""
        before = self._since.chain(writer)
        if before is None or before.segment == 0:
            return None
        row = row_at(self._files.ledger, self._book.vault, writer, before.segment, before.start)
        return before if row is not None and row.head == before.end.head else None

    def _look_back(self, known: Writer, last: int) -> None:
        """Checkpoints name rows up to `last` that were checked earlier: met again by hashes and links alone."""
        if not last:
            return
        reader = ChainReader(self._files.ledger, vault=self._book.vault, writer=known.writer, public=known.sign_public)
        rows = (row for stretch in reader.stretches() for row in stretch.rows)
        for row in takewhile(lambda row: row.seq <= last, rows):
            self._witnesses.see(row)

    def _row(self, row: Row, known: Writer, order: ActOrder) -> None:
        self._rows += 1
        self._step()
        if known.final is not None and row.seq > known.final.seq:
            raise Corrupt("rows of a workstation after it was removed")
        if row.rid in self._rids:
            self._found(f"row {row.rid.hex()}: an id used twice")
        self._rids.add(row.rid)
        self._witnesses.see(row)
        _, content = open_row(self._book, row, order)
        if content is None and row.key_ref != ZERO_ID and not self._book.table.is_shut(row.key_ref, row.rid):
            self._keyless.add(mask(self._book.table.locator, row.key_ref, row.rid))
        if isinstance(content, ImageContent):
            if content.object_id in self._named:
                self._found(f"object {content.object_id.hex()}: named by two rows")
            self._named[content.object_id] = content

    def _all_objects(self) -> None:
        there = set(self._files.objects.ids())
        away = moved_away(self._index)
        named = self._named.keys() if self._everything else self._named.keys() | self._known
        for object_id in sorted(named - there - away):
            self._found(f"object {object_id.hex()}: missing")
        for object_id in sorted(there & away):
            self._alarms.append(f"object {object_id.hex()} was moved and is still there")
        wanted = sorted(there - away)
        self._objects = len(wanted)
        if self._deep:
            for object_id, future in in_order(self._pool, self._open, wanted, ahead=_OBJECTS_AHEAD):
                self._judge(object_id, future.result)
                self._step(tell=True)
        else:
            for object_id in wanted:
                if self._everything or object_id in self._named or object_id not in named:
                    self._judge(object_id, partial(self._look, object_id))
                self._step()
        for object_id in sorted(set(wanted) - named - self._waiting):
            if not self._keyless:
                self._found(f"object {object_id.hex()}: no row names it")
        if missing := self._keyless - explained(self._index, agreements(self._index, self._book)[0]):
            self._found(f"keys: {len(missing)} are gone that nobody destroyed")

    def _row_of(self, object_id: bytes) -> ImageContent | None:
        row = self._named.get(object_id)
        if row is None and object_id in self._known and not self._everything:
            row = image_row(self._index, object_id)
        return row

    def _open(self, object_id: bytes) -> bool:
        return check_deep(self._files, self._book, object_id, self._row_of(object_id))

    def _look(self, object_id: bytes) -> bool:
        return check_header(self._files, self._book, object_id, self._row_of(object_id))

    def _judge(self, object_id: bytes, check: Callable[[], bool]) -> None:
        try:
            if not check():
                self._waiting.add(object_id)
                self._alarms.append(f"object {object_id.hex()} waits to be erased")
        except (Corrupt, UnsupportedFormat, NotFound) as error:
            self._found(f"object {object_id.hex()}", error)
