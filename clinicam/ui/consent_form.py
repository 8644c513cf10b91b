# SPDX-License-Identifier: GPL-3.0-or-later
"""The form the staff fills in before the question goes to the patient: four steps that add up to a draft."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QWidget

from clinicam.consent.clock import day_of as clock_day
from clinicam.consent.draft import ConsentDraft, Point, PointKind, open_points
from clinicam.consent.model import IdentityCheck, Method, WhoDecides
from clinicam.consent.refusal import Refusal
from clinicam.consent.wording import ShowContext, ShownForm, render
from clinicam.identity import Patient, Staff
from clinicam.ui.consent_record import ConsentSurgery
from clinicam.ui.consent_steps import HowStep, WhoStep, WhyStep
from clinicam.ui.identity_step import IdentityStep
from clinicam.ui.kit import Column, Field, Notice, Row, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart


class ConsentForm(QWidget):
    """Title, notices, four step cards. Records nothing.

    Signals:
        changed(): another draft.
    """

    changed = Signal()

    def __init__(self, surgery: ConsentSurgery, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._surgery = surgery
        self._form = surgery.forms.care()
        self._patient: Patient | None = None
        column = Column(theme, self, (24, 12, 24, 12), 12)
        head = Row(theme, spacing=12)
        head.addWidget(TextLabel(theme, self.tr("Consent for this episode"), "title"), 1)
        words = self.tr("Care form {version}, {language}").format(
            version=self._form.form.version, language=_language(self._form.form.language)
        )
        head.addWidget(TextLabel(theme, words, "body", "ink2", wrap=False))
        column.addLayout(head)
        self._again = Field(theme, self.tr("They said no today. Why it is asked again, if they wish it"), longest=200)
        self._again.edit.setObjectName("consent.again")
        column.addWidget(self._again)
        self.notice = Notice(theme, "", "work")
        column.addWidget(self.notice)
        self._identity = IdentityStep(theme, surgery.me, surgery.clock.wall_ms, "consent")
        self._why = WhyStep(theme, self._form.form)
        self._who = WhoStep(theme)
        self._how = HowStep(theme)
        self._steps = (self._identity, self._why, self._who, self._how)
        for step in self._steps:
            column.addWidget(step)
            step.changed.connect(self.changed)
        column.addStretch(1)
        self._again.hide()
        self.notice.hide()

    def begin(self, patient: Patient, identity: IdentityCheck | None) -> None:
        """A new consent for this patient."""
        self._patient = patient
        day = clock_day(self._surgery.clock.wall_ms()).date
        self._why.begin()
        self._who.begin(patient, of_age=patient.age_on(day) >= self._surgery.profile.ages.care.value)
        self._identity.begin(patient, identity)
        self._again.set_text("")
        self._again.hide()
        self.notice.hide()
        self.set_locked(False)

    def know(self, clinicians: Sequence[Staff], *, refused_today: bool) -> None:
        """Who may have explained it, and whether there was a no today."""
        self._how.begin(clinicians, self._surgery.me)
        self._again.setVisible(refused_today)

    @property
    def because(self) -> str:
        """Why it is asked again on the day of a no."""
        return self._again.text()

    @property
    def own_yes(self) -> bool | None:
        """What the child said to staff; None where nobody has to be asked."""
        return self._how.own_yes

    def draft(self) -> ConsentDraft | None:
        """What has been filled in so far."""
        if self._patient is None:
            return None
        return ConsentDraft(
            self._patient,
            clock_day(self._surgery.clock.wall_ms()).date,
            identity=self._identity.check,
            reason=self._why.reason,
            body_sites=self._why.sites,
            site_words=self._why.site_words,
            who=self._who.who,
            signer_name=self._who.signer_name,
            authority_declared=self._who.authority_declared,
            discussion_by=self._how.discussion_by,
            method=self._how.method,
            language=self._form.form.language,
        )

    def signed_draft(self) -> ConsentDraft | None:
        """The draft as it would be signed: a no, or paper, needs no other way to say yes."""
        self._how.choose_drawn()
        return self.draft()

    def points(self) -> tuple[Point, ...]:
        """Every point of the draft, done or open; ticks the steps."""
        draft = self.draft()
        if draft is None:
            return ()
        is_child = draft.who is WhoDecides.SOMEONE_FOR
        self._how.set_child(is_child)
        surgery = self._surgery
        points = list(open_points(draft, surgery.profile, surgery.policy.consent, surgery.me))
        if is_child and draft.method is Method.SPOKEN and not self._how.own_yes:
            # On the patient's screen the child answers there; aloud somebody has to have asked.
            at = next(i for i, one in enumerate(points) if one.kind is PointKind.METHOD)
            if points[at].is_done:
                points[at] = Point(PointKind.METHOD, Refusal.OWN_YES_MISSING)
        done = {one.kind for one in points if one.is_done}
        self._why.set_done(PointKind.REASON in done)
        self._who.set_done(PointKind.WHO in done)
        self._how.set_done({PointKind.DISCUSSION, PointKind.METHOD} <= done)
        return tuple(points)

    def shown(self, draft: ConsentDraft) -> ShownForm | None:
        """The care form as the person who decides is to see it; None while the reason is missing."""
        if draft.reason is None:
            return None
        context = ShowContext(
            patient=draft.patient,
            who=draft.who,
            reason=draft.reason,
            body_sites=draft.body_sites,
            today=draft.today,
            profile=self._surgery.profile,
            site_words=draft.site_words,
            is_training=self._surgery.training,
        )
        return render(self._form, context, policy_version=self._surgery.policy.version)

    def focus_next(self) -> None:
        """The focus goes to the first thing that is missing."""
        for step in self._steps:
            if not step.is_done:
                step.first_control().setFocus()
                return

    def set_locked(self, locked: bool) -> None:
        """Nothing can be changed while the form is with the patient."""
        for step in self._steps:
            step.setEnabled(not locked)
        self.notice.setVisible(locked)
        if locked and self._patient is not None:
            name = apart(self._patient.given or self._patient.family)
            words = self.tr("The form is with {name}. Nothing can be changed here.").format(name=name)
            self.notice.show_notice(words, "work")

    def tell_question(self) -> None:
        """The patient has a question."""
        if self._patient is not None:
            name = apart(self._patient.given or self._patient.family)
            self.notice.show_notice(self.tr("{name} has a question.").format(name=name), "attention")

    def tell_dismissed(self) -> None:
        """The patient's window was closed without an answer; that is recorded, and all stays as it was."""
        words = self.tr("The form was closed without an answer. You can hand it over again.")
        self.notice.show_notice(words, "neutral", "info")
        self.notice.show()


def _language(code: str) -> str:
    """``English`` for ``en``."""
    return QLocale.languageToString(QLocale(code).language())
