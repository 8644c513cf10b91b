# SPDX-License-Identifier: GPL-3.0-or-later
"""Over a chart whose earlier visits are not shown: why, and the three reasons that show them. Which one is in the ledger."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.practice.access import Reason
from clinicam.ui.kit import Button, Column, Icon, Row, TextLabel
from clinicam.ui.theme import Theme


class ClosedEarlier(QWidget):
    """A strip of words and three buttons.

    Signals:
        wanted(object): a `practice.access.Reason`.
    """

    wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Earlier visits"))
        column = Column(theme, self, (24, 10, 24, 10), 8)
        head = Row(theme, spacing=12)
        head.addWidget(Icon(theme, "eye-off", "ink2", 22), 0, Qt.AlignmentFlag.AlignTop)
        words = Column(theme, spacing=2)
        self._title = TextLabel(theme, "", "strong")
        words.addWidget(self._title)
        support = self.tr("Not one of today's patients. Say why you look: it is kept with your name.")
        words.addWidget(TextLabel(theme, support, "small", "ink2"))
        head.addLayout(words, 1)
        column.addLayout(head)
        row = Row(theme, spacing=10, margins=(34, 0, 0, 0))
        reasons = (
            (Reason.HERE, self.tr("They are here"), "user-check"),
            (Reason.ASKED, self.tr("A clinician asked"), "stethoscope"),
            (Reason.URGENT, self.tr("It is urgent"), "siren"),
        )
        self.buttons: dict[Reason, Button] = {}
        for reason, text, icon in reasons:
            button = Button(theme, text, "secondary", icon)
            button.setObjectName(f"chart.open_{reason.value}")
            button.clicked.connect(lambda _on=False, reason=reason: self.wanted.emit(reason))
            row.addWidget(button)
            self.buttons[reason] = button
        row.addStretch(1)
        column.addLayout(row)
        self.hide()

    def show_count(self, visits: int) -> None:
        """How many earlier visits are kept back; 0 hides the strip."""
        one = self.tr("1 earlier visit is not shown.")
        more = self.tr("{count} earlier visits are not shown.").format(count=visits)
        self._title.setText(one if visits == 1 else more)
        self.setVisible(visits > 0)
