# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions and the timeline, on the fake store and on a real vault."""

from __future__ import annotations

from typing import Any

import pytest

from clinicam.errors import BadPatientData, DiskFull, NotFound, TrainingOnly, VaultClosed
from clinicam.identity import ConsentId, EpisodeId, FrameId, ImageId, PermitId, SessionId, WorkstationId, new_id
from clinicam.permits import Admission, BodySite, CapturePermit, Purpose
from clinicam.practice.sessions import HowClosed, SessionOpened
from clinicam.practice.tasks import TaskKind
from clinicam.vault.model import ImageEntry, NewFile, NewFrame
from clinicam.vault.objectfile import Rendition
from tests.consent.build import NOW, ORLA, PER
from tests.practice.conftest import Practice
from tests.practice.fake_vault import FakeVault

CONSENT, EPISODE = ConsentId(b"c" * 16), EpisodeId(b"e" * 16)
JPEG = b"\xff\xd8" + b"pixels" * 100 + b"\xff\xd9"


def begun(practice: Practice, at_ms: int = NOW) -> SessionId:
    session = SessionId(new_id())
    opened = SessionOpened(
        at_ms=at_ms,
        series_id="ortho-records",
        series_name="Ortho records",
        series_version=1,
        body_site=BodySite.MOUTH,
        operator=practice.me.staff,
        consent=CONSENT,
        episode=EPISODE,
    )
    practice.sessions.opened(PER.patient, session, opened)
    return session


def shot(practice: Practice, session: SessionId, *, raw: bool = False, at_ms: int = NOW, simulated: bool = True) -> Any:
    practice.checks.permit = CapturePermit(
        PermitId(new_id()),
        PER.patient,
        EPISODE,
        session,
        CONSENT,
        frozenset({Purpose.CARE_RECORD}),
        practice.me.staff,
        WorkstationId(b"w" * 16),
        BodySite.MOUTH,
        NOW,
        NOW + 1,
    )
    files = [NewFile(Rendition.ORIGINAL, "image/jpeg", JPEG)]
    if raw:
        files.append(NewFile(Rendition.SECOND, "image/x-nikon-nef", b"raw" * 50))
    frame = NewFrame(
        practice.checks.permit.permit, FrameId(new_id()), at_ms, "Nikon", "ram", "IV07", tuple(files), simulated
    )
    return practice.vault.add(frame)


def test_a_session_from_first_to_last(practice: Practice) -> None:
    session = begun(practice)
    stored = shot(practice, session, raw=True)
    practice.checks.admission = Admission.UNFILED
    shot(practice, session, at_ms=NOW + 1)
    practice.sessions.label(PER.patient, session, stored.frame, "before", now_ms=NOW + 2)
    practice.sessions.label(PER.patient, session, stored.frame, "before  repair", now_ms=NOW + 3)
    practice.sessions.note(PER.patient, session, "first", now_ms=NOW + 4)
    practice.sessions.note(PER.patient, session, "chip on 11", now_ms=NOW + 5)
    practice.sessions.happened(PER.patient, session, "paused", now_ms=NOW + 6, cause="idle")
    (open_one,) = practice.sessions.timeline(PER.patient)
    assert (open_one.closed_ms, open_one.how) == (None, None)
    practice.sessions.closed(
        PER.patient, session, HowClosed.FINISHED, now_ms=NOW + 7, diagnosis_from=practice.me.staff, unfiled=1
    )
    (found,) = practice.sessions.timeline(PER.patient)
    assert (found.session, found.opened_ms, found.closed_ms) == (session, NOW, NOW + 7)
    assert (found.series_id, found.series_name, found.operator) == ("ortho-records", "Ortho records", practice.me.staff)
    assert (found.images, found.unfiled, found.note, found.how) == (2, 1, "chip on 11", HowClosed.FINISHED)
    assert found.consent == CONSENT
    assert {one.kind for one in found.tasks} == {TaskKind.DIAGNOSIS_TO_ADD, TaskKind.PICTURES_UNFILED}
    assert practice.sessions.labels(PER.patient, session) == {stored.frame: "before repair"}
    assert practice.sessions.timeline(ORLA.patient) == ()


def test_newest_first_and_pictures_without_an_opening_record(practice: Practice) -> None:
    old = begun(practice, NOW - 1_000)
    new = begun(practice, NOW)
    practice.sessions.closed(PER.patient, old, HowClosed.STOPPED, now_ms=NOW)
    stray = SessionId(new_id())
    shot(practice, stray, at_ms=NOW - 5_000)
    found = practice.sessions.timeline(PER.patient)
    assert [one.session for one in found] == [new, old, stray]
    assert (found[2].series_name, found[2].operator, found[2].images) == ("", None, 1)
    assert found[2].opened_ms == NOW - 5_000
    assert found[2].consent == CONSENT
    assert practice.tasks.pending() == ()


@pytest.mark.parametrize("text", ["x" * 2001, "bell\x07", "left\u202eright"])
def test_notes_and_labels_are_plain_text(rehearsal: Practice, text: str) -> None:
    session = begun(rehearsal)
    with pytest.raises(BadPatientData):
        rehearsal.sessions.note(PER.patient, session, text, now_ms=NOW)
    with pytest.raises(BadPatientData):
        rehearsal.sessions.label(PER.patient, session, FrameId(new_id()), text, now_ms=NOW)


def test_pictures_of_no_session_are_not_on_the_timeline(rehearsal: Practice) -> None:
    vault = rehearsal.vault
    assert isinstance(vault, FakeVault)
    session = begun(rehearsal)
    stored = shot(rehearsal, session)
    (image,) = vault.images()
    stray = {one: getattr(image, one) for one in ImageEntry.__struct_fields__} | {
        "image": ImageId(new_id()),
        "session": None,
        "frame": None,
    }
    vault.put_image(ImageEntry(**stray), JPEG)
    (found,) = rehearsal.sessions.timeline(PER.patient)
    assert found.images == 1
    assert stored.images == (image.image,)


def test_the_fake_keeps_the_promises_of_the_real_one(rehearsal: Practice) -> None:
    vault = rehearsal.vault
    assert isinstance(vault, FakeVault)
    session = begun(rehearsal)
    with pytest.raises(TrainingOnly):
        shot(rehearsal, session, simulated=False)
    stored = shot(rehearsal, session)
    assert vault.read(stored.images[0]) == JPEG
    made = {
        kind: vault.add_rendition(stored.images[0], kind, "image/jpeg", b"small")
        for kind in (Rendition.PREVIEW, Rendition.THUMBNAIL, Rendition.DERIVATIVE)
    }
    (image,) = vault.images(session=session)
    assert (image.preview, image.thumbnail) == (made[Rendition.PREVIEW], made[Rendition.THUMBNAIL])
    assert vault.search_patients("lindqvist")[0].image_count == 1
    assert vault.counts().images == 1
    assert vault.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False).ok
    with pytest.raises(NotFound):
        vault.read(ImageId(new_id()))
    with pytest.raises(NotFound):
        vault.add_rendition(ImageId(new_id()), Rendition.PREVIEW, "image/jpeg", b"")
    vault.full = True
    with pytest.raises(DiskFull):
        shot(rehearsal, session)
    with pytest.raises(DiskFull):
        begun(rehearsal)
    vault.close()
    with pytest.raises(VaultClosed):
        vault.images()
