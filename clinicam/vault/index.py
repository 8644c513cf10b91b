# SPDX-License-Identifier: GPL-3.0-or-later
"""The index: what the sealed rows say, in SQLite, in memory only. Disposable; rebuilt from the rows whenever in doubt.

It is saved at lock as one sealed snapshot (`save`) and restored at unlock (`Index(saved)`). Any thread; one lock.
Rows may be folded in any order of chains: where two records compete, (Lamport, writer, seq) decides.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.errors import Corrupt, VaultClosed
from clinicam.identity import Patient
from clinicam.vault.acts import Act, What, read_what
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.codec import Count, Id, Record, decode
from clinicam.vault.content import EntryContent, ImageContent, Rendition, RowContent
from clinicam.vault.heads import Head
from clinicam.vault.indexfold import QUARANTINE_TOPIC, fold_agreement, fold_quarantine
from clinicam.vault.indexschema import FACTS, TABLES
from clinicam.vault.labels import ZERO_ID
from clinicam.vault.rows import Row
from clinicam.vault.search import fold_text, number_key

PATIENT_TOPIC = "patient"
FRAME_TOPIC = "frame"

UNFILED = frozenset({What.IMAGE_KEPT_UNFILED, What.OBJECT_ADOPTED})
_COUNT_ACTS = "INSERT INTO act VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET count = count + excluded.count"


class FrameNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of the entry that goes with each frame: what its objects' meta also say, so that lists need no object."""

    frame: Id
    captured: Count
    consent: Id | None
    permit: Id | None
    camera: str
    proof: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a chain folded so far ends, and the Lamport time of its last row."""

    end: ChainEnd
    lamport: int


def decode_patient(body: bytes) -> Patient:
    """The patient of an entry of topic ``patient``. Raises Corrupt."""
    return decode(body, Patient)


class Index:
    """See the module. Every method raises VaultClosed after `close`."""

    def __init__(self, saved: bytes | None = None) -> None:
        """Raises: Corrupt, if `saved` is not a database of this schema."""
        self.lock = threading.RLock()
        self._db: sqlite3.Connection | None = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        db = self._db
        try:
            if saved is None:
                db.executescript(TABLES)
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
                acts: Counter[str] = Counter()
                lamport = 0
                last: Row | None = None
                for row, act, content in rows:
                    what, _ = read_what(act.what)
                    acts[what.value if what is not None else act.what.partition(" ")[0]] += 1
                    if act.intent is not None or act.done is not None:
                        fold_agreement(db, row, act)
                    if isinstance(content, ImageContent):
                        _fold_image(db, row, act, content, unfiled=what in UNFILED)
                    elif isinstance(content, EntryContent):
                        _fold_entry(db, row, act, content, what)
                    lamport, last = act.lamport, row
                if last is not None:
                    db.executemany(_COUNT_ACTS, acts.items())
                    place = (last.writer, last.seq, last.row_hash, segment, base + last.start, base + last.end, lamport)
                    db.execute("INSERT OR REPLACE INTO head VALUES (?, ?, ?, ?, ?, ?, ?)", place)
                    db.execute("UPDATE fact SET value = value + ? WHERE name = 'rows'", (acts.total(),))
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
            _put_frame(self.db, note)


def _fold_image(db: sqlite3.Connection, row: Row, act: Act, image: ImageContent, *, unfiled: bool) -> None:
    values = (
        *(image.object_id, image.frame, image.patient, image.session, int(image.rendition), image.parent),
        *(image.media_type, image.view, image.sha256, int(unfiled), act.wall),
        *(act.lamport, row.writer, row.seq, row.rid),
    )
    order = (act.lamport, row.writer, row.seq)
    held = db.execute("SELECT lamport, writer, seq FROM image WHERE object = ?", (image.object_id,)).fetchone()
    if held is not None and held < order:
        return
    db.execute(f"INSERT OR REPLACE INTO image VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608
    if image.rendition is Rendition.ORIGINAL and held is None:
        found = db.execute("SELECT captured FROM frame WHERE frame = ?", (image.frame,)).fetchone()
        _see(db, image.patient, found[0] if found else act.wall, images=1)


def _fold_entry(db: sqlite3.Connection, row: Row, act: Act, entry: EntryContent, what: What | None) -> None:
    who = act.who if act.who is not None else ZERO_ID
    values = (
        *(act.lamport, row.writer, row.seq, row.rid, entry.topic),
        *(entry.patient, entry.session, entry.subject, entry.body, who, act.wall),
    )
    db.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    if what is What.SESSION_OPENED and entry.patient != ZERO_ID:
        _see(db, entry.patient, act.wall)
    if entry.topic == PATIENT_TOPIC:
        _fold_patient(db, entry, (act.lamport, row.writer, row.seq))
    elif entry.topic == FRAME_TOPIC:
        _put_frame(db, decode(entry.body, FrameNote))
    elif entry.topic == QUARANTINE_TOPIC:
        fold_quarantine(db, entry.subject, entry.body, (act.lamport, row.writer, row.seq))


def _put_frame(db: sqlite3.Connection, note: FrameNote) -> None:
    values = (note.frame, note.captured, note.consent, note.permit)
    db.execute("INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?)", values)


def _see(db: sqlite3.Connection, patient: bytes, when: int, *, images: int = 0) -> None:
    db.execute(
        "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (patient) DO UPDATE "
        "SET last = max(last, excluded.last), images = images + excluded.images",
        (patient, when, images),
    )


def _fold_patient(db: sqlite3.Connection, entry: EntryContent, order: tuple[int, bytes, int]) -> None:
    """The newest record of a patient is the one that counts; it replaces its words and numbers."""
    patient = decode_patient(entry.body)
    held = db.execute("SELECT id, lamport, writer, seq FROM patient WHERE patient = ?", (entry.patient,)).fetchone()
    if held is not None:
        if held[1:] > order:
            return
        db.execute("DELETE FROM words WHERE rowid = ?", held[:1])
        db.execute("DELETE FROM number WHERE id = ?", held[:1])
    family, given, born = fold_text(patient.family), fold_text(patient.given), patient.born.isoformat()
    sort_key = f"{family}\x1f{given}\x1f{born}\x1f{entry.patient.hex()}"
    values = (family, sort_key, born, entry.body, *order, entry.patient)
    if held is None:
        row_id = db.execute(
            "INSERT INTO patient (family_key, sort_key, born, body, lamport, writer, seq, patient) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
    else:
        row_id = held[0]
        db.execute(
            "UPDATE patient SET family_key = ?, sort_key = ?, born = ?, body = ?, lamport = ?, writer = ?, seq = ? "
            "WHERE patient = ?",
            values,
        )
    systems = " ".join(fold_text(one.system) for one in patient.identifiers)
    db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (row_id, f"{family} {given} {systems}"))
    numbers = {(number_key(one.value), row_id) for one in patient.identifiers}
    db.executemany("INSERT OR IGNORE INTO number VALUES (?, ?)", sorted(n for n in numbers if n[0]))
