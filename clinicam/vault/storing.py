# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects put away and taken in: seal, decrypt, compare, write; and the drafts of the rows that go with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from clinicam.errors import DiskFull
from clinicam.identity import new_id
from clinicam.vault.acts import What, spell
from clinicam.vault.codec import encode
from clinicam.vault.content import EntryContent, ImageContent, ObjectMeta, Rendition
from clinicam.vault.files import VaultFiles
from clinicam.vault.index import FRAME_TOPIC, FrameNote
from clinicam.vault.keyref import ContentKey, subject_of
from clinicam.vault.keys import KeyBook
from clinicam.vault.model import Buffer
from clinicam.vault.objectfile import NO_HASH, SealBuffer, begin_object, sealed_size
from clinicam.vault.pinned import pin
from clinicam.vault.scribe import Draft
from clinicam.vault.stores.port import Part

USUAL_FRAME = 32 * 1024 * 1024
"""Room kept ready for one file of a frame; larger ones make it grow."""

ROOM_FOR_ROWS = 1024 * 1024
"""Left free when an object is taken in, so that its row can follow."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A durable object and the row that is to name it."""

    content: ImageContent
    key: ContentKey

    def draft(self, what: What, book: KeyBook) -> Draft:
        """The row."""
        return Draft(spell(what), subject_of(book.table.locator, self.content.patient), self.content, self.key)


class Storer:
    """Puts objects. One thread; keeps its memory between frames."""

    def __init__(self, files: VaultFiles, book: KeyBook) -> None:
        self._files = files
        self._book = book
        self._buffer = SealBuffer(USUAL_FRAME)
        pin(self._buffer.first, self._buffer.last, self._buffer.opened)

    def check_room(self, *sizes: int) -> None:
        """Raises: DiskFull, unless there is room for objects of that many bytes and their rows."""
        need = sum(sealed_size(size + 4096) for size in sizes) + ROOM_FOR_ROWS
        if self._files.objects.free_bytes() < need:
            raise DiskFull("object: not enough room")

    def put(
        self,
        meta: ObjectMeta,
        rendition: Rendition,
        image: Buffer,
        key: ContentKey,
        *,
        object_id: bytes | None = None,
    ) -> Kept:
        """Seal, decrypt again, compare, write, flush: durable when this returns, but without its row.

        `object_id` is given where it was promised before; else it is a new one.

        Raises:
            DiskFull, WriteFailed: nothing was kept.
            Corrupt: this machine's memory gave back other bytes than it was given.
        """
        book = self._book
        object_id = object_id if object_id is not None else new_id()
        sealing = begin_object(
            self._buffer,
            vault=book.vault,
            key=key,
            locator=book.table.locator,
            rendition=rendition,
            meta=meta,
            image=image,
            object_id=object_id,
        )
        hashes: list[bytes] = []

        def parts() -> Iterator[Part]:
            # Each piece goes out sealed and compared, while the next is made and the picture hashed; the first chunk last.
            yield from sealing.tail()
            sealed = sealing.finish()
            hashes.append(sealed.sha256)
            yield 0, sealed.view[: sealing.tail_at]

        self._files.objects.put(object_id, parts())
        return Kept(image_content(msgspec.structs.replace(meta, sha256=hashes[0]), rendition, object_id), key)

    def close(self) -> None:
        """Overwrite what was plaintext."""
        self._buffer.close()


def make_meta(
    *,
    patient: bytes,
    session: bytes | None,
    frame: bytes | None,
    consent: bytes | None,
    permit: bytes | None,
    captured: int,
    camera: str,
    proof: str,
    parent: bytes | None,
    media_type: str,
    view: str,
) -> ObjectMeta:
    """The meta of an object to be sealed; the hash is filled in then."""
    return ObjectMeta(*(
        patient,
        session,
        frame,
        consent,
        permit,
        captured,
        camera,
        proof,
        parent,
        media_type,
        view,
        NO_HASH,
    ))


def image_content(meta: ObjectMeta, rendition: Rendition, object_id: bytes) -> ImageContent:
    """The row that agrees with an object."""
    return ImageContent(
        patient=meta.patient,
        session=meta.session,
        frame=meta.frame,
        object_id=object_id,
        rendition=rendition,
        parent=meta.parent,
        media_type=meta.media_type,
        view=meta.view,
        sha256=meta.sha256,
    )


def frame_draft(meta: ObjectMeta, key: ContentKey, book: KeyBook) -> Draft:
    """The entry that says of a frame what lists need, under the session's own key. `meta.frame` is given."""
    frame = meta.frame or b""
    note = FrameNote(frame, meta.captured, meta.consent, meta.permit, meta.camera, meta.proof)
    content = EntryContent(meta.patient, meta.session, FRAME_TOPIC, frame, encode(note))
    return Draft(spell(What.SESSION_EVENT, FRAME_TOPIC), subject_of(book.table.locator, meta.patient), content, key)
