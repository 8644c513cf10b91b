# SPDX-License-Identifier: GPL-3.0-or-later
"""Consents as the vault keeps them: checked, written, folded. Vault thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo

from clinicam.consent.clock import day_of
from clinicam.consent.events import (
    Answered,
    Asked,
    ConsentEvent,
    PaperExpected,
    PaperScanned,
    PurposesDecided,
    decode_event,
    encode_event,
)
from clinicam.consent.model import ConsentAnswer, Method
from clinicam.consent.profile import Profile
from clinicam.consent.record import RecordContext, check
from clinicam.consent.refusal import Refusal, refuse
from clinicam.consent.state import fold
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.errors import Corrupt, NotFound
from clinicam.identity import ConsentId, EpisodeId, PatientId, new_id
from clinicam.permits import BodySite
from clinicam.practice.policy import PolicyRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.store import Entry, NewRow, Store, What, entry
from clinicam.practice.tasks import Task, TaskKind, TaskRecord, TaskRegister
from clinicam.vault.reencrypting import RESEAL_TOPIC, follow

CONSENT = "consent"


class ConsentRegister:
    """Every consent of every patient. Nothing is ever changed: each event is a record of its own."""

    def __init__(
        self,
        vault: Store,
        staff: StaffRegister,
        policy: PolicyRegister,
        profile: Profile,
        tasks: TaskRegister,
        *,
        wall_ms: Callable[[], int],
        zone: tzinfo | None = None,
    ) -> None:
        self._vault = vault
        self._staff = staff
        self._policy = policy
        self._profile = profile
        self._tasks = tasks
        self._wall_ms = wall_ms
        self._zone = zone

    def record(self, event: ConsentEvent) -> ConsentState:
        """Checks and writes one event, durable when this returns, and says what the consent is now.

        A yes on paper, or a paper form that is expected, opens a task to scan it; the scan closes it.

        Raises:
            ConsentRefused: it may not be recorded; the text is a `Refusal`.
            NotFound: no such patient, or the user is not on the staff register.
            Corrupt: the stored history is damaged.
        """
        before = self._events(event.patient).get(event.consent, [])
        state = fold(before) if before else None
        check(event, state, self._context(event, state))
        after = fold([*before, event])
        if len(before) in after.ignored:
            raise refuse(Refusal.OVER)
        rows = [self._row(event), *self._paper_rows(event, after)]
        self._vault.append(rows)
        return after

    def state(self, patient: PatientId, consent: ConsentId) -> ConsentState:
        """One consent.

        Raises:
            NotFound: this patient has no such consent.
        """
        return self._followed(patient, fold(self.history(patient, consent)))

    def history(self, patient: PatientId, consent: ConsentId) -> tuple[ConsentEvent, ...]:
        """Its events in ledger order.

        Raises:
            NotFound: this patient has no such consent.
        """
        found = self._events(patient).get(consent)
        if not found:
            raise NotFound
        return tuple(found)

    def current(self, patient: PatientId) -> tuple[ConsentState, ...]:
        """All consents of a patient, the one last touched first; those entered in error are left out."""
        states = [self._followed(patient, fold(events)) for events in self._events(patient).values()]
        kept = [one for one in states if one.status is not ConsentStatus.ENTERED_IN_ERROR]
        return tuple(sorted(kept, key=lambda one: one.updated_ms, reverse=True))

    def state_for(self, patient: PatientId, episode: EpisodeId) -> ConsentState | None:
        """The consent of an episode, the newest if there are several, None if there is none."""
        return next((one for one in self.current(patient) if one.episode == episode), None)

    def for_visit(self, patient: PatientId, sites: frozenset[BodySite]) -> ConsentState | None:
        """What a new session should go by: an active consent, best one that covers `sites`. None: ask.

        One that does not cover them needs the affirmation of the further site, together with "still happy today?".
        """
        now = self._wall_ms()
        active = [one for one in self.current(patient) if one.status_at(now) is ConsentStatus.ACTIVE]
        return next((one for one in active if sites <= one.body_sites), active[0] if active else None)

    def _followed(self, patient: PatientId, state: ConsentState) -> ConsentState:
        """What a consent says of pictures by id holds for the objects that took their place when they were sealed anew."""
        plans = self._vault.entries(RESEAL_TOPIC, patient=patient)
        if not plans:
            return state
        scan = state.scan
        if scan is not None:
            there = {one.image for one in self._vault.images(patient=patient)}
            scan = next(iter(follow(plans, [scan]) & there), scan)
        return replace(state, images_withdrawn=follow(plans, state.images_withdrawn), scan=scan)

    def _context(self, event: ConsentEvent, state: ConsentState | None) -> RecordContext:
        others = self.current(event.patient) if isinstance(event, Asked) and state is None else ()
        return RecordContext(
            patient=self._vault.patient(event.patient),
            me=self._staff.me,
            staff=self._staff.by_id(),
            profile=self._profile,
            policy=self._policy.current().consent,
            day=day_of(event.at_ms, self._zone),
            others=others,
        )

    def _events(self, patient: PatientId) -> dict[ConsentId, list[ConsentEvent]]:
        found: dict[ConsentId, list[ConsentEvent]] = {}
        for one in self._vault.entries(CONSENT, patient=patient):
            event = _read(one)
            found.setdefault(event.consent, []).append(event)
        return found

    def _row(self, event: ConsentEvent) -> NewRow:
        kind = type(event).__name__.lower()
        return entry(
            What.CONSENT_RECORDED, CONSENT, event.consent, encode_event(event), patient=event.patient, detail=kind
        )

    def _paper_rows(self, event: ConsentEvent, state: ConsentState) -> list[NewRow]:
        pending = [
            one
            for one in self._tasks.pending(event.patient)
            if one.kind is TaskKind.PAPER_TO_SCAN and one.record.consent == event.consent
        ]
        if isinstance(event, PaperScanned):
            return [TaskRegister.row(TaskRegister.closed(one, event.at_ms)) for one in pending]
        if not _is_on_paper(event) or pending:
            return []
        record = TaskRecord(TaskKind.PAPER_TO_SCAN, event.at_ms, event.consent, None, state.discussion_by)
        return [TaskRegister.row(Task(new_id(), event.patient, record))]


def _is_on_paper(event: ConsentEvent) -> bool:
    if isinstance(event, PaperExpected):
        return True
    if isinstance(event, Answered):
        return event.method is Method.PAPER and event.decision.answer is ConsentAnswer.GIVEN
    return isinstance(event, PurposesDecided) and event.method is Method.PAPER


def _read(one: Entry) -> ConsentEvent:
    """The event of a record, which must be about whom and by whom the ledger says."""
    event = decode_event(one.body)
    if (event.patient, event.consent, event.recorded_by) != (one.patient, one.subject, one.who):
        raise Corrupt("consent event: not of this row")
    return event
