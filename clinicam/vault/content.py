# SPDX-License-Identifier: GPL-3.0-or-later
"""What rows and objects hold of a patient: sealed under the patient's or session's key (vault.md 2.3, Schemas)."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import msgspec

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault.codec import Count, Hash, Id, Record, decode
from clinicam.vault.keyref import ContentKey


class Rendition(IntEnum):
    """Which picture of a frame an object is."""

    ORIGINAL = 1
    """the frame as the camera gave it"""
    SECOND = 2
    """the second file of the same frame (raw beside JPEG)"""
    PREVIEW = 3
    """screen size"""
    THUMBNAIL = 4
    """gallery size"""
    DERIVATIVE = 5
    """crop, mask, annotation"""


class ImageContent(Record, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="image"):
    """The row of one object. `parent` is the object a rendition was made of."""

    patient: Id
    session: Id | None
    frame: Id | None
    object_id: Id
    rendition: Rendition
    parent: Id | None
    media_type: str
    view: str
    sha256: Hash


class EntryContent(Record, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="entry"):
    """Any other record. `body` is strict MessagePack owned by the room that writes `topic`."""

    patient: Id
    session: Id | None
    topic: str
    subject: Id
    body: bytes


RowContent = ImageContent | EntryContent


class ObjectMeta(Record, frozen=True, forbid_unknown_fields=True):
    """What an object says of itself, so that its row could be made again. `captured` is UTC milliseconds."""

    patient: Id
    session: Id | None
    frame: Id | None
    consent: Id | None
    permit: Id | None
    captured: Count
    camera: str
    proof: str
    parent: Id | None
    media_type: str
    view: str
    sha256: Hash


_ANY: Any = ImageContent | EntryContent
"""Both kinds at once: the tag is read in the same go as the rest."""


class _Kind(msgspec.Struct, frozen=True):
    """Only the tag; other names are skipped."""

    kind: str


def decode_content(data: bytes, key: ContentKey) -> RowContent:
    """The content of a row that opened under `key`.

    Raises:
        Corrupt: another shape, or another patient or session than the key's.
        UnsupportedFormat: a kind of a later version.
    """
    try:
        content: RowContent = decode(data, _ANY)
    except Corrupt as error:
        if _kind(data) not in {"image", "entry"}:
            raise UnsupportedFormat("content: unknown kind") from error
        raise
    check_scope(content, key)
    return content


def _kind(data: bytes) -> str:
    """The tag of what cannot be read as any kind we know. Raises Corrupt, if there is none."""
    try:
        return msgspec.msgpack.decode(data, type=_Kind).kind
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Corrupt("content: not a record") from error


def check_scope(content: RowContent, key: ContentKey) -> None:
    """Return if `content` may lie under `key`: patient and session are the key's.

    An entry may name a session although it lies under the patient's own key, so that consent and notes outlive a
    session whose pictures are erased.

    Raises:
        Corrupt: moved from another patient or session.
    """
    free = isinstance(content, EntryContent) and key.session is None
    if content.patient != key.patient or (content.session != key.session and not free):
        raise Corrupt("content: of another patient or session than its key")


def check_meta(meta: ObjectMeta, key: ContentKey) -> None:
    """Return if an object's meta may lie under `key`.

    Raises:
        Corrupt: moved from another patient or session.
    """
    if meta.patient != key.patient or meta.session != key.session:
        raise Corrupt("object: of another patient or session than its key")


def check_agreement(meta: ObjectMeta, rendition: int, object_id: bytes, row: ImageContent) -> None:
    """Return if an object and the row that names it say the same.

    Raises:
        Corrupt: they differ in any field both have.
    """
    said = (meta.patient, meta.session, meta.frame, meta.parent, meta.media_type, meta.view, meta.sha256)
    told = (row.patient, row.session, row.frame, row.parent, row.media_type, row.view, row.sha256)
    if said != told or rendition != row.rendition or object_id != row.object_id:
        raise Corrupt("object: its row says otherwise")
