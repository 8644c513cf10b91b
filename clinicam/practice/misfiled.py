# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that may be of another patient: set aside by one person, put back by one, moved by two.

Moving runs the destination's consent through the rules of the gate as if the pictures were to be taken now: who is on them
has said yes to pictures of that part of the body, or nobody moves anything. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import msgspec

from clinicam.consent.clock import day_of
from clinicam.consent.profile import Profile
from clinicam.consent.rules import CameraFact, CaptureFacts, VaultFact, capture_blockers
from clinicam.consent.status import ConsentState
from clinicam.errors import MoveRefused, NotFound, RoleRefused
from clinicam.identity import ConsentId, ImageId, PatientId, Role, SessionId, Staff, new_id
from clinicam.permits import BodySite
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.retention import HoldRegister, checked_reason
from clinicam.practice.sessions import HowClosed, SessionOpened, SessionRegister
from clinicam.practice.store import ImageEntry, Store
from clinicam.practice.tasks import Task, TaskKind, TaskRegister
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.moving import Moved, MoveNote

REASON = "wrong-chart"


class Mover(Protocol):
    """The part of `vault.moving.Moving` that is needed here, which documents it."""

    def move(
        self,
        images: Sequence[ImageId],
        *,
        to: PatientId,
        session: SessionId,
        consent: ConsentId,
        reason: str,
        second: Cosigner,
        progress: Callable[[int, int], None] = ...,
    ) -> Moved: ...
    def history(self, patient: PatientId) -> tuple[tuple[int, MoveNote], ...]: ...


class Shelf(Protocol):
    """The part of `vault.quarantine.Quarantine` that is needed here, which documents it."""

    def set_aside(self, images: Sequence[ImageId], reason: str) -> None: ...
    def put_back(self, images: Sequence[ImageId], reason: str) -> None: ...
    def held(self, patient: PatientId | None = None) -> tuple[ImageEntry, ...]: ...


class Misfiled:
    """See the module. `me`: who is signed in."""

    def __init__(
        self,
        vault: Store,
        shelf: Shelf,
        mover: Mover,
        consents: ConsentRegister,
        sessions: SessionRegister,
        tasks: TaskRegister,
        holds: HoldRegister,
        profile: Profile,
        *,
        me: Callable[[], Staff],
        wall_ms: Callable[[], int],
    ) -> None:
        self._vault = vault
        self._shelf = shelf
        self._mover = mover
        self._consents = consents
        self._sessions = sessions
        self._tasks = tasks
        self._holds = holds
        self._profile = profile
        self._me = me
        self._wall_ms = wall_ms

    def set_aside(self, patient: PatientId, images: Sequence[ImageId], why: str) -> Task:
        """Hide pictures at once, and leave a task to look into it.

        Raises:
            BadPatientData: no reason, or one that cannot be kept.
            NotFound, DiskFull, WriteFailed: nothing was hidden.
        """
        self._shelf.set_aside(images, checked_reason(why))
        waiting = self._waiting(patient)
        if waiting is not None:
            return waiting
        return self._tasks.open(TaskKind.WRONG_PATIENT, patient, now_ms=self._wall_ms())

    def put_back(self, patient: PatientId, images: Sequence[ImageId], why: str) -> None:
        """They belong where they are. Raises as `set_aside`."""
        self._shelf.put_back(images, checked_reason(why))
        self._settle(patient)

    def held(self, patient: PatientId) -> tuple[ImageEntry, ...]:
        """What is set aside of a patient."""
        return self._shelf.held(patient)

    def history(self, patient: PatientId) -> tuple[tuple[int, MoveNote], ...]:
        """What was moved away from this patient or came to it, and when."""
        return self._mover.history(patient)

    def covering(self, to: PatientId, images: Sequence[ImageId]) -> ConsentState:
        """The destination's consent that covers these pictures.

        Raises:
            NotFound: no such patient, or none of these pictures is set aside.
            MoveRefused: ``no-consent``.
        """
        patient, sites = self._vault.patient(to), self._sites(images)
        now = self._wall_ms()
        # Whether this person may photograph is not the question here; what the patient said is.
        staff = msgspec.structs.replace(self._me(), roles=frozenset({Role.CLINICIAN}))
        for state in self._consents.current(to):
            facts = CaptureFacts(
                now_ms=now,
                day=day_of(now),
                profile=self._profile,
                patient=patient,
                identifiers=2,  # who is on a picture is what the two people who move it stand for
                consent=state,
                body_sites=sites,
                staff=staff,
                camera=CameraFact.READY,
                vault=VaultFact.READY,
                is_vault_place_allowed=True,
                pictures_limit=1,
            )
            if not capture_blockers(_as_taken(facts, state)):
                return state
        raise MoveRefused("no-consent")

    def move(
        self,
        source: PatientId,
        images: Sequence[ImageId],
        to: PatientId,
        second: Cosigner,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Moved:
        """Move pictures that are set aside into a session of their own of the right patient. Slow.

        Raises:
            RoleRefused: neither clinician nor manager.
            MoveRefused: ``no-consent``, ``hold`` (either patient's records must stay as they are), or as `Moving.move`.
            NotFound, SecondPersonRefused, Corrupt, DiskFull, WriteFailed: see `Moving.move`.
        """
        me = self._me()
        if not me.roles & {Role.CLINICIAN, Role.MANAGER}:
            raise RoleRefused(Role.CLINICIAN.value)
        consent = self.covering(to, images)
        if self._holds.standing(source):
            raise MoveRefused("hold")
        chosen = self._chosen(images)
        session = SessionId(new_id())
        first = min(chosen, key=lambda one: one.captured_ms)
        old = self._opened(source, first)
        moved = self._mover.move(
            images,
            to=to,
            session=session,
            consent=consent.consent,
            reason=REASON,
            second=second,
            progress=progress,
        )
        self._record_session(to, session, first.captured_ms, old, consent, me)
        self._settle(source)
        return moved

    def _record_session(
        self,
        to: PatientId,
        session: SessionId,
        at_ms: int,
        old: SessionOpened | None,
        consent: ConsentState,
        me: Staff,
    ) -> None:
        """The session as the destination's timeline shows it: what was taken, by whom, when."""
        # Consent covers a part of the body that the old session's record named: there is one.
        if old is not None and consent.episode is not None:
            record = SessionOpened(
                at_ms=at_ms,
                series_id=old.series_id,
                series_name=old.series_name,
                series_version=old.series_version,
                body_site=old.body_site,
                operator=old.operator,
                consent=consent.consent,
                episode=consent.episode,
            )
            self._sessions.opened(to, session, record)
        self._sessions.happened(to, session, "moved-here", now_ms=self._wall_ms())
        self._sessions.closed(to, session, HowClosed.FINISHED, now_ms=self._wall_ms(), diagnosis_from=me.staff)

    def _chosen(self, images: Sequence[ImageId]) -> list[ImageEntry]:
        wanted = set(images)
        found = [one for one in self._shelf.held() if one.image in wanted]
        if not found:
            raise NotFound("none of these is set aside")
        return found

    def _sites(self, images: Sequence[ImageId]) -> frozenset[BodySite]:
        opened = [self._opened(one.patient, one) for one in self._chosen(images)]
        return frozenset(one.body_site for one in opened if one is not None)

    def _opened(self, patient: PatientId, image: ImageEntry) -> SessionOpened | None:
        return self._sessions.opening(patient, image.session) if image.session is not None else None

    def _waiting(self, patient: PatientId) -> Task | None:
        return next((one for one in self._tasks.pending(patient) if one.kind is TaskKind.WRONG_PATIENT), None)

    def _settle(self, patient: PatientId) -> None:
        """Close the task once nothing is set aside any more."""
        waiting = self._waiting(patient)
        if waiting is not None and not self._shelf.held(patient):
            self._tasks.done(waiting.task, now_ms=self._wall_ms())


def _as_taken(facts: CaptureFacts, state: ConsentState) -> CaptureFacts:
    """The facts on the day of the last yes: "still happy today?" is asked before the shutter, not before a correction."""
    return facts if state.affirmed_ms is None else replace(facts, day=day_of(state.affirmed_ms))
