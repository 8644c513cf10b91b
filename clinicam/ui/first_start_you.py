# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 2: the first member of staff, who is manager and clinician, and their password."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from clinicam.ui.first_start_step import Step
from clinicam.ui.kit import Card, Column, Field, Row, TextLabel, fix
from clinicam.ui.password_words import password_fault, password_hint
from clinicam.ui.theme import Theme


class YouStep(Step):
    """Name, post, registration number, password twice. Signals as of `Step`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("YouStep", "Who are you?"),
            translate(
                "YouStep", "You answer for this vault, and may explain pictures to patients and ask for their consent."
            ),
            parent,
        )
        self.practice = ""
        card = Card(theme, (24, 20, 24, 24), 14)
        fix(theme, card, max_width=720)
        self.name = Field(theme, self.tr("Your name"), self.tr("Dr Aylin Demir"), longest=80)
        self.post = Field(theme, self.tr("Post"), self.tr("Dentist, practice manager"), longest=60)
        self.registration = Field(
            theme,
            self.tr("Registration number, if you have one"),
            self.tr("GDC 123456"),
            help_text=self.tr("GDC, GMC, NMC or AHPRA. It stands beside the discussions you hold."),
            longest=40,
        )
        self.password = Field(theme, self.tr("Password"), secret=True, longest=256)
        self.again = Field(theme, self.tr("The same once more"), secret=True, longest=256)
        for field, name in (
            (self.name, "first.staff_name"),
            (self.post, "first.post"),
            (self.registration, "first.registration"),
            (self.password, "first.password"),
            (self.again, "first.password_again"),
        ):
            field.edit.setObjectName(name)
        pairs = ((self.name, self.post), (self.registration, None), (self.password, self.again))
        for left, right in pairs:
            row = Row(theme, spacing=16)
            row.addWidget(left, 1)
            if right is not None:
                row.addWidget(right, 1)
                row.setAlignment(right, Qt.AlignmentFlag.AlignTop)
            row.setAlignment(left, Qt.AlignmentFlag.AlignTop)
            card.body.addLayout(row)
        words = Column(theme)
        words.addWidget(TextLabel(theme, password_hint(), "small", "ink2"))
        card.body.addLayout(words)
        self.body.addWidget(card)
        for field in (self.name, self.post, self.registration, self.password, self.again):
            field.changed.connect(self.changed)
        self.again.entered.connect(self.entered)
        self.again.edit.editingFinished.connect(self._compare)
        self.password.edit.editingFinished.connect(self._judge)

    def _fault(self) -> str:
        known = (self.practice, self.name.text(), self.post.text())
        return password_fault(self.password.text(), known=known)

    def _judge(self) -> None:
        if self.password.text():
            self.password.set_problem(self._fault())

    def _compare(self) -> None:
        if self.again.text() and self.again.text() != self.password.text():
            self.again.set_problem(self.tr("The two are not the same."))

    def lacks(self) -> tuple[str, ...]:
        missing = []
        if not self.name.text():
            missing.append(self.tr("your name"))
        if not self.post.text():
            missing.append(self.tr("your post"))
        if self._fault():
            missing.append(self.tr("a password nobody guesses"))
        elif self.again.text() != self.password.text():
            missing.append(self.tr("the same password once more"))
        return tuple(missing)

    def note(self) -> str:
        return f"{self.name.text()}, {self.post.text()}"

    def first_focus(self) -> QWidget | None:
        return self.name.edit

    def forget(self) -> None:
        """Empty both secrets."""
        self.password.set_text("")
        self.again.set_text("")
