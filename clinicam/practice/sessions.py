# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions as the vault keeps them, and a patient's timeline. Vault thread only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from msgspec import Struct

from clinicam.consent.packing import pack, unpack
from clinicam.identity import ConsentId, EpisodeId, FrameId, PatientId, SessionId, StaffId, clean_text, new_id
from clinicam.permits import Admission, BodySite
from clinicam.practice.store import Entry, ImageEntry, NewRow, Store, What, entry
from clinicam.practice.tasks import Task, TaskKind, TaskRecord, TaskRegister

SESSION = "session"
WITHDRAWAL = "withdrawal"


class HowClosed(Enum):
    """How a session came to its end."""

    FINISHED = "finished"
    STOPPED = "stopped"
    """STOP, without withdrawal"""
    WITHDRAWN = "withdrawn"
    """the patient took consent back"""
    INTERRUPTED = "interrupted"
    """lock, crash or power; seen afterwards"""


class _Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, tag_field="kind"):
    """What every record of a session has."""

    at_ms: int


class SessionOpened(_Record, frozen=True, kw_only=True, tag="opened"):
    """A sitting began: which series, under which consent, who photographs."""

    series_id: str
    series_name: str
    series_version: int
    body_site: BodySite
    operator: StaffId
    consent: ConsentId
    episode: EpisodeId


class SessionNoted(_Record, frozen=True, kw_only=True, tag="noted"):
    """The note of the session, whole; the latest counts."""

    text: str


class ShotLabelled(_Record, frozen=True, kw_only=True, tag="labelled"):
    """The label of one frame; the latest counts."""

    frame: FrameId
    text: str


class SessionHappened(_Record, frozen=True, kw_only=True, tag="happened"):
    """Something worth keeping: a pause, a hand-over, STOP. `what` is one word of the program, never of a person."""

    what: str
    cause: str = ""


class SessionClosed(_Record, frozen=True, kw_only=True, tag="closed"):
    """It ended."""

    how: HowClosed


class WithdrawalDecision(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What two people decided about the pictures of a session in which the patient withdrew. Destroyed ones leave none."""

    is_kept: bool
    why: str
    at_ms: int


SessionRecord = SessionOpened | SessionNoted | ShotLabelled | SessionHappened | SessionClosed


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One point on a patient's timeline. `opened_ms` is the first picture's time where the opening record is gone.

    `images` counts frames, however many files each has; `unfiled` those among them that wait to be filed.
    """

    session: SessionId
    opened_ms: int
    closed_ms: int | None
    series_id: str
    series_name: str
    operator: StaffId | None
    consent: ConsentId | None
    images: int
    unfiled: int
    note: str
    how: HowClosed | None
    tasks: tuple[Task, ...]


class SessionRegister:
    """Writes and reads sessions."""

    def __init__(self, vault: Store, tasks: TaskRegister) -> None:
        self._vault = vault
        self._tasks = tasks

    def opened(self, patient: PatientId, session: SessionId, record: SessionOpened) -> None:
        """A sitting began."""
        self._append(What.SESSION_OPENED, patient, session, record)

    def note(self, patient: PatientId, session: SessionId, text: str, *, now_ms: int) -> None:
        """Sets the note of a session.

        Raises:
            BadPatientData: longer than 2000 characters, or one that cannot be shown.
        """
        text = clean_text(text, what="note", longest=2000)
        self._append(What.SESSION_EVENT, patient, session, SessionNoted(at_ms=now_ms, text=text))

    def label(self, patient: PatientId, session: SessionId, frame: FrameId, text: str, *, now_ms: int) -> None:
        """Sets the label of one frame.

        Raises:
            BadPatientData: longer than 120 characters, or one that cannot be shown.
        """
        text = clean_text(text, what="label", longest=120)
        self._append(What.SESSION_EVENT, patient, session, ShotLabelled(at_ms=now_ms, frame=frame, text=text))

    def happened(self, patient: PatientId, session: SessionId, what: str, *, now_ms: int, cause: str = "") -> None:
        """Something worth keeping, in the program's own words."""
        self._append(What.SESSION_EVENT, patient, session, SessionHappened(at_ms=now_ms, what=what, cause=cause))

    def closed(
        self,
        patient: PatientId,
        session: SessionId,
        how: HowClosed,
        *,
        now_ms: int,
        diagnosis_from: StaffId | None = None,
        unfiled: int = 0,
    ) -> None:
        """It ended. In one batch with the tasks it leaves: a diagnosis to add, unfiled pictures to look at."""
        rows = [self._row(What.SESSION_CLOSED, patient, session, SessionClosed(at_ms=now_ms, how=how))]
        kinds = [TaskKind.DIAGNOSIS_TO_ADD] if diagnosis_from is not None else []
        kinds += [TaskKind.PICTURES_UNFILED] if unfiled else []
        if how is HowClosed.WITHDRAWN and self._vault.images(patient=patient, session=session):
            kinds.append(TaskKind.WITHDRAWN_PICTURES)
        for kind in kinds:
            record = TaskRecord(kind, now_ms, None, session, diagnosis_from)
            rows.append(TaskRegister.row(Task(new_id(), patient, record)))
        self._vault.append(rows)

    def labels(self, patient: PatientId, session: SessionId) -> dict[FrameId, str]:
        """The label of each labelled frame."""
        records = (_read(one) for one in self._vault.entries(SESSION, patient=patient, session=session))
        return {one.frame: one.text for one in records if isinstance(one, ShotLabelled)}

    def opening(self, patient: PatientId, session: SessionId) -> SessionOpened | None:
        """How a session began; None where no record tells."""
        records = (_read(one) for one in self._vault.entries(SESSION, patient=patient, subject=session))
        return next((one for one in records if isinstance(one, SessionOpened)), None)

    def withdrawn(self, patient: PatientId) -> frozenset[SessionId]:
        """Sessions in which the patient withdrew: their pictures stay locked until two people have decided."""
        found = ((SessionId(one.subject), _read(one)) for one in self._vault.entries(SESSION, patient=patient))
        decided = {SessionId(one.subject) for one in self._vault.entries(WITHDRAWAL, patient=patient)}
        return (
            frozenset(
                session for session, one in found if isinstance(one, SessionClosed) and one.how is HowClosed.WITHDRAWN
            )
            - decided
        )

    def timeline(self, patient: PatientId) -> tuple[SessionSummary, ...]:
        """A patient's sessions, newest first, those included of which only pictures are known."""
        records: dict[SessionId, list[SessionRecord]] = {}
        for one in self._vault.entries(SESSION, patient=patient):
            records.setdefault(SessionId(one.subject), []).append(_read(one))
        images: dict[SessionId, list[ImageEntry]] = {}
        for image in self._vault.images(patient=patient):
            if image.session is not None:
                images.setdefault(image.session, []).append(image)
        pending = self._tasks.pending(patient)
        found = [
            _summary(session, records.get(session, []), images.get(session, []), pending)
            for session in dict.fromkeys([*records, *images])
        ]
        return tuple(sorted(found, key=lambda one: one.opened_ms, reverse=True))

    def _append(self, what: What, patient: PatientId, session: SessionId, record: SessionRecord) -> None:
        self._vault.append([self._row(what, patient, session, record)])

    @staticmethod
    def _row(what: What, patient: PatientId, session: SessionId, record: SessionRecord) -> NewRow:
        return entry(what, SESSION, session, pack(record), patient=patient, session=session)


def _read(one: Entry) -> SessionRecord:
    found: SessionRecord = unpack(one.body, SessionRecord, what="session record")
    return found


def _summary(
    session: SessionId, records: list[SessionRecord], images: list[ImageEntry], pending: tuple[Task, ...]
) -> SessionSummary:
    opened = next((one for one in records if isinstance(one, SessionOpened)), None)
    closed = next((one for one in reversed(records) if isinstance(one, SessionClosed)), None)
    note = next((one.text for one in reversed(records) if isinstance(one, SessionNoted)), "")
    times = [one.at_ms for one in records] + [one.captured_ms for one in images]
    unfiled = {one.frame or one.image for one in images if one.admission is Admission.UNFILED}
    return SessionSummary(
        session=session,
        opened_ms=opened.at_ms if opened else min(times),
        closed_ms=closed.at_ms if closed else None,
        series_id=opened.series_id if opened else "",
        series_name=opened.series_name if opened else "",
        operator=opened.operator if opened else None,
        consent=opened.consent if opened else next((one.consent for one in images if one.consent), None),
        images=len({one.frame or one.image for one in images}),
        unfiled=len(unfiled),
        note=note,
        how=closed.how if closed else None,
        tasks=tuple(one for one in pending if one.record.session == session),
    )
