# SPDX-License-Identifier: GPL-3.0-or-later
"""The rare case: one patient's pictures sealed anew, since somebody who left may have copied keys and may yet reach the files.

Only pictures under keys from before the last removal of a user are touched, session by session:

1. A row with the plan, which names every new object beforehand.
2. Each picture is opened, sealed anew under the session's new key, compared, flushed.
3. One batch of rows names all the new objects. From here on they are the pictures, and the old ones are unlinked.

Then a generation of bags without the old keys, and a row that says so. It may be stopped between two pictures, and a crash
leaves the old pictures of a session or the new ones: opening clears away the others. Objects get new ids, and the plan
tells which took whose place (`follow`). What the patient's rows say (names, consents, notes) stays under the patient's
own key: rows are never written again, and whoever left has read them. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from clinicam.errors import Cancelled, Corrupt, EraseRefused, NotFound, RoleRefused
from clinicam.identity import ImageId, PatientId, new_id
from clinicam.permits import Admission
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.agreements import agreements, forget_objects
from clinicam.vault.codec import Id, Record, decode, encode
from clinicam.vault.content import EntryContent, ImageContent, ObjectMeta, Rendition, check_agreement
from clinicam.vault.erasureproof import HEADER, objects_under
from clinicam.vault.gonekeys import note_dropped
from clinicam.vault.index import Index
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import ContentKey, subject_of
from clinicam.vault.model import Entry, ImageEntry
from clinicam.vault.objectfile import open_object, parse_header
from clinicam.vault.scribe import Draft
from clinicam.vault.storing import Kept, frame_draft

RESEAL_TOPIC = "reseal"
_DETAIL = "resealed"
_FILES = frozenset({Rendition.ORIGINAL, Rendition.SECOND})

Progress = Callable[[int, int], None]


class ResealedObject(Record, frozen=True, forbid_unknown_fields=True):
    """One object and the one that takes its place."""

    old: Id
    new: Id
    new_parent: Id | None


class ResealNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``reseal``, under the patient's own key: the plan for one session."""

    objects: tuple[ResealedObject, ...]


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was done: objects sealed anew, and old keys that are gone."""

    objects: int
    keys: int


class Reencryption:
    """See the module."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside

    def stale(self, patient: PatientId) -> int:
        """How many objects of this patient lie under keys from before the last removal of a user."""
        self._inside.check_open()
        return sum(len(rows) for rows in self._stale(patient))

    def run(
        self,
        patient: PatientId,
        *,
        progress: Progress = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Resealed:
        """Seal this patient's pictures anew. Slow: every one is copied.

        Args:
            progress: told (objects done, of).

        Raises:
            RoleRefused: who is signed in is no manager.
            EraseRefused: ``moving``, a move or an erasure was interrupted and has to be finished first.
            NotFound: no such patient.
            Cancelled: stopped; sessions done so far stay done, and the old keys are still there.
            Corrupt: a picture is damaged; its session stays as it was.
            DiskFull, WriteFailed, Forked: as when cancelled; ask once more.
        """
        inside = self._inside
        inside.check_open()
        if not inside.book.is_manager:
            raise RoleRefused("manager")
        lookups.patient(inside.index, patient)
        if any(one.done is None for one in agreements(inside.index, inside.book)[0]):
            raise EraseRefused("moving")
        settle_resealed(inside)
        self._sweep(patient)
        groups = self._stale(patient)
        of, done = sum(len(rows) for rows in groups), 0

        def tell() -> None:
            nonlocal done
            done += 1
            progress(done, of)

        for rows in groups:
            self._session(patient, rows, tell, cancelled)
        keys = self._drop_keys(patient)
        detail = spell(What.RESEAL_DONE, f"objects={done} keys={keys}")
        inside.write([Draft(detail, subject_of(inside.book.table.locator, patient))])
        return Resealed(done, keys)

    def _sweep(self, patient: PatientId) -> None:
        """Old pictures whose unlinking failed: nothing names them any more, but their keys could never go."""
        inside = self._inside
        notes = [note for note, is_done in _judged(inside.index, _notes(inside.index, patient)) if is_done]
        there = set(inside.files.objects.ids()) if notes else set()
        held = lookups.known_objects(inside.index)
        lost = [one.old for note in notes for one in note.objects if one.old in there and one.old not in held]
        inside.files.objects.remove(lost)

    def _stale(self, patient: PatientId) -> list[list[ImageContent]]:
        """The objects to seal anew, one list a session, parents before what was made of them: whole frames, so that no
        preview is left pointing at a picture that is gone."""
        inside = self._inside
        rows = lookups.frame_objects(inside.index, patient, {one.frame for one in _entries(inside, patient)})
        frames = {row.frame for row in rows if self._is_stale(row.object_id)}
        found: dict[bytes | None, list[ImageContent]] = {}
        for row in rows:
            if row.frame in frames:
                found.setdefault(row.session, []).append(row)
        return list(found.values())

    def _is_stale(self, object_id: bytes) -> bool:
        key = self._key_of(object_id)
        return key is not None and key.created < self._inside.book.table.last_removal

    def _key_of(self, object_id: bytes) -> ContentKey | None:
        """The key an object lies under, told by its header; None where there is none or it cannot be told."""
        inside = self._inside
        try:
            start, size = inside.files.objects.head(object_id, HEADER)
            outline = bytearray(size)
            outline[: len(start)] = start
            return inside.book.table.find(parse_header(outline).key_ref, object_id)
        except (Corrupt, NotFound):
            return None

    def _session(
        self,
        patient: PatientId,
        rows: Sequence[ImageContent],
        tell: Callable[[], None],
        cancelled: Callable[[], bool],
    ) -> None:
        inside = self._inside
        inside.storer.check_room(*(inside.files.objects.head(row.object_id, 0)[1] for row in rows))
        plan = _plan(rows)
        own = inside.book.sealing_key(inside.scribe.writer, patient)
        key = inside.book.sealing_key(inside.scribe.writer, patient, rows[0].session)
        subject = subject_of(inside.book.table.locator, patient)
        note = EntryContent(patient, rows[0].session, RESEAL_TOPIC, patient, encode(ResealNote(plan)))
        inside.write([Draft(spell(What.SESSION_EVENT, RESEAL_TOPIC), subject, note, own)])
        unfiled = {one.image for one in _entries(inside, patient) if one.admission is Admission.UNFILED}
        drafts: list[Draft] = []
        noted: set[bytes | None] = set()
        try:
            for row, one in zip(rows, plan, strict=True):
                if cancelled():
                    raise Cancelled("sealing anew was stopped")
                meta, kept = self._copy(row, one, key)
                if row.rendition in _FILES and row.frame not in noted:
                    noted.add(row.frame)
                    drafts.append(frame_draft(meta, key, inside.book))
                what = What.IMAGE_KEPT_UNFILED if row.object_id in unfiled else What.IMAGE_RESEALED
                drafts.append(Draft(spell(what, _DETAIL), subject, kept.content, key))
                tell()
            with inside.index.lock:
                inside.write(drafts)
                forget_objects(inside.index, (one.old for one in plan))
        except BaseException:
            # Nobody may find a picture twice: what has no row goes again, now or at the next opening.
            settle_resealed(inside)
            raise
        inside.files.objects.remove(one.old for one in plan)

    def _copy(self, row: ImageContent, one: ResealedObject, key: ContentKey) -> tuple[ObjectMeta, Kept]:
        inside, book = self._inside, self._inside.book
        data = inside.files.objects.get(row.object_id)
        meta, picture = open_object(data, book.table.by_ref, vault=book.vault, object_id=row.object_id)
        check_agreement(meta, parse_header(data).rendition, row.object_id, row)
        parent = one.new_parent if one.new_parent is not None else meta.parent
        fresh = msgspec.structs.replace(meta, parent=parent)
        kept = inside.storer.put(fresh, row.rendition, memoryview(picture), key, object_id=one.new)
        if kept.content.sha256 != meta.sha256:
            raise Corrupt("object: memory gave back another picture")
        return fresh, kept

    def _drop_keys(self, patient: PatientId) -> int:
        """A generation without the session keys that nothing lies under any more; how many those are."""
        inside = self._inside
        table = inside.book.table
        old = {
            key.key_id
            for key in table.all()
            if key.patient == patient and key.session is not None and key.created < table.last_removal
        }
        under = objects_under(inside.files, table, old, lambda _done, _of: None) if old else []
        old -= {key.key_id for name in under if (key := self._key_of(name)) is not None}
        if old:
            note_dropped(inside, patient, old)
            inside.publish(drop=old)
        return len(old)


def follow(entries: Iterable[Entry], images: Iterable[ImageId]) -> frozenset[ImageId]:
    """These pictures and all that took their place: for what older records say of pictures by id.

    `entries` are a patient's of `RESEAL_TOPIC`. A plan that came to nothing names objects that never were, which does no harm.
    Raises Corrupt.
    """
    found = set(images)
    for entry in entries:  # in ledger order: what took a place may have been replaced in turn later
        found.update(ImageId(one.new) for one in decode(entry.body, ResealNote).objects if one.old in found)
    return frozenset(found)


def settle_resealed(inside: Inside) -> None:
    """Clear away what an interrupted sealing anew left: the copies where they do not count yet, else the old pictures.

    The last copy of anything stays: nothing is unlinked while the object that is to take its place is not there.

    Raises:
        Corrupt: a damaged plan. DiskFull, WriteFailed: it stays lying about, until the next opening.
    """
    notes = _notes(inside.index, None)
    known = lookups.known_objects(inside.index) if notes else set()
    forget_resealed(inside.index)
    for note, is_done in _judged(inside.index, notes):
        if is_done:
            old = [one for one in note.objects if one.old in known]
            inside.files.objects.remove(one.old for one in old if _exists(inside, one.new))
        else:
            lost = [one.new for one in note.objects if one.new not in known and _exists(inside, one.old)]
            inside.files.objects.remove(lost)


def forget_resealed(index: Index) -> None:
    """Take out of an index made anew the pictures whose place others have taken. Raises Corrupt: a damaged plan."""
    notes = _notes(index, None)
    known = lookups.known_objects(index) if notes else set()
    done = [note for note, is_done in _judged(index, notes) if is_done]
    if old := [one.old for note in done for one in note.objects if one.old in known]:
        forget_objects(index, old)


def _judged(index: Index, notes: Sequence[ResealNote]) -> list[tuple[ResealNote, bool]]:
    """Each plan with whether it was carried out: rows name its new objects (one batch names all or none), or a later plan
    that was carried out replaced them in turn."""
    there = lookups.known_objects(index) if notes else set()
    judged = []
    for note in reversed(notes):
        is_done = all(one.new in there for one in note.objects)
        if is_done:
            there.update(one.old for one in note.objects)
        judged.append((note, is_done))
    return judged


def _exists(inside: Inside, object_id: bytes) -> bool:
    try:
        inside.files.objects.head(object_id, 0)
    except NotFound:
        return False
    return True


def _notes(index: Index, patient: PatientId | None) -> list[ResealNote]:
    entries = lookups.entries(index, RESEAL_TOPIC, patient=patient, session=None, subject=None)
    return [decode(one.body, ResealNote) for one in entries]


def _entries(inside: Inside, patient: PatientId) -> tuple[ImageEntry, ...]:
    """Every picture of a patient, those set aside as well."""
    return tuple(
        one
        for is_held in (False, True)
        for one in lookups.images(inside.index, patient=patient, session=None, is_held=is_held)
    )


def _plan(rows: Iterable[ImageContent]) -> tuple[ResealedObject, ...]:
    """New ids; `rows` come parents first."""
    ids: dict[bytes, bytes] = {}
    plan = []
    for row in rows:
        ids[row.object_id] = new_id()
        parent = ids.get(row.parent) if row.parent is not None else None
        plan.append(ResealedObject(old=row.object_id, new=ids[row.object_id], new_parent=parent))
    return tuple(plan)
