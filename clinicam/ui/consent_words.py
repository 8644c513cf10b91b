# SPDX-License-Identifier: GPL-3.0-or-later
"""Words for consents: names of purposes and body areas, the banner's chip, one line on where a purpose stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.model import Identifiability, Method
from clinicam.consent.status import CareToday, ConsentState, ConsentStatus, PurposeStanding, care_today
from clinicam.permits import BodySite, Purpose
from clinicam.ui.kit import Meaning
from clinicam.ui.words import day_of, month_word, shown_date

_PURPOSES = {
    Purpose.CARE_RECORD: ("heart-pulse", QT_TRANSLATE_NOOP("consent", "Care record")),
    Purpose.CARE_SHARE: ("send", QT_TRANSLATE_NOOP("consent", "Share within care")),
    Purpose.PATIENT_COPY: ("user", QT_TRANSLATE_NOOP("consent", "The patient’s own copy")),
    Purpose.AUDIT_TRAINING: ("clipboard-check", QT_TRANSLATE_NOOP("consent", "Practice audit")),
    Purpose.TEACHING: ("graduation-cap", QT_TRANSLATE_NOOP("consent", "Teaching")),
    Purpose.RESEARCH: ("microscope", QT_TRANSLATE_NOOP("consent", "Research")),
    Purpose.EXAM_PORTFOLIO: ("award", QT_TRANSLATE_NOOP("consent", "Staff examination")),
    Purpose.PUBLICATION: ("book-open", QT_TRANSLATE_NOOP("consent", "Publication")),
    Purpose.PATIENT_EDUCATION: ("presentation", QT_TRANSLATE_NOOP("consent", "Shown to other patients")),
    Purpose.WEBSITE: ("globe", QT_TRANSLATE_NOOP("consent", "Website")),
    Purpose.SOCIAL_MEDIA: ("megaphone", QT_TRANSLATE_NOOP("consent", "Social media")),
    Purpose.INSURER_LEGAL: ("scale", QT_TRANSLATE_NOOP("consent", "Insurer or court")),
    Purpose.AI_DATASET: ("cpu", QT_TRANSLATE_NOOP("consent", "Software development")),
    Purpose.SAFEGUARDING: ("shield", QT_TRANSLATE_NOOP("consent", "Safeguarding")),
}

_SITES = {
    BodySite.MOUTH: QT_TRANSLATE_NOOP("consent", "Mouth and teeth"),
    BodySite.FACE: QT_TRANSLATE_NOOP("consent", "Face"),
    BodySite.SKIN: QT_TRANSLATE_NOOP("consent", "Skin"),
    BodySite.OTHER: QT_TRANSLATE_NOOP("consent", "Other…"),
}


def _tr(text: object) -> str:
    return QCoreApplication.translate("consent", str(text))


def purpose_name(purpose: Purpose) -> str:
    """``Teaching``."""
    return _tr(_PURPOSES[purpose][1])


def purpose_icon(purpose: Purpose) -> str:
    """The drawing that stands for a purpose."""
    return _PURPOSES[purpose][0]


def site_name(site: BodySite) -> str:
    """``Mouth and teeth``."""
    return _tr(_SITES[site])


@dataclass(frozen=True, slots=True)
class ChipWords:
    """What the banner's chip shows. A patient's no is not an error and never red."""

    icon: str
    text: str
    meaning: Meaning


def leading(states: Sequence[ConsentState], now_ms: int) -> ConsentState | None:
    """The consent the chart speaks of: the newest that is active, else the newest of all. `states` newest first."""
    active = (one for one in states if one.status_at(now_ms) is ConsentStatus.ACTIVE)
    return next(active, states[0] if states else None)


_CHIPS: dict[CareToday, tuple[str, object, Meaning]] = {
    CareToday.NOT_ASKED: ("dashed", QT_TRANSLATE_NOOP("consent", "Care: not asked yet"), "neutral"),
    CareToday.WITH_PATIENT: ("dashed", QT_TRANSLATE_NOOP("consent", "Care: no answer yet"), "neutral"),
    CareToday.PAPER_EXPECTED: ("", QT_TRANSLATE_NOOP("consent", "Paper form expected"), "attention"),
    CareToday.YES_TODAY: ("check", QT_TRANSLATE_NOOP("consent", "Care: yes, today"), "safe"),
    CareToday.ASK_TODAY: ("check", QT_TRANSLATE_NOOP("consent", "Care: yes, this episode"), "safe"),
    CareToday.REFUSED: ("hand", QT_TRANSLATE_NOOP("consent", "Care: no"), "neutral"),
    CareToday.WITHDRAWN: ("hand", QT_TRANSLATE_NOOP("consent", "Care: taken back"), "neutral"),
    CareToday.SUSPENDED: ("", QT_TRANSLATE_NOOP("consent", "Care: rests, look again"), "attention"),
    CareToday.VIEWING_ONLY: ("eye", QT_TRANSLATE_NOOP("consent", "Viewing for care only"), "neutral"),
}


def chip_words(states: Sequence[ConsentState], now_ms: int) -> ChipWords:
    """The banner's chip for these consents, newest first, at this moment."""
    icon, text, meaning = _CHIPS[care_today(states, clock_day(now_ms), now_ms)]
    return ChipWords(icon, _tr(text), meaning)


def standing_words(state: ConsentState, purpose: Purpose, now_ms: int) -> tuple[str, str, bool]:
    """One line of support, the answer in a word, and whether it opens anything."""
    standing = state.standing(purpose, now_ms)
    held = next((one for one in state.purposes if one.purpose is purpose), None)
    day = shown_date(day_of(held.at_ms)) if held else ""
    match standing:
        case PurposeStanding.GIVEN:
            return _given_support(state, purpose), _tr("Yes"), True
        case PurposeStanding.REFUSED:
            return _tr("refused {day}").format(day=day), _tr("No"), False
        case PurposeStanding.WITHDRAWN:
            return _tr("taken back {day}").format(day=day), _tr("No"), False
        case PurposeStanding.SUSPENDED:
            return _tr("rests until somebody has looked into it"), _tr("Rests"), False
        case PurposeStanding.EXPIRED:
            return _tr("its time is over"), _tr("No"), False
        case _:
            return _tr("not asked means no"), _tr("No"), False


def _given_support(state: ConsentState, purpose: Purpose) -> str:
    decision = state.decision(purpose)
    if purpose is Purpose.CARE_RECORD or decision is None:
        return _tr("this episode of care")
    parts = []
    if decision.named:
        parts.append(decision.named)
    if decision.identifiable is Identifiability.DE_IDENTIFIED:
        parts.append(_tr("de-identified"))
    if decision.single_use:
        parts.append(_tr("once"))
    if decision.expires_ms is not None:
        end = day_of(decision.expires_ms)
        parts.append(_tr("to {month}-{year}").format(month=month_word(end.month), year=end.year))
    return ", ".join(parts) or _tr("recognisable")


def answered_words(method: Method | None) -> str:
    """How care was answered, with a place for the day: a spoken yes is never called signed."""
    if method is Method.SPOKEN:
        return QCoreApplication.translate("consent", "Said aloud {day}")
    if method is Method.PAPER:
        return QCoreApplication.translate("consent", "Signed on paper {day}")
    return QCoreApplication.translate("consent", "Signed {day}")
