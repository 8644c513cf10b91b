# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice with one patient who said yes, without windows: what the end-to-end and crash tests start from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from clinicam.capture.session import SessionState, ShotState, Tone
from clinicam.capture.sitting import Sitting
from clinicam.capture.views import SittingView
from clinicam.compose import NewPractice, Workstation
from clinicam.consent.draft import ConsentDraft
from clinicam.consent.model import Confirmed, ConsentAnswer, IdentityCheck, Method, Reason
from clinicam.consent.status import ConsentState
from clinicam.consent.steps import answer, ask, care_decision
from clinicam.consent.wording import ShowContext, render
from clinicam.identity import Patient, make_patient
from clinicam.permits import BodySite
from clinicam.settings import Folders, Settings, load_settings
from clinicam.surgery import Surgery
from clinicam.vault.model import CreatedVault

PASSWORD = "correct horse battery staple"
T = TypeVar("T")


@dataclass
class Heard:
    """A sitting's listener that remembers."""

    views: list[SittingView] = field(default_factory=list)
    lives: list[bytes] = field(default_factory=list)
    tones: list[Tone] = field(default_factory=list)

    def changed(self, view: SittingView) -> None:
        self.views.append(view)

    def live(self, jpeg: bytes) -> None:
        self.lives.append(jpeg)

    def tone(self, tone: Tone) -> None:
        self.tones.append(tone)


@dataclass
class Day:
    """An unlocked practice with a beating heart. `beat` is what the window's timer does once a second."""

    station: Workstation
    surgery: Surgery
    created: CreatedVault
    sitting: Sitting | None = None

    def on_vault(self, run: Callable[[], T]) -> T:
        return self.surgery.thread.submit(run).result(60)

    def until(self, true: Callable[[], bool], *, seconds: float = 30.0, what: str = "") -> None:
        """Beat until it holds."""
        end = time.monotonic() + seconds
        last = 0.0
        while not true():
            now = time.monotonic()
            assert now < end, f"never came true: {what}"
            if now - last >= 0.25:
                self.beat()
                last = now
            time.sleep(0.005)

    def beat(self) -> None:
        self.station.heartbeat()
        if self.sitting is not None:
            self.sitting.tick()

    def add_patient(self, family: str = "Marsh", given: str = "Eleanor", born: date = date(1987, 3, 14)) -> Patient:
        patient = make_patient(family=family, given=given, title="Ms", born=born, today=date.today())
        self.on_vault(lambda: self.surgery.patients.add(patient))
        return patient

    def consent(
        self, patient: Patient, sites: frozenset[BodySite], says: ConsentAnswer = ConsentAnswer.GIVEN
    ) -> ConsentState:
        """Spoken answer to care, recorded by the clinician who discussed it."""
        surgery = self.surgery

        def record() -> ConsentState:
            now = surgery.clock.wall_ms()
            draft = ConsentDraft(
                patient,
                date.today(),
                identity=IdentityCheck(
                    confirmed=(Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED), verified_by=surgery.me.staff, at_ms=now
                ),
                reason=Reason(text="Chipped upper front tooth"),
                body_sites=sites,
                discussion_by=surgery.me,
                method=Method.SPOKEN,
            )
            loaded = surgery.forms.care("en")
            shown = render(loaded, ShowContext(patient, draft.who, draft.reason, sites, date.today(), surgery.profile))
            asked = ask(draft, shown, surgery.profile, surgery.policy.consent, me=surgery.me, now_ms=now)
            surgery.consents.record(asked)
            given = answer(asked, care_decision(says, now), me=surgery.me, now_ms=surgery.clock.wall_ms())
            return surgery.consents.record(given)

        return self.on_vault(record)

    def sit(
        self, patient: Patient, consent: ConsentState, *, series: str = "ortho-records", wait: bool = True
    ) -> Heard:
        """Open a session and wait until the shutter may be pressed."""
        heard = Heard()
        chosen = next(one for one in self.surgery.series if one.id == series)
        self.sitting = self.surgery.begin_sitting(patient, chosen, consent, heard).result(30)
        sitting = self.sitting
        if wait:
            self.until(lambda: sitting.view().state is SessionState.READY, what="ready to shoot")
        return heard

    def in_session(self) -> Heard:
        """A patient who said yes, and the shutter free."""
        patient = self.add_patient()
        series = next(one for one in self.surgery.series if one.id == "ortho-records")
        return self.sit(patient, self.consent(patient, series.body_sites))

    def shoot(self) -> None:
        """One shot by the screen's button, until its fate is known."""
        sitting = self.sitting
        assert sitting is not None
        before = len(sitting.view().shots)
        self.until(lambda: sitting.view().state is SessionState.READY, what="ready")
        sitting.shoot()
        self.until(lambda: len(sitting.view().shots) > before and not sitting.on_its_way(), what="the fate of the shot")

    def states(self) -> list[ShotState]:
        assert self.sitting is not None
        return [shot.state for shot in self.sitting.view().shots]


@contextmanager
def practice_day(root: Path, *, camera: str, training: bool = True, wait_camera: bool = True) -> Iterator[Day]:
    """A fresh vault below `root`, unlocked, with the camera at `camera` (a PTP/IP port) connected and disarmed."""
    folders = Folders.below(root)
    folders.make()
    station = Workstation(folders, Settings(), camera=camera)
    try:
        new = NewPractice("Harbour Lane", "Dr Aylin Demir", "Dentist", "GDC 123456", PASSWORD, root / "vault", training)
        created = station.thread.submit(station.create, new).result(120)
        station.thread.submit(station.adopt, new.place).result(60)
        surgery = station.thread.submit(station.unlock, created.user, PASSWORD).result(60)
        day = Day(station, surgery, created)
        if camera:
            station.start_camera()
        if wait_camera:
            day.until(lambda: surgery.camera_status().state.value == "ready", what="camera ready")
        yield day
    finally:
        station.close()
        assert threading.current_thread() is threading.main_thread()


@contextmanager
def station_at(root: Path, camera: str = "") -> Iterator[Workstation]:
    """The program as it starts at its lock screen; the camera process is not started."""
    folders = Folders.below(root)
    station = Workstation(folders, load_settings(folders), camera=camera)
    try:
        yield station
    finally:
        station.close()
