# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of a backup. One that was copied once is known by id, size and hash and not looked at again in the vault.

Lists keep their order and only the last one grows, so that a backup writes few lists anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from clinicam.errors import Corrupt, NotFound, UnsupportedFormat
from clinicam.vault.backupcopy import Copier, Counted, Job, Source
from clinicam.vault.backupprune import History
from clinicam.vault.backupsmall import Start
from clinicam.vault.blobshelf import BlobShelf
from clinicam.vault.inside import Inside
from clinicam.vault.manifest import LISTED, ListEntry, Manifest, ObjectEntry, encode_list, parse_list
from clinicam.vault.objectfile import parse_header


class ObjectLists:
    """What the newest backup lists, what the vault has now, and from both the lists of the next. One thread."""

    def __init__(self, inside: Inside, shelf: BlobShelf, history: History, counted: Counted) -> None:
        """Raises: BackupRefused, if the place cannot be read."""
        self._inside = inside
        self._shelf = shelf
        self._counted = counted
        self._seqs: dict[bytes, int] = {}
        self._lists: list[list[ObjectEntry]] = []
        self._dropped: list[ObjectEntry] = []
        self._there: set[bytes] = set()
        for one in history.newest.lists if history.newest is not None else ():
            try:
                self._lists.append(list(parse_list(shelf.get(one.sha256, one.size), one.count)))
            except Corrupt as error:
                counted.alarms.append(f"{error}: a list of objects, made again")

    def named(self) -> dict[bytes, int]:
        """SHA-256 and size of every object listed."""
        return {one.sha256: one.size for entries in self._lists for one in entries}

    def _look(self) -> None:
        """Take out what is in the vault no more and not meant to be. What only vanished stays: it is there to be restored."""
        self._there = set(self._inside.files.objects.ids())
        for number, entries in enumerate(self._lists):
            gone = {one for one in entries if one.object_id not in self._there and not self._is_named(one.object_id)}
            self._dropped += gone
            self._lists[number] = [one for one in entries if one not in gone]

    def _row(self, object_id: bytes) -> tuple[bytes, int] | None:
        index = self._inside.index
        with index.lock:
            found = index.db.execute("SELECT writer, seq FROM image WHERE object = ?", (object_id,)).fetchone()
        return (found[0], found[1]) if found is not None else None

    def _is_named(self, object_id: bytes) -> bool:
        return self._row(object_id) is not None

    def _is_later(self, object_id: bytes) -> bool:
        """Whether its row lies beyond the heads of this backup: it is for the next."""
        row = self._row(object_id)
        return row is not None and row[1] > self._seqs.get(row[0], 0)

    def copy(self, copier: Copier, start: Start) -> Iterator[tuple[int, int]]:
        """Copy what is new up to the heads of `start`, and again what is gone from the place; yields (done, of) in objects.

        Called again with later heads, it mends what the first call found.

        Raises:
            BackupRefused: the place. VaultClosed: the vault was locked.
        """
        self._seqs = {head.writer: head.seq for head in start.heads}
        self._look()
        listed = {one.object_id for entries in self._lists for one in entries}
        again = [one for entries in self._lists for one in entries if one.sha256 not in copier.have]
        new = sorted(name for name in self._there - listed if not self._is_later(name))
        of = len(again) + len(new)
        told = 0
        fresh: list[ObjectEntry] = []
        replaced: dict[bytes, ObjectEntry] = {}

        def keep(object_id: bytes, out: Callable[[ObjectEntry], None]) -> Callable[[bytes, int], None]:
            def kept(sha256: bytes, size: int) -> None:
                nonlocal told
                told += 1
                out(ObjectEntry(object_id, size, sha256))

            return kept

        def replace(entry: ObjectEntry) -> None:
            replaced[entry.object_id] = entry

        jobs: list[Job] = [
            *((self._source(one.object_id), keep(one.object_id, replace)) for one in again),
            *((self._source(name), keep(name, fresh.append)) for name in new),
        ]
        for _ in copier.copy(jobs):
            yield told, of
        self._settle(again, replaced)
        self._add(fresh)

    def _source(self, object_id: bytes) -> Source:
        def read() -> bytes | None:
            inside = self._inside
            inside.check_open()
            name = object_id.hex()
            try:
                data = inside.files.objects.get(object_id)
            except NotFound:
                if self._is_named(object_id):
                    self._counted.alarms.append(f"object {name}: missing in the vault and in the backup")
                return None
            except Corrupt as error:
                self._counted.alarms.append(f"object {name}: {error}")
                return None
            try:
                header = parse_header(data)
                whole = header.object_id == object_id and header.vault == inside.book.vault
            except (Corrupt, UnsupportedFormat):
                whole = False
            if not whole:
                # Copied all the same: there is no better copy.
                self._counted.alarms.append(f"object {name}: damaged in the vault")
            return data

        return read

    def _settle(self, again: Iterable[ObjectEntry], replaced: dict[bytes, ObjectEntry]) -> None:
        """What was copied again is listed as it is now; what could not be is listed no more."""
        lost = {one.object_id for one in again} - replaced.keys()
        for old in again:
            new = replaced.get(old.object_id)
            if new is not None and new.sha256 != old.sha256:
                self._counted.alarms.append(f"object {old.object_id.hex()}: changed in the vault since it was copied")
        self._lists = [
            [replaced.get(one.object_id, one) for one in entries if one.object_id not in lost]
            for entries in self._lists
        ]

    def _add(self, fresh: list[ObjectEntry]) -> None:
        while fresh:
            if not self._lists or len(self._lists[-1]) >= LISTED:
                self._lists.append([])
            room = LISTED - len(self._lists[-1])
            self._lists[-1] += fresh[:room]
            fresh = fresh[room:]

    def write(self, copier: Copier) -> tuple[ListEntry, ...]:
        """Keep the lists; what names them. Raises BackupRefused."""
        found: list[ListEntry] = []

        def source(entries: list[ObjectEntry]) -> Source:
            return lambda: encode_list(entries)

        def told(count: int) -> Callable[[bytes, int], None]:
            return lambda sha256, _size: found.append(ListEntry(count, sha256))

        for _ in copier.copy([(source(one), told(len(one))) for one in self._lists if one]):
            pass
        return tuple(found)

    def erased(self, manifest: Manifest) -> set[bytes]:
        """Blobs of objects whose key is destroyed: they go at once, whatever older backup names them."""
        still = self.named().keys() | manifest.named().keys()
        table, gone = self._inside.book.table, set()
        for one in self._dropped:
            try:
                header = parse_header(self._shelf.get(one.sha256, one.size))
            except (Corrupt, UnsupportedFormat):
                continue
            if one.sha256 not in still and table.find(header.key_ref, one.object_id) is None:
                gone.add(one.sha256)
        return gone
