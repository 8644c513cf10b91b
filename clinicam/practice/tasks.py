# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left to do. A task never stops a clinic: it waits in the list. Vault thread only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum

import msgspec
from msgspec import Struct

from clinicam.consent.packing import pack, unpack
from clinicam.errors import NotFound
from clinicam.identity import ConsentId, PatientId, SessionId, StaffId, new_id
from clinicam.practice.store import Entry, NewRow, Store, What, entry

TASK = "task"


class TaskKind(Enum):
    """What kind of thing."""

    PAPER_TO_SCAN = "paper-to-scan"
    """a signed paper form is to be put into the vault"""
    DIAGNOSIS_TO_ADD = "diagnosis-to-add"
    """the clinician names what the pictures show"""
    PICTURES_UNFILED = "pictures-unfiled"
    """pictures exposed just before a pause: a person decides whether they belong"""
    WITHDRAWN_PICTURES = "withdrawn-pictures"
    """the patient withdrew during the session: two people decide whether its pictures are kept or destroyed"""
    WRONG_PATIENT = "wrong-patient"
    """pictures set aside because they may be of somebody else: put back, or moved by two people"""


class TaskRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A task as it is kept. `done_ms` None: open."""

    kind: TaskKind
    opened_ms: int
    consent: ConsentId | None = None
    session: SessionId | None = None
    wanted_from: StaffId | None = None
    note: str = ""
    done_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One task."""

    task: bytes
    patient: PatientId
    record: TaskRecord

    @property
    def kind(self) -> TaskKind:
        """What kind of thing."""
        return self.record.kind

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.record.done_ms is None


class TaskRegister:
    """Tasks; the latest record of each counts."""

    def __init__(self, vault: Store) -> None:
        self._vault = vault

    def open(
        self,
        kind: TaskKind,
        patient: PatientId,
        *,
        now_ms: int,
        consent: ConsentId | None = None,
        session: SessionId | None = None,
        wanted_from: StaffId | None = None,
        note: str = "",
    ) -> Task:
        """Opens a task."""
        task = Task(new_id(), patient, TaskRecord(kind, now_ms, consent, session, wanted_from, note))
        self._vault.append([self.row(task)])
        return task

    def done(self, task: bytes, *, now_ms: int) -> Task:
        """Closes a task; closing twice changes nothing.

        Raises:
            NotFound: no such task.
        """
        found = next(iter(_tasks(self._vault.entries(TASK, subject=task))), None)
        if found is None:
            raise NotFound
        if not found.is_open:
            return found
        closed = self.closed(found, now_ms)
        self._vault.append([self.row(closed)])
        return closed

    def reassign(self, from_: Collection[StaffId], to: StaffId | None) -> int:
        """Gives the open tasks that are wanted from any of `from_` to somebody else, None to whoever; how many."""
        moved = [
            Task(one.task, one.patient, msgspec.structs.replace(one.record, wanted_from=to))
            for one in self.pending()
            if one.record.wanted_from in from_
        ]
        if moved:
            self._vault.append([self.row(one) for one in moved])
        return len(moved)

    def pending(self, patient: PatientId | None = None) -> tuple[Task, ...]:
        """Open tasks, oldest first; of one patient or of all."""
        found = (one for one in _tasks(self._vault.entries(TASK, patient=patient)) if one.is_open)
        return tuple(sorted(found, key=lambda one: one.record.opened_ms))

    @staticmethod
    def closed(task: Task, now_ms: int) -> Task:
        """The task as it is when done; to be appended with other rows."""
        return Task(task.task, task.patient, msgspec.structs.replace(task.record, done_ms=now_ms))

    @staticmethod
    def row(task: Task) -> NewRow:
        """The row of a task; to be appended with other rows."""
        detail = f"{task.kind.value} {'open' if task.is_open else 'done'}"
        return entry(What.TASK_RECORDED, TASK, task.task, pack(task.record), patient=task.patient, detail=detail)


def _tasks(entries: Iterable[Entry]) -> tuple[Task, ...]:
    latest: dict[bytes, Task] = {}
    for one in entries:
        if one.patient is not None:
            latest[one.subject] = Task(one.subject, one.patient, unpack(one.body, TaskRecord, what="task"))
    return tuple(latest.values())
