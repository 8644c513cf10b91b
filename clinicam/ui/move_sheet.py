# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that were set aside: put back by one person, or moved to the right patient by two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QButtonGroup, QLabel, QWidget

from clinicam.identity import Patient
from clinicam.ui.bridge import Bridge
from clinicam.ui.erase_job import TwoPeopleSheet
from clinicam.ui.kit import Column, Field, Notice, PatientBand, RadioCard, Row, TextLabel
from clinicam.ui.move_data import MisfiledView, find_others
from clinicam.ui.picture import framed
from clinicam.ui.picture_source import read_small
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_IMAGE
from clinicam.ui.words import apart, day_of, shown_date
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.model import ImageEntry
from clinicam.vault.moving import Moved

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

_TILE = QSize(132, 88)
_MOST_TILES = 4
_TYPED_MS = 250


class MoveSheet(TwoPeopleSheet):
    """For every picture of one patient that is set aside. Signals as of `TwoPeopleSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, surgery: Surgery, view: MisfiledView, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            surgery.records.erasing,
            translate("MoveSheet", "Pictures set aside"),
            translate("MoveSheet", "Move them"),
            view.people,
            support=translate(
                "MoveSheet", "Look at them with somebody who was there. Ask the patient who is on them if you can."
            ),
            parent=parent,
        )
        self._surgery = surgery
        self._view = view
        self._misfiled = surgery.records.misfiled
        self._to: Patient | None = None
        self._cards: list[RadioCard] = []
        self._who()
        self._tiles()
        if view.is_held:
            held = Notice(theme)
            words = self.tr("Nothing can be moved until a manager lifts the hold, in Practice, Retention.")
            held.show_notice(words, "attention", "", self.tr("These records are on hold."))
            self.body.addWidget(held)
        self._questions()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._look_up)
        self.search.changed.connect(lambda _text: self._typed.start())
        self.confirmed.connect(self._decide)
        can_move = view.may_move and not view.is_held
        (self.move_card if can_move else self.back_card).setChecked(True)
        self.move_card.setVisible(can_move)

    def _who(self) -> None:
        row = Row(self.theme, spacing=12)
        band = PatientBand(self.theme, 8)
        band.show_patient(self._view.patient.patient)
        row.addWidget(band)
        words = Column(self.theme, spacing=2)
        words.addWidget(TextLabel(self.theme, apart(self._view.patient.shown_name), "row"))
        days = sorted({shown_date(day_of(one.captured_ms)) for one in self._view.entries})
        count = len(self._view.entries)
        text = self.tr("1 picture") if count == 1 else self.tr("{count} pictures").format(count=count)
        words.addWidget(TextLabel(self.theme, f"{text}  ·  {', '.join(days)}", "small", "ink2"))
        row.addLayout(words, 1)
        self.body.addLayout(row)

    def _tiles(self) -> None:
        row = Row(self.theme, spacing=10)
        for entry in self._view.entries[:_MOST_TILES]:
            label = QLabel()
            label.setAccessibleName(self.tr("Picture of {day}").format(day=shown_date(day_of(entry.captured_ms))))
            label.setFixedSize(self.theme.px(_TILE.width()), self.theme.px(_TILE.height()))
            row.addWidget(label)
            self._fetch(label, entry)
        row.addStretch(1)
        self.body.addLayout(row)

    def _fetch(self, label: QLabel, entry: ImageEntry) -> None:
        size, ratio = label.size(), self.devicePixelRatioF()
        radius, ground = float(self.theme.px(RADIUS_IMAGE)), self.theme.tokens.bg
        vault = self._surgery.vault

        def load() -> QImage:
            small = read_small(vault, entry, round(size.width() * ratio))
            return framed(small, size, ratio, radius, ground)

        def failed(_problem: BaseException) -> None:
            label.setText(self.tr("cannot be opened"))

        self._bridge.run_pool(
            load, done=lambda image: label.setPixmap(QPixmap.fromImage(image)), failed=failed, owner=label
        )

    def _questions(self) -> None:
        theme = self.theme
        self.move_card = RadioCard(
            theme,
            self.tr("They are of somebody else"),
            self.tr("They move to that chart, if consent covers them there."),
        )
        self.back_card = RadioCard(theme, self.tr("They are right here"), self.tr("They go back into this chart."))
        group = QButtonGroup(self)
        for name, card in (("move.move", self.move_card), ("move.back", self.back_card)):
            card.setObjectName(name)
            group.addButton(card)
            card.toggled.connect(self._chosen)
            self.body.addWidget(card)
        self.search = Field(theme, self.tr("Whose are they?"), self.tr("Name, date of birth or number"))
        self.search.edit.setObjectName("move.search")
        self.body.addWidget(self.search)
        self._list = QWidget()
        self._lines = Column(theme, self._list, spacing=8)
        self.body.addWidget(self._list)
        self._group = QButtonGroup(self)
        self.why = Field(theme, self.tr("Why they are right"))
        self.why.edit.setObjectName("move.why")
        self.body.addWidget(self.why)
        self.body.addWidget(self.second)

    def _chosen(self) -> None:
        moving = self.move_card.isChecked()
        for one in (self.search, self._list, self.second):
            one.setVisible(moving)
        self.why.setVisible(not moving)
        self.primary.setText(self.tr("Move them") if moving else self.tr("Put them back"))
        self.primary.setEnabled(not moving or self._has_people)
        self.refit()

    def idle(self) -> None:
        super().idle()
        self.primary.setEnabled(not self.move_card.isChecked() or self._has_people)

    def _look_up(self) -> None:
        self._typed.stop()
        self._bridge.run(
            find_others,
            self._surgery,
            self.search.text(),
            self._view.patient,
            done=self._found,
            failed=self._failed,
            owner=self,
        )

    def _found(self, patients: tuple[Patient, ...]) -> None:
        for card in self._cards:
            self._group.removeButton(card)
            self._lines.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = []
        self._to = None
        for patient in patients:
            card = RadioCard(
                self.theme, apart(patient.shown_name), self.tr("born {day}").format(day=shown_date(patient.born))
            )
            card.setObjectName(f"move.to.{patient.patient.hex()}")
            card.toggled.connect(lambda on, one=patient: self._take(one) if on else None)
            self._group.addButton(card)
            self._lines.addWidget(card)
            self._cards.append(card)
        self.search.set_problem("" if patients or not self.search.text() else self.tr("Nobody of that name."))
        self.refit()

    def _take(self, patient: Patient) -> None:
        self._to = patient

    def _decide(self) -> None:
        images = [one.image for one in self._view.entries]
        source = self._view.patient.patient
        if self.back_card.isChecked():
            if not self.why.text():
                self.why.set_problem(self.tr("A word why is needed."))
                return
            said = self.tr("They are back in the chart.")
            put_back = self._misfiled.put_back
            self.request(self.tr("Putting them back"), said, put_back, source, images, self.why.text())
            return
        to = self._to
        if to is None:
            self.search.set_problem(self.tr("Choose whose they are."))
            return

        def move(second: Cosigner, progress: Callable[[int, int], None]) -> Moved:
            return self._misfiled.move(source, images, to.patient, second, progress=progress)

        self.together(self.tr("Moving the pictures"), move, lambda moved: self._moved(moved, to))

    def _moved(self, moved: Moved, to: Patient) -> None:
        words = self.tr("{count} pictures are in the chart of {name} now.")
        self.finished.emit(words.format(count=len(moved.images), name=to.shown_name))
        self.close_sheet()
