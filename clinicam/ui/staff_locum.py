# SPDX-License-Identifier: GPL-3.0-or-later
"""A locum for today: a clinician writes down who comes, and hands over the slip that a manager prepared."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.consent.clock import Clock
from clinicam.identity import StaffId
from clinicam.practice.locums import LocumRegister
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field, TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme


class AdmitLocumSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        locums: LocumRegister,
        place: StaffId,
        number: int,
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("AdmitLocumSheet", "A locum for today"),
            translate("AdmitLocumSheet", "Let them in until midnight"),
            support=translate(
                "AdmitLocumSheet",
                "Hand over the slip of locum place {number}. Its words are the password, for today and for this person only.",
            ).format(number=number),
            parent=parent,
        )
        self._locums = locums
        self._place = place
        self._clock = clock
        self.name = Field(theme, self.tr("Name"), self.tr("Dr Mara Day"), longest=120)
        self.post = Field(theme, self.tr("Post"), self.tr("Locum dentist"), longest=80)
        self.registration = Field(theme, self.tr("Registration number"), "GDC 123456", longest=40)
        for field, name in ((self.name, "name"), (self.post, "post"), (self.registration, "registration")):
            field.edit.setObjectName(f"locum.{name}")
            self.body.addWidget(field)
        words = self.tr("They see charts and photograph like any clinician. You let them in: the record says so.")
        self.body.addWidget(TextLabel(theme, words, "small", "ink2"))
        self.confirmed.connect(self._admit)

    def _admit(self) -> None:
        name, registration = self.name.text(), self.registration.text()
        if not name:
            self.name.set_problem(self.tr("A name is needed."))
        if not registration:
            self.registration.set_problem(self.tr("Look it up in the public register first."))
        if not name or not registration:
            return
        self.request(
            self.tr("Letting {name} in").format(name=name),
            self.tr("{name} may unlock until midnight.").format(name=name),
            self._locums.admit,
            self._place,
            name=name,
            post=self.post.text(),
            registration=registration,
            now_ms=self._clock.wall_ms(),
        )
