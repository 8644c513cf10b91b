# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person is shown of a form: every word filled in, kept with its hash. `form` says what a form has to hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clinicam.consent import resource
from clinicam.consent.form import MARK, NAMED, Form, FormReason, Item, Statement
from clinicam.consent.model import FormShown, Reason, WhoDecides
from clinicam.consent.profile import Profile, keep_until
from clinicam.consent.refusal import Refusal, refuse
from clinicam.consent.signature import hash_shown
from clinicam.errors import FormInvalid
from clinicam.identity import Patient
from clinicam.permits import BodySite, Purpose


@dataclass(frozen=True, slots=True)
class LoadedForm:
    """A form with the hash of the file it came from."""

    form: Form
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ShowContext:
    """What fills a form. `named`: the one journal, website or account, where the purpose needs one."""

    patient: Patient
    who: WhoDecides
    reason: Reason
    body_sites: frozenset[BodySite]
    today: date
    profile: Profile
    site_words: str = ""
    is_training: bool = False
    named: str = ""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """One item as it stands on the screen. `icon` is a lucide name."""

    id: str
    icon: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form filled for one person: every word of it, in order. `own_question` is for the child, where somebody decides for it."""

    purpose: Purpose
    title: str
    items: tuple[ShownItem, ...]
    question: str
    own_question: str
    yes: str
    no: str
    sign_here: str
    named: str
    expires_months: int | None
    is_single_use: bool
    shown: FormShown

    @property
    def sha256(self) -> bytes:
        """The hash that a signature binds."""
        return self.shown.shown_sha256


def render(loaded: LoadedForm, context: ShowContext, *, policy_version: int = 0) -> ShownForm:
    """The form as this person is to see it.

    Raises:
        ConsentRefused: ``named-missing``: the purpose is about one journal, website or account, and none is given.
    """
    form = loaded.form
    if form.purpose in NAMED and not context.named.strip():
        raise refuse(Refusal.NAMED_MISSING)
    for_other = context.who is not WhoDecides.SELF
    fill = _filling(form, context, for_other=for_other)
    items = tuple(
        ShownItem(one.id, one.icon, fill(one.title), fill(one.text_for if for_other and one.text_for else one.text))
        for one in form.items
    )
    title, question = fill(form.title), fill(form.question_for if for_other else form.question)
    own = fill(form.own_question) if for_other else ""
    texts = (title, *(text for item in items for text in (item.title, item.text)), question, own, form.yes, form.no)
    texts = (*texts, form.sign_here)
    shown = FormShown(
        form=form.id,
        version=form.version,
        language=form.language,
        form_sha256=loaded.sha256,
        shown_sha256=hash_shown(loaded.sha256, texts),
        texts=texts,
        profile=context.profile.id,
        profile_version=context.profile.version,
        policy_version=policy_version,
    )
    return ShownForm(
        form.purpose, title, items, question, own, form.yes, form.no, form.sign_here,
        context.named, form.expires_months, form.is_single_use, shown,
    )  # fmt: skip


class _Fill:
    """Replaces marks once; what is put in is never looked at for marks again."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __call__(self, text: str) -> str:
        return MARK.sub(lambda found: self._values[found[1]], text)


def _filling(form: Form, context: ShowContext, *, for_other: bool) -> _Fill:
    kept = keep_until(context.profile, context.patient.born, context.today)
    given = context.patient.given or context.patient.family
    sites = [
        context.site_words if site is BodySite.OTHER and context.site_words else form.sites[site]
        for site in BodySite
        if site in context.body_sites
    ]
    values = {
        "given": given,
        "sites": form.join.join(sites),
        "years": str(context.profile.retention.adult_years.value),
        "until_age": str(kept.until.year - context.patient.born.year),
        "until_year": str(kept.until.year),
        "named": context.named,
        "expires_year": str(_year_after(context.today, form.expires_months or 0)),
    }
    reason = next((one for one in form.reasons if one.code == context.reason.code), None)
    if reason is not None:
        values["why"] = _Fill(values)(reason.why_for if for_other else reason.why)
    else:
        free = form.why_free_for if for_other else form.why_free
        values["why"] = _Fill({**values, "why": context.reason.text})(free) or context.reason.text
    values["no_harm"] = _Fill(values)(form.no_harm_for if for_other else form.no_harm)
    values["stored"] = _Fill(values)(form.stored_training if context.is_training else form.stored)
    adult = form.kept_adult_for if for_other else form.kept_adult
    values["how_long"] = _Fill(values)(adult if kept.rule == "adult" else form.kept_child)
    return _Fill(values)


def _year_after(day: date, months: int) -> int:
    return day.year + (day.month - 1 + months) // 12


def together(shown: Sequence[ShownForm]) -> FormShown:
    """Several optional forms that were shown one after the other, as the one `form` of `PurposesDecided`."""
    first = shown[0].shown
    texts = tuple(text for one in shown for text in one.shown.texts)
    digest = hashlib.sha256(b"".join(one.shown.form_sha256 for one in shown)).digest()
    return FormShown(
        form="+".join(one.shown.form for one in shown),
        version=first.version,
        language=first.language,
        form_sha256=digest,
        shown_sha256=hash_shown(digest, texts),
        texts=texts,
        profile=first.profile,
        profile_version=first.profile_version,
        policy_version=first.policy_version,
    )


@dataclass(frozen=True, slots=True)
class Forms:
    """Every form of this practice."""

    loaded: tuple[LoadedForm, ...]

    def find(self, purpose: Purpose, language: str = "en") -> LoadedForm | None:
        """The newest form for a purpose in a language, None if there is none."""
        fits = [one for one in self.loaded if one.form.purpose is purpose and one.form.language == language]
        return max(fits, key=lambda one: one.form.version, default=None)

    def care(self, language: str = "en") -> LoadedForm:
        """The care form.

        Raises:
            ConsentRefused: ``no-form``: none in that language.
        """
        found = self.find(Purpose.CARE_RECORD, language)
        if found is None:
            raise refuse(Refusal.NO_FORM)
        return found


def parse_form(data: bytes, *, name: str) -> LoadedForm:
    """One form from TOML.

    Raises:
        FormInvalid: the data is not a usable form.
    """
    return LoadedForm(resource.parse(data, Form, name=name), hashlib.sha256(data).digest())


def load_forms(folder: Path) -> Forms:
    """Every form in `folder`; a file is named ``<id>-<language>-<version>.toml``.

    Raises:
        FormInvalid: no file, one that is not a usable form, or no care form.
    """
    found = []
    for path in resource.files(folder):
        loaded = parse_form(resource.read(path), name=path.name)
        form = loaded.form
        if path.stem != f"{form.id}-{form.language}-{form.version}":
            raise FormInvalid(f"{path.name}: holds another form")
        found.append(loaded)
    if not any(one.form.purpose is Purpose.CARE_RECORD for one in found):
        raise FormInvalid(f"{folder.name}: no care form")
    return Forms(tuple(found))


__all__ = [
    "Form",
    "FormReason",
    "Forms",
    "Item",
    "LoadedForm",
    "ShowContext",
    "ShownForm",
    "ShownItem",
    "Statement",
    "load_forms",
    "parse_form",
    "render",
    "together",
]
