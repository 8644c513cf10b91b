# SPDX-License-Identifier: GPL-3.0-or-later
"""Destroying a patient's records: what, why, and a second person. Says what it cannot reach before anybody signs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from clinicam.identity import Staff
from clinicam.practice.certificate import Certificate, EraseReason
from clinicam.practice.erasing import Erasing
from clinicam.practice.retention import Due
from clinicam.ui.bridge import Bridge
from clinicam.ui.erase_data import due_words
from clinicam.ui.erase_job import TwoPeopleSheet
from clinicam.ui.kit import Column, Field, PatientBand, RadioCard, Row, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart


class EraseSheet(TwoPeopleSheet):
    """For one patient with all records.

    Signals:
        destroyed(object): the `Certificate`. Otherwise as of `TwoPeopleSheet`.
    """

    destroyed = Signal(object)

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        erasing: Erasing,
        due: Due,
        people: Sequence[Staff],
        today: date,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            erasing,
            translate("EraseSheet", "Destroy records"),
            translate("EraseSheet", "Destroy them"),
            people,
            support=translate(
                "EraseSheet",
                "Pictures, consents and notes of this patient are closed for good: their keys are destroyed. "
                "Nobody can undo it, not with any password or recovery kit.",
            ),
            danger=True,
            parent=parent,
        )
        self._due = due
        who = Row(theme, spacing=12)
        band = PatientBand(theme, 8)
        band.show_patient(due.patient.patient)
        who.addWidget(band)
        words = Column(theme, spacing=2)
        words.addWidget(TextLabel(theme, apart(due.patient.shown_name), "row"))
        words.addWidget(TextLabel(theme, due_words(due), "small", "ink2"))
        who.addLayout(words, 1)
        self.body.addLayout(who)
        self.over = RadioCard(
            theme,
            self.tr("The time is over"),
            self.tr("The records were kept as long as they must be, and somebody looked at them."),
        )
        self.ordered = RadioCard(
            theme,
            self.tr("Ordered, or a request granted"),
            self.tr("A court, a regulator, or the practice's own decision with a reference."),
        )
        group = QButtonGroup(self)
        for at, card in enumerate((self.over, self.ordered)):
            card.setObjectName(("erase.over", "erase.ordered")[at])
            group.addButton(card)
            self.body.addWidget(card)
            card.toggled.connect(self._chosen)
        self.reference = Field(
            theme,
            self.tr("Reference"),
            self.tr("Case or letter number"),
            help_text=self.tr("It is kept with the certificate: write no name."),
        )
        self.reference.edit.setObjectName("erase.reference")
        self.reference.hide()
        self.body.addWidget(self.reference)
        self.over.setEnabled(due.is_over(today))
        (self.over if due.is_over(today) else self.ordered).setChecked(True)
        beyond = self.tr(
            "It cannot reach backups made before, until they are too old to be kept, nor copies given out, "
            "nor what somebody copied."
        )
        self.body.addWidget(TextLabel(theme, beyond, "small", "ink2"))
        self.body.addWidget(self.second)
        self.confirmed.connect(self._destroy)

    def _chosen(self) -> None:
        self.reference.setVisible(self.ordered.isChecked())
        self.refit()

    def _destroy(self) -> None:
        reason = EraseReason.ORDERED if self.ordered.isChecked() else EraseReason.RETENTION_OVER
        reference = self.reference.text()
        if reason is EraseReason.ORDERED and not reference:
            self.reference.set_problem(self.tr("An order has a number; write it here."))
            return
        patient = self._due.patient.patient
        self.together(
            self.tr("Destroying the keys, and proving it"),
            lambda second, progress: self._erasing.erase(
                patient, None, reason, second, reference=reference, progress=progress
            ),
            self._gone,
        )

    def _gone(self, certificate: Certificate) -> None:
        self.finished.emit(self.tr("The records are destroyed. The certificate is kept."))
        self.destroyed.emit(certificate)
        self.close_sheet()
