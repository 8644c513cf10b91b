# SPDX-License-Identifier: GPL-3.0-or-later
"""What the practice's own records say of backups and trial restores: made or failed, when, where, how much."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from clinicam.errors import Corrupt
from clinicam.identity import NOBODY
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import Count, Record, decode, encode
from clinicam.vault.content import EntryContent
from clinicam.vault.inside import Inside
from clinicam.vault.model import Entry
from clinicam.vault.scribe import Draft

TOPIC = "backup"


class NoteKind(StrEnum):
    """What a note is about."""

    MADE = "made"
    """a backup that is complete"""
    FAILED = "failed"
    """one that is not; `reason` says why in one word"""
    DRILL = "drill"
    """a trial restore; `findings` count what was wrong"""


_WHAT = {
    NoteKind.MADE: What.BACKUP_MADE,
    NoteKind.FAILED: What.BACKUP_FAILED,
    NoteKind.DRILL: What.RESTORE_DRILL,
}


class BackupNote(Record, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`at_ms` is UTC; `number` counts the backups in a place; bytes are of sealed files; `findings` of the backup or drill."""

    kind: NoteKind
    at_ms: Count
    place: str
    number: Count = 0
    objects: Count = 0
    size: Count = 0
    copied: Count = 0
    copied_bytes: Count = 0
    reread_bytes: Count = 0
    findings: Count = 0
    is_off_machine: bool = False
    reason: str = ""


def write_note(inside: Inside, note: BackupNote) -> None:
    """Keep a note: one row, its act readable by auditors without the place. Vault thread.

    Raises:
        DiskFull, WriteFailed: not kept.
    """
    book = inside.book
    key = book.sealing_key(inside.scribe.writer)
    content = EntryContent(NOBODY, None, TOPIC, book.vault, encode(note))
    if note.kind is NoteKind.FAILED:
        detail = note.reason
    else:
        detail = f"number={note.number} objects={note.objects} findings={note.findings}"
    inside.write([Draft(spell(_WHAT[note.kind], detail), None, content, key)])


def read_notes(entries: Iterable[Entry]) -> tuple[BackupNote, ...]:
    """The notes in entries of `TOPIC`, in their order; what a later version wrote is passed over."""
    found = []
    for entry in entries:
        try:
            found.append(decode(entry.body, BackupNote))
        except Corrupt:
            continue
    return tuple(found)
