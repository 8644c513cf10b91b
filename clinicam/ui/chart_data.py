# SPDX-License-Identifier: GPL-3.0-or-later
"""What the chart needs of the unlocked practice, read in one go on the vault thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QCoreApplication

from clinicam.capture.series import Series
from clinicam.consent.clock import Clock
from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.events import ConsentEvent
from clinicam.consent.optional import offered
from clinicam.consent.profile import Profile
from clinicam.consent.status import CareToday, ConsentState, care_today
from clinicam.consent.steps import nothing_found, withdraw
from clinicam.consent.wording import Forms
from clinicam.identity import ImageId, Patient, PatientId, SessionId, Staff, StaffId
from clinicam.permits import Purpose
from clinicam.practice.access import Earlier, Reason
from clinicam.practice.policy import Policy
from clinicam.practice.sessions import HowClosed, SessionSummary
from clinicam.ui.gallery import one_per_frame
from clinicam.ui.timeline import Visit
from clinicam.ui.words import day_of, shown_date, shown_time
from clinicam.vault.model import ImageEntry

if TYPE_CHECKING:
    from clinicam.vault.moving import MoveNote


class Pictures(Protocol):
    """The part of an unlocked vault the chart reads from."""

    def images(
        self, *, patient: PatientId | None = None, session: SessionId | None = None
    ) -> tuple[ImageEntry, ...]: ...
    def note_view(self, image: ImageId) -> None: ...
    def read(self, image: ImageId) -> bytes: ...


class Consents(Protocol):
    """The consents of the practice."""

    def current(self, patient: PatientId) -> tuple[ConsentState, ...]: ...
    def record(self, event: ConsentEvent) -> ConsentState: ...


class Sessions(Protocol):
    """The sessions of the practice."""

    def timeline(self, patient: PatientId) -> tuple[SessionSummary, ...]: ...
    def withdrawn(self, patient: PatientId) -> frozenset[SessionId]: ...


class People(Protocol):
    """The staff of the practice."""

    def all(self) -> tuple[Staff, ...]: ...
    def by_id(self) -> Mapping[StaffId, Staff]: ...
    def clinicians(self) -> tuple[Staff, ...]: ...


class Leave(Protocol):
    """Whose earlier visits may be looked at."""

    def earlier(self, patient: PatientId) -> Earlier: ...
    def open_for(self, patient: PatientId, reason: Reason) -> None: ...


class Moves(Protocol):
    """What came from another chart or went to one."""

    def history(self, patient: PatientId) -> tuple[tuple[int, MoveNote], ...]: ...


class Records(Protocol):
    """The part of `practice.records.RecordsOffice` that is needed here."""

    @property
    def misfiled(self) -> Moves: ...


class ChartSurgery(Protocol):
    """What the chart needs of `compose.Surgery`. The registers belong to the vault thread."""

    @property
    def vault(self) -> Pictures: ...
    @property
    def consents(self) -> Consents: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def staff(self) -> People: ...
    @property
    def access(self) -> Leave: ...
    @property
    def records(self) -> Records: ...
    @property
    def me(self) -> Staff: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def profile(self) -> Profile: ...
    @property
    def series(self) -> tuple[Series, ...]: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def training(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ChartData:
    """One reading. `states` newest first, `pictures` one for each frame in order of capture.

    `withheld` counts the visits that are not in it, since the patient is not one of today's.
    """

    patient: Patient
    sessions: tuple[SessionSummary, ...]
    pictures: tuple[ImageEntry, ...]
    by_session: Mapping[SessionId | None, tuple[ImageEntry, ...]]
    states: tuple[ConsentState, ...]
    staff: Mapping[StaffId, str]
    askable: tuple[Purpose, ...]
    now_ms: int
    withheld: int = 0
    moved: tuple[tuple[int, MoveNote], ...] = ()
    """when pictures came from another chart or went to one, UTC milliseconds, and which"""

    def pictures_of(self, session: SessionId | None) -> tuple[ImageEntry, ...]:
        """The pictures of one visit."""
        return self.by_session.get(session, ())

    def state_today(self, wanted: CareToday) -> ConsentState | None:
        """The newest consent that stands like that today."""
        return state_today(self.states, wanted, self.now_ms)


def state_today(states: Sequence[ConsentState], wanted: CareToday, now_ms: int) -> ConsentState | None:
    """The newest of `states` (newest first) that by itself makes the day `wanted`."""
    day = clock_day(now_ms)
    return next((one for one in states if care_today((one,), day, now_ms) is wanted), None)


def read_chart(surgery: ChartSurgery, patient: Patient, reason: Reason | None = None) -> ChartData:
    """Everything the chart shows. Vault thread. `reason`: why earlier visits are looked at, should that have to be said.

    Raises:
        DiskFull, WriteFailed: the reason could not be recorded, so nothing is shown.
    """
    now = surgery.clock.wall_ms()
    closed = surgery.access.earlier(patient.patient) is Earlier.CLOSED
    if closed and reason is not None:
        surgery.access.open_for(patient.patient, reason)
        closed = False
    sessions = surgery.sessions.timeline(patient.patient)
    locked = surgery.sessions.withdrawn(patient.patient)
    every = one_per_frame(surgery.vault.images(patient=patient.patient))
    pictures = tuple(one for one in every if one.session not in locked)
    withheld = 0
    if closed:
        withheld = len({one.session for one in pictures} | {one.session for one in sessions})
        sessions, pictures = (), ()
    grouped: dict[SessionId | None, list[ImageEntry]] = {}
    for one in pictures:
        grouped.setdefault(one.session, []).append(one)
    states = surgery.consents.current(patient.patient)
    return ChartData(
        patient=patient,
        sessions=sessions,
        pictures=pictures,
        by_session={session: tuple(some) for session, some in grouped.items()},
        states=states,
        staff={staff: one.name for staff, one in surgery.staff.by_id().items()},
        askable=_askable(surgery, patient, states, clock_day(now).date, now),
        now_ms=now,
        withheld=withheld,
        moved=() if closed else surgery.records.misfiled.history(patient.patient),
    )


def _askable(
    surgery: ChartSurgery, patient: Patient, states: Sequence[ConsentState], today: date, now_ms: int
) -> tuple[Purpose, ...]:
    """The other uses are asked about after the pictures: only where care was agreed to today."""
    state = state_today(states, CareToday.YES_TODAY, now_ms)
    if state is None:
        return ()
    return offered(surgery.policy.consent, surgery.profile, patient, state, today)


def withdraw_all(surgery: ChartSurgery, state: ConsentState) -> ConsentState:
    """Record that the whole consent is taken back. Vault thread.

    Raises:
        ConsentRefused: it is over already. DiskFull, WriteFailed: nothing was recorded.
    """
    event = withdraw(state, me=surgery.me, now_ms=surgery.clock.wall_ms())
    return surgery.consents.record(event)


def record_nothing_found(surgery: ChartSurgery, data: ChartData, looked_in: str) -> ConsentState:
    """Record that no consent was found for the pictures there are: viewing for care only. Vault thread.

    Raises:
        ConsentRefused: not said where somebody looked. DiskFull, WriteFailed: nothing was recorded.
    """
    images = tuple(one.image for one in data.pictures)
    event = nothing_found(data.patient.patient, looked_in, me=surgery.me, now_ms=surgery.clock.wall_ms(), images=images)
    return surgery.consents.record(event)


def visits_of(data: ChartData) -> tuple[Visit, ...]:
    """The timeline's rows, newest first; pictures without a session come last."""
    rows = [_visit(data, one) for one in data.sessions]
    known = {one.session for one in data.sessions}
    for session, pictures in data.by_session.items():
        if session not in known:
            day = shown_date(day_of(pictures[-1].captured_ms))
            words = _count(len(pictures))
            rows.append(Visit(session, day, _tr("Older pictures"), words, len(pictures), f"{day}, {words}"))
    return tuple(rows)


def _visit(data: ChartData, summary: SessionSummary) -> Visit:
    if summary.how is HowClosed.WITHDRAWN:
        return _withdrawn(summary)
    pictures = len(data.pictures_of(summary.session))
    parts = [shown_time(summary.opened_ms), _count(pictures)]
    who = data.staff.get(summary.operator) if summary.operator is not None else None
    if who:
        parts.append(who)
    if summary.closed_ms is None:
        parts.append(_tr("not finished"))
    if summary.unfiled:
        parts.append(_tr("{number} not filed").format(number=summary.unfiled))
    day = shown_date(day_of(summary.opened_ms))
    heading = f"{day} {shown_time(summary.opened_ms)}, {_count(pictures)}"
    return Visit(summary.session, day, summary.series_name or _tr("Pictures"), ", ".join(parts), pictures, heading)


def _withdrawn(summary: SessionSummary) -> Visit:
    """The patient withdrew in the middle: what was taken is in the vault, and nobody is shown it before a manager decides."""
    day = shown_date(day_of(summary.opened_ms))
    words = _tr("withdrawn, {pictures} locked").format(pictures=_count(summary.images))
    return Visit(summary.session, day, summary.series_name or _tr("Pictures"), words, 0, f"{day}, {words}")


def _count(number: int) -> str:
    if number == 0:
        return _tr("no pictures")
    return _tr("1 picture") if number == 1 else _tr("{number} pictures").format(number=number)


def _tr(text: str) -> str:
    return QCoreApplication.translate("chart", text)
