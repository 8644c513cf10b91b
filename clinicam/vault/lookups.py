# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the index. Any thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clinicam.errors import NotFound
from clinicam.identity import NOBODY, ConsentId, FrameId, ImageId, Patient, PatientId, PermitId, SessionId, StaffId
from clinicam.identity import WorkstationId as Workstation
from clinicam.permits import Admission
from clinicam.vault.content import ImageContent, Rendition
from clinicam.vault.index import Index, decode_patient
from clinicam.vault.model import Entry, ImageEntry, PatientHit, RowRef, VaultCounts
from clinicam.vault.search import find

_RENDITIONS = tuple(Rendition)
_BY_NUMBER = {int(rendition): rendition for rendition in _RENDITIONS}
_ADMISSIONS = (Admission.FILED, Admission.UNFILED)

_IMAGES = """
SELECT i.object, i.frame, i.patient, i.session, i.rendition, i.parent, i.media_type, i.view,
       coalesce(f.captured, i.wall), i.unfiled, f.consent, f.permit, {preview}, {thumbnail}, i.writer, i.seq, i.rid
FROM image i
LEFT JOIN frame f ON f.frame = i.frame
WHERE i.rendition IN (1, 2, 5) AND {held} (SELECT 1 FROM quarantined q WHERE q.frame = i.frame AND q.held = 1) {where}
ORDER BY i.lamport, i.writer, i.seq
"""


_NEWEST = """(SELECT s.object FROM image s WHERE s.parent = i.object AND s.rendition = {number} AND s.rendition IN (3, 4)
ORDER BY s.lamport DESC, s.writer DESC, s.seq DESC LIMIT 1)"""
_PREVIEW, _THUMBNAIL = _NEWEST.format(number=3), _NEWEST.format(number=4)


def entries(
    index: Index, topic: str, *, patient: bytes | None, session: bytes | None, subject: bytes | None
) -> tuple[Entry, ...]:
    """Entries of a topic in ledger order, narrowed by what is given."""
    where, values = ["topic = ?"], [topic]
    given: list[Any] = list(values)
    for column, value in (("patient", patient), ("session", session), ("subject", subject)):
        if value is not None:
            where.append(f"{column} = ?")
            given.append(value)
    with index.lock:
        rows = index.db.execute(
            "SELECT patient, session, topic, subject, body, who, wall, writer, seq, rid, lamport FROM entry "  # noqa: S608
            f"WHERE {' AND '.join(where)} ORDER BY lamport, writer, seq",
            given,
        ).fetchall()
    return tuple(_entry(row) for row in rows)


def _entry(row: tuple[Any, ...]) -> Entry:
    patient, session, topic, subject, body, who, wall, writer, seq, rid, lamport = row
    return Entry(
        patient=PatientId(patient) if patient != NOBODY else None,
        session=SessionId(session) if session is not None else None,
        topic=topic,
        subject=subject,
        body=body,
        who=StaffId(who),
        wall_ms=wall,
        row=RowRef(Workstation(writer), seq, rid),
        lamport=lamport,
    )


def images(
    index: Index, *, patient: bytes | None, session: bytes | None, is_held: bool = False
) -> tuple[ImageEntry, ...]:
    """Originals, second files and derivatives in ledger order, narrowed by what is given.

    Those set aside are left out; with `is_held` there is nothing but them.
    """
    where, given = "", []
    for column, value in (("patient", patient), ("session", session)):
        if value is not None:
            where += f" AND i.{column} = ?"
            given.append(value)
    with index.lock:
        rows = index.db.execute(
            _IMAGES.format(
                where=where,
                held="EXISTS" if is_held else "NOT EXISTS",
                preview=_PREVIEW,
                thumbnail=_THUMBNAIL,
            ),
            given,
        ).fetchall()
    return tuple(_image(row) for row in rows)


def _image(row: tuple[Any, ...]) -> ImageEntry:
    image, frame, patient, session, rendition, parent, media_type, view, captured, *rest = row
    unfiled, consent, permit, preview, thumbnail, writer, seq, rid = rest
    return ImageEntry(
        image=image,
        frame=frame,
        patient=patient,
        session=session,
        rendition=_BY_NUMBER[rendition],
        parent=parent,
        media_type=media_type,
        view=view,
        captured_ms=captured,
        admission=_ADMISSIONS[unfiled],
        consent=consent,
        permit=permit,
        preview=preview,
        thumbnail=thumbnail,
        row=RowRef(writer, seq, rid),
    )


def image_row(index: Index, image: bytes) -> ImageContent:
    """The row that names an object. Raises NotFound."""
    with index.lock:
        row = index.db.execute(
            "SELECT patient, session, frame, object, rendition, parent, media_type, view, sha256 "
            "FROM image WHERE object = ?",
            (image,),
        ).fetchone()
    if row is None:
        raise NotFound("no such image")
    patient_id, session, frame, object_id, number, parent, media_type, view, sha256 = row
    return ImageContent(
        patient=patient_id,
        session=session,
        frame=frame,
        object_id=object_id,
        rendition=_BY_NUMBER[number],
        parent=parent,
        media_type=media_type,
        view=view,
        sha256=sha256,
    )


def frame_objects(index: Index, patient: bytes, frames: Iterable[bytes | None]) -> list[ImageContent]:
    """Every object of these frames of a patient: files and derivatives first, each before what was made of it."""
    wanted = set(frames)
    with index.lock:
        rows = index.db.execute(
            "SELECT object, frame FROM image WHERE patient = ? ORDER BY rendition IN (3, 4), lamport, writer, seq",
            (patient,),
        ).fetchall()
    return [image_row(index, name) for name, frame in rows if frame in wanted]


def frame_facts(index: Index, frame: bytes | None) -> tuple[int, ConsentId | None, PermitId | None] | None:
    """When a frame was captured, and under which consent and permit."""
    with index.lock:
        found = index.db.execute("SELECT captured, consent, permit FROM frame WHERE frame = ?", (frame,)).fetchone()
    return (found[0], found[1], found[2]) if found is not None else None


def unnoted_frames(index: Index) -> tuple[tuple[FrameId, ImageId], ...]:
    """Frames whose capture time no entry tells (another program's), with one image of each."""
    with index.lock:
        rows = index.db.execute(
            "SELECT frame, min(object) FROM image WHERE frame IS NOT NULL "
            "AND frame NOT IN (SELECT frame FROM frame) GROUP BY frame"
        ).fetchall()
    return tuple((FrameId(frame), ImageId(image)) for frame, image in rows)


def known_objects(index: Index, branch: int | None = None) -> set[bytes]:
    """Every object a row names, or those whose ids begin with one byte."""
    low, high = (b"", b"\xff" * 17) if branch is None else (bytes((branch,)), bytes((branch,)) + b"\xff" * 16)
    with index.lock:
        found = index.db.execute("SELECT object FROM image WHERE object BETWEEN ? AND ?", (low, high))
        return {row[0] for row in found}


def search_patients(index: Index, text: str, limit: int) -> tuple[PatientHit, ...]:
    """See `search`."""
    with index.lock:
        found = find(index.db, text, limit)
    return tuple(PatientHit(decode_patient(body), last, images) for body, last, images in found)


def patient(index: Index, wanted: bytes) -> Patient:
    """One patient as last recorded. Raises NotFound."""
    with index.lock:
        row = index.db.execute("SELECT body FROM patient WHERE patient = ?", (wanted,)).fetchone()
    if row is None:
        raise NotFound("no such patient")
    return decode_patient(row[0])


def last_seen(index: Index) -> dict[PatientId, int]:
    """For each patient the time of the newest picture or session."""
    with index.lock:
        rows = index.db.execute("SELECT patient, last FROM seen WHERE last IS NOT NULL").fetchall()
    return {PatientId(patient): last for patient, last in rows}


def counts(index: Index) -> VaultCounts:
    """Sums over the whole vault."""
    with index.lock:
        rows, objects, pictures, patients = index.db.execute(
            "SELECT (SELECT value FROM fact WHERE name = 'rows'), (SELECT count(*) FROM image), "
            "(SELECT count(*) FROM image WHERE rendition = 1), (SELECT count(*) FROM patient)"
        ).fetchone()
        acts = dict(index.db.execute("SELECT what, count FROM act").fetchall())
    return VaultCounts(rows, objects, pictures, patients, acts)
