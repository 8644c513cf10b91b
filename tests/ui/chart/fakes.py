# SPDX-License-Identifier: GPL-3.0-or-later
"""An unlocked practice for chart and consent screens: the real registers over the vault made of lists."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

from PIL import Image

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.capture.series import load_series
from clinicam.consent import steps
from clinicam.consent.draft import ConsentDraft
from clinicam.consent.model import (
    Confirmed,
    ConsentAnswer,
    IdentityCheck,
    Method,
    Reason,
    SignerRelation,
    StrokePoint,
    WhoDecides,
)
from clinicam.consent.profile import load_profile
from clinicam.consent.status import ConsentState
from clinicam.consent.wording import ShowContext, ShownForm, load_forms, render
from clinicam.errors import VaultError
from clinicam.identity import (
    ConsentId,
    EpisodeId,
    FrameId,
    Identifier,
    ImageId,
    Patient,
    PatientId,
    Role,
    SessionId,
    Staff,
    StaffId,
    WorkstationId,
    new_id,
)
from clinicam.permits import Admission, BodySite
from clinicam.practice.access import Earlier
from clinicam.practice.access import Reason as Why
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.policy import PolicyRegister, load_policy
from clinicam.practice.sessions import SessionOpened, SessionRegister
from clinicam.practice.staff import StaffRegister, make_staff
from clinicam.practice.tasks import TaskRegister
from clinicam.settings import resources_dir
from clinicam.vault.model import ImageEntry, RowRef
from clinicam.vault.objectfile import Rendition
from tests.practice.fake_vault import FakeVault
from tests.ui.fake_records import FakeRecords

NOW = 1_795_270_560_000
"""21-Nov-2026, 14:16 UTC."""
DAY = 86_400_000

MARSH = Patient(
    PatientId(b"\x07" * 16),
    "Marsh",
    "Eleanor",
    "Ms",
    date(1987, 3, 14),
    (Identifier("NHS", "9990412871"), Identifier("local", "TR-000412")),
)
LINDQVIST = Patient(
    PatientId(b"\x11" * 16),
    "Lindqvist",
    "Per",
    "Mr",
    date(1979, 7, 7),
    (Identifier("NHS", "9990331189"), Identifier("local", "TR-000447")),
)
BRENNAN = Patient(PatientId(b"\x23" * 16), "Brennan", "Orla", "", date(2014, 12, 19), ())

SIGNATURE = (
    tuple(
        StrokePoint(x=1000 + 300 * i, y=9000 + (i % 5) * 900, t_ms=i * 9, pressure=512, tilt_x=0, tilt_y=0)
        for i in range(60)
    ),
)


class FakeClock:
    """Stands until told."""

    def __init__(self, now_ms: int = NOW) -> None:
        self.now_ms = now_ms

    def wall_ms(self) -> int:
        return self.now_ms

    def boottime_ms(self) -> int:
        return self.now_ms


class NotingVault(FakeVault):
    """Also notes who looked at what, and can break: `broken` is raised by `note_view`, `unreadable` by `read`,
    `unlisted` by `images`. `order` has a word for each view noted and each file read."""

    def __init__(self, user: StaffId, wall_ms: Callable[[], int]) -> None:
        super().__init__(user, wall_ms=wall_ms)
        self.viewed: list[ImageId] = []
        self.reads: list[ImageId] = []
        self.broken: VaultError | None = None
        self.unreadable: VaultError | None = None
        self.unlisted: VaultError | None = None
        self.order: list[str] = []

    def images(self, *, patient: PatientId | None = None, session: SessionId | None = None) -> tuple[ImageEntry, ...]:
        if self.unlisted is not None:
            raise self.unlisted
        return super().images(patient=patient, session=session)

    def note_view(self, image: ImageId) -> None:
        if self.broken is not None:
            raise self.broken
        self.order.append("noted")
        self.viewed.append(image)

    def read(self, image: ImageId) -> bytes:
        if self.unreadable is not None:
            raise self.unreadable
        self.order.append("read")
        self.reads.append(image)
        return super().read(image)


class Leave:
    """`practice.access.Access` that answers as told; `given` are the reasons it was told."""

    def __init__(self) -> None:
        self.standing = Earlier.TODAY
        self.given: list[Why] = []
        self.fails_with: VaultError | None = None

    def earlier(self, patient: PatientId) -> Earlier:
        return self.standing

    def open_for(self, patient: PatientId, reason: Why) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.given.append(reason)
        self.standing = Earlier.TODAY


class FakeSurgery:
    """What `compose.Surgery` is to these screens. `me` is a nurse unless `as_clinician`."""

    def __init__(self, *, as_clinician: bool = False) -> None:
        resources = resources_dir()
        self.clock = FakeClock()
        self.vault = NotingVault(StaffId(b"\x01" * 16), self.clock.wall_ms)
        self.training = True
        self.practice_name = "Harbour Lane Dental & Medical"
        self.staff = StaffRegister(self.vault)
        role = Role.CLINICIAN if as_clinician else Role.NURSE
        self.me: Staff = self.staff.put(
            make_staff(self.vault.user, name="Jo Pryce", post="Dental nurse", roles=frozenset({role}))
        )
        self.demir: Staff = self.staff.put(
            make_staff(StaffId(b"\x02" * 16), name="Dr Aylin Demir", post="Dentist", roles=frozenset({Role.CLINICIAN}))
        )
        self.policies = PolicyRegister(self.vault, load_policy(resources / "policy.toml"))
        self.policy = self.policies.current()
        self.profile = load_profile(resources / "profiles", self.policy.profile)
        self.forms = load_forms(resources / "forms")
        self.series = load_series(resources / "series")
        self.tasks = TaskRegister(self.vault)
        self.patients = PatientRegister(self.vault)
        self.consents = ConsentRegister(
            self.vault, self.staff, self.policies, self.profile, self.tasks, wall_ms=self.clock.wall_ms
        )
        self.sessions = SessionRegister(self.vault, self.tasks)
        self.access = Leave()
        self.records = FakeRecords()
        self.status = CameraStatus(CameraState.READY, "Nikon Z 6", "SIM-0001", "80%", True, False, True)
        for patient in (MARSH, LINDQVIST, BRENNAN):
            self.patients.add(patient)

    def camera_status(self) -> CameraStatus:
        return self.status

    # for tests

    def identity(self) -> IdentityCheck:
        """The match card's result."""
        confirmed = (Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED)
        return IdentityCheck(confirmed=confirmed, verified_by=self.me.staff, at_ms=self.clock.now_ms)

    def draft(self, patient: Patient = MARSH) -> ConsentDraft:
        """A staff part with nothing open."""
        child = patient is BRENNAN
        return ConsentDraft(
            patient,
            date(2026, 11, 21),
            identity=self.identity(),
            reason=Reason(text="Orthodontic records", code="ortho-records"),
            body_sites=frozenset({BodySite.MOUTH, BodySite.FACE}),
            who=WhoDecides.SOMEONE_FOR if child else WhoDecides.SELF,
            signer_name="Siobhan Brennan" if child else "",
            relation=SignerRelation.PARENT,
            authority_declared=child,
            discussion_by=self.demir,
            method=Method.DRAWN,
        )

    def shown(self, patient: Patient = MARSH) -> ShownForm:
        """The care form as that patient sees it."""
        draft = self.draft(patient)
        reason = draft.reason
        if reason is None:
            raise AssertionError
        context = ShowContext(
            patient, draft.who, reason, draft.body_sites, draft.today, self.profile, is_training=self.training
        )
        return render(self.forms.care(), context)

    def agree(self, patient: Patient = MARSH, *, at_ms: int | None = None, conditions: str = "") -> ConsentState:
        """A signed yes to care, recorded at `at_ms`."""
        now, self.clock.now_ms = self.clock.now_ms, at_ms or self.clock.now_ms
        at = self.clock.now_ms
        asked = steps.ask(
            self.draft(patient), self.shown(patient), self.profile, self.policy.consent, me=self.me, now_ms=at
        )
        self.consents.record(asked)
        decision = steps.care_decision(ConsentAnswer.GIVEN, at, conditions)
        signature = steps.sign_care(asked, decision, SIGNATURE, width=500, height=196, signed_ms=at)
        own_yes = True if patient is BRENNAN else None
        state = self.consents.record(
            steps.answer(asked, decision, me=self.me, now_ms=at, signature=signature, own_yes=own_yes)
        )
        self.clock.now_ms = now
        return state

    def visit(
        self, patient: Patient, at_ms: int, series: str, codes: tuple[str, ...], *, size: tuple[int, int] = (300, 200)
    ) -> SessionId:
        """A session with one picture for each code."""
        session = SessionId(new_id())
        chosen = next(one for one in self.series if one.id == series)
        self.sessions.opened(
            patient.patient,
            session,
            SessionOpened(
                at_ms=at_ms,
                series_id=chosen.id,
                series_name=chosen.name,
                series_version=chosen.version,
                body_site=chosen.body_site,
                operator=self.demir.staff,
                consent=ConsentId(new_id()),
                episode=EpisodeId(new_id()),
            ),
        )
        for number, code in enumerate(codes):
            self.vault.put_image(entry(patient, session, at_ms + number * 20_000, code), jpeg(code, size))
        return session


def entry(patient: Patient, session: SessionId | None, at_ms: int, code: str, *, unfiled: bool = False) -> ImageEntry:
    """One JPEG of a frame, without renditions."""
    return ImageEntry(
        image=ImageId(new_id()),
        frame=FrameId(new_id()),
        patient=patient.patient,
        session=session,
        rendition=Rendition.ORIGINAL,
        parent=None,
        media_type="image/jpeg",
        view=code,
        captured_ms=at_ms,
        admission=Admission.UNFILED if unfiled else Admission.FILED,
        consent=None,
        permit=None,
        preview=None,
        thumbnail=None,
        row=RowRef(WorkstationId(b"w" * 16), 1, b"r" * 16),
    )


def jpeg(code: str, size: tuple[int, int]) -> bytes:
    """A small picture that differs from code to code."""
    seed = sum(code.encode()) * 7
    image = Image.new("RGB", size, (seed % 200 + 30, seed * 3 % 200 + 30, seed * 5 % 200 + 30))
    image.paste((240, 240, 235), (size[0] // 4, size[1] // 3, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
