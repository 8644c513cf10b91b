# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures set aside because they may be of another patient: hidden at once by one person, nothing of them changed.

They leave the chart and the counts, and are listed for whoever looks into it; moving them takes two (`moving`), putting
them back one. Vault thread only, but for `held`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clinicam.errors import NotFound
from clinicam.identity import ImageId, PatientId
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent
from clinicam.vault.indexfold import QUARANTINE_TOPIC, QuarantineNote
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.model import ImageEntry
from clinicam.vault.scribe import Draft


class Quarantine:
    """See the module."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def set_aside(self, images: Sequence[ImageId], reason: str) -> None:
        """Hide the frames of these images, with all their files and renditions. Durable when this returns; one batch.

        Args:
            reason: a short line, kept under the patient's key.

        Raises:
            NotFound: no such image, or one that belongs to no frame; nothing was hidden.
            DiskFull, WriteFailed: nothing was hidden.
        """
        self._note(images, QuarantineNote(is_held=True, reason=reason), What.IMAGE_QUARANTINED)

    def put_back(self, images: Sequence[ImageId], reason: str) -> None:
        """Show them again: they belong where they are. Raises as `set_aside`."""
        self._note(images, QuarantineNote(is_held=False, reason=reason), What.QUARANTINE_LIFTED)

    def held(self, patient: PatientId | None = None) -> tuple[ImageEntry, ...]:
        """Pictures set aside, of one patient or of all, in ledger order. Any thread."""
        self._inside.check_open()
        return lookups.images(self._inside.index, patient=patient, session=None, is_held=True)

    def _note(self, images: Sequence[ImageId], note: QuarantineNote, what: What) -> None:
        self._inside.check_open()
        drafts = quarantine_drafts(self._inside, images, note, what)
        if drafts:
            self._inside.write(drafts)


def quarantine_drafts(inside: Inside, images: Iterable[bytes], note: QuarantineNote, what: What) -> list[Draft]:
    """A row for each frame of these images, under its patient's own key. Raises NotFound, DiskFull, WriteFailed."""
    frames = {}
    for image in images:
        row = lookups.image_row(inside.index, image)
        if row.frame is None:
            raise NotFound("no frame")
        frames[row.frame] = row
    drafts = []
    for frame, row in frames.items():
        key = inside.book.sealing_key(inside.scribe.writer, row.patient)
        content = EntryContent(row.patient, row.session, QUARANTINE_TOPIC, frame, encode(note))
        drafts.append(Draft(spell(what), subject_of(inside.book.table.locator, row.patient), content, key))
    return drafts
