# SPDX-License-Identifier: GPL-3.0-or-later
"""One patient's pictures sealed anew after somebody left: nothing lost, nothing twice, whatever comes in between."""

from __future__ import annotations

import errno
from dataclasses import dataclass

import pytest

from clinicam.errors import Cancelled, Corrupt, DiskFull, EraseRefused, NotFound, RoleRefused
from clinicam.identity import ImageId, Patient, PatientId, SessionId, new_id
from clinicam.permits import Admission, CapturePermit
from clinicam.vault import reencrypting
from clinicam.vault.content import Rendition
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import Rank
from clinicam.vault.reencrypting import RESEAL_TOPIC, Reencryption, follow
from clinicam.vault.storing import Storer
from tests.vault.engine.bench import FaultyCalls, Practice, check, make_permit, outcome, patient_row, someone
from tests.vault.engine.people_bench import OTHER, OWN, Desk, by_kit, by_password, without_stretching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)


@dataclass
class Marsh:
    """A patient with two sessions, of three frames, taken while somebody worked here who has left since."""

    patient: Patient
    permits: tuple[CapturePermit, CapturePermit]
    pictures: dict[bytes, bytes]

    def seen(self, opened: OpenVault) -> dict[bytes, bytes]:
        """Each frame's picture, read through its object as it now is."""
        return {one.frame or b"": opened.read(one.image) for one in self.originals(opened)}

    def originals(self, opened: OpenVault) -> list:  # type: ignore[type-arg]
        images = opened.images(patient=self.patient.patient)
        return [one for one in images if one.rendition is Rendition.ORIGINAL]


def lay_out(practice: Practice, desk: Desk) -> Marsh:
    patient = someone()
    permits = (make_permit(patient.patient), make_permit(patient.patient))
    for permit in permits:
        practice.gate.permits[permit.permit] = permit
    user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
    desk.opened.append([patient_row(patient)])
    desk.opened.add(practice.frame(b"\xff\xd8 of nobody here"))
    pictures = {}
    for number, permit in enumerate((permits[0], permits[0], permits[1])):
        practice.gate.admission = Admission.UNFILED if number == 1 else Admission.FILED
        data = b"\xff\xd8 %d" % number
        frame = practice.frame(data, b"raw %d" % number, permit=permit)
        stored = desk.opened.add(frame)
        desk.opened.add_rendition(stored.images[0], Rendition.PREVIEW, "image/jpeg", b"\xff\xd8 preview %d" % number)
        pictures[bytes(frame.frame)] = data
    practice.gate.admission = Admission.FILED
    desk.people.remove(user)
    # Made after the removal, of a picture from before: it goes along with its frame.
    first = desk.opened.images(patient=patient.patient)[0]
    desk.opened.add_rendition(first.image, Rendition.THUMBNAIL, "image/jpeg", b"\xff\xd8 thumbnail")
    return Marsh(patient, permits, pictures)


OBJECTS = 3 * 3 + 1


def test_every_picture_lies_under_a_new_key_and_the_old_keys_are_gone(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        patient = marsh.patient.patient
        job = Reencryption(desk.opened.inside)
        assert job.stale(patient) == OBJECTS
        before = desk.opened.images(patient=patient)
        old_keys = {key.key_id for key in desk.opened.inside.book.table.all() if key.patient == patient and key.session}
        told: list[tuple[int, int]] = []
        done = job.run(patient, progress=lambda one, of: told.append((one, of)))
        assert told == [(number, OBJECTS) for number in range(1, OBJECTS + 1)]
        assert done.objects == OBJECTS
        assert done.keys == 2
        assert job.stale(patient) == 0
        after = desk.opened.images(patient=patient)
        assert [one.frame for one in after] == [one.frame for one in before]
        assert not {one.image for one in after} & {one.image for one in before}
        assert [one.admission for one in after] == [one.admission for one in before]
        assert [one.captured_ms for one in after] == [one.captured_ms for one in before]
        assert [one.consent for one in after] == [one.consent for one in before]
        assert all(one.preview is not None for one in marsh.originals(desk.opened))
        assert marsh.originals(desk.opened)[0].thumbnail is not None
        assert marsh.seen(desk.opened) == marsh.pictures
        left = {key.key_id for key in desk.opened.inside.book.table.all()}
        assert len(old_keys & left) == len(old_keys) - 2
        objects = set(desk.opened.inside.files.objects.ids())
        assert not {one.image for one in before} & objects
        told_of = desk.opened.entries(RESEAL_TOPIC, patient=patient)
        assert follow(told_of, [before[0].image]) == {before[0].image, after[0].image}
        assert follow(told_of, [ImageId(new_id())]).isdisjoint(one.image for one in after)
        (hit,) = desk.opened.search_patients("marsh")
        assert hit.image_count == 3
        assert check(desk.opened).ok
        assert (
            desk.opened.read(desk.opened.images(patient=practice.permit.patient)[0].image) == b"\xff\xd8 of nobody here"
        )
        assert job.run(patient) == reencrypting.Resealed(0, 0)
    for path in (practice.place / "index").iterdir():
        path.unlink()
    with by_password(practice) as desk:
        assert marsh.seen(desk.opened) == marsh.pictures
        assert check(desk.opened).ok
        assert desk.opened.alarms == ()
        (hit,) = desk.opened.search_patients("marsh")
        assert hit.image_count == 3


def test_twice_over_leads_from_the_first_name_to_the_last(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        patient = marsh.patient.patient
        job = Reencryption(desk.opened.inside)
        first = marsh.originals(desk.opened)[0].image
        job.run(patient)
        desk.people.remove(desk.people.add(Rank.NURSE, OTHER, shown="Mo"))
        assert job.run(patient).objects == OBJECTS
        names = follow(desk.opened.entries(RESEAL_TOPIC, patient=patient), [first])
        assert len(names) == 3
        assert marsh.originals(desk.opened)[0].image in names
        assert marsh.seen(desk.opened) == marsh.pictures


def test_only_managers_and_only_patients_there_are(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        with pytest.raises(NotFound):
            Reencryption(desk.opened.inside).run(PatientId(new_id()))
        mo = desk.people.add(Rank.CLINICIAN, OTHER, shown="Mo")
    with by_password(practice, mo, OTHER) as desk, pytest.raises(RoleRefused):
        Reencryption(desk.opened.inside).run(marsh.patient.patient)


def test_while_something_was_agreed_to_and_not_done_nothing_is_touched(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass
    class Pending:
        done: None = None

    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        monkeypatch.setattr(reencrypting, "agreements", lambda _index, _book: ((Pending(),), ()))
        with pytest.raises(EraseRefused) as refused:
            Reencryption(desk.opened.inside).run(marsh.patient.patient)
        assert refused.value.reason == "moving"


@pytest.mark.parametrize("after", [0, 1, 7, 9])
def test_stopping_leaves_whole_sessions(practice: Practice, after: int) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        job = Reencryption(desk.opened.inside)
        told: list[int] = []
        with pytest.raises(Cancelled):
            job.run(
                marsh.patient.patient,
                progress=lambda one, _of: told.append(one),
                cancelled=lambda: len(told) == after,
            )
        assert len(told) == after
        assert marsh.seen(desk.opened) == marsh.pictures
        assert check(desk.opened).ok
        assert len(set(desk.opened.inside.files.objects.ids())) == OBJECTS + 1
        assert job.stale(marsh.patient.patient) in {OBJECTS, 3, 7}
        job.run(marsh.patient.patient)
        assert job.stale(marsh.patient.patient) == 0
        assert marsh.seen(desk.opened) == marsh.pictures


@pytest.mark.parametrize(
    ("op", "nths"),
    [
        ("publish", (0, 4, 9)),
        ("fsync", (0, 3, 20, 33, 46)),
        ("write_at", (1, 9, 19)),
        ("replace", (0, 3, 5)),
        ("unlink", (0, 4, 9)),
    ],
)
def test_every_failing_call_leaves_every_picture_once(faulty: Practice, op: str, nths: tuple[int, ...]) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    with by_password(faulty) as desk:
        marsh = lay_out(faulty, desk)
    for nth in nths:
        with by_password(faulty) as desk:
            desk.people.remove(desk.people.add(Rank.NURSE, OWN, shown="Jo"))
            calls.fail(op, nth, errno.EIO)
            outcome(lambda: Reencryption(desk.opened.inside).run(marsh.patient.patient))
            assert calls.failed
            calls.mend()
        with by_password(faulty) as desk:
            assert marsh.seen(desk.opened) == marsh.pictures
            assert len(marsh.originals(desk.opened)) == 3
            assert check(desk.opened, deep=False).ok
            Reencryption(desk.opened.inside).run(marsh.patient.patient)
            assert len(set(desk.opened.inside.files.objects.ids())) == OBJECTS + 1


class PowerCut(BaseException):
    """Nothing after it happens: no tidying up, no rows."""


@pytest.mark.parametrize("step", ["plan", "copy", "rows", "unlink", "keys"])
def test_a_crash_between_any_two_steps(practice: Practice, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
    vault, opened = practice.unlocked()
    inside, storer = opened.inside, opened.inside.storer
    copies = 0
    put = Storer.put

    def cut(*_: object, **__: object) -> None:
        monkeypatch.setattr(reencrypting, "settle_resealed", lambda _inside: None)
        raise PowerCut

    def some(*args: object, **more: object) -> object:
        nonlocal copies
        copies += 1
        return cut() if copies == 3 else put(storer, *args, **more)  # type: ignore[arg-type]

    if step == "plan":
        monkeypatch.setattr(storer, "put", cut)
    elif step == "copy":
        monkeypatch.setattr(storer, "put", some)
    elif step == "rows":
        monkeypatch.setattr(reencrypting, "forget_objects", cut)
    elif step == "unlink":
        monkeypatch.setattr(inside.files.objects, "remove", lambda ids: cut() if list(ids) else 0)
    else:
        monkeypatch.setattr(inside, "publish", cut)
    with pytest.raises(PowerCut):
        Reencryption(inside).run(marsh.patient.patient)
    monkeypatch.undo()
    without_stretching(monkeypatch)
    # Never locked: what a process that dies lets go of.
    inside.end()
    vault._lock.release()
    inside.files.ledger.close()
    with by_kit(practice) as desk:
        assert marsh.seen(desk.opened) == marsh.pictures
        assert len(marsh.originals(desk.opened)) == 3
        assert len(set(desk.opened.inside.files.objects.ids())) == OBJECTS + 1
        assert check(desk.opened).ok
        assert desk.opened.alarms == ()
        job = Reencryption(desk.opened.inside)
        job.run(marsh.patient.patient)
        assert job.stale(marsh.patient.patient) == 0
        assert not [
            key
            for key in desk.opened.inside.book.table.all()
            if key.session in {one.session for one in marsh.permits}
            and key.created < desk.opened.inside.book.table.last_removal
        ]
        assert marsh.seen(desk.opened) == marsh.pictures


def test_a_damaged_picture_stops_its_session_and_keeps_its_key(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        last = marsh.originals(desk.opened)[-1]
        path = practice.place / "objects" / last.image.hex()[:2] / last.image.hex()
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
        job = Reencryption(desk.opened.inside)
        with pytest.raises(Corrupt):
            job.run(marsh.patient.patient)
        path.write_bytes(whole[:100])
        # Its key cannot be told from the header any more, but the frame's other objects can be.
        assert job.stale(marsh.patient.patient) == 3
        path.unlink()
        assert job.stale(marsh.patient.patient) == 3
        path.write_bytes(whole)
        job.run(marsh.patient.patient)
        assert marsh.seen(desk.opened) == marsh.pictures


def test_a_key_stays_while_anything_nobody_knows_lies_under_it(practice: Practice) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        inside = desk.opened.inside
        row = marsh.originals(desk.opened)[0]
        data = inside.files.objects.get(row.image)
        Reencryption(inside).run(marsh.patient.patient)
        keys = len(inside.book.table.all())
    with by_password(practice) as desk:
        assert len(desk.opened.inside.book.table.all()) == keys
        del data
    with by_password(practice) as desk:
        # An object without a row, as a crash while taking a picture leaves it.
        desk.people.remove(desk.people.add(Rank.NURSE, OWN, shown="Jo"))
        inside = desk.opened.inside
        stray = ImageId(new_id())
        content = inside.storer
        key = next(key for key in inside.book.table.all() if key.session == marsh.permits[1].session)
        meta = reencrypting.msgspec.structs.replace(_meta(desk, marsh), session=key.session)
        content.put(meta, Rendition.ORIGINAL, b"\xff\xd8 stray", key, object_id=stray)
        done = Reencryption(inside).run(marsh.patient.patient)
        assert done.objects == OBJECTS
        assert inside.book.table.get(key.key_id) is not None


def _meta(desk: Desk, marsh: Marsh) -> reencrypting.ObjectMeta:
    image = marsh.originals(desk.opened)[0].image
    book = desk.opened.inside.book
    data = desk.opened.inside.files.objects.get(image)
    meta, _ = reencrypting.open_object(data, book.table.by_ref, vault=book.vault, object_id=image)
    return meta


def test_memory_that_gives_back_another_picture(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        storer = desk.opened.inside.storer
        put = storer.put

        def other(meta: object, rendition: object, image: object, key: object, **more: object) -> object:
            return put(meta, rendition, b"\xff\xd8 another", key, **more)  # type: ignore[arg-type]

        monkeypatch.setattr(storer, "put", other)
        with pytest.raises(Corrupt, match="another picture"):
            Reencryption(desk.opened.inside).run(marsh.patient.patient)
        monkeypatch.undo()
        without_stretching(monkeypatch)
        assert marsh.seen(desk.opened) == marsh.pictures
        assert check(desk.opened).ok


def test_no_room(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        monkeypatch.setattr(desk.opened.inside.files.objects, "free_bytes", lambda: 1000)
        with pytest.raises(DiskFull):
            Reencryption(desk.opened.inside).run(marsh.patient.patient)
        monkeypatch.undo()
        without_stretching(monkeypatch)
        assert marsh.seen(desk.opened) == marsh.pictures


def test_the_last_copy_stays(practice: Practice) -> None:
    """Somebody puts back an older ledger: the plan is known, the rows are not, the old pictures are unlinked already."""
    with by_password(practice) as desk:
        marsh = lay_out(practice, desk)
        inside = desk.opened.inside
        session = SessionId(marsh.permits[1].session)
        (old,) = [one for one in marsh.originals(desk.opened) if one.session == session]
        data = inside.files.objects.get(old.image)
        new = ImageId(new_id())
        note = reencrypting.ResealNote((reencrypting.ResealedObject(old=old.image, new=new, new_parent=None),))
        key = inside.book.sealing_key(inside.scribe.writer, marsh.patient.patient)
        content = reencrypting.EntryContent(
            marsh.patient.patient,
            session,
            reencrypting.RESEAL_TOPIC,
            marsh.patient.patient,
            reencrypting.encode(note),
        )
        inside.write([reencrypting.Draft("session.event reseal", None, content, key)])
        inside.files.objects.put(new, [(0, memoryview(data))])
        inside.files.objects.remove([old.image])
        reencrypting.settle_resealed(inside)
        assert inside.files.objects.get(new) == data
        # With the old one in place, the copy that never counted goes.
        inside.files.objects.put(old.image, [(0, memoryview(data))])
        reencrypting.settle_resealed(inside)
        assert new not in set(inside.files.objects.ids())
