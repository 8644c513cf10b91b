# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows on their way into the index: gathered over one fold, then put into each table in one go.

Where two rows compete, (Lamport, writer, seq) decides, so the order in which chains are folded does not matter.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from clinicam.identity import Patient
from clinicam.vault.acts import Act, What, read_what
from clinicam.vault.codec import Count, Id, Record, decode
from clinicam.vault.content import EntryContent, ImageContent, Rendition, RowContent
from clinicam.vault.indexfold import QUARANTINE_TOPIC, fold_agreement, fold_quarantine
from clinicam.vault.labels import ZERO_ID
from clinicam.vault.rows import Row
from clinicam.vault.search import fold_text, number_key

PATIENT_TOPIC = "patient"
FRAME_TOPIC = "frame"

UNFILED = frozenset({What.IMAGE_KEPT_UNFILED, What.OBJECT_ADOPTED})
_KNOWN = {what.value: what for what in What}
_ASKED_AT_ONCE = 500
"""Values in one question; SQLite takes at least 999."""
_COUNT_ACTS = "INSERT INTO act VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET count = count + excluded.count"
_ENTRY = "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_IMAGE = "INSERT OR REPLACE INTO image VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FRAME = "INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?)"
_SEEN = (
    "INSERT INTO seen VALUES (?, ?, ?) ON CONFLICT (patient) DO UPDATE "
    "SET last = max(last, excluded.last), images = images + excluded.images"
)

Order = tuple[int, bytes, int]
"""Lamport, writer, seq."""


class FrameNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of the entry that goes with each frame: what its objects' meta also say, so that lists need no object."""

    frame: Id
    captured: Count
    consent: Id | None
    permit: Id | None
    camera: str
    proof: str


def decode_patient(body: bytes) -> Patient:
    """The patient of an entry of topic ``patient``. Raises Corrupt."""
    return decode(body, Patient)


def put_frame(db: sqlite3.Connection, note: FrameNote) -> None:
    """What is known of one frame."""
    db.execute(_FRAME, (note.frame, note.captured, note.consent, note.permit))


class Gathered:
    """The rows of one fold. `take` them in order, then `put` them, inside one transaction of the caller's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._acts: Counter[str] = Counter()
        self._entries: list[tuple[Any, ...]] = []
        self._images: dict[bytes, tuple[Order, tuple[Any, ...]]] = {}
        self._frames: dict[bytes, tuple[Any, ...]] = {}
        self._sessions: list[tuple[bytes, int, int]] = []

    @property
    def rows(self) -> int:
        """How many were taken."""
        return self._acts.total()

    def take(self, row: Row, act: Act, content: RowContent | None) -> None:
        """One row more. Raises Corrupt, for a body that is not of its topic."""
        what = _KNOWN.get(act.what)
        if what is None:
            what, _ = read_what(act.what)
        self._acts[what.value if what is not None else act.what.partition(" ")[0]] += 1
        if act.intent is not None or act.done is not None:
            fold_agreement(self._db, row, act)
        if isinstance(content, ImageContent):
            self._image(row, act, content, unfiled=what in UNFILED)
        elif content is not None:
            self._entry(row, act, content, what)

    def _image(self, row: Row, act: Act, image: ImageContent, *, unfiled: bool) -> None:
        order = (act.lamport, row.writer, row.seq)
        held = self._images.get(image.object_id)
        if held is not None and held[0] < order:
            return
        self._images[image.object_id] = (
            order,
            (
                *(image.object_id, image.frame, image.patient, image.session, int(image.rendition), image.parent),
                *(image.media_type, image.view, image.sha256, int(unfiled), act.wall),
                *(*order, row.rid),
            ),
        )

    def _entry(self, row: Row, act: Act, entry: EntryContent, what: What | None) -> None:
        order = (act.lamport, row.writer, row.seq)
        self._entries.append((
            *(*order, row.rid, entry.topic, entry.patient, entry.session, entry.subject, entry.body),
            *(act.who if act.who is not None else ZERO_ID, act.wall),
        ))
        if what is What.SESSION_OPENED and entry.patient != ZERO_ID:
            self._sessions.append((entry.patient, act.wall, 0))
        if entry.topic == FRAME_TOPIC:
            note = decode(entry.body, FrameNote)
            self._frames[note.frame] = (note.frame, note.captured, note.consent, note.permit)
        elif entry.topic == PATIENT_TOPIC:
            _put_patient(self._db, entry, order)
        elif entry.topic == QUARANTINE_TOPIC:
            fold_quarantine(self._db, entry, order)

    def put(self) -> None:
        """Into the tables, each in the order of its key, which a B-tree takes fastest."""
        db = self._db
        db.executemany(_COUNT_ACTS, self._acts.items())
        db.executemany(_FRAME, [self._frames[frame] for frame in sorted(self._frames)])
        db.executemany(_ENTRY, self._entries)
        held = dict(self._held())
        fresh = {name: image for name, image in self._images.items() if name not in held}
        older = {name: image for name, image in self._images.items() if name in held and image[0] <= held[name]}
        db.executemany(_IMAGE, [image for _, (_, image) in sorted((fresh | older).items())])
        db.executemany(_SEEN, [*self._sessions, *self._seen(fresh)])

    def _held(self) -> Iterator[tuple[bytes, Order]]:
        """Which of the objects a row named before, and where that row stands."""
        if not self._db.execute("SELECT EXISTS (SELECT 1 FROM image)").fetchone()[0]:
            return
        for some in _portions(self._images):
            marks = ", ".join("?" * len(some))
            query = f"SELECT object, lamport, writer, seq FROM image WHERE object IN ({marks})"  # noqa: S608
            for name, *order in self._db.execute(query, some):
                yield name, (order[0], order[1], order[2])

    def _seen(self, fresh: dict[bytes, tuple[Order, tuple[Any, ...]]]) -> list[tuple[bytes, int, int]]:
        """One picture more for each patient with a new original, and when it was taken."""
        seen = []
        for _, image in fresh.values():
            _, frame, patient, _, rendition, _, _, _, _, _, wall, *_ = image
            if rendition == Rendition.ORIGINAL:
                seen.append((patient, self._captured(frame, wall), 1))
        return seen

    def _captured(self, frame: bytes | None, wall: int) -> int:
        noted = self._frames.get(frame) if frame is not None else None
        if noted is None:
            noted = self._db.execute("SELECT frame, captured FROM frame WHERE frame = ?", (frame,)).fetchone()
        return int(noted[1]) if noted is not None else wall


def _portions(names: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(names)
    while some := list(islice(rest, _ASKED_AT_ONCE)):
        yield some


def _put_patient(db: sqlite3.Connection, entry: EntryContent, order: Order) -> None:
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
