# SPDX-License-Identifier: GPL-3.0-or-later
"""What acts to show: whose, which, about whom, from which day to which."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.chart.dates import birth_date
from clinicam.errors import BadPatientData
from clinicam.identity import NOBODY
from clinicam.ui.kit import Button, ChoiceField, Column, Field, Option
from clinicam.ui.ledger_words import GROUPS, codes_of, group_title, pseudonym, what_words
from clinicam.ui.theme import Theme
from clinicam.vault.ledgerfilter import ActFilter

_ALL = ""


class LedgerFilters(QWidget):
    """Fields in a column; each change that makes sense is told at once, days when Enter is pressed or the field is left.

    Signals:
        changed(): what `wanted` gives is another.
        patient_wanted(): a manager looks for a patient by name.
    """

    changed = Signal()
    patient_wanted = Signal()

    def __init__(self, theme: Theme, *, knows_patients: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject: bytes | None = None
        self._held = ActFilter()
        column = Column(theme, self, spacing=14)
        self.staff = ChoiceField(theme, self.tr("Whose"), icon="user")
        self.staff.setObjectName("ledger.staff")
        self.acts = ChoiceField(theme, self.tr("Which acts"), icon="scroll-text")
        self.acts.setObjectName("ledger.acts")
        self.since = Field(theme, self.tr("From"), self.tr("21-Nov-2026"), longest=20)
        self.until = Field(theme, self.tr("To, itself included"), self.tr("21-Nov-2026"), longest=20)
        self.since.edit.setObjectName("ledger.since")
        self.until.edit.setObjectName("ledger.until")
        for choice in (self.staff, self.acts):
            column.addWidget(choice)
            choice.chosen.connect(lambda _key: self._tell())
        self.subject = Button(theme, self.tr("All patients"), "secondary", "x")
        self.subject.setObjectName("ledger.subject")
        self.subject.clicked.connect(lambda: self.narrow_to(None))
        self.finder = Button(theme, self.tr("Find a patient"), "secondary", "search")
        self.finder.setObjectName("ledger.find")
        self.finder.clicked.connect(self.patient_wanted)
        self.finder.setVisible(knows_patients)
        column.addWidget(self.finder)
        column.addWidget(self.subject)
        for field in (self.since, self.until):
            column.addWidget(field)
            field.edit.editingFinished.connect(self._tell)
        self.all = Button(theme, self.tr("Show all acts"), "quiet")
        self.all.setObjectName("ledger.all")
        self.all.clicked.connect(self.clear)
        column.addWidget(self.all)
        column.addStretch(1)
        options = [Option(_ALL, self.tr("All acts"))]
        for group in GROUPS:
            options.append(Option(group.key, group_title(group)))
        self.acts.set_options(options)
        self._groups = tuple(options)
        self.show_names({})
        self._restore()

    def show_names(self, names: Mapping[bytes, str]) -> None:
        """Staff to choose from, in the order given; ids of one name are told apart by their first digits."""
        several = {name for name in names.values() if list(names.values()).count(name) > 1}
        options = [Option(_ALL, self.tr("Everybody")), Option(NOBODY.hex(), self.tr("Nobody signed in"))]
        for user, name in names.items():
            options.append(Option(user.hex(), name, user.hex()[:8] if name in several else ""))
        key = self.staff.key
        self.staff.set_options(options)
        self.staff.choose(key if self.staff.key == key and key else _ALL)

    def wanted(self) -> ActFilter:
        """As the fields say now; a day that is none does not count."""
        return self._held

    def narrow_to(self, subject: bytes | None) -> None:
        """Only acts about this pseudonym; None for all."""
        self._subject = subject
        self._show_subject()
        self._tell()

    def narrow_to_act(self, code: str) -> None:
        """Only acts of this code, or of this group of acts."""
        known = {option.key for option in self._groups}
        if code not in known:
            what = next((one for group in GROUPS for one in group.acts if one.value == code), None)
            title = what_words(what) if what is not None else code
            self.acts.set_options([*self._groups, Option(code, title[:1].upper() + title[1:])])
        self.acts.choose(code)
        self._tell()

    def clear(self) -> None:
        """Every act again."""
        self._restore()
        self._tell()

    def _restore(self) -> None:
        self.acts.set_options(self._groups)
        self.staff.choose(_ALL)
        self.acts.choose(_ALL)
        self.since.set_text("")
        self.until.set_text("")
        self._subject = None
        self._show_subject()
        self.all.hide()

    def _show_subject(self) -> None:
        self.subject.setVisible(self._subject is not None)
        if self._subject is not None:
            name = pseudonym(self._subject)
            self.subject.setText(self.tr("Patient {pseudonym}").format(pseudonym=name))
            self.subject.setAccessibleName(self.tr("Not only patient {pseudonym}").format(pseudonym=name))

    def _tell(self) -> None:
        who = self.staff.key or _ALL
        since, until = self._day(self.since), self._day(self.until)
        wanted = ActFilter(
            subject=self._subject,
            who=bytes.fromhex(who) if who else None,
            codes=codes_of(self.acts.key or _ALL),
            since_ms=_start(since) if since is not None else None,
            until_ms=_start(until + timedelta(days=1)) if until is not None else None,
        )
        if since is not None and until is not None and since > until:
            self.until.set_problem(self.tr("This day lies before the first."))
        self.all.setVisible(wanted != ActFilter())
        if wanted != self._held:
            self._held = wanted
            self.changed.emit()

    def _day(self, field: Field) -> date | None:
        if not field.text():
            field.set_problem("")
            return None
        try:
            found = birth_date(field.text())
        except BadPatientData:
            field.set_problem(self.tr("Write the day like 21-Nov-2026."))
            return None
        field.set_problem("")
        return found


def _start(day: date) -> int:
    """The first millisecond of a day here."""
    return int(datetime(day.year, day.month, day.day).astimezone().timestamp() * 1000)
