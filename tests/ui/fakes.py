# SPDX-License-Identifier: GPL-3.0-or-later
"""A workstation and an unlocked practice for tests of the shell: real registers over a vault of lists, no disk, no threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.capture.series import load_series
from clinicam.compose import NewPractice
from clinicam.consent.clock import day_of
from clinicam.consent.profile import load_profile
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact
from clinicam.consent.wording import load_forms
from clinicam.errors import CliniCamError, PlaceRefused, WrongPassword
from clinicam.identity import Identifier, Patient, PatientId, Role, Staff, StaffId, make_patient
from clinicam.practice.access import Access, SecondPersons
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.locums import LocumRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.people import StaffOffice
from clinicam.practice.policy import PolicyRegister, load_policy
from clinicam.practice.sessions import SessionRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.tasks import TaskKind, TaskRegister
from clinicam.settings import Folders, Settings, resources_dir
from clinicam.vault.kit import words_of
from clinicam.vault.model import CreatedVault, Login
from clinicam.vault.people import Rank
from tests.practice.fake_keys import FakeKeys, FakeKits
from tests.practice.fake_vault import FakeVault, TickingClock
from tests.ui.fake_backups import FakeBackups
from tests.ui.fake_checks import FakeChecks
from tests.ui.fake_records import FakeRecords

PASSWORD = "four words you can picture"
TODAY = date(2026, 11, 21)
NOW_MS = 1_795_000_000_000
KIT = words_of(bytes(range(32)))
JO, AYLIN, SAM, RAVI = (StaffId(bytes([number]) * 16) for number in range(1, 5))


class Inline(Executor):
    """Does the work at once, on the calling thread; the answer is a future that is done already. `held` keeps it back."""

    def __init__(self) -> None:
        self.held: list[Callable[[], None]] | None = None
        self.done: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def work() -> None:
            self.done.append(getattr(fn, "__name__", "work"))
            try:
                future.set_result(fn(*args, **kwargs))
            except (CliniCamError, RuntimeError) as problem:
                future.set_exception(problem)

        if self.held is None:
            work()
        else:
            self.held.append(work)
        return future

    def hold(self) -> None:
        """From now on nothing is done before `let_go`."""
        self.held = []

    def let_go(self) -> None:
        """Do what was held back."""
        work, self.held = self.held or [], None
        for one in work:
            one()


class WallClock:
    """`consent.clock.Clock` that stands still but for one millisecond a question."""

    def __init__(self) -> None:
        self._ticks = TickingClock(NOW_MS)

    def wall_ms(self) -> int:
        return self._ticks()

    def boottime_ms(self) -> int:
        return self._ticks() - NOW_MS


class FakeSurgery:
    """Same attributes as `surgery.Surgery` that screens use. Staff, patients and tasks of the mockups."""

    def __init__(self, *, me: StaffId = JO, training: bool = True, with_people: bool = True) -> None:
        resources = resources_dir()
        self.clock = WallClock()
        self.vault = FakeVault(me, training=training, wall_ms=self.clock.wall_ms)
        self.training = training
        self.thread = Inline()
        self.pool = Inline()
        self.staff = StaffRegister(self.vault)
        for one in (
            Staff(JO, "Jo Pryce", "Dental nurse", frozenset({Role.NURSE})),
            Staff(AYLIN, "Dr Aylin Demir", "Dentist", frozenset({Role.CLINICIAN}), "GDC 204311"),
            Staff(SAM, "Sam Holt", "Practice manager", frozenset({Role.MANAGER})),
            Staff(RAVI, "Dr Ravi Khanna", "GP", frozenset({Role.CLINICIAN}), "GMC 7041882", active=False),
        ):
            self.staff.put(one)
        self.me = self.staff.me
        self.policies = PolicyRegister(self.vault, load_policy(resources / "policy.toml"))
        self.policy = self.policies.put(
            msgspec.structs.replace(self.policies.current(), practice_name="Harbour Lane Dental & Medical")
        )
        self.practice_name = self.policy.practice_name
        self.profile = load_profile(resources / "profiles", self.policy.profile)
        self.forms = load_forms(resources / "forms")
        self.series = load_series(resources / "series")
        self.tasks = TaskRegister(self.vault)
        self.patients = PatientRegister(self.vault)
        self.consents = ConsentRegister(
            self.vault, self.staff, self.policies, self.profile, self.tasks, wall_ms=self.clock.wall_ms
        )
        self.sessions = SessionRegister(self.vault, self.tasks)
        ranks = {JO: Rank.NURSE, AYLIN: Rank.CLINICIAN, SAM: Rank.MANAGER}
        self.keys = FakeKeys(me, ranks, PASSWORD)
        self.kits = FakeKits(me, self.clock.wall_ms)
        self.machine = None
        self.enrolment = None
        self.checks = FakeChecks(self.clock.wall_ms())
        self.backups = FakeBackups(self.clock.wall_ms())
        self.backups.set_up()
        self.office = StaffOffice(self.vault, self.keys, self.staff, self.tasks, known=lambda: (self.practice_name,))
        self.locums = LocumRegister(self.vault, self.keys, self.staff)
        self.access = Access(self.vault, self.me, self.patients, wall_ms=self.clock.wall_ms)
        self.seconds = SecondPersons(self.vault)
        self.records: Any = FakeRecords()
        self.status = CameraStatus(CameraState.READY, "Nikon D7500", "SIM-0001", "80%", True, False, True)
        self.vault_fact = VaultFact.READY
        self.looked_at_place = 0
        self.people: tuple[Patient, ...] = ()
        if with_people:
            self._add_people()

    def _add_people(self) -> None:
        self.people = tuple(
            make_patient(
                family=family,
                given=given,
                title=title,
                born=born,
                today=TODAY,
                identifiers=(Identifier("NHS", number),) if number else (),
                patient=PatientId(bytes([at + 65]) * 16),
            )
            for at, (family, given, title, born, number) in enumerate((
                ("Marsh", "Eleanor", "Ms", date(1987, 3, 14), "9990412871"),
                ("Marsh", "Eleonora", "Mrs", date(1954, 9, 2), "9990207550"),
                ("Okafor", "Daniel", "Mr", date(1961, 1, 30), "9990604312"),
                ("Brennan", "Orla", "", date(2011, 12, 19), ""),
                ("Al-Rashid", "Noor", "Ms", date(1995, 4, 3), ""),
                ("Lindqvist", "Per", "Mr", date(1979, 7, 7), "9990331189"),
            ))
        )
        for one in self.people:
            self.patients.add(one)

    def put_on_list(self, day: date) -> None:
        """Today's list of the mockup."""
        for person, at, reason, by in (
            (0, "10:45", "ortho records, 9 views", AYLIN),
            (2, "11:10", "leg wound, 4 views", RAVI),
            (3, "11:30", "", None),
            (4, "12:00", "", None),
            (5, "14:15", "chipped front tooth, 3 views", AYLIN),
        ):
            self.patients.mark_today(self.people[person].patient, day, at, reason, by)

    def add_tasks(self) -> None:
        """One of each kind."""
        for kind, person in (
            (TaskKind.PAPER_TO_SCAN, 3),
            (TaskKind.DIAGNOSIS_TO_ADD, 0),
            (TaskKind.PICTURES_UNFILED, 2),
        ):
            self.tasks.open(kind, self.people[person].patient, now_ms=NOW_MS)

    def camera_status(self) -> CameraStatus:
        return self.status

    def facts(self, patient: Patient | None, series: object, consent: object, identifiers: int) -> CaptureFacts:
        now = self.clock.wall_ms()
        return CaptureFacts(
            now_ms=now,
            day=day_of(now),
            profile=self.profile,
            patient=patient,
            staff=self.me,
            camera=CameraFact.READY,
            vault=self.vault_fact,
        )

    def look_at_place(self) -> None:
        self.looked_at_place += 1


class FakeWorkstation:
    """Same calls as `compose.Workstation`. `fails_with` is what the next call raises."""

    def __init__(self, home: Path, *, has_vault: bool = True, training: bool = True) -> None:
        self.folders = Folders.below(home)
        self.settings = Settings(workstation="Surgery 2")
        self.thread = Inline()
        self.pool = Inline()
        self.vault: object | None = object() if has_vault else None
        self.training = training and has_vault
        self.surgery = FakeSurgery(training=training)
        self.created: list[NewPractice] = []
        self.adopted: list[Path] = []
        self.looks: list[tuple[str, int]] = []
        self.camera_prepared = 0
        self.camera_started = 0
        self.fails_with: CliniCamError | None = None
        self.went_on: list[StaffId] = []

    def _maybe_fail(self) -> None:
        if self.fails_with is not None:
            problem, self.fails_with = self.fails_with, None
            raise problem

    def judge_place(self, place: Path, *, training: bool) -> None:
        if str(place).startswith("/media"):
            raise PlaceRefused("usb")

    def create(self, new: NewPractice) -> CreatedVault:
        self._maybe_fail()
        self.created.append(new)
        return CreatedVault(b"v" * 16, JO, KIT)

    def adopt(self, place: Path) -> None:
        self.adopted.append(place)
        self.vault = object()
        self.training = self.created[-1].training if self.created else self.training

    def logins(self) -> tuple[Login, ...]:
        return (
            Login(JO, "Jo Pryce · Dental nurse", rank=Rank.NURSE),
            Login(AYLIN, "Dr Aylin Demir · Dentist", rank=Rank.CLINICIAN),
            Login(SAM, "Sam Holt · Practice manager", rank=Rank.MANAGER),
            Login(RAVI, "Dr Ravi Khanna · GP", rank=Rank.CLINICIAN),
        )

    def unlock(self, user: StaffId, password: str) -> FakeSurgery:
        self._maybe_fail()
        if password != PASSWORD:
            raise WrongPassword("no")
        return self.surgery

    def go_on(self, user: StaffId, password: str) -> FakeSurgery:
        opened = self.unlock(user, password)
        self.went_on.append(user)
        return opened

    def unlock_with_kit(self, words: Sequence[str]) -> FakeSurgery:
        self._maybe_fail()
        if tuple(words) != KIT:
            raise WrongPassword("no")
        return self.surgery

    def before_sleep(self) -> None:
        self.slept = True

    def prepare_camera(self) -> None:
        self.camera_prepared += 1

    def start_camera(self) -> None:
        self._maybe_fail()
        self.camera_started += 1

    def save_look(self, *, theme: str, text_percent: int) -> None:
        self.looks.append((theme, text_percent))
