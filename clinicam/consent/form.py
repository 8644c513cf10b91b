# SPDX-License-Identifier: GPL-3.0-or-later
"""What a consent form is and what it must say. The words are data (resources/forms); a form that leaves something out does not load."""

from __future__ import annotations

import re
from datetime import date
from enum import Enum

from msgspec import Struct

from clinicam.permits import BodySite, Purpose


class Statement(Enum):
    """What a form has to tell. Every item says which of them it covers."""

    WHY = "why"
    USED = "used"
    SEEN_BY = "seen-by"
    STORED = "stored"
    HOW_LONG = "how-long"
    SHARED = "shared"
    RECOGNISABLE = "recognisable"
    """whether the pictures are de-identified for this use"""
    FREE = "free"
    """no changes nothing about care"""
    WITHDRAW = "withdraw"
    """any time"""
    CANNOT_RECALL = "cannot-recall"
    """what is public cannot be called back"""


PUBLIC = frozenset({Purpose.PUBLICATION, Purpose.WEBSITE, Purpose.SOCIAL_MEDIA})
NAMED = PUBLIC
"""These need the name of one journal, website or account."""

MARK = re.compile(r"\{([a-z_]+)\}")
MARKS = frozenset({
    "why",
    "given",
    "sites",
    "years",
    "until_age",
    "until_year",
    "how_long",
    "no_harm",
    "named",
    "expires_year",
    "stored",
})
_ID = re.compile(r"[a-z][a-z-]{1,40}")
_ICON = re.compile(r"[a-z][a-z0-9-]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of information. `text_for` replaces `text` when somebody decides for the patient."""

    id: str
    icon: str
    title: str
    text: str
    says: tuple[Statement, ...]
    text_for: str = ""


class FormReason(Struct, frozen=True, forbid_unknown_fields=True):
    """A common reason: what staff pick, and what the patient reads."""

    code: str
    body_site: BodySite
    label: str
    why: str
    why_for: str


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """One form in one language. Texts may hold the marks of this module in braces, no others."""

    id: str
    version: int
    language: str
    purpose: Purpose
    published: date
    title: str
    question: str
    question_for: str
    yes: str
    no: str
    no_harm: str
    no_harm_for: str
    stored: str
    stored_training: str
    join: str
    sites: dict[BodySite, str]
    items: tuple[Item, ...]
    kept_adult: str = ""
    kept_adult_for: str = ""
    kept_child: str = ""
    why_free: str = ""
    why_free_for: str = ""
    own_question: str = ""
    sign_here: str = ""
    expires_months: int | None = None
    is_single_use: bool = False
    reasons: tuple[FormReason, ...] = ()

    def __post_init__(self) -> None:
        problem = lint(self)
        if problem:
            raise ValueError(problem)

    def reasons_for(self, sites: frozenset[BodySite]) -> tuple[FormReason, ...]:
        """The common reasons for pictures of these sites, in the form's order."""
        return tuple(one for one in self.reasons if one.body_site in sites)


def lint(form: Form) -> str:
    """The first thing that keeps a form from being used, or an empty string."""
    if not _ID.fullmatch(form.id) or form.version < 1 or not _LANGUAGE.fullmatch(form.language):
        return "id, version or language"
    required = set(Statement) - {Statement.CANNOT_RECALL} | ({Statement.CANNOT_RECALL} & _public(form))
    missing = required - {one for item in form.items for one in item.says}
    if missing:
        return "does not say " + ", ".join(sorted(one.value for one in missing))
    if len({item.id for item in form.items}) != len(form.items):
        return "item id used twice"
    if any(not _ICON.fullmatch(item.icon) or not item.title.strip() or not item.text.strip() for item in form.items):
        return "item without icon, title or text"
    if set(form.sites) != set(BodySite):
        return "a body site without words"
    texts = _texts(form)
    if not all(text.strip() for text in (form.title, form.question, form.question_for, form.yes, form.no, form.stored)):
        return "an empty text"
    if any(set(MARK.findall(text)) - MARKS or "{" in MARK.sub("", text) for text in texts):
        return "unknown mark in braces"
    return _marks_missing(form) or _care_missing(form)


def _public(form: Form) -> set[Statement]:
    return {Statement.CANNOT_RECALL} if form.purpose in PUBLIC else set()


def _texts(form: Form) -> list[str]:
    texts = [form.title, form.question, form.question_for, form.no_harm, form.no_harm_for, form.stored]
    texts += [
        form.stored_training,
        form.kept_adult,
        form.kept_adult_for,
        form.kept_child,
        form.why_free,
        form.why_free_for,
        form.own_question,
    ]
    texts += [text for item in form.items for text in (item.title, item.text, item.text_for)]
    return texts + [text for one in form.reasons for text in (one.label, one.why, one.why_for)]


def _marks_missing(form: Form) -> str:
    for statement, mark in ((Statement.FREE, "{no_harm}"), (Statement.STORED, "{stored}")):
        for item in form.items:
            both = item.text, item.text_for or item.text
            if statement in item.says and not all(mark in text for text in both):
                return f"the item that says {statement.value} lacks {mark}"
    if not form.no_harm.strip() or not form.no_harm_for.strip():
        return "no sentence that no changes nothing"
    return "" if form.purpose not in NAMED or any("{named}" in item.text for item in form.items) else "lacks {named}"


def _care_missing(form: Form) -> str:
    if form.purpose is not Purpose.CARE_RECORD:
        return "" if form.expires_months is None or 1 <= form.expires_months <= 120 else "expiry"
    for text in (
        form.kept_adult,
        form.kept_adult_for,
        form.kept_child,
        form.why_free,
        form.why_free_for,
        form.own_question,
        form.sign_here,
    ):
        if not text.strip():
            return "an empty text of the care form"
    if any(not one.label.strip() or not one.why.strip() or not one.why_for.strip() for one in form.reasons):
        return "a reason without words"
    return "" if len({one.code for one in form.reasons}) == len(form.reasons) else "reason code used twice"
