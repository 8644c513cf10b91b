# SPDX-License-Identifier: GPL-3.0-or-later
"""Erasing a patient's or a session's records: whether it may be, by whom, and what is kept of it.

Two people: a manager who is signed in, and another who may sign (`access.SecondPersons`) and proves to be here. Retention,
holds and open sessions are looked at before anybody is asked for a password and again before anything is destroyed; that
these rules are kept is the program's policy, that two people signed is what keys enforce. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol

from clinicam.consent.clock import day_of
from clinicam.consent.packing import pack, unpack
from clinicam.errors import EraseRefused, NotFound, RoleRefused, SecondPersonRefused
from clinicam.identity import PatientId, Role, SessionId, Staff, StaffId
from clinicam.practice.access import SecondPersons
from clinicam.practice.certificate import CERTIFICATE, Certificate, EraseReason, certificate_of
from clinicam.practice.retention import HoldRegister, Retention, checked_reason
from clinicam.practice.sessions import WITHDRAWAL, SessionRegister, WithdrawalDecision
from clinicam.practice.staff import StaffRegister
from clinicam.practice.store import NewRow, Store, What, entry
from clinicam.practice.tasks import TaskKind, TaskRegister
from clinicam.vault.agreements import Agreement
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.erasure import Erased


class Destroyer(Protocol):
    """The part of `vault.erasure.Erasures` that is needed here, which documents it."""

    def erase(
        self,
        patient: PatientId,
        session: SessionId | None = None,
        *,
        reason: str,
        second: Cosigner,
        progress: Callable[[int, int], None] = ...,
    ) -> Erased: ...
    def pending(self) -> tuple[Agreement, ...]: ...
    def finish(self, progress: Callable[[int, int], None] = ...) -> tuple[Erased, ...]: ...
    def done(self) -> tuple[Erased, ...]: ...


class Proving(Protocol):
    """The part of `vault.cosigning.Cosigners` that is needed here, which documents it."""

    def admit(self, user: StaffId, password: str) -> Cosigner: ...
    def record(self, row: NewRow, keys: Iterable[bytes], reason: str, second: Cosigner) -> bytes: ...


class Erasing:
    """See the module. `me`: who is signed in; `is_sitting`: whether a session of that patient is under way."""

    def __init__(
        self,
        vault: Store,
        destroyer: Destroyer,
        proving: Proving,
        retention: Retention,
        holds: HoldRegister,
        sessions: SessionRegister,
        tasks: TaskRegister,
        staff: StaffRegister,
        seconds: SecondPersons,
        *,
        me: Callable[[], Staff],
        is_sitting: Callable[[PatientId], bool],
        wall_ms: Callable[[], int],
    ) -> None:
        self._vault = vault
        self._destroyer = destroyer
        self._proving = proving
        self._retention = retention
        self._holds = holds
        self._sessions = sessions
        self._tasks = tasks
        self._staff = staff
        self._seconds = seconds
        self._me = me
        self._is_sitting = is_sitting
        self._wall_ms = wall_ms

    def check(self, patient: PatientId, session: SessionId | None, reason: EraseReason) -> None:
        """Return if these records may be destroyed for that reason today.

        Raises:
            RoleRefused: who is signed in is no manager.
            NotFound: no such patient.
            EraseRefused: ``hold``; ``open-session``; ``retention``, with the day it ends; ``nothing``, the session has no
                pictures, or the reason is not one for it.
        """
        if Role.MANAGER not in self._me().roles:
            raise RoleRefused(Role.MANAGER.value)
        due = self._retention.due(patient)
        if due.holds:
            raise EraseRefused("hold")
        if self._is_sitting(patient):
            raise EraseRefused("open-session")
        if reason is EraseReason.WITHDRAWN and (session is None or session not in self._sessions.withdrawn(patient)):
            raise EraseRefused("nothing")
        if reason is EraseReason.RETENTION_OVER and not due.is_over(day_of(self._wall_ms()).date):
            until = datetime(due.until.year, due.until.month, due.until.day, tzinfo=UTC)
            raise EraseRefused("retention", int(until.timestamp() * 1000))

    def may_sign(self) -> tuple[Staff, ...]:
        """Who may be the second, by name; the one who is signed in is not among them."""
        me = self._me().staff
        return tuple(one for one in self._staff.all() if one.staff != me and self._seconds.may_sign(one))

    def admit(self, staff: StaffId, password: str) -> Cosigner:
        """Let the second person prove to be here. Slow.

        Raises:
            SecondPersonRefused: ``same``, ``role`` or ``unknown``.
            LockedOut, WrongPassword, Corrupt, UnsupportedFormat, DiskFull, WriteFailed: see `Cosigners.admit`.
        """
        found = self._staff.get(staff)
        if staff == self._me().staff:
            raise SecondPersonRefused("same")
        if found is None or not self._seconds.may_sign(found):
            raise SecondPersonRefused("role")
        return self._proving.admit(staff, password)

    def erase(
        self,
        patient: PatientId,
        session: SessionId | None,
        reason: EraseReason,
        second: Cosigner,
        *,
        reference: str = "",
        progress: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> Certificate:
        """Destroy them and file the certificate. Slow, and not to be undone.

        Args:
            reference: of the order, needed for `EraseReason.ORDERED`; kept with the certificate, so without names.

        Raises:
            As `check` and `Erasures.erase`; BadPatientData: an order without a usable reference.
        """
        self.check(patient, session, reason)
        if reason is EraseReason.ORDERED:
            reference = checked_reason(reference)
        erased = self._destroyer.erase(patient, session, reason=reason.value, second=second, progress=progress)
        certificate = self._file(erased, reference if reason is EraseReason.ORDERED else "")
        if session is not None:
            if reason is EraseReason.WITHDRAWN:
                decision = WithdrawalDecision(is_kept=False, why=reason.value, at_ms=self._wall_ms())
                self._vault.append([self._decided(patient, session, decision, "destroyed")])
            self._close_tasks(patient, session)
        return certificate

    def keep_withdrawn(self, patient: PatientId, session: SessionId, why: str, second: Cosigner) -> None:
        """Keep what a session took before the patient withdrew in it: two people decide that they need it.

        Raises:
            RoleRefused, SecondPersonRefused: see `check` and `Cosigners.draft`.
            NotFound: no such session, or it is decided.
            BadPatientData: no reason.
            DiskFull, WriteFailed: not decided.
        """
        me = self._me()
        if Role.MANAGER not in me.roles:
            raise RoleRefused(Role.MANAGER.value)
        if session not in self._sessions.withdrawn(patient):
            raise NotFound("no such session")
        decision = WithdrawalDecision(is_kept=True, why=checked_reason(why), at_ms=self._wall_ms())
        self._proving.record(self._decided(patient, session, decision, "kept"), [session], "kept", second)
        self._close_tasks(patient, session)

    def pending(self) -> int:
        """Erasures agreed to that a crash or a full disk interrupted."""
        return len(self._destroyer.pending())

    def finish(self, progress: Callable[[int, int], None] = lambda _done, _of: None) -> tuple[Certificate, ...]:
        """Carry them out. Raises as `Erasures.finish`."""
        return tuple(self._file(one, "") for one in self._destroyer.finish(progress))

    def certificates(self) -> tuple[Certificate, ...]:
        """One for each erasure carried out, the newest first; those that a crash left without a record included."""
        kept = {
            one.subject: unpack(one.body, Certificate, what="certificate") for one in self._vault.entries(CERTIFICATE)
        }
        found: list[Certificate] = [kept.get(one.rid, certificate_of(one)) for one in self._destroyer.done()]
        return tuple(sorted(found, key=lambda one: one.done_ms, reverse=True))

    def _file(self, erased: Erased, reference: str) -> Certificate:
        certificate = certificate_of(erased, reference)
        self._vault.append([
            entry(What.ERASURE_CERTIFIED, CERTIFICATE, erased.rid, pack(certificate), detail=erased.rid.hex())
        ])
        return certificate

    @staticmethod
    def _decided(patient: PatientId, session: SessionId, decision: WithdrawalDecision, detail: str) -> NewRow:
        return entry(
            What.WITHDRAWAL_DECIDED,
            WITHDRAWAL,
            session,
            pack(decision),
            patient=patient,
            session=session,
            detail=detail,
        )

    def _close_tasks(self, patient: PatientId, session: SessionId) -> None:
        now = self._wall_ms()
        kinds = {TaskKind.WITHDRAWN_PICTURES, TaskKind.PICTURES_UNFILED}
        for task in self._tasks.pending(patient):
            if task.kind in kinds and task.record.session == session:
                self._tasks.done(task.task, now_ms=now)
