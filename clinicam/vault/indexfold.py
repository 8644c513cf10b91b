# SPDX-License-Identifier: GPL-3.0-or-later
"""What acts of two people and quarantine mean to the index's tables. Order of folding does not matter."""

from __future__ import annotations

import sqlite3

from clinicam.vault.acts import Act
from clinicam.vault.codec import Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.rows import Row

QUARANTINE_TOPIC = "quarantine"
"""Entries whose subject is a frame: set aside, or put back."""
MOVE_TOPIC = "move"
"""Entries on both sides of a move of pictures."""

_AGREEMENT = "INSERT OR REPLACE INTO intent VALUES (?, ?, ?, ?, ?, ?)"


class QuarantineNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``quarantine``: `is_held` False puts the frame back. `reason` is a short line."""

    is_held: bool
    reason: str


def fold_agreement(db: sqlite3.Connection, row: Row, act: Act) -> None:
    """Keep every intent, unchecked, and every act that says one is carried out: which of them count, `agreements` tells."""
    order = (act.lamport, row.writer, row.seq)
    if act.intent is not None:
        db.execute(_AGREEMENT, (row.rid, *order, encode(act), None))
    if act.done is not None:
        db.execute(_AGREEMENT, (act.done, *order, None, encode(act)))


def fold_quarantine(db: sqlite3.Connection, entry: EntryContent, order: tuple[int, bytes, int]) -> None:
    """The newest note of a frame counts. Raises Corrupt."""
    note = decode(entry.body, QuarantineNote)
    held = db.execute("SELECT lamport, writer, seq FROM quarantined WHERE frame = ?", (entry.subject,)).fetchone()
    if held is None or held < order:
        values = (entry.subject, entry.patient, int(note.is_held), *order)
        db.execute("INSERT OR REPLACE INTO quarantined VALUES (?, ?, ?, ?, ?, ?)", values)
