# SPDX-License-Identifier: GPL-3.0-or-later
"""A patient took consent back in the middle of a session: two people keep its pictures or destroy them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from clinicam.identity import Staff
from clinicam.practice.certificate import Certificate, EraseReason
from clinicam.practice.erasing import Erasing
from clinicam.ui.bridge import Bridge
from clinicam.ui.erase_data import Undecided
from clinicam.ui.erase_job import TwoPeopleSheet
from clinicam.ui.kit import Column, Field, PatientBand, RadioCard, Row, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, day_of, shown_date, shown_time
from clinicam.vault.cosigning import Cosigner


class DecideSheet(TwoPeopleSheet):
    """Signals:
    destroyed(object): the `Certificate`, where they were destroyed. Otherwise as of `TwoPeopleSheet`.
    """

    destroyed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        erasing: Erasing,
        undecided: Undecided,
        people: Sequence[Staff],
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            erasing,
            translate("DecideSheet", "Consent was taken back"),
            translate("DecideSheet", "Decide"),
            people,
            support=translate(
                "DecideSheet",
                "What this session took before that is locked away until two people decide. "
                "The wish of the patient counts; a hold stands above it.",
            ),
            danger=True,
            parent=parent,
        )
        self._undecided = undecided
        who = Row(theme, spacing=12)
        band = PatientBand(theme, 8)
        band.show_patient(undecided.patient.patient)
        who.addWidget(band)
        words = Column(theme, spacing=2)
        words.addWidget(TextLabel(theme, apart(undecided.patient.shown_name), "row"))
        when = self.tr("session of {day}, {time}").format(
            day=shown_date(day_of(undecided.since_ms)), time=shown_time(undecided.since_ms)
        )
        words.addWidget(TextLabel(theme, when, "small", "ink2"))
        who.addLayout(words, 1)
        self.body.addLayout(who)
        self.away = RadioCard(
            theme, self.tr("Destroy them"), self.tr("The session's key is destroyed; the rest of the chart stays.")
        )
        self.keep = RadioCard(
            theme, self.tr("Keep them"), self.tr("They were needed for care already given; the reason is recorded.")
        )
        group = QButtonGroup(self)
        for name, card in (("decide.destroy", self.away), ("decide.keep", self.keep)):
            card.setObjectName(name)
            group.addButton(card)
            card.toggled.connect(self._chosen)
            self.body.addWidget(card)
        self.why = Field(theme, self.tr("Why they are kept"))
        self.why.edit.setObjectName("decide.why")
        self.why.hide()
        self.body.addWidget(self.why)
        self.body.addWidget(self.second)
        self.confirmed.connect(self._decide)

    def _chosen(self) -> None:
        self.why.setVisible(self.keep.isChecked())
        self.refit()

    def _decide(self) -> None:
        if not self.away.isChecked() and not self.keep.isChecked():
            self.away.setFocus()
            return
        if self.keep.isChecked() and not self.why.text():
            self.why.set_problem(self.tr("A reason is needed."))
            return
        patient, session, why = self._undecided.patient.patient, self._undecided.session, self.why.text()
        erasing = self._erasing

        def kept(second: Cosigner, _progress: Callable[[int, int], None]) -> None:
            erasing.keep_withdrawn(patient, session, why, second)

        def gone(second: Cosigner, progress: Callable[[int, int], None]) -> Certificate:
            return erasing.erase(patient, session, EraseReason.WITHDRAWN, second, progress=progress)

        if self.keep.isChecked():
            self.together(self.tr("Recording the decision"), kept, self._kept)
        else:
            self.together(self.tr("Destroying the key, and proving it"), gone, self._gone)

    def _kept(self, _answer: None) -> None:
        self.finished.emit(self.tr("The pictures are kept."))
        self.close_sheet()

    def _gone(self, certificate: Certificate) -> None:
        self.finished.emit(self.tr("The pictures are destroyed. The certificate is kept."))
        self.destroyed.emit(certificate)
        self.close_sheet()
