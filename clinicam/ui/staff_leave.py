# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody leaves: keys taken back, open tasks handed on. Says what this does and what it cannot undo."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.identity import Staff, StaffId
from clinicam.practice.people import Person, StaffOffice
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import ChoiceField, Option, TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme

ANYBODY = "anybody"


class LeaveSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        office: StaffOffice,
        person: Person,
        others: Sequence[Staff],
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        name = person.staff.name
        super().__init__(
            theme,
            bridge,
            translate("LeaveSheet", "{name} leaves").format(name=name),
            translate("LeaveSheet", "Take back {name}'s keys").format(name=name),
            support=translate(
                "LeaveSheet",
                "Their password opens nothing from then on, here and on every other computer of the practice. "
                "What they did stays in the records under their name.",
            ),
            danger=True,
            parent=parent,
        )
        self._office = office
        self._staff = person.staff
        words = self.tr(
            "Pictures taken from then on are sealed with new keys. Pictures from before are not sealed again: "
            "somebody who copied keys while working here could still open copies of those."
        )
        self.body.addWidget(TextLabel(theme, words, "body", "ink2"))
        options = [Option(ANYBODY, self.tr("Whoever is there"))]
        options += [Option(one.staff.hex(), one.name, one.post) for one in others]
        text = self.tr("{count} open tasks go to") if person.open_tasks != 1 else self.tr("1 open task goes to")
        self.tasks_to = ChoiceField(theme, text.format(count=person.open_tasks), options)
        self.tasks_to.choose(ANYBODY)
        self.tasks_to.setVisible(person.open_tasks > 0)
        self.body.addWidget(self.tasks_to)
        self.confirmed.connect(self._leave)

    def _leave(self) -> None:
        key = self.tasks_to.key
        taker = StaffId(bytes.fromhex(key)) if key not in {None, ANYBODY} and key is not None else None
        self.request(
            self.tr("Taking back the keys of {name}").format(name=self._staff.name),
            self.tr("{name} has left.").format(name=self._staff.name),
            self._office.disable,
            self._staff.staff,
            tasks_to=taker,
        )
