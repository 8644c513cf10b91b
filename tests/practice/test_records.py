# SPDX-License-Identifier: GPL-3.0-or-later
"""The records office on a real vault: when records may go, who destroys them, what is left to show; the wrong chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from clinicam.consent.draft import ConsentDraft
from clinicam.consent.events import Suspended
from clinicam.consent.model import ConsentAnswer, Reason, SuspensionCause
from clinicam.consent.steps import answer, ask, care_decision, sign_care
from clinicam.consent.wording import render
from clinicam.errors import (
    BadPatientData,
    EraseRefused,
    FormInvalid,
    MoveRefused,
    NotFound,
    RoleRefused,
    SecondPersonRefused,
    VaultError,
    WrongPassword,
)
from clinicam.identity import ConsentId, EpisodeId, ImageId, Patient, PatientId, Role, SessionId, Staff, new_id
from clinicam.permits import BodySite, CapturePermit
from clinicam.practice.access import SecondPersons
from clinicam.practice.certificate import EraseReason, certificate_text
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.policy import PolicyRegister, load_policy
from clinicam.practice.records import RecordsOffice
from clinicam.practice.retention import Due, HoldKind, load_schedule
from clinicam.practice.sessions import HowClosed, SessionOpened, SessionRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.tasks import TaskKind, TaskRegister
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank
from tests.consent.build import ENGLAND, FORMS, INK, MOUTH, NOW, POLICY, RESOURCES, context, identity
from tests.vault.engine.bench import Practice, check, make_permit, make_practice, someone
from tests.vault.engine.twopeople import Person, enrol

WORDS = "seven tame herons"
YEARS_MS = 366 * 86_400_000


@dataclass
class Office:
    """Everything the records office stands on, and a dentist who can be the second."""

    practice: Practice
    vault: OpenVault
    staff: StaffRegister
    me: Staff
    ann: Person
    consents: ConsentRegister
    sessions: SessionRegister
    tasks: TaskRegister
    seconds: SecondPersons
    records: RecordsOffice
    sitting: set[PatientId]
    pictures: tuple[bytes, ...] = (b"\1" * 500, b"\2" * 500)
    """what a session takes"""

    @property
    def second(self) -> Cosigner:
        return self.ann.cosigns()

    def become(self, *roles: Role) -> None:
        self.me = self.staff.put(msgspec.structs.replace(self.me, roles=frozenset(roles)))

    def later(self, years: float) -> None:
        self.practice.clock.wall += int(years * YEARS_MS)

    def patient(self, family: str, born: date = date(1987, 3, 14)) -> Patient:
        made = msgspec.structs.replace(someone(family=family), born=born)
        return PatientRegister(self.vault).add(made)

    def says_yes(self, patient: Patient) -> ConsentId:
        now = self.practice.clock.wall
        made = ConsentDraft(
            patient=patient,
            today=datetime.fromtimestamp(now / 1000, UTC).date(),
            identity=msgspec.structs.replace(identity(now), verified_by=self.me.staff),
            reason=Reason(text="Chipped tooth", code="tooth-repair"),
            body_sites=MOUTH,
            discussion_by=self.me,
        )
        asked = ask(made, render(FORMS.care(), context(made)), ENGLAND, POLICY, me=self.me, now_ms=now)
        self.consents.record(asked)
        decision = care_decision(ConsentAnswer.GIVEN, now)
        signature = sign_care(asked, decision, INK, signed_ms=now, width=500, height=196)
        state = self.consents.record(answer(asked, decision, me=self.me, now_ms=now, signature=signature))
        return state.consent

    def session(
        self, patient: PatientId, how: HowClosed = HowClosed.FINISHED, site: BodySite = BodySite.MOUTH
    ) -> tuple[SessionId, list[ImageId]]:
        permit: CapturePermit = make_permit(patient)
        self.practice.gate.permits[permit.permit] = permit
        now = self.practice.clock.wall
        record = SessionOpened(
            at_ms=now,
            series_id="ortho-records",
            series_name="Ortho records",
            series_version=1,
            body_site=site,
            operator=self.me.staff,
            consent=ConsentId(b"c" * 16),
            episode=EpisodeId(b"e" * 16),
        )
        self.sessions.opened(patient, permit.session, record)
        images = [self.vault.add(self.practice.frame(data, permit=permit)).images[0] for data in self.pictures]
        self.sessions.closed(patient, permit.session, how, now_ms=now)
        return permit.session, images


def make_office(folder: Path) -> Iterator[Office]:
    practice = make_practice(folder)
    practice.clock.wall = NOW
    locked, vault = practice.unlocked()
    staff, tasks = StaffRegister(vault), TaskRegister(vault)
    both = frozenset({Role.MANAGER, Role.CLINICIAN})
    me = staff.put(Staff(vault.user, "A. Cole", "Manager", both, "GDC 7"))
    ann = enrol(vault, rank=Rank.CLINICIAN, password=WORDS)
    staff.put(Staff(ann.user, "Dr Ann", "Dentist", frozenset({Role.CLINICIAN}), "GDC 1"))
    policies = PolicyRegister(vault, load_policy(RESOURCES / "policy.toml"))
    clock = practice.clock.wall_ms
    consents = ConsentRegister(vault, staff, policies, ENGLAND, tasks, wall_ms=clock)
    sessions, seconds = SessionRegister(vault, tasks), SecondPersons(vault)
    sitting: set[PatientId] = set()
    records = RecordsOffice(
        vault,
        consents,
        sessions,
        tasks,
        staff,
        seconds,
        ENGLAND,
        schedules=RESOURCES / "retention",
        me=lambda: staff.me,
        is_sitting=lambda patient: patient in sitting,
        wall_ms=clock,
    )
    try:
        yield Office(practice, vault, staff, me, ann, consents, sessions, tasks, seconds, records, sitting)
    finally:
        locked.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield from make_office(tmp_path)


def refusal(act: object) -> str:
    assert callable(act)
    with pytest.raises((EraseRefused, MoveRefused, SecondPersonRefused)) as refused:
        act()
    problem = refused.value
    assert isinstance(problem, EraseRefused | MoveRefused | SecondPersonRefused)
    return problem.reason


# --- how long -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["england-wales", "ireland"])
def test_every_profile_has_a_schedule_with_sources(profile: str) -> None:
    schedule = load_schedule(RESOURCES / "retention", profile)
    assert schedule.id == profile
    assert schedule.notes


def test_a_schedule_that_says_nothing_useful_is_refused(tmp_path: Path) -> None:
    text = (RESOURCES / "retention" / "ireland.toml").read_text(encoding="utf-8")
    for old, new in (
        ("version = 1", "version = 0"),
        ("value = 36", "value = 9999"),
        ("value = 20", "value = 0"),
        ('source = "Dental Council, Code of practice on professional behaviour"', 'source = " "'),
        ('id = "ireland"', 'id = "elsewhere"'),
    ):
        assert old in text
        (tmp_path / "ireland.toml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(FormInvalid):
            load_schedule(tmp_path, "ireland")


def test_periods_run_from_the_last_visit(office: Office) -> None:
    adult, child = office.patient("Marsh"), office.patient("Young", date(2015, 6, 1))
    never = office.patient("Never")
    office.later(1)
    office.session(adult.patient)
    found = {one.family: office.records.retention.due(one.patient) for one in (adult, child, never)}
    assert (found["Marsh"].until, found["Marsh"].rule) == (date(2042, 11, 22), "adult")
    assert (found["Young"].until, found["Young"].rule) == (date(2040, 6, 1), "child")
    assert found["Never"].last_visit == date(2026, 11, 21)
    assert not found["Marsh"].is_over(date(2042, 11, 21))
    assert found["Marsh"].is_over(date(2042, 11, 22))
    over = office.records.retention.over
    assert over(date(2040, 5, 31)) == ()
    assert over(date(2042, 11, 21)) == (found["Young"], found["Never"])
    assert over(date(2042, 11, 22)) == (found["Young"], found["Never"], found["Marsh"])


def test_a_death_gives_claims_their_time(office: Office) -> None:
    patient = office.patient("Marsh", date(1930, 1, 1))
    consent = office.says_yes(patient)
    office.later(14)
    office.consents.record(
        Suspended(
            at_ms=office.practice.clock.wall,
            patient=patient.patient,
            consent=consent,
            recorded_by=office.me.staff,
            cause=SuspensionCause.DECEASED,
        )
    )
    due: Due = office.records.retention.due(patient.patient)
    assert due.rule == "deceased"
    assert due.until > date(2041, 11, 22)
    assert office.records.retention.over(date(2041, 11, 22)) == ()
    assert office.records.retention.over(due.until) == (due,)


def test_a_hold_stands_above_every_date(office: Office) -> None:
    patient = office.patient("Marsh")
    holds = office.records.holds
    hold = holds.set(patient.patient, HoldKind.LEGAL, "claim 2026/17")
    office.later(30)
    assert not office.records.retention.due(patient.patient).is_over(date(2056, 1, 1))
    assert refusal(lambda: office.records.erasing.check(patient.patient, None, EraseReason.ORDERED)) == "hold"
    assert holds.standing() == holds.standing(patient.patient) == (hold,)
    lifted = holds.lift(hold.hold, "settled")
    assert (lifted.record.lifted_by, lifted.record.lifted_why, lifted.stands) == (office.me.staff, "settled", False)
    assert holds.standing() == ()
    with pytest.raises(NotFound):
        holds.lift(hold.hold, "again")
    for reason in ("", "two\nlines" * 100):
        with pytest.raises(BadPatientData):
            holds.set(patient.patient, HoldKind.SAFEGUARDING, reason)
    office.become(Role.NURSE)
    with pytest.raises(RoleRefused):
        holds.set(patient.patient, HoldKind.SAFEGUARDING, "worried")
    with pytest.raises(RoleRefused):
        holds.lift(hold.hold, "no")
    assert office.vault.counts().acts["hold.changed"] == 2


# --- destroying -----------------------------------------------------------------------------------------------------


def test_what_must_be_kept_is_kept(office: Office) -> None:
    patient = office.patient("Marsh")
    session, _ = office.session(patient.patient)
    erasing = office.records.erasing
    with pytest.raises(EraseRefused) as refused:
        erasing.check(patient.patient, None, EraseReason.RETENTION_OVER)
    assert refused.value.reason == "retention"
    assert datetime.fromtimestamp((refused.value.until_ms or 0) / 1000, UTC).date() == date(2041, 11, 21)
    assert refusal(lambda: erasing.check(patient.patient, session, EraseReason.WITHDRAWN)) == "nothing"
    assert refusal(lambda: erasing.check(patient.patient, None, EraseReason.WITHDRAWN)) == "nothing"
    office.sitting.add(patient.patient)
    assert refusal(lambda: erasing.check(patient.patient, None, EraseReason.ORDERED)) == "open-session"
    office.sitting.clear()
    with pytest.raises(BadPatientData):
        erasing.erase(patient.patient, None, EraseReason.ORDERED, office.second)
    with pytest.raises(NotFound):
        erasing.check(PatientId(new_id()), None, EraseReason.ORDERED)
    office.become(Role.CLINICIAN)
    with pytest.raises(RoleRefused):
        erasing.check(patient.patient, None, EraseReason.RETENTION_OVER)
    assert office.vault.search_patients("Marsh")


def test_a_patient_whose_time_is_over(office: Office) -> None:
    patient, other = office.patient("Marsh"), office.patient("Lee")
    office.session(patient.patient)
    office.session(other.patient)
    office.later(15.1)
    erasing = office.records.erasing
    told: list[tuple[int, int]] = []
    made = erasing.erase(
        patient.patient,
        None,
        EraseReason.RETENTION_OVER,
        office.second,
        reference="not kept without an order",
        progress=lambda *step: told.append(step),
    )
    assert (made.scope, made.keys, made.objects, made.reference) == ("patient", 2, 2, "")
    assert erasing.certificates() == (made,)
    assert erasing.pending() == 0
    assert erasing.finish() == ()
    assert [due.patient.family for due in office.records.retention.over(date(2099, 1, 1))] == ["Lee"]
    report = check(office.vault)
    assert report.ok, report.findings
    text = certificate_text(made, office.vault.vault_id, backups_kept_days=35)
    for part in ("all records of one patient", "kept for 35 days", office.ann.user.hex()[:8], "UTC"):
        assert part in text
    assert "Marsh" not in text
    assert "Eleanor" not in text
    assert "Dr Ann" not in text
    assert "No backup is set up here" in certificate_text(made, office.vault.vault_id, backups_kept_days=None)
    assert max(len(line) for line in text.splitlines()) <= 132


def test_an_order_is_kept_with_its_reference(office: Office) -> None:
    patient = office.patient("Marsh")
    session, _ = office.session(patient.patient)
    made = office.records.erasing.erase(
        patient.patient, session, EraseReason.ORDERED, office.second, reference="ICO 2026/4411"
    )
    assert (made.scope, made.reference) == ("session", "ICO 2026/4411")
    text = certificate_text(made, office.vault.vault_id, backups_kept_days=None)
    assert "ICO 2026/4411" in text
    assert "the pictures of one session" in text
    # A reason of a later version is shown as it is.
    later = msgspec.structs.replace(made, reason="something-new")
    assert "something-new" in certificate_text(later, office.vault.vault_id, backups_kept_days=None)


def test_who_may_be_the_second(office: Office) -> None:
    nurse = enrol(office.vault, rank=Rank.NURSE, password=WORDS)
    office.staff.put(Staff(nurse.user, "Jo", "Nurse", frozenset({Role.NURSE})))
    erasing = office.records.erasing
    assert [one.name for one in erasing.may_sign()] == ["Dr Ann"]
    assert refusal(lambda: erasing.admit(office.me.staff, WORDS)) == "same"
    assert refusal(lambda: erasing.admit(nurse.user, WORDS)) == "role"
    assert refusal(lambda: erasing.admit(type(nurse.user)(new_id()), WORDS)) == "role"
    with pytest.raises(WrongPassword):
        erasing.admit(office.ann.user, "wrong")
    assert erasing.admit(office.ann.user, WORDS).user == office.ann.user
    outside = enrol(office.vault, rank=Rank.AUDITOR, password=WORDS)
    falk = office.staff.put(Staff(outside.user, "Dr Falk", "Elm Street", frozenset({Role.AUDITOR})))
    office.seconds.name(falk, "Elm Street Dental")
    assert [one.name for one in erasing.may_sign()] == ["Dr Ann", "Dr Falk"]
    assert erasing.admit(outside.user, WORDS).user == outside.user


def test_a_crash_before_the_certificate_was_filed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    patient = office.patient("Marsh")
    office.session(patient.patient)
    erasing = office.records.erasing

    def gone(*_: object) -> None:
        raise VaultError("power")

    monkeypatch.setattr(OpenVault, "append", gone)
    with pytest.raises(VaultError):
        erasing.erase(patient.patient, None, EraseReason.ORDERED, office.second, reference="17")
    monkeypatch.undo()
    (made,) = erasing.certificates()
    assert (made.scope, made.objects, made.reference) == ("patient", 2, "")


def test_an_interrupted_one_is_finished_here(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from clinicam.vault.files import VaultFiles

    def full(*_: object) -> None:
        raise VaultError("keyring: ENOSPC")

    patient = office.patient("Marsh")
    office.session(patient.patient)
    erasing = office.records.erasing
    monkeypatch.setattr(VaultFiles, "write_keyring", full)
    with pytest.raises(VaultError):
        erasing.erase(patient.patient, None, EraseReason.ORDERED, office.second, reference="17")
    monkeypatch.undo()
    assert erasing.pending() == 1
    (made,) = erasing.finish()
    assert erasing.certificates() == (made,)
    assert erasing.pending() == 0


# --- withdrawn in the middle ----------------------------------------------------------------------------------------


def test_a_withdrawn_session_is_destroyed_or_kept_by_two(office: Office) -> None:
    patient = office.patient("Marsh")
    gone, _ = office.session(patient.patient, HowClosed.WITHDRAWN)
    kept, images = office.session(patient.patient, HowClosed.WITHDRAWN)
    erasing, sessions = office.records.erasing, office.sessions
    waiting = [one for one in office.tasks.pending() if one.kind is TaskKind.WITHDRAWN_PICTURES]
    assert {one.record.session for one in waiting} == {gone, kept}
    assert sessions.withdrawn(patient.patient) == {gone, kept}
    hold = office.records.holds.set(patient.patient, HoldKind.SAFEGUARDING, "see notes")
    assert refusal(lambda: erasing.erase(patient.patient, gone, EraseReason.WITHDRAWN, office.second)) == "hold"
    office.records.holds.lift(hold.hold, "looked into")
    made = erasing.erase(patient.patient, gone, EraseReason.WITHDRAWN, office.second)
    assert (made.scope, made.reason, made.objects) == ("session", "withdrawn", 2)
    assert sessions.withdrawn(patient.patient) == {kept}
    with pytest.raises(BadPatientData):
        erasing.keep_withdrawn(patient.patient, kept, " ", office.second)
    erasing.keep_withdrawn(patient.patient, kept, "needed for the care given before", office.second)
    assert sessions.withdrawn(patient.patient) == frozenset()
    assert [one.image for one in office.vault.images(patient=patient.patient)] == images
    assert not [one for one in office.tasks.pending() if one.kind is TaskKind.WITHDRAWN_PICTURES]
    with pytest.raises(NotFound):
        erasing.keep_withdrawn(patient.patient, kept, "again", office.second)
    office.become(Role.NURSE)
    with pytest.raises(RoleRefused):
        erasing.keep_withdrawn(patient.patient, kept, "again", office.second)
    assert check(office.vault).ok


def test_a_session_without_pictures_leaves_nothing_to_decide(office: Office) -> None:
    patient = office.patient("Marsh")
    session = SessionId(new_id())
    office.sessions.closed(patient.patient, session, HowClosed.WITHDRAWN, now_ms=NOW)
    assert office.tasks.pending() == ()


# --- the wrong chart ------------------------------------------------------------------------------------------------


def test_pictures_go_to_the_right_chart_with_consent(office: Office) -> None:
    marsh, lee = office.patient("Marsh"), office.patient("Lee")
    _, images = office.session(marsh.patient)
    misfiled = office.records.misfiled
    task = misfiled.set_aside(marsh.patient, images[:1], "the list had two rows of that name")
    assert misfiled.set_aside(marsh.patient, images[1:], "this one too") == task
    assert {one.image for one in misfiled.held(marsh.patient)} == set(images)
    assert refusal(lambda: misfiled.move(marsh.patient, images, lee.patient, office.second)) == "no-consent"
    consent = office.says_yes(lee)
    office.later(0.1)  # the yes was on another day: nobody has to ask again before a correction
    moved = misfiled.move(marsh.patient, images, lee.patient, office.second)
    assert len(moved.images) == 2
    (visit,) = office.sessions.timeline(lee.patient)
    assert (visit.session, visit.series_name, visit.images, visit.consent) == (
        moved.session,
        "Ortho records",
        2,
        consent,
    )
    assert visit.opened_ms == NOW - 50  # when the first of them was taken
    assert office.vault.images(patient=marsh.patient) == ()
    assert {one.kind for one in office.tasks.pending()} == {TaskKind.DIAGNOSIS_TO_ADD}
    ((_, away),) = misfiled.history(marsh.patient)
    assert (away.is_arrival, away.other, away.other_session) == (False, lee.patient, moved.session)
    assert check(office.vault).ok


def test_consent_must_be_of_the_same_part_of_the_body(office: Office) -> None:
    marsh, lee = office.patient("Marsh"), office.patient("Lee")
    _, images = office.session(marsh.patient, site=BodySite.FACE)
    office.says_yes(lee)
    misfiled = office.records.misfiled
    misfiled.set_aside(marsh.patient, images, "wrong")
    assert refusal(lambda: misfiled.move(marsh.patient, images, lee.patient, office.second)) == "no-consent"
    assert len(misfiled.held(marsh.patient)) == 2


def test_who_moves_and_what_stays(office: Office) -> None:
    marsh, lee = office.patient("Marsh"), office.patient("Lee")
    _, images = office.session(marsh.patient)
    office.says_yes(lee)
    misfiled = office.records.misfiled
    with pytest.raises(NotFound):
        misfiled.move(marsh.patient, images, lee.patient, office.second)
    misfiled.set_aside(marsh.patient, images, "wrong")
    hold = office.records.holds.set(marsh.patient, HoldKind.LEGAL, "a claim")
    assert refusal(lambda: misfiled.move(marsh.patient, images, lee.patient, office.second)) == "hold"
    office.records.holds.lift(hold.hold, "settled")
    with pytest.raises(NotFound):
        misfiled.move(marsh.patient, images, PatientId(new_id()), office.second)
    office.become(Role.NURSE)
    with pytest.raises(RoleRefused):
        misfiled.move(marsh.patient, images, lee.patient, office.second)
    with pytest.raises(BadPatientData):
        misfiled.put_back(marsh.patient, images, "")
    misfiled.put_back(marsh.patient, images[:1], "this one is right")
    assert [one.kind for one in office.tasks.pending()] == [TaskKind.WRONG_PATIENT]
    misfiled.put_back(marsh.patient, images[1:], "and so is this")
    assert office.tasks.pending() == ()
    misfiled.put_back(marsh.patient, images, "nothing waits any more")
    assert len(office.vault.images(patient=marsh.patient)) == 2


def test_a_picture_whose_session_nobody_recorded(office: Office) -> None:
    marsh, lee = office.patient("Marsh"), office.patient("Lee")
    permit = make_permit(marsh.patient)
    office.practice.gate.permits[permit.permit] = permit
    image = office.vault.add(office.practice.frame(b"jpeg" * 99, permit=permit)).images[0]
    office.says_yes(lee)
    misfiled = office.records.misfiled
    misfiled.set_aside(marsh.patient, [image], "wrong")
    # Without knowing what part of the body it shows, no consent covers it.
    assert refusal(lambda: misfiled.covering(lee.patient, [image])) == "no-consent"
