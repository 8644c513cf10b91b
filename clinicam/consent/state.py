# SPDX-License-Identifier: GPL-3.0-or-later
"""Folds the events of one consent into what it says now. Pure, total and deterministic; the caller gives ledger order.

The rules are:
  - a no always counts, wherever it stands in the history; a yes counts only if it fits and knew every no before it;
  - an answer of GIVEN for care must carry what its method needs (a signature that verifies, or the clinician who held
    the discussion as its writer), or it is as if it were not there;
  - withdrawn, declined, superseded and entered in error are ends: only a new consent, newly signed, opens again;
  - an optional purpose that was taken back needs a new signature, never one that this history has seen before;
  - what does not fit is left out and listed in `ignored`, never repaired.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinicam.consent.events import (
    Abandoned,
    Answered,
    Asked,
    ConsentEvent,
    EnteredInError,
    NothingFound,
    Objected,
    PaperExpected,
    PaperScanned,
    PurposesDecided,
    Reaffirmed,
    Resumed,
    Superseded,
    Suspended,
    Withdrawn,
)
from clinicam.consent.model import (
    ConsentAnswer,
    Decision,
    Method,
    SignerRelation,
    SuspensionCause,
    WhoDecides,
    WithdrawalScope,
)
from clinicam.consent.sound import answer_is_sound, is_signed
from clinicam.consent.status import ConsentState, ConsentStatus, PurposeStanding, PurposeState
from clinicam.errors import Corrupt
from clinicam.identity import ConsentId, ImageId
from clinicam.permits import BodySite, Purpose

NEVER_RESUMED = frozenset({SuspensionCause.DECEASED, SuspensionCause.AGE_REVIEW})
"""These rest until there is a new consent, or for good."""


def fold(events: Iterable[ConsentEvent]) -> ConsentState:
    """What the history of one consent, in ledger order, amounts to.

    Raises:
        Corrupt: no events, or events of different consents or patients.
    """
    folding: _Folding | None = None
    for position, event in enumerate(events):
        if folding is None:
            folding = _Folding(event)
        if event.consent != folding.first.consent or event.patient != folding.first.patient:
            raise Corrupt("consent history: two in one")
        if folding.take(event):
            folding.updated_ms = max(folding.updated_ms, event.at_ms)
        else:
            folding.ignored.append(position)
    if folding is None:
        raise Corrupt("consent history: empty")
    return folding.state()


@dataclass(slots=True)
class _Folding:
    """The state while it is being made. Each `_on_*` says whether the event counted."""

    first: ConsentEvent
    asked: Asked | None = None
    answered: Answered | None = None
    nothing_found: NothingFound | None = None
    purposes: dict[Purpose, PurposeState] = field(default_factory=dict)
    body_sites: set[BodySite] = field(default_factory=set)
    affirmed_ms: int | None = None
    last_answer: ConsentAnswer | None = None
    last_answer_ms: int | None = None
    has_objection: bool = False
    suspensions: list[SuspensionCause] = field(default_factory=list)
    images: set[ImageId] = field(default_factory=set)
    recipients: list[str] = field(default_factory=list)
    superseded_by: ConsentId | None = None
    scan: ImageId | None = None
    is_paper_expected: bool = False
    end: ConsentStatus | None = None
    nonces: set[bytes] = field(default_factory=set)
    noes: int = 0
    ignored: list[int] = field(default_factory=list)
    updated_ms: int = 0

    def take(self, event: ConsentEvent) -> bool:
        match event:
            case Asked():
                return self._on_asked(event)
            case Answered():
                return self._on_answered(event)
            case PurposesDecided():
                return self._on_purposes(event)
            case Reaffirmed():
                return self._on_reaffirmed(event)
            case Withdrawn():
                return self._on_withdrawn(event)
            case Resumed():
                return self._on_resumed(event)
            case Objected():
                self.has_objection = True
                self.affirmed_ms = None
            case Suspended():
                self.suspensions.append(event.cause)
            case Superseded():
                self.superseded_by = event.by
                self._finish(ConsentStatus.SUPERSEDED)
            case EnteredInError():
                self._finish(ConsentStatus.ENTERED_IN_ERROR)
            case _:
                return self._on_small(event)
        self.noes += 1
        return True

    def _on_small(self, event: Abandoned | PaperExpected | PaperScanned | NothingFound) -> bool:
        match event:
            case Abandoned():
                if self.answered is not None or self.end is not None:
                    return False
                self._finish(ConsentStatus.ABANDONED)
            case PaperExpected():
                if self.asked is None or self.answered is not None:
                    return False
                self.is_paper_expected = True
            case PaperScanned():
                self.scan = ImageId(event.image)
            case _:
                if self.asked is not None or self.nothing_found is not None:
                    return False
                self.nothing_found = event
        return True

    def _on_asked(self, event: Asked) -> bool:
        if self.asked is not None or self.nothing_found is not None:
            return False
        self.asked = event
        self.body_sites.update(event.subject.body_sites)
        return True

    def _on_answered(self, event: Answered) -> bool:
        answer = event.decision.answer
        if answer is ConsentAnswer.REFUSED:
            self.noes += 1
            self._finish(ConsentStatus.DECLINED)
            self._heard(answer, event.at_ms)
            self._set(event.decision, PurposeStanding.REFUSED, event.at_ms)
            return True
        if self.asked is None or self.answered is not None or self.end is not None:
            return False
        if answer is ConsentAnswer.DISMISSED:
            self._heard(answer, event.at_ms)
            return True
        if event.seen < self.noes or not answer_is_sound(self.asked, event):
            return False
        self.answered = event
        if event.signature is not None:
            self.nonces.add(event.signature.nonce)
        self._heard(answer, event.at_ms)
        self._set(event.decision, PurposeStanding.GIVEN, event.at_ms)
        return True

    def _on_purposes(self, event: PurposesDecided) -> bool:
        refused = [one for one in event.decisions if one.answer is ConsentAnswer.REFUSED]
        for decision in refused:
            self._set(decision, PurposeStanding.REFUSED, event.at_ms)
        known = event.seen >= self.noes
        self.noes += bool(refused)
        given = [one for one in event.decisions if one.answer is ConsentAnswer.GIVEN]
        if given and known and self._may_add(event):
            if event.signature is not None:
                self.nonces.add(event.signature.nonce)
            for decision in given:
                self._set(decision, PurposeStanding.GIVEN, event.at_ms)
            return True
        return bool(refused)

    def _may_add(self, event: PurposesDecided) -> bool:
        purposes = [one.purpose for one in event.decisions]
        if Purpose.CARE_RECORD in purposes or len(set(purposes)) != len(purposes) or not self._is_active():
            return False
        if event.method is Method.DRAWN:
            fresh = event.signature is not None and event.signature.nonce not in self.nonces
            return fresh and is_signed(event, event.form.shown_sha256, event.decisions)
        return event.method is Method.PAPER and self.asked is not None and event.recorded_by == self.asked.discussion_by

    def _on_reaffirmed(self, event: Reaffirmed) -> bool:
        if event.answer is not ConsentAnswer.GIVEN:
            self.noes += event.answer is ConsentAnswer.REFUSED
            self._heard(event.answer, event.at_ms)
            return True
        if not self._is_active() or event.seen < self.noes or not self._may_reaffirm(event):
            return False
        self.has_objection = False
        self.body_sites.update(event.body_sites_added)
        self._heard(event.answer, event.at_ms)
        return True

    def _may_reaffirm(self, event: Reaffirmed) -> bool:
        if self.asked is not None and self.asked.who is WhoDecides.SELF:
            return event.signer.relation is SignerRelation.SELF
        return event.own_yes is True

    def _on_withdrawn(self, event: Withdrawn) -> bool:
        self.noes += 1
        if event.scope is WithdrawalScope.WHOLE or Purpose.CARE_RECORD in event.purposes:
            self._finish(ConsentStatus.WITHDRAWN)
        for purpose in event.purposes:
            before = self.purposes.get(purpose)
            decision = before.decision if before else None
            self.purposes[purpose] = PurposeState(purpose, PurposeStanding.WITHDRAWN, decision, event.at_ms)
        self.images.update(ImageId(one) for one in event.images)
        if event.recipient:
            self.recipients.append(event.recipient)
        return True

    def _on_resumed(self, event: Resumed) -> bool:
        if not self.suspensions or event.seen < self.noes or NEVER_RESUMED & set(self.suspensions):
            return False
        self.suspensions.clear()
        return True

    def _is_active(self) -> bool:
        return self.answered is not None and self.end is None and not self.suspensions

    def _finish(self, end: ConsentStatus) -> None:
        if self.end is None or _ENDS.index(end) < _ENDS.index(self.end):
            self.end = end
        self.affirmed_ms = None

    def _heard(self, answer: ConsentAnswer, at_ms: int) -> None:
        self.last_answer, self.last_answer_ms = answer, at_ms
        self.affirmed_ms = at_ms if answer is ConsentAnswer.GIVEN else None

    def _set(self, decision: Decision, standing: PurposeStanding, at_ms: int) -> None:
        self.purposes[decision.purpose] = PurposeState(decision.purpose, standing, decision, at_ms)

    def _status(self) -> ConsentStatus:
        if self.end is not None:
            return self.end
        if self.answered is not None:
            return ConsentStatus.SUSPENDED if self.suspensions else ConsentStatus.ACTIVE
        if self.nothing_found is not None:
            return ConsentStatus.VIEWING_ONLY
        if self.asked is None:
            return ConsentStatus.DRAFT
        return ConsentStatus.PAPER_EXPECTED if self.is_paper_expected else ConsentStatus.WITH_PATIENT

    def state(self) -> ConsentState:
        by_paper = self.is_paper_expected or (self.answered is not None and self.answered.method is Method.PAPER)
        return ConsentState(
            consent=self.first.consent,
            patient=self.first.patient,
            status=self._status(),
            asked=self.asked,
            answered=self.answered,
            nothing_found=self.nothing_found,
            purposes=tuple(sorted(self.purposes.values(), key=lambda one: int(one.purpose.value[1:]))),
            body_sites=frozenset(self.body_sites),
            affirmed_ms=self.affirmed_ms,
            last_answer=self.last_answer,
            last_answer_ms=self.last_answer_ms,
            has_objection=self.has_objection,
            suspensions=tuple(self.suspensions),
            discussion_by=self.asked.discussion_by if self.asked else None,
            images_withdrawn=frozenset(self.images),
            recipients_withdrawn=tuple(self.recipients),
            superseded_by=self.superseded_by,
            scan=self.scan,
            is_paper_pending=by_paper and self.scan is None,
            noes=self.noes,
            nonces=frozenset(self.nonces),
            ignored=tuple(self.ignored),
            updated_ms=self.updated_ms,
        )


_ENDS = (
    ConsentStatus.ENTERED_IN_ERROR,
    ConsentStatus.WITHDRAWN,
    ConsentStatus.DECLINED,
    ConsentStatus.SUPERSEDED,
    ConsentStatus.ABANDONED,
)
"""The graver end is the one that shows."""

__all__ = ["ConsentState", "ConsentStatus", "PurposeStanding", "PurposeState", "fold"]
