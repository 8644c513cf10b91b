# SPDX-License-Identifier: GPL-3.0-or-later
"""What the retention section shows, read at once on the vault thread, and its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clinicam.consent.clock import day_of
from clinicam.errors import NotFound
from clinicam.identity import Patient, Role, SessionId, StaffId
from clinicam.practice.certificate import Certificate, EraseReason
from clinicam.practice.retention import Due, Hold, HoldKind
from clinicam.practice.tasks import TaskKind
from clinicam.ui.kit import Meaning
from clinicam.ui.words import day_of as wall_day
from clinicam.ui.words import shown_date

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

MOST = 50
"""Lines of a card; more are counted."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A session in which the patient withdrew, with its patient."""

    patient: Patient
    session: SessionId
    since_ms: int


@dataclass(frozen=True, slots=True)
class HeldRecords:
    """A hold with its patient."""

    patient: Patient
    hold: Hold


@dataclass(frozen=True, slots=True)
class RetentionView:
    """Everything of the section. `over` are at most `MOST` of `over_count`."""

    today: date
    over: tuple[Due, ...]
    over_count: int
    undecided: tuple[Undecided, ...]
    holds: tuple[HeldRecords, ...]
    certificates: tuple[Certificate, ...]
    pending: int
    names: dict[StaffId, str]
    is_manager: bool


def load_retention(surgery: Surgery) -> RetentionView:
    """Vault thread."""
    records = surgery.records
    today = day_of(surgery.clock.wall_ms()).date
    over = records.retention.over(today)
    return RetentionView(
        today=today,
        over=over[:MOST],
        over_count=len(over),
        undecided=_undecided(surgery),
        holds=_holds(surgery),
        certificates=records.erasing.certificates(),
        pending=records.erasing.pending(),
        names={staff: one.name for staff, one in surgery.staff.by_id().items()},
        is_manager=Role.MANAGER in surgery.me.roles,
    )


def find_due(surgery: Surgery, text: str) -> tuple[Due, ...]:
    """Patients whom a typed text may mean, with when their records may go. Vault thread."""
    if not text.strip():
        return ()
    hits = surgery.patients.search(text, 8)
    return tuple(surgery.records.retention.due(hit.patient.patient) for hit in hits)


def _undecided(surgery: Surgery) -> tuple[Undecided, ...]:
    found = []
    for task in surgery.tasks.pending():
        session = task.record.session
        if task.kind is TaskKind.WITHDRAWN_PICTURES and session is not None:
            try:
                found.append(Undecided(surgery.patients.get(task.patient), session, task.record.opened_ms))
            except NotFound:
                continue  # the patient was erased since, and the session with them
    return tuple(found)


def _holds(surgery: Surgery) -> tuple[HeldRecords, ...]:
    return tuple(HeldRecords(surgery.patients.get(one.patient), one) for one in surgery.records.holds.standing())


def _tr(text: str) -> str:
    return QCoreApplication.translate("RetentionSection", text)


def due_words(due: Due) -> str:
    """When somebody was last here and until when the records stay."""
    rules = {
        "adult": _tr("kept until {day}"),
        "child": _tr("kept until {day}, as of a child"),
        "deceased": _tr("kept until {day}, after a death"),
    }
    kept = rules.get(due.rule, rules["adult"]).format(day=shown_date(due.until))
    return _tr("born {born}  ·  last here {day}  ·  {kept}").format(
        born=shown_date(due.patient.born), day=shown_date(due.last_visit), kept=kept
    )


def due_chip(due: Due, today: date) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of where a patient's records stand."""
    if due.holds:
        return "lock", _tr("On hold"), "attention"
    if due.is_over(today):
        return "clock", _tr("Time is over"), "work"
    return "shield-check", _tr("Must be kept"), "neutral"


def hold_words(hold: Hold, names: dict[StaffId, str]) -> str:
    """Why, by whom, since when."""
    record = hold.record
    return _tr("{reason}  ·  {name}, {day}").format(
        reason=record.reason, name=names.get(record.set_by, ""), day=shown_date(wall_day(record.set_ms))
    )


def hold_chip(hold: Hold) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of a hold."""
    if hold.record.kind is HoldKind.SAFEGUARDING:
        return "shield-alert", _tr("Safeguarding"), "attention"
    return "lock", _tr("Legal hold"), "attention"


def certificate_title(one: Certificate) -> str:
    """What was destroyed, without a name: nobody knows it any more."""
    what = _tr("One patient") if one.scope == "patient" else _tr("One session")
    return f"{what}  ·  {shown_date(wall_day(one.done_ms))}"


def reason_words(reason: str) -> str:
    """Why, in a few words."""
    return {
        EraseReason.RETENTION_OVER.value: _tr("the time was over"),
        EraseReason.WITHDRAWN.value: _tr("consent was taken back"),
        EraseReason.ORDERED.value: _tr("ordered or granted"),
    }.get(reason, reason)


def certificate_words(one: Certificate, names: dict[StaffId, str]) -> str:
    """Why, by whom, how much."""
    who: Sequence[str] = [names.get(staff, staff.hex()[:8]) for staff in one.signers]
    return _tr("{why}  ·  {who}  ·  {count} files").format(
        why=reason_words(one.reason), who=_tr(" and ").join(who), count=one.objects
    )
