# SPDX-License-Identifier: GPL-3.0-or-later
"""After a crash: objects that no row names are taken in as unfiled, from what they say of themselves. Never deleted."""

from __future__ import annotations

from clinicam.errors import Corrupt, NotFound, UnsupportedFormat
from clinicam.vault.acts import What
from clinicam.vault.agreements import moved_away
from clinicam.vault.content import ObjectMeta, Rendition
from clinicam.vault.files import VaultFiles
from clinicam.vault.index import FrameNote, Index
from clinicam.vault.keys import KeyBook
from clinicam.vault.lookups import frame_facts, known_objects, unnoted_frames
from clinicam.vault.objectfile import open_object, parse_header
from clinicam.vault.scribe import Draft
from clinicam.vault.storing import Kept, frame_draft, image_content


def adopt(
    files: VaultFiles, book: KeyBook, index: Index, *, what: What = What.OBJECT_ADOPTED
) -> tuple[list[list[Draft]], list[str]]:
    """Batches of rows for every object without one, and alarms for what cannot be taken in or is missing.

    `what`: adopted after a crash, which is unfiled, or recovered after the ledger was damaged.

    An object is opened to its last byte first. One whose key is gone (erased) or that is damaged stays where it is.
    """
    known = known_objects(index)
    there = set(files.objects.ids()) - moved_away(index)
    alarms = [f"object {name.hex()} is missing" for name in sorted(known - there)]
    batches: list[list[Draft]] = []
    noted: set[bytes] = set()
    for object_id in sorted(there - known):
        try:
            data = files.objects.get(object_id)
            header = parse_header(data)
            if book.table.is_shut(header.key_ref, object_id):
                continue  # two people agreed to erase it, and whoever carries that out removes it
            meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=object_id)
        except (Corrupt, UnsupportedFormat, NotFound) as error:
            alarms.append(f"object {object_id.hex()} without a row cannot be taken in: {error}")
            continue
        key = book.table.by_ref(header.key_ref, object_id)
        batch = [Kept(image_content(meta, header.rendition, object_id), key).draft(what, book)]
        if _needs_note(index, meta, header.rendition, noted):
            batch.insert(0, frame_draft(meta, key, book))
        batches.append(batch)
    return batches, alarms


def _needs_note(index: Index, meta: ObjectMeta, rendition: Rendition, noted: set[bytes]) -> bool:
    is_file = rendition in {Rendition.ORIGINAL, Rendition.SECOND}
    if not is_file or meta.frame is None or meta.frame in noted or frame_facts(index, meta.frame) is not None:
        return False
    noted.add(meta.frame)
    return True


def fill_frames(files: VaultFiles, book: KeyBook, index: Index) -> None:
    """Tell the index when frames were captured that no entry speaks of (rows written by another program)."""
    for frame, image in unnoted_frames(index):
        try:
            data = files.objects.get(image)
            meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=image)
        except (Corrupt, UnsupportedFormat, NotFound):
            continue  # verify says so; the list shows when the row was written instead
        index.note_frame(FrameNote(frame, meta.captured, meta.consent, meta.permit, meta.camera, meta.proof))
