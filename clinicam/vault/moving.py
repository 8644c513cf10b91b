# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the wrong patient go to the right one: two people, new objects under the right keys, a history on both sides.

1. One batch: the intent with both signatures and the ids of the old objects, the plan under the destination's key, what
   went away under the source's. The plan names every new object beforehand.
2. Each picture is opened, sealed anew under the destination's session key, compared, flushed, and named by a row.
3. The old objects are unlinked, their directories flushed.
4. A row that says it is done; from then on the index no longer knows the old ones.

After a crash anyone who opens the vault goes on where it stopped: what is named by a row is not copied again, and nothing
is unlinked before all of it is. Where the destination was erased meanwhile the move is given up: the row says that nothing was
moved, and the pictures stay where they are, set aside. That the destination's consent covers the pictures is for `practice.misfiled` to see to.
Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from clinicam.errors import Corrupt, MoveRefused, NotFound, VaultError
from clinicam.identity import NOBODY, ConsentId, ImageId, PatientId, SessionId, new_id
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.agreements import Agreement, agreements, forget_moved
from clinicam.vault.codec import Id, Record, decode, encode
from clinicam.vault.content import EntryContent, ImageContent, ObjectMeta, Rendition, check_agreement
from clinicam.vault.cosigning import Cosigner, Cosigners
from clinicam.vault.indexfold import MOVE_TOPIC, QuarantineNote
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.objectfile import open_object, parse_header
from clinicam.vault.quarantine import quarantine_drafts
from clinicam.vault.scribe import Draft
from clinicam.vault.storing import Kept, frame_draft, image_content, make_meta

LIFTED = "moved"
"""Why the frames are no longer set aside at their old place."""

Progress = Callable[[int, int], None]


class MovedObject(Record, frozen=True, forbid_unknown_fields=True):
    """One object and the one that takes its place. Frames get new ids too: a frame has one patient."""

    old: Id
    new: Id
    old_frame: Id
    new_frame: Id
    new_parent: Id | None


class MoveNote(Record, frozen=True, forbid_unknown_fields=True):
    """Body of an entry of topic ``move``, one on each side. `is_arrival` tells which; `other` is the other patient.

    `consent` is the destination's, under which the pictures are held from now on.
    """

    is_arrival: bool
    other: Id
    other_session: Id | None
    consent: Id
    reason: str
    objects: tuple[MovedObject, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A move that was carried out. `images` are the pictures at their new place.

    Of one that was given up: no session, no pictures, no objects.
    """

    rid: bytes
    session: SessionId | None
    images: tuple[ImageId, ...]
    objects: int


class Moving:
    """See the module."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._cosigners = Cosigners(inside)

    def move(
        self,
        images: Sequence[ImageId],
        *,
        to: PatientId,
        session: SessionId,
        consent: ConsentId,
        reason: str,
        second: Cosigner,
        progress: Progress = lambda _done, _of: None,
    ) -> Moved:
        """Move the frames of these images, with all their files and renditions. Slow: every picture is copied.

        Args:
            session: the session of the destination that they become part of; usually a new one.
            reason: a code, not words about a patient: auditors read it.
            progress: told (objects done, of).

        Raises:
            SecondPersonRefused: see `Cosigners.draft`.
            MoveRefused: ``nothing``, ``same-patient``, ``not-quarantined``, ``erased`` (the destination).
            NotFound: no such image, or no such destination.
            Corrupt: one of them is damaged; nothing was moved.
            DiskFull, WriteFailed: before the intent was durable nothing happened; after it `finish`, or the next opening,
                carries out the rest.
        """
        inside = self._inside
        inside.check_open()
        rows = self._rows(images, to)
        source = rows[0].patient
        for row in rows:
            self._open(row)
        sizes = [inside.files.objects.head(row.object_id, 0)[1] for row in rows]
        inside.storer.check_room(*sizes)
        plan = _plan(rows)
        key = inside.book.sealing_key(inside.scribe.writer, to)
        inside.book.sealing_key(inside.scribe.writer, to, session)
        away_key = inside.book.sealing_key(inside.scribe.writer, source)
        sessions = {row.session for row in rows}
        old_session = rows[0].session if len(sessions) == 1 else None
        arrival = MoveNote(
            is_arrival=True,
            other=source,
            other_session=old_session,
            consent=consent,
            reason=reason,
            objects=plan,
        )
        departure = MoveNote(
            is_arrival=False, other=to, other_session=session, consent=consent, reason=reason, objects=plan
        )
        locator = inside.book.table.locator
        subject = subject_of(locator, source)
        agreed = self._cosigners.draft(
            What.MOVE_INTENDED,
            [row.object_id for row in rows],
            reason,
            second,
            detail=f"to {subject_of(locator, to).hex()}",
            subject=subject,
            content=EntryContent(to, session, MOVE_TOPIC, to, encode(arrival)),
            key=key,
        )
        away = EntryContent(source, old_session, MOVE_TOPIC, source, encode(departure))
        told = Draft(spell(What.SESSION_EVENT, MOVE_TOPIC), subject, away, away_key)
        written = inside.write([agreed, told])
        rid = written.rows[0][0].rid
        return self.carry_out(next(one for one in self._known() if one.rid == rid), progress)

    def pending(self) -> tuple[Agreement, ...]:
        """Moves agreed to but not carried out to the end."""
        self._inside.check_open()
        return tuple(one for one in self._known() if one.done is None)

    def finish(self, progress: Progress = lambda _done, _of: None) -> tuple[Moved, ...]:
        """Carry out what a crash or a full disk interrupted. Raises as `move`; what was done stays done."""
        return tuple(self.carry_out(one, progress) for one in self.pending())

    def history(self, patient: PatientId) -> tuple[tuple[int, MoveNote], ...]:
        """What was moved away from this patient or came to it: (when, in UTC milliseconds; what). Raises Corrupt."""
        self._inside.check_open()
        entries = lookups.entries(self._inside.index, MOVE_TOPIC, patient=patient, session=None, subject=None)
        return tuple((one.wall_ms, decode(one.body, MoveNote)) for one in entries)

    def _known(self) -> list[Agreement]:
        known, _ = agreements(self._inside.index, self._inside.book)
        return [one for one in known if one.what is What.MOVE_INTENDED]

    def _rows(self, images: Sequence[ImageId], to: PatientId) -> list[ImageContent]:
        """Every object of the frames of these images, parents before what was made of them."""
        inside = self._inside
        if not images:
            raise MoveRefused("nothing")
        chosen = [lookups.image_row(inside.index, image) for image in images]
        sources = {row.patient for row in chosen}
        if to in sources:
            raise MoveRefused("same-patient")
        if inside.book.table.is_closed(to):
            raise MoveRefused("erased")
        lookups.patient(inside.index, to)
        if len(sources) != 1:
            raise MoveRefused("nothing")
        source = chosen[0].patient
        held = {one.frame for one in lookups.images(inside.index, patient=source, session=None, is_held=True)}
        frames = {row.frame for row in chosen}
        if not frames <= held:
            raise MoveRefused("not-quarantined")
        return lookups.frame_objects(inside.index, source, frames)

    def _open(self, row: ImageContent) -> tuple[ObjectMeta, memoryview]:
        """An object as it lies, checked to the last byte and against its row. Raises Corrupt, NotFound."""
        book = self._inside.book
        data = self._inside.files.objects.get(row.object_id)
        meta, picture = open_object(data, book.table.by_ref, vault=book.vault, object_id=row.object_id)
        check_agreement(meta, parse_header(data).rendition, row.object_id, row)
        return meta, memoryview(picture)

    def carry_out(self, one: Agreement, progress: Progress = lambda _done, _of: None) -> Moved:
        """Go on with a move where it stopped, or give it up where either patient was erased since. Raises as `move`."""
        inside = self._inside
        planned = self._plan_of(one.rid)
        if planned is None:
            return self._give_up(one)
        note, to, session = planned
        there = lookups.known_objects(inside.index)
        missing = [moved for moved in note.objects if moved.new not in there]
        lost = 0
        for done, moved in enumerate(missing, 1):
            try:
                self._copy(moved, note, to, session)
            except NotFound:
                if moved.old in there:
                    raise
                lost += 1  # the source was erased before it was copied
            progress(done, len(missing))
        objects = len(note.objects) - lost
        inside.files.objects.remove(moved.old for moved in note.objects)
        held = [moved.old for moved in note.objects if moved.old in there]
        lifted = quarantine_drafts(inside, held, QuarantineNote(is_held=False, reason=LIFTED), What.QUARANTINE_LIFTED)
        inside.write([_done(one, objects), *lifted])
        forget_moved(inside.index, self._known())
        originals = {moved.new_frame for moved in note.objects}
        images = lookups.images(inside.index, patient=to, session=session)
        return Moved(one.rid, session, tuple(image.image for image in images if image.frame in originals), objects)

    def _give_up(self, one: Agreement) -> Moved:
        """Say that it is over. If every old object is gone, all of them had been moved, and were erased at their new place."""
        inside = self._inside
        there = set(inside.files.objects.ids())
        is_moved = there.isdisjoint(one.keys)
        inside.write([_done(one, len(one.keys) if is_moved else 0)])
        forget_moved(inside.index, self._known())
        return Moved(one.rid, None, (), 0)

    def _plan_of(self, rid: bytes) -> tuple[MoveNote, PatientId, SessionId] | None:
        """The plan that the intent's own row holds; None where the destination was erased since."""
        for entry in lookups.entries(self._inside.index, MOVE_TOPIC, patient=None, session=None, subject=None):
            if entry.row.rid == rid and entry.patient is not None and entry.session is not None:
                return decode(entry.body, MoveNote), entry.patient, entry.session
        return None

    def _copy(self, moved: MovedObject, note: MoveNote, to: PatientId, session: SessionId) -> None:
        """One object under the destination's key, and its row."""
        inside = self._inside
        found = self._found(moved.new)
        meta, kept = found if found is not None else self._sealed_anew(moved, note, to, session)
        drafts = [kept.draft(What.IMAGE_MOVED, inside.book)]
        is_file = kept.content.rendition in {Rendition.ORIGINAL, Rendition.SECOND}
        if is_file and lookups.frame_facts(inside.index, moved.new_frame) is None:
            drafts.insert(0, frame_draft(meta, kept.key, inside.book))
        inside.write(drafts)

    def _found(self, object_id: bytes) -> tuple[ObjectMeta, Kept] | None:
        """An object that a crash left without its row, if there is one."""
        book = self._inside.book
        try:
            data = self._inside.files.objects.get(object_id)
        except NotFound:
            return None
        header = parse_header(data)
        meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=object_id)
        content = image_content(meta, header.rendition, object_id)
        return meta, Kept(content, book.table.by_ref(header.key_ref, object_id))

    def _sealed_anew(
        self, moved: MovedObject, note: MoveNote, to: PatientId, session: SessionId
    ) -> tuple[ObjectMeta, Kept]:
        inside = self._inside
        row = lookups.image_row(inside.index, moved.old)
        old, picture = self._open(row)
        meta = make_meta(
            patient=to,
            session=session,
            frame=moved.new_frame,
            consent=note.consent,
            permit=old.permit,
            captured=old.captured,
            camera=old.camera,
            proof=old.proof,
            parent=moved.new_parent,
            media_type=old.media_type,
            view=old.view,
        )
        key = inside.book.sealing_key(inside.scribe.writer, to, session)
        kept = inside.storer.put(meta, row.rendition, picture, key, object_id=moved.new)
        if kept.content.sha256 != old.sha256:
            raise Corrupt("object: memory gave back another picture")
        return meta, kept


def _done(one: Agreement, objects: int) -> Draft:
    return Draft(spell(What.MOVE_DONE, f"objects={objects}"), one.act.subject, done=one.rid)


def _plan(rows: Iterable[ImageContent]) -> tuple[MovedObject, ...]:
    """New ids for objects and frames; `rows` come parents first."""
    objects: dict[bytes, bytes] = {}
    frames: dict[bytes, bytes] = {}
    plan = []
    for row in rows:
        objects[row.object_id] = new_id()
        old_frame = row.frame or NOBODY
        plan.append(
            MovedObject(
                old=row.object_id,
                new=objects[row.object_id],
                old_frame=old_frame,
                new_frame=frames.setdefault(old_frame, new_id()),
                new_parent=objects.get(row.parent) if row.parent is not None else None,
            )
        )
    return tuple(plan)


def finish_moves(inside: Inside, pending: Sequence[Agreement]) -> list[str]:
    """For opening: carry out the moves that are pending; alarms for those that could not be."""
    alarms = []
    for one in pending:
        if one.what is What.MOVE_INTENDED:
            try:
                Moving(inside).carry_out(one)
            except VaultError as error:
                alarms.append(f"pictures could not be moved: {error}")
    return alarms
