# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a whole vault. Reads, never writes. The levels are:

* L0: keyring, roster, slots, bags, every chain with every signature, checkpoints, and that rows and objects match one to one.
* L1: every object's header, size and key reference.
* L2 (deep): every object decrypted to its last byte and compared with its row.

A finding names ids only. One damaged thing does not end the check.
"""

from __future__ import annotations

from collections.abc import Callable

from clinicam.errors import Corrupt, NotFound, UnsupportedFormat, VaultError
from clinicam.vault.agreements import moved_away
from clinicam.vault.chainread import ChainReader
from clinicam.vault.checkpoint import read_checkpoint
from clinicam.vault.content import ImageContent, check_agreement
from clinicam.vault.files import VaultFiles
from clinicam.vault.index import Index
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.labels import ZERO_ID
from clinicam.vault.lookups import known_objects
from clinicam.vault.model import VerifyReport
from clinicam.vault.objectfile import open_object, parse_header
from clinicam.vault.opening import open_row
from clinicam.vault.roster import Writer
from clinicam.vault.rows import Row, check_signature
from clinicam.vault.segment import ActOrder
from clinicam.vault.slot import Slot, check_place

_HEADER = 128
_TELL_EVERY = 64


def verify_vault(
    files: VaultFiles,
    book: KeyBook,
    *,
    index: Index,
    deep: bool,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> VerifyReport:
    """Check everything that lies at `files` with the keys of `book`. Vault thread; slow (0.2 ms a row, 10 ms a picture).

    A cancelled check is not ok and says so.
    """
    return _Check(files, book, index, deep, progress, cancelled).run()


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
    ) -> None:
        self._files = files
        self._book = book
        self._index = index
        self._deep = deep
        self._progress = progress
        self._cancelled = cancelled
        self._findings: list[str] = []
        self._alarms: list[str] = []
        self._rows = 0
        self._objects = 0
        self._named: dict[bytes, ImageContent] = {}
        self._rids: set[bytes] = set()
        self._wanted: dict[tuple[bytes, int], bytes] = {}
        self._keyless = 0
        self._done = 0
        self._of = index.fact("rows") + len(known_objects(index))

    def run(self) -> VerifyReport:
        try:
            self._keys()
            self._slots()
            self._checkpoints()
            self._chains()
            self._all_objects()
        except _Cancelled:
            self._findings.append("cancelled")
        self._alarms += [f"quarantine {name}" for name in self._files.ledger.quarantine()]
        if self._keyless:
            self._alarms.append(f"{self._keyless} rows whose key is gone")
        self._progress(self._done, self._of)
        findings = tuple(self._findings)
        return VerifyReport(not findings, self._rows, self._objects, findings, tuple(self._alarms))

    def _step(self) -> None:
        self._done += 1
        if self._done % _TELL_EVERY == 0 or self._deep:
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

    def _checkpoints(self) -> None:
        """Heads that somebody signed must be rows; they are looked for as the chains go by."""
        for writer, note in self._files.checkpoints().items():
            known = self._book.keyring.roster.writers.get(writer)
            try:
                if known is None:
                    raise Corrupt("of an unknown workstation")
                checkpoint = read_checkpoint(note, vault=self._book.vault, writer=writer, public=known.sign_public)
            except (Corrupt, UnsupportedFormat) as error:
                self._found(f"checkpoint {writer.hex()}", error)
                continue
            for head in checkpoint.heads:
                held = self._wanted.setdefault((head.writer, head.seq), head.row_hash)
                if held != head.row_hash:
                    self._found(f"checkpoint {writer.hex()}: another history of {head.writer.hex()}")

    def _chains(self) -> None:
        places = self._index.places()
        writers = self._files.ledger.writers()
        for writer in writers:
            known = self._book.keyring.roster.writers.get(writer)
            if known is None:
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
        for writer, seq in self._wanted:
            self._found(f"chain {writer.hex()}: the row {seq} of a checkpoint is missing")

    def _chain(self, known: Writer) -> object:
        reader = ChainReader(self._files.ledger, vault=self._book.vault, writer=known.writer, public=known.sign_public)
        order = ActOrder()
        for stretch in reader.stretches():
            for row in stretch.rows:
                self._row(row, known, order)
        if reader.bad is not None:
            raise reader.bad.problem
        return reader.end.head

    def _row(self, row: Row, known: Writer, order: ActOrder) -> None:
        self._rows += 1
        self._step()
        check_signature(row, known.sign_public)
        if known.final is not None and row.seq > known.final.seq:
            raise Corrupt("rows of a workstation after it was removed")
        if row.rid in self._rids:
            self._found(f"row {row.rid.hex()}: an id used twice")
        self._rids.add(row.rid)
        wanted = self._wanted.pop((row.writer, row.seq), row.row_hash)
        if wanted != row.row_hash:
            self._found(f"chain {row.writer.hex()}: the row {row.seq} is not the one of a checkpoint")
        _, content = open_row(self._book, row, order)
        if content is None and row.key_ref != ZERO_ID and not self._book.table.is_shut(row.key_ref, row.rid):
            self._keyless += 1
        if isinstance(content, ImageContent):
            if content.object_id in self._named:
                self._found(f"object {content.object_id.hex()}: named by two rows")
            self._named[content.object_id] = content

    def _all_objects(self) -> None:
        store = self._files.objects
        there = set(store.ids())
        moved = moved_away(self._index)
        self._alarms += [
            f"object {name.hex()} was moved to another patient and is still there" for name in moved & there
        ]
        for object_id in sorted(self._named.keys() - there - moved):
            self._found(f"object {object_id.hex()}: missing")
        for object_id in sorted(there):
            self._objects += 1
            self._step()
            row = self._named.get(object_id)
            if row is None and self._is_doomed(object_id):
                self._alarms.append(f"object {object_id.hex()} is to be erased and is still there")
                continue
            try:
                self._object(object_id, row)
            except (Corrupt, UnsupportedFormat, NotFound) as error:
                self._found(f"object {object_id.hex()}", error)
            if row is None and not self._keyless:
                self._found(f"object {object_id.hex()}: no row names it")

    def _is_doomed(self, object_id: bytes) -> bool:
        """Whether it lies under a key that two people agreed to destroy: a manager's next opening removes it."""
        try:
            start, size = self._files.objects.head(object_id, _HEADER)
            outline = bytearray(size)
            outline[: len(start)] = start
            return self._book.table.is_shut(parse_header(outline).key_ref, object_id)
        except (Corrupt, UnsupportedFormat, NotFound):
            return False

    def _object(self, object_id: bytes, row: ImageContent | None) -> None:
        store, book = self._files.objects, self._book
        if not self._deep:
            start, size = store.head(object_id, _HEADER)
            # The parser judges the size by the length of what it is given; pages never touched cost nothing.
            outline = bytearray(size)
            outline[: len(start)] = start
            header = parse_header(outline)
            if header.vault != book.vault or header.object_id != object_id:
                raise Corrupt("of another vault or name")
            key = book.table.by_ref(header.key_ref, object_id)
            if row is not None and (header.rendition, key.patient, key.session) != (
                row.rendition,
                row.patient,
                row.session,
            ):
                raise Corrupt("its row says otherwise")
            return
        data = store.get(object_id)
        meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=object_id)
        if row is not None:
            check_agreement(meta, parse_header(data).rendition, object_id, row)
