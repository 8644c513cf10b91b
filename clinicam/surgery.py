# SPDX-License-Identifier: GPL-3.0-or-later
"""The program while unlocked: one signed-in person, the open vault, the registers over it. No Qt.

Made on the vault thread, and the registers belong to the vault thread; `facts`, `camera_status` and `begin_sitting` may
be called on any.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from clinicam.camera.host import CameraHost
from clinicam.camera.port import CameraState, CameraStatus
from clinicam.capture.keeping import VaultKeeping, keep_renditions
from clinicam.capture.leave import CAMERA_FACTS, GateLeave, SittingPlace
from clinicam.capture.quality import Renditions, render
from clinicam.capture.series import Series, load_series
from clinicam.capture.sitting import Sitting
from clinicam.capture.views import SittingListener
from clinicam.capture.watch import CameraWatch
from clinicam.consent.clock import Clock, day_of
from clinicam.consent.events import Asked, Reaffirmed
from clinicam.consent.gate import Gate, PauseCause
from clinicam.consent.profile import Profile, load_profile
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact
from clinicam.consent.status import ConsentState
from clinicam.consent.steps import withdraw
from clinicam.consent.wording import Forms, load_forms
from clinicam.errors import (
    CameraAbsent,
    ConsentRefused,
    PlaceRefused,
    VaultClosed,
    VaultError,
)
from clinicam.identity import ImageId, Patient, SessionId, Staff, StaffId, new_id
from clinicam.practice.access import Access, SecondPersons
from clinicam.practice.backups import BackupKeeper
from clinicam.practice.checks import Checks
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.ledger import LedgerBook
from clinicam.practice.locums import LocumRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.people import StaffOffice, whoever
from clinicam.practice.policy import Policy, PolicyRegister
from clinicam.practice.records import RecordsOffice
from clinicam.practice.sessions import HowClosed, SessionOpened, SessionRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.tasks import TaskRegister
from clinicam.settings import resources_dir
from clinicam.vault.device_key import DeviceKeys
from clinicam.vault.enrolment import Enrolment
from clinicam.vault.kits import Kits
from clinicam.vault.media import judge
from clinicam.vault.objectfile import Rendition
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import People, SlotKind
from clinicam.vault.thread import VaultThread

IN_FLIGHT_S = 4.0
"""How long lock waits for a frame exposed before it (design.md 3)."""
KIT_NAME = "Recovery kit"
"""How somebody who unlocked with the recovery kit is called in records."""


class Machine(Protocol):
    """What this computer keeps of whoever is in. Vault thread."""

    def has_pins(self) -> bool:
        """Whether PINs can be set here."""
        ...

    def has_pin(self, user: StaffId) -> bool:
        """Whether somebody has one that counts."""
        ...

    def set_pin(self, pin: str) -> None:
        """Give whoever is in a PIN. Raises PinRefused, DiskFull, WriteFailed."""
        ...

    def forget_pins(self, user: StaffId | None = None) -> None:
        """Drop one person's PIN, or everybody's. Raises DiskFull, WriteFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Attached:
    """What of the workstation outlives locking and unlocking."""

    thread: VaultThread
    pool: ThreadPoolExecutor
    clock: Clock
    gate: Gate
    watch: CameraWatch
    camera: Callable[[], CameraHost | None]
    device_keys: DeviceKeys | None = None
    machine: Machine | None = None


class Surgery:
    """See the module."""

    def __init__(self, attached: Attached, vault: OpenVault, defaults: Policy) -> None:
        resources = resources_dir()
        self._attached = attached
        self.vault = vault
        self.training = vault.training
        self.gate = attached.gate
        self.thread = attached.thread
        self.pool = attached.pool
        self.clock = attached.clock
        self.machine = attached.machine
        keys = attached.device_keys
        self.enrolment = Enrolment(vault.inside, keys) if keys is not None else None
        self.people = People(vault.inside)
        self.kits = Kits(vault.inside)
        self.staff = StaffRegister(vault, self.people.knows)
        self.locums = LocumRegister(vault, self.people, self.staff)
        self.locums.check_unlock(self.clock.wall_ms())
        self.me: Staff = whoever(self.staff, self.people.holders(), vault.user, kit_name=KIT_NAME)
        self.policies = PolicyRegister(vault, defaults)
        self.policy = self.policies.current()
        self.practice_name = self.policy.practice_name
        self.profile: Profile = load_profile(resources / "profiles", self.policy.profile)
        self.forms: Forms = load_forms(resources / "forms")
        self.series: tuple[Series, ...] = load_series(resources / "series")
        self.tasks = TaskRegister(vault)
        self.patients = PatientRegister(vault)
        self.consents = ConsentRegister(
            vault, self.staff, self.policies, self.profile, self.tasks, wall_ms=self.clock.wall_ms
        )
        self.sessions = SessionRegister(vault, self.tasks)
        self.office = StaffOffice(vault, self.people, self.staff, self.tasks, known=lambda: (self.practice_name,))
        self.office.name_logins()
        self.access = Access(vault, self.me, self.patients, wall_ms=self.clock.wall_ms)
        self.seconds = SecondPersons(vault)
        self.records = RecordsOffice(
            vault,
            self.consents,
            self.sessions,
            self.tasks,
            self.staff,
            self.seconds,
            self.profile,
            schedules=resources / "retention",
            me=lambda: self.me,
            is_sitting=lambda patient: self.sitting is not None and self.sitting.patient.patient == patient,
            wall_ms=self.clock.wall_ms,
        )
        with contextlib.suppress(VaultError):  # that a kit opened it is an act of its own already
            self.kits.note_use()
        self.sitting: Sitting | None = None
        self.checks = Checks(vault, wall_ms=self.clock.wall_ms)
        self.backups = BackupKeeper(
            vault,
            attached.thread,
            self.policies,
            wall_ms=self.clock.wall_ms,
            is_busy=lambda: self.sitting is not None,
        )
        self._facts_lock = threading.Lock()
        self._place_allowed = False
        self._free_bytes = 0
        self._unrendered: list[ImageId] | None = None

    @property
    def camera(self) -> CameraHost | None:
        """The camera, None before it was started."""
        return self._attached.camera()

    def camera_status(self) -> CameraStatus:
        """What the camera says of itself now."""
        return self.camera.status if self.camera is not None else CameraStatus(CameraState.ABSENT)

    def begin_sitting(
        self, patient: Patient, series: Series, consent: ConsentState, listener: SittingListener
    ) -> Future[Sitting]:
        """Open a session: the place of the vault is judged anew, the session recorded, the camera armed.

        The future fails with PlaceRefused, DiskFull, WriteFailed; a blocker is no failure but the sitting's trouble.
        """
        return self.thread.submit(self._begin, patient, series, consent, listener)

    def ledger(self) -> LedgerBook:
        """The ledger, for a manager. Vault thread. Raises RoleRefused."""

        def names() -> dict[bytes, str]:
            held: dict[bytes, str] = {one.user: KIT_NAME for one in self.people.holders() if one.kind is SlotKind.KIT}
            return {**held, **{user: staff.name for user, staff in self.staff.by_id().items()}}

        return LedgerBook.of_manager(self.vault.inside, names=names, alarms=self.vault.alarms)

    def settle(self) -> None:
        """Before lock: end a backup, pause the sitting and give frames on their way 4 s. Not on the vault thread."""
        self.backups.cancel()
        sitting = self.sitting
        if sitting is not None:
            sitting.pause(PauseCause.LOCK)
            sitting.wait_settled(IN_FLIGHT_S)
        self.backups.close()

    def tend(self) -> float | None:
        """Vault thread, in quiet moments: marks, free space, one picture that a lock or crash left without preview, and
        a little of the rolling check, never while somebody photographs. Seconds until it wants to be called again.
        """
        self.vault.tend()
        with self._facts_lock:
            self._free_bytes = self.vault.free_bytes()
        self._complete_renditions()
        self.backups.tend()
        scrub = self.vault.scrub
        return scrub.rest_s() if self.sitting is None and scrub.step() else None

    def facts(
        self, patient: Patient | None, series: Series | None, consent: ConsentState | None, identifiers: int
    ) -> CaptureFacts:
        """The facts of this moment. Any thread; reads no disk."""
        now = self.clock.wall_ms()
        with self._facts_lock:
            free, allowed = self._free_bytes, self._place_allowed
        # A session that is open may use up what it needed to begin; the reserve stays.
        full = free < (self.policy.vault_reserve_bytes if self.sitting is not None else self.policy.room_to_begin)
        return CaptureFacts(
            now_ms=now,
            day=day_of(now),
            profile=self.profile,
            patient=patient,
            identifiers=identifiers,
            consent=consent,
            body_sites=series.body_sites if series is not None else frozenset(),
            staff=self.me,
            is_locked=not self.vault.is_open,
            camera=CAMERA_FACTS.get(self.camera_status().state, CameraFact.ABSENT),
            vault=self._vault_fact(is_full=full),
            is_vault_place_allowed=allowed,
        )

    def _vault_fact(self, *, is_full: bool) -> VaultFact:
        if self.vault.damages.is_open:
            return VaultFact.DAMAGED
        return VaultFact.FULL if is_full else VaultFact.READY

    def look_at_place(self) -> None:
        """Judge where the vault lies and how much room it has, for the facts. Vault thread."""
        try:
            judge(self.vault.place, training=self.training)
            allowed = True
        except PlaceRefused:
            allowed = False
        free = self.vault.free_bytes()
        with self._facts_lock:
            self._place_allowed, self._free_bytes = allowed, free

    def _complete_renditions(self) -> None:
        if self._unrendered is None:
            self._unrendered = [
                one.image
                for one in self.vault.images()
                if one.thumbnail is None and one.rendition is Rendition.ORIGINAL
            ]
        if self._unrendered and self.sitting is None:
            image = self._unrendered.pop()
            made = self.pool.submit(lambda: render(self.vault.read(image)))
            made.add_done_callback(lambda answer: self._keep_renditions(image, answer))

    def _keep_renditions(self, image: ImageId, made: Future[Renditions]) -> None:
        if made.cancelled() or made.exception() is not None:
            return  # a raw file without a picture in it stays as it came
        with contextlib.suppress(VaultClosed):
            self.thread.submit(keep_renditions, self.vault, image, made.result())

    def _begin(self, patient: Patient, series: Series, consent: ConsentState, listener: SittingListener) -> Sitting:
        camera = self.camera
        if camera is None:
            raise CameraAbsent  # before anything is recorded: no session opens that nobody can close
        self.look_at_place()
        session, now = SessionId(new_id()), self.clock.wall_ms()
        asked = consent.asked
        if asked is None:
            raise ConsentRefused("not-asked")
        self.sessions.opened(
            patient.patient,
            session,
            SessionOpened(
                at_ms=now,
                series_id=series.id,
                series_name=series.name,
                series_version=series.version,
                body_site=series.body_site,
                operator=self.me.staff,
                consent=consent.consent,
                episode=asked.episode,
            ),
        )
        identifiers = self._identifiers_today(consent)
        state = consent

        def facts() -> CaptureFacts:
            return self.facts(patient, series, state, identifiers)

        def withdrawing() -> None:
            nonlocal state
            event = withdraw(state, me=self.me, now_ms=self.clock.wall_ms(), session=session)
            state = self.consents.record(event)

        def closing(ending: str, unfiled: int) -> None:
            self.sessions.closed(
                patient.patient,
                session,
                HowClosed(ending),
                now_ms=self.clock.wall_ms(),
                diagnosis_from=asked.discussion_by or self.me.staff,
                unfiled=unfiled,
            )
            self._attached.watch.attend(None)
            self.sitting = None

        place = SittingPlace(
            session,
            self.vault.writer,
            series.body_site,
            self.policy.idle_session_s * 1000,
            self.policy.pictures_per_session,
        )
        sitting = Sitting(
            session=session,
            patient=patient,
            series=series,
            leave=GateLeave(self.gate, facts, place, self.clock),
            camera=camera,
            keeping=VaultKeeping(
                self.vault,
                self.thread,
                patient.patient,
                session,
                self.sessions,
                wall_ms=self.clock.wall_ms,
                withdrawing=withdrawing,
                closing=closing,
            ),
            pool=self.pool,
            listener=listener,
        )
        self.sitting = sitting
        self._attached.watch.attend(sitting)
        sitting.start()
        return sitting

    def _identifiers_today(self, consent: ConsentState) -> int:
        """How many identifiers were confirmed with the patient today, in the newest event that says so."""
        day = day_of(self.clock.wall_ms())
        for event in reversed(self.consents.history(consent.patient, consent.consent)):
            if isinstance(event, Asked | Reaffirmed) and day.has(event.identity.at_ms):
                return len(set(event.identity.confirmed))
        return 0
