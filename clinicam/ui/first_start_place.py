# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 3: real or training, and the folder the vault lies in. A place that cannot keep pictures safe says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QButtonGroup, QWidget

from clinicam.errors import PlaceRefused
from clinicam.ui.first_start_step import Step
from clinicam.ui.kit import Card, Column, Field, Notice, RadioCard, Row, TextLabel, fix
from clinicam.ui.messages import place_reason
from clinicam.ui.theme import Theme

JudgePlace = Callable[[Path, bool], None]
"""Raises `PlaceRefused` where a vault (True: for training) must not lie."""


class PlaceStep(Step):
    """Two cards and a folder. Signals as of `Step`."""

    def __init__(self, theme: Theme, default: Path, judge: JudgePlace, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("PlaceStep", "Where shall the vault lie?"),
            translate(
                "PlaceStep",
                "On this computer's own disk. Everything in it is encrypted; without a password or the kit nobody reads it.",
            ),
            parent,
        )
        self._default = default
        self._judge = judge
        self._reason = ""
        self.training_card = RadioCard(
            theme, self.tr("For training"), self.tr("Simulated patients and camera. Nothing in it is real."), role="row"
        )
        self.real_card = RadioCard(
            theme, self.tr("For patients"), self.tr("Real pictures. The simulated camera stays out."), role="row"
        )
        group = QButtonGroup(self)
        row = Row(theme, spacing=16)
        for card in (self.real_card, self.training_card):
            group.addButton(card)
            row.addWidget(card, 1)
        self.real_card.setChecked(True)
        outer = Card(theme, (24, 20, 24, 24), 14)
        fix(theme, outer, max_width=760)
        outer.body.addLayout(row)
        self.folder = Field(theme, self.tr("Folder"), longest=1024)
        self.folder.set_text(str(default))
        outer.body.addWidget(self.folder)
        self.real_card.setObjectName("first.place_default")
        self.training_card.setObjectName("first.place_training")
        self.folder.edit.setObjectName("first.place_path")
        self.notice = Notice(theme)
        outer.body.addWidget(self.notice)
        self.body.addWidget(outer)
        side = Column(theme)
        refused = TextLabel(
            theme,
            self.tr(
                "Not possible: memory sticks and cards, disks on USB, network folders, folders that copy themselves to the internet."
            ),
            "small",
            "ink2",
        )
        fix(theme, refused, max_width=760)
        side.addWidget(refused)
        self.body.addLayout(side)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(250)
        self._pause.timeout.connect(self.look)
        self.folder.changed.connect(self._typed)
        self.folder.entered.connect(self.entered)
        group.buttonToggled.connect(self._chosen)
        self.look()

    @property
    def training(self) -> bool:
        """Whether the vault is for training."""
        return self.training_card.isChecked()

    @property
    def place(self) -> Path:
        """The folder, absolute."""
        return Path(self.folder.text() or str(self._default)).expanduser()

    def _typed(self) -> None:
        self._reason = "typing"
        self._pause.start()
        self.changed.emit()

    def _chosen(self) -> None:
        name = "training-vault" if self.training else "vault"
        if self.place in {self._default, self._default.with_name("training-vault")}:
            self.folder.set_text(str(self._default.with_name(name)))
        self.look()

    def look(self) -> None:
        """Judge the folder now."""
        self._pause.stop()
        place = self.place
        if not place.is_absolute():
            self._say("path", self.tr("Write the folder from the root, beginning with /."))
        else:
            try:
                self._judge(place, self.training)
            except PlaceRefused as refused:
                self._say(refused.reason, place_reason(refused.reason))
            else:
                self._say("", self.tr("This disk can keep it."))
        self.changed.emit()

    def _say(self, reason: str, sentence: str) -> None:
        self._reason = reason
        if reason:
            lead = self.tr("Not there.")
            self.notice.show_notice(sentence, "attention", "", lead)
        else:
            self.notice.show_notice(sentence, "safe", "hard-drive")

    def lacks(self) -> tuple[str, ...]:
        return (self.tr("a folder on this computer's own disk"),) if self._reason else ()

    def note(self) -> str:
        return self.tr("This computer, training") if self.training else self.tr("This computer")

    def first_focus(self) -> QWidget | None:
        return self.real_card if self.real_card.isChecked() else self.training_card
