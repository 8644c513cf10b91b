# SPDX-License-Identifier: GPL-3.0-or-later
"""A new patient: names, birth date in three unmistakable parts, number."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import BadPatientData
from clinicam.identity import Identifier, Patient, make_patient
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import (
    Button,
    Card,
    ChoiceField,
    Column,
    Field,
    FootBar,
    HeaderBar,
    Notice,
    Option,
    Row,
    Scroll,
    TextLabel,
    fix,
)
from clinicam.ui.messages import bad_field, message_for
from clinicam.ui.patient_rows import fold, list_number
from clinicam.ui.screen import Screen
from clinicam.ui.theme import Theme
from clinicam.ui.words import month_word, shown_date, today

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


class AddPatientScreen(Screen):
    """Checks as it is typed, and looks for the same person before it adds a second one.

    Signals:
        added(object): the `Patient`, stored.
        existing_wanted(object): the `Patient` found in the register instead.
        and `Screen`'s.
    """

    added = Signal(object)
    existing_wanted = Signal(object)

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("AddPatientScreen", "Add a patient"), parent)
        self._surgery = surgery
        self._bridge = bridge
        self._working = False
        self._twin: Patient | None = None
        page = Column(theme, self)
        page.addWidget(HeaderBar(theme, self.title, self.tr("as the practice knows the person")))
        inner = QWidget()
        body = Column(theme, inner, (24, 24, 24, 16), 16)
        body.addWidget(self._make_card())
        body.addStretch(1)
        page.addWidget(Scroll(theme, inner), 1)
        page.addWidget(self._make_foot())
        self._clear()

    def _make_card(self) -> Card:
        theme = self.theme
        card = Card(theme, (24, 20, 24, 24), 16)
        fix(theme, card, max_width=800)
        self.family = Field(theme, self.tr("Family name"), tall=True, longest=120)
        self.given = Field(theme, self.tr("Given name"), tall=True, longest=120)
        self.title_field = Field(theme, self.tr("Title"), self.tr("Ms"), tall=True, longest=40)
        names = Row(theme, spacing=12)
        for field, share in ((self.family, 3), (self.given, 3), (self.title_field, 1)):
            names.addWidget(field, share, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(names)
        card.body.addWidget(TextLabel(theme, self.tr("Date of birth"), "label", "ink2"))
        self.day = Field(theme, self.tr("Day"), self.tr("DD"), tall=True, longest=2)
        self.year = Field(theme, self.tr("Year"), self.tr("YYYY"), tall=True, longest=4)
        self.month = ChoiceField(
            theme,
            self.tr("Month"),
            [Option(str(one), month_word(one), f"{one:02d}") for one in range(1, 13)],
            self.tr("Month"),
            tall=True,
        )
        born = Row(theme, spacing=12)
        for part, width in ((self.day, 96), (self.month, 200), (self.year, 120)):
            holder = Column(theme)
            holder.addWidget(part)
            holder.addStretch(1)
            fix(theme, part, width=width)
            born.addLayout(holder)
        self._born_words = TextLabel(
            theme, "", "plainrow", "ink2", align=Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        )
        born.addWidget(self._born_words, 1)
        card.body.addLayout(born)
        numbers = Row(theme, spacing=12)
        self.nhs = Field(theme, self.tr("NHS number, if there is one"), self.tr("999 041 2871"), tall=True, longest=20)
        self.local = Field(theme, self.tr("The practice's own number, if there is one"), tall=True, longest=40)
        numbers.addWidget(self.nhs, 1, Qt.AlignmentFlag.AlignTop)
        numbers.addWidget(self.local, 1, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(numbers)
        self.notice = Notice(theme)
        self.use_existing = Button(theme, self.tr("Open that chart"), "secondary")
        self.use_existing.clicked.connect(self._open_twin)
        self.notice.buttons.addWidget(self.use_existing)
        self.notice.hide()
        card.body.addWidget(self.notice)
        for field in (self.family, self.given, self.title_field, self.day, self.year, self.nhs, self.local):
            field.changed.connect(lambda _text: self._look())
            field.entered.connect(self._go)
        for named, name in (
            (self.family, "add.family"),
            (self.given, "add.given"),
            (self.title_field, "add.title"),
            (self.day, "add.day"),
            (self.year, "add.year"),
            (self.nhs, "add.number"),
            (self.local, "add.local"),
        ):
            named.edit.setObjectName(name)
        self.month.setObjectName("add.month")
        self.use_existing.setObjectName("add.use_existing")
        self.month.chosen.connect(lambda _key: self._month_chosen())
        return card

    def _make_foot(self) -> FootBar:
        self.cancel = Button(self.theme, self.tr("Cancel"), "secondary", size="large")
        self.button = Button(self.theme, self.tr("Add and open the chart"), "primary", "user-plus", size="large")
        self.cancel.setObjectName("add.cancel")
        self.button.setObjectName("add.save")
        self.cancel.clicked.connect(self.left)
        self.button.clicked.connect(self._go)
        self.foot = FootBar(self.theme, self.cancel, self.button, (24, 8, 24, 24))
        return self.foot

    # what the shell calls

    def start(self, patient: Patient | None = None, words: str = "") -> None:
        """Empty, filled with a call's `patient`, or with the `words` a search did not find."""
        self._clear()
        if patient is not None:
            self.family.set_text(patient.family)
            self.given.set_text(patient.given)
            self.title_field.set_text(patient.title)
            self.day.set_text(f"{patient.born.day:02d}")
            self.month.choose(str(patient.born.month))
            self.year.set_text(str(patient.born.year))
            for one in patient.identifiers:
                if one.system.upper() == "NHS":
                    self.nhs.set_text(one.value)
                else:
                    self.local.set_text(one.value)
        elif words and not any(one.isdigit() for one in words):
            family, _, given = words.replace(",", " ").strip().partition(" ")
            self.family.set_text(family.capitalize())
            self.given.set_text(given.strip().title())
        self._look()

    def enter(self) -> None:
        first = next((one for one in (self.family, self.given, self.day) if not one.text()), self.family)
        first.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self._clear()

    # inside

    def _clear(self) -> None:
        for field in (self.family, self.given, self.title_field, self.day, self.year, self.nhs, self.local):
            field.set_text("")
            field.set_problem("")
        self.month.choose(None)
        self._twin = None
        self._working = False
        self.notice.hide()
        self._look()

    def _month_chosen(self) -> None:
        self.year.edit.setFocus()
        self._look()

    def _born(self) -> date | None:
        if not (
            self.day.text().isdecimal()
            and self.month.key
            and len(self.year.text()) == 4
            and self.year.text().isdecimal()
        ):
            return None
        try:
            return date(int(self.year.text()), int(self.month.key), int(self.day.text()))
        except ValueError:
            return None

    def _identifiers(self) -> tuple[Identifier, ...]:
        made = []
        if self.nhs.text():
            made.append(Identifier("NHS", "".join(self.nhs.text().split())))
        if self.local.text():
            made.append(Identifier("local", self.local.text()))
        return tuple(made)

    def _make(self) -> Patient | None:
        """The patient as typed; None, with the field marked, while something cannot be right."""
        born = self._born()
        if born is None or not self.family.text():
            return None
        try:
            return make_patient(
                family=self.family.text(),
                given=self.given.text(),
                title=self.title_field.text(),
                born=born,
                today=today(),
                identifiers=self._identifiers(),
            )
        except BadPatientData as bad:
            fields = {
                "family name": self.family,
                "given name": self.given,
                "title": self.title_field,
                "date of birth": self.year,
                "identifier": self.nhs,
            }
            fields.get(bad.field, self.family).set_problem(bad_field(bad.field, bad.reason))
            return None

    def _look(self) -> None:
        self.notice.hide()
        self._twin = None
        lacks = []
        if not self.family.text():
            lacks.append(self.tr("the family name"))
        born = self._born()
        whole = self.day.text() and self.month.key and len(self.year.text()) == 4
        if born is None:
            lacks.append(self.tr("a date of birth that exists") if whole else self.tr("the date of birth"))
        self._born_words.setText(shown_date(born) if born is not None else "")
        made = self._make()
        if not lacks and made is None:
            lacks.append(self.tr("the marked field"))
        self.foot.set_words(self.tr("Still needed: {things}.").format(things=", ".join(lacks)) if lacks else "")
        self.button.setEnabled(made is not None and not self._working)

    def _go(self) -> None:
        patient = self._make()
        if patient is None or self._working:
            return
        self._working = True
        self.button.setEnabled(False)
        second_time = self._twin is not None
        self._bridge.run(
            self._surgery.patients.search,
            f"{patient.family} {patient.given}".strip(),
            20,
            done=lambda hits: self._compared(patient, [hit.patient for hit in hits], second_time),
            failed=self._failed,
            owner=self,
            what=self.tr("Looking whether the patient is known"),
        )

    def _compared(self, patient: Patient, known: list[Patient], second_time: bool) -> None:
        twin = next(
            (
                one
                for one in known
                if one.born == patient.born
                and fold(one.family) == fold(patient.family)
                and fold(one.given) == fold(patient.given)
            ),
            None,
        )
        if twin is not None and not second_time:
            self._working = False
            self._look()
            self._twin = twin
            number = f", {list_number(twin.identifiers[0])}" if twin.identifiers else ""
            words = self.tr("{name} with this date of birth is known{number}. Add a second person only if it is one.")
            self.notice.show_notice(words.format(name=twin.shown_name, number=number))
            self.notice.show()
            self.use_existing.setFocus()
            return
        self._bridge.run(
            self._surgery.patients.add,
            patient,
            done=lambda _row: self._stored(patient),
            failed=self._failed,
            owner=self,
            what=self.tr("Adding the patient"),
        )

    def _stored(self, patient: Patient) -> None:
        self._working = False
        self.added.emit(patient)

    def _failed(self, problem: BaseException) -> None:
        self._working = False
        self._look()
        self.trouble.emit(message_for(problem))

    def _open_twin(self) -> None:
        if self._twin is not None:
            self.existing_wanted.emit(self._twin)
