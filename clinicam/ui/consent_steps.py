# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps two to four of the staff's part: why and what is seen, who decides, who explained it and how the answer comes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from clinicam.consent.form import Form
from clinicam.consent.model import Method, Reason, WhoDecides
from clinicam.identity import Patient, Staff
from clinicam.permits import BodySite
from clinicam.ui.consent_words import site_name
from clinicam.ui.kit import Button, ChoiceField, Field, Option, RadioCard, Row, fix
from clinicam.ui.step_card import StepCard
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart

OTHER = "other"
"""Key of the reason that is written in words."""


class WhyStep(StepCard):
    """Reason and body area.

    Signals:
        changed(): either is another one.
    """

    changed = Signal()

    def __init__(self, theme: Theme, form: Form, parent: QWidget | None = None) -> None:
        super().__init__(theme, 2, "", parent)
        self.set_title(self.tr("Why, and what will be seen"))
        self._form = form
        self._reason = ChoiceField(
            theme, self.tr("Reason"), (), self.tr("Choose the reason"), icon="stethoscope", show_label=False
        )
        self._reason.setObjectName("consent.reason")
        self._reason.chosen.connect(self._on_reason)
        self._text = Field(theme, self.tr("The reason, in words the patient will read"), longest=160)
        self._text.edit.setObjectName("consent.reason_text")
        self._text.changed.connect(self.changed)
        self._sites: dict[BodySite, Button] = {}
        row = Row(theme, spacing=8)
        for site in BodySite:
            chip = Button(theme, site_name(site))
            chip.setCheckable(True)
            chip.setObjectName(f"consent.site_{site.value}")
            chip.toggled.connect(lambda on, one=site: self._on_site(one, on))
            self._sites[site] = chip
            row.addWidget(chip)
        row.addStretch(1)
        self._part = Field(theme, self.tr("Which part of the body"), longest=60)
        self._part.edit.setObjectName("consent.site_words")
        self._part.changed.connect(self.changed)
        for widget in (self._reason, self._text):
            self.body.addWidget(widget)
        self.body.addLayout(row)
        self.body.addWidget(self._part)

    def begin(self) -> None:
        """A new consent: nothing chosen."""
        for chip in self._sites.values():
            chip.setChecked(False)
        self._text.set_text("")
        self._part.set_text("")
        self._reason.choose(None)
        self._offer()

    @property
    def sites(self) -> frozenset[BodySite]:
        """What will be seen."""
        return frozenset(site for site, chip in self._sites.items() if chip.isChecked())

    @property
    def site_words(self) -> str:
        """What "other" is."""
        return self._part.text() if self._sites[BodySite.OTHER].isChecked() else ""

    @property
    def reason(self) -> Reason | None:
        """Why, or None while nothing is said."""
        key = self._reason.key
        if key is None:
            return None
        if key == OTHER:
            return Reason(text=self._text.text()) if self._text.text() else None
        found = next((one for one in self._form.reasons if one.code == key), None)
        return Reason(text=found.label, code=found.code) if found is not None else None

    def first_control(self) -> QWidget:
        """Where the focus goes while this is open."""
        if self._reason.key is None:
            return self._reason
        if self._text.isVisible() and not self._text.text():
            return self._text
        return self._sites[BodySite.MOUTH]

    def _offer(self) -> None:
        """Reasons that fit what is chosen, all while nothing is."""
        fitting = self._form.reasons_for(self.sites or frozenset(BodySite))
        options = [Option(one.code, one.label) for one in fitting]
        self._reason.set_options([*options, Option(OTHER, self.tr("Another reason…"))])
        self._text.setVisible(self._reason.key == OTHER)
        self._part.setVisible(self._sites[BodySite.OTHER].isChecked())
        self.changed.emit()

    def _on_reason(self, key: str) -> None:
        found = next((one for one in self._form.reasons if one.code == key), None)
        if found is not None and not self.sites:
            self._sites[found.body_site].setChecked(True)
        self._offer()
        if key == OTHER:
            self._text.setFocus()

    def _on_site(self, site: BodySite, on: bool) -> None:
        self._sites[site].set_icon("check" if on else "")
        self._offer()


class WhoStep(StepCard):
    """Who decides. Below the age of the profile that is a parent who declares it, together with the child's own yes.

    Signals:
        changed(): another answer.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 3, "", parent)
        self.set_title(self.tr("Who decides"))
        self._cards: dict[WhoDecides, RadioCard] = {}
        self._group = QButtonGroup(self)
        row = Row(theme, spacing=10)
        for who, name in (
            (WhoDecides.SELF, "self"),
            (WhoDecides.SOMEONE_FOR, "someone"),
            (WhoDecides.CANNOT_WAIT, "cannot_wait"),
        ):
            card = RadioCard(theme, "")
            card.setObjectName(f"consent.who_{name}")
            self._cards[who] = card
            self._group.addButton(card)
            row.addWidget(card, 1)
        self.body.addLayout(row)
        self._parent = QWidget()
        line = Row(theme, self._parent, spacing=10)
        self._name = Field(theme, self.tr("Parent’s name"), tall=True, longest=120)
        self._name.edit.setObjectName("consent.parent_name")
        self._authority = RadioCard(
            theme, self.tr("Says they may decide"), self.tr("parental responsibility, declared"), check=True
        )
        self._authority.setObjectName("consent.authority")
        line.addWidget(self._name, 1)
        line.addWidget(self._authority, 1)
        self.body.addWidget(self._parent)
        self._group.buttonToggled.connect(lambda *_: self._on_who())
        self._name.changed.connect(self.changed)
        self._authority.toggled.connect(self.changed)

    def begin(self, patient: Patient, *, of_age: bool) -> None:
        """Words for this patient. Whoever the law presumes to decide is chosen; staff may see otherwise."""
        given = apart(patient.given or patient.family)
        own = self.tr("adult, no reason to doubt") if of_age else self.tr("under age: a parent decides")
        self._cards[WhoDecides.SELF].set_words(self.tr("{name} decides").format(name=given), own)
        self._cards[WhoDecides.SOMEONE_FOR].set_words(
            self.tr("Someone for {name}").format(name=given), self.tr("a parent, for a child")
        )
        self._cards[WhoDecides.CANNOT_WAIT].set_words(self.tr("Cannot wait"), self.tr("emergency: treat first"))
        self._name.set_text("")
        self._authority.setChecked(False)
        self._cards[WhoDecides.SELF if of_age else WhoDecides.SOMEONE_FOR].setChecked(True)
        self._on_who()

    @property
    def who(self) -> WhoDecides:
        """Whose decision it is."""
        return next((who for who, card in self._cards.items() if card.isChecked()), WhoDecides.SELF)

    @property
    def signer_name(self) -> str:
        """Who decides for the patient."""
        return self._name.text() if self.who is WhoDecides.SOMEONE_FOR else ""

    @property
    def authority_declared(self) -> bool:
        """Whether they have said that they may."""
        return self.who is WhoDecides.SOMEONE_FOR and self._authority.isChecked()

    def first_control(self) -> QWidget:
        """Where the focus goes while this is open."""
        if self.who is WhoDecides.SOMEONE_FOR:
            return self._authority if self._name.text() else self._name
        return self._cards[self.who]

    def _on_who(self) -> None:
        self._parent.setVisible(self._cards[WhoDecides.SOMEONE_FOR].isChecked())
        self.changed.emit()


class HowStep(StepCard):
    """Who held the discussion, and how the answer is given.

    Signals:
        changed(): another answer.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, 4, "", parent)
        self.set_title(self.tr("Who explained it, and how the answer comes"))
        self._people: tuple[Staff, ...] = ()
        row = Row(theme, spacing=10)
        self._clinician = ChoiceField(
            theme,
            self.tr("Who explained it"),
            (),
            self.tr("Choose a clinician"),
            icon="user-check",
            tall=True,
            show_label=False,
        )
        self._clinician.setObjectName("consent.clinician")
        self._clinician.chosen.connect(lambda _: self.changed.emit())
        row.addWidget(self._clinician, 1)
        self._cards: dict[Method, RadioCard] = {}
        group = QButtonGroup(self)
        for method, name in ((Method.DRAWN, "drawn"), (Method.SPOKEN, "spoken")):
            card = RadioCard(theme, "")
            card.setObjectName(f"consent.method_{name}")
            group.addButton(card)
            self._cards[method] = card
            row.addWidget(card, 1)
        self._cards[Method.DRAWN].set_words(self.tr("Signed"), self.tr("on the patient’s screen"))
        self._cards[Method.SPOKEN].set_words(self.tr("Said aloud"), self.tr("to the clinician, care only"))
        for widget in (self._clinician, *self._cards.values()):
            fix(theme, widget, min_height=57)
        self.body.addLayout(row)
        group.buttonToggled.connect(lambda *_: self.changed.emit())
        self._own = RadioCard(
            theme,
            self.tr("The child says yes too"),
            self.tr("asked by you; on the patient’s screen the child answers there"),
            check=True,
        )
        self._own.setObjectName("consent.own_yes")
        self._own.toggled.connect(self.changed)
        self._own.hide()
        self.body.addWidget(self._own)

    def begin(self, clinicians: Sequence[Staff], me: Staff) -> None:
        """Those who may explain. A clinician at the keyboard has most likely explained it: chosen, and changeable."""
        self._people = tuple(clinicians)
        self._clinician.set_options([Option(one.staff.hex(), one.name) for one in self._people])
        mine = next((one for one in self._people if one.staff == me.staff), None)
        self._clinician.choose(mine.staff.hex() if mine is not None else None)
        self._cards[Method.DRAWN].setChecked(True)
        self._own.setChecked(False)
        self.changed.emit()

    def set_child(self, is_child: bool) -> None:
        """Whether somebody decides for a child, which has to be asked as well."""
        self._own.setVisible(is_child)

    @property
    def own_yes(self) -> bool | None:
        """Whether the child said yes to staff; None where nobody has to be asked."""
        return self._own.isChecked() if self._own.isVisibleTo(self) else None

    def choose_drawn(self) -> None:
        """Signed, as at the start."""
        self._cards[Method.DRAWN].setChecked(True)

    @property
    def discussion_by(self) -> Staff | None:
        """Who explained it."""
        return next((one for one in self._people if one.staff.hex() == self._clinician.key), None)

    @property
    def method(self) -> Method:
        """How the answer is given."""
        return next((method for method, card in self._cards.items() if card.isChecked()), Method.DRAWN)

    def first_control(self) -> QWidget:
        """Where the focus goes while this is open."""
        return self._clinician if self.discussion_by is None else self._cards[self.method]
