# SPDX-License-Identifier: GPL-3.0-or-later
"""How things come into an open vault: the gate asked, objects durable, then their rows in one batch, then the index."""

from __future__ import annotations

from collections.abc import Sequence

from clinicam.errors import Corrupt, FrameRefused, TrainingOnly, VaultError, VaultExists
from clinicam.identity import NOBODY, ImageId, WorkstationId
from clinicam.permits import Admission
from clinicam.vault import lookups
from clinicam.vault.accepting import HISTORY_TOPIC
from clinicam.vault.acts import What, spell
from clinicam.vault.backupnote import TOPIC as BACKUP_TOPIC
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent, ObjectMeta, Rendition, decode_content
from clinicam.vault.damage import DAMAGE_TOPIC
from clinicam.vault.device_key import TOPIC as DEVICE_TOPIC
from clinicam.vault.gonekeys import DROPPED_TOPIC
from clinicam.vault.index import FRAME_TOPIC, PATIENT_TOPIC, decode_patient
from clinicam.vault.indexfold import MOVE_TOPIC, QUARANTINE_TOPIC
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.kits import KIT_TOPIC
from clinicam.vault.model import Buffer, NewFrame, NewRow, RowRef, StoredFrame
from clinicam.vault.reencrypting import RESEAL_TOPIC
from clinicam.vault.scribe import Draft, Written
from clinicam.vault.storing import Kept, frame_draft, make_meta

OWN_TOPICS = frozenset({
    FRAME_TOPIC,
    QUARANTINE_TOPIC,
    MOVE_TOPIC,
    DEVICE_TOPIC,
    KIT_TOPIC,
    RESEAL_TOPIC,
    DROPPED_TOPIC,
    DAMAGE_TOPIC,
    HISTORY_TOPIC,
    BACKUP_TOPIC,
})
"""What the vault itself writes and goes by: closed to `append`, whoever asks."""
_FILES_OF_A_FRAME = (Rendition.ORIGINAL, Rendition.SECOND)


class Intake:
    """The adding half of `OpenVault`, which documents each method. The vault thread only."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._host = inside.host
        self._book = inside.book
        self._scribe = inside.scribe
        self._index = inside.index
        self._checks = inside.checks
        self._storer = inside.storer

    def add(self, frame: NewFrame) -> StoredFrame:
        """See `OpenVault.add`."""
        permit, admission = self._checks.admit(frame.permit, frame.captured_ms)
        if frame.simulated != self._book.keyring.training:
            raise TrainingOnly("a simulated frame belongs into a training vault, and only there")
        if tuple(file.rendition for file in frame.files) not in {_FILES_OF_A_FRAME[:1], _FILES_OF_A_FRAME}:
            raise FrameRefused("files")
        sizes = [memoryview(file.data).nbytes for file in frame.files]
        if not all(sizes):
            raise FrameRefused("empty")
        if lookups.frame_facts(self._index, frame.frame) is not None:
            raise VaultExists("this frame is in the vault already")
        self._storer.check_room(*sizes)
        key = self._book.sealing_key(self._scribe.writer, permit.patient, permit.session)
        what = What.IMAGE_STORED if admission is Admission.FILED else What.IMAGE_KEPT_UNFILED
        kept: list[Kept] = []
        metas: list[ObjectMeta] = []
        try:
            for file in frame.files:
                metas.append(
                    make_meta(
                        patient=permit.patient,
                        session=permit.session,
                        frame=frame.frame,
                        consent=permit.consent,
                        permit=permit.permit,
                        captured=frame.captured_ms,
                        camera=frame.camera,
                        proof=frame.proof,
                        parent=kept[0].content.object_id if kept else None,
                        media_type=file.media_type,
                        view=frame.view,
                    )
                )
                kept.append(self._storer.put(metas[-1], file.rendition, file.data, key))
            drafts = [frame_draft(metas[0], key, self._book), *(one.draft(what, self._book) for one in kept)]
            written = self._inside.write(drafts)
        except VaultError:
            # An object may lie there without its row: the next opening looks for it.
            self._index.set_fact("scan", 1)
            raise
        images = tuple(ImageId(one.content.object_id) for one in kept)
        return StoredFrame(frame.frame, images, admission, _refs(written)[1:])

    def add_rendition(self, parent: ImageId, rendition: Rendition, media_type: str, data: Buffer) -> ImageId:
        """See `OpenVault.add_rendition`."""
        if rendition in _FILES_OF_A_FRAME:
            raise FrameRefused("rendition")
        size = memoryview(data).nbytes
        if not size:
            raise FrameRefused("empty")
        row = lookups.image_row(self._index, parent)
        self._storer.check_room(size)
        captured, consent, permit = lookups.frame_facts(self._index, row.frame) or (self._host.wall_ms(), None, None)
        key = self._book.sealing_key(self._scribe.writer, row.patient, row.session)
        meta = make_meta(
            patient=row.patient,
            session=row.session,
            frame=row.frame,
            consent=consent,
            permit=permit,
            captured=captured,
            camera="",
            proof="",
            parent=parent,
            media_type=media_type,
            view=row.view,
        )
        try:
            kept = self._storer.put(meta, rendition, data, key)
            self._inside.write([kept.draft(What.IMAGE_RENDITION, self._book)])
        except VaultError:
            self._index.set_fact("scan", 1)
            raise
        return ImageId(kept.content.object_id)

    def append(self, rows: Sequence[NewRow]) -> tuple[RowRef, ...]:
        """See `OpenVault.append`."""
        drafts = [self._draft(row) for row in rows]
        for row in rows:
            if row.what is What.SESSION_OPENED and row.patient is not None:
                self._book.sealing_key(self._scribe.writer, row.patient, row.session)
        return _refs(self._inside.write(drafts)) if drafts else ()

    def _draft(self, row: NewRow) -> Draft:
        what = spell(row.what, row.detail)
        subject = subject_of(self._book.table.locator, row.patient) if row.patient is not None else None
        if row.body is None:
            return Draft(what, subject)
        if row.topic in OWN_TOPICS:
            raise ValueError("this topic is the vault's own")
        key = self._book.sealing_key(self._scribe.writer, row.patient if row.patient is not None else NOBODY)
        content = EntryContent(key.patient, row.session, row.topic, row.subject, row.body)
        # What could not be read back must not be written: it would stand in the way of every later opening.
        decode_content(encode(content), key)
        if row.topic == PATIENT_TOPIC and decode_patient(row.body).patient != row.patient:
            raise Corrupt("patient: the record of another")
        return Draft(what, subject, content, key)

    def note_view(self, *images: ImageId) -> None:
        """See `OpenVault.note_view`."""
        locator = self._book.table.locator
        found = [lookups.image_row(self._index, image) for image in images]
        drafts = [
            Draft(spell(What.IMAGE_VIEWED, row.object_id.hex()), subject_of(locator, row.patient)) for row in found
        ]
        if drafts:
            self._inside.write(drafts)

    def note_act(self, what: What, detail: str = "") -> RowRef:
        """See `OpenVault.note_act`."""
        return _refs(self._inside.write([Draft(spell(what, detail))]))[0]


def _refs(written: Written) -> tuple[RowRef, ...]:
    return tuple(RowRef(WorkstationId(row.writer), row.seq, row.rid) for row, _, _ in written.rows)
