# SPDX-License-Identifier: GPL-3.0-or-later
"""The index: what the sealed rows say, in SQLite, in memory only. Disposable; rebuilt from the rows whenever in doubt.

It is saved at lock as one sealed snapshot (`save`) and restored at unlock (`Index(saved)`). Any thread; one lock.
Rows may be folded in any order of chains: where two records compete, (Lamport, writer, seq) decides.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.errors import Corrupt, VaultClosed
from clinicam.vault.acts import Act
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.content import RowContent
from clinicam.vault.heads import Head
from clinicam.vault.indexrows import FRAME_TOPIC, PATIENT_TOPIC, FrameNote, Gathered, decode_patient, put_frame
from clinicam.vault.indexschema import FACTS, INDEXES, TABLES
from clinicam.vault.rows import Row

__all__ = ["FRAME_TOPIC", "PATIENT_TOPIC", "FrameNote", "Index", "Place", "decode_patient"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain folded so far ends, and the Lamport time of its last row."""

    end: ChainEnd
    lamport: int


class Index:
    """See the module. Every method raises VaultClosed after `close`."""

    def __init__(self, saved: bytes | None = None, *, settled: bool = True) -> None:
        """With `settled` False a fresh one takes in many rows faster; call `settle` before anything is asked of it.

        Raises:
            Corrupt: `saved` is not a database of this schema.
        """
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        db = self._db
        try:
            if saved is None:
                db.executescript(TABLES + (INDEXES if settled else ""))
                db.executemany("INSERT INTO fact VALUES (?, 0)", [(name,) for name in FACTS])
            else:
                db.deserialize(saved)
                if db.execute("SELECT count(*) FROM fact").fetchone()[0] != len(FACTS):
                    raise Corrupt("index: not our tables")
            # Nothing may spill to disk, whatever SQLite was built with.
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute("PRAGMA secure_delete = OFF")
            db.execute("PRAGMA cache_size = -65536")
        except sqlite3.Error as error:
            db.close()
            raise Corrupt("index: not a database") from error

    @property
    def db(self) -> sqlite3.Connection:
        """The connection; hold `lock` while using it."""
        if self._db is None:
            raise VaultClosed("index is closed")
        return self._db

    def settle(self) -> None:
        """See `__init__`."""
        with self.lock:
            self.db.executescript(INDEXES)

    def close(self) -> None:
        """Drop everything. May be called again."""
        with self.lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def save(self) -> bytes:
        """The whole database."""
        with self.lock:
            return self.db.serialize()

    def fact(self, name: str) -> int:
        """One of `FACTS`."""
        with self.lock:
            return int(self.db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()[0])

    def set_fact(self, name: str, value: int) -> None:
        """Replace one of `FACTS`."""
        with self.lock:
            self.db.execute("UPDATE fact SET value = ? WHERE name = ?", (value, name))

    def places(self) -> dict[bytes, Place]:
        """Where each chain folded so far ends."""
        with self.lock:
            found = self.db.execute("SELECT writer, seq, hash, segment, start, stop, lamport FROM head").fetchall()
        return {one[0]: Place(ChainEnd(Head(*one[:3]), *one[3:6]), one[6]) for one in found}

    def heads(self) -> tuple[Head, ...]:
        """The head of each chain, by writer."""
        return tuple(sorted(place.end.head for place in self.places().values()))

    def fold(self, rows: Iterable[tuple[Row, Act, RowContent | None]], *, segment: int, base: int) -> None:
        """Take in rows of one segment, in order, their offsets counted from `base`. All or none."""
        with self.lock:
            db = self.db
            db.execute("BEGIN")
            try:
                gathered = Gathered(db)
                lamport = 0
                last: Row | None = None
                for row, act, content in rows:
                    gathered.take(row, act, content)
                    lamport, last = act.lamport, row
                if last is not None:
                    gathered.put()
                    place = (last.writer, last.seq, last.row_hash, segment, base + last.start, base + last.end, lamport)
                    db.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?, ?, ?)", place)
                    db.execute("UPDATE fact SET value = value + ? WHERE name = 'rows'", (gathered.rows,))
                    db.execute("UPDATE fact SET value = max(value, ?) WHERE name = 'lamport'", (lamport,))
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise

    def take(self, other: Index) -> None:
        """Hold what `other` holds, in place of what was held, which is dropped; `other` is closed by it."""
        with self.lock, other.lock:
            old, self._db, other._db = self.db, other.db, None
            old.close()

    def note_frame(self, note: FrameNote) -> None:
        """What an object's meta says of a frame that has no entry of its own."""
        with self.lock:
            put_frame(self.db, note)
