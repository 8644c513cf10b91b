# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing here yet: one sentence, one button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit.button import Button, Kind
from clinicam.ui.kit.card import Icon
from clinicam.ui.kit.layout import Column, fix
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme


class EmptyState(QWidget):
    """Icon, sentence, button, centred.

    Signals:
        pressed(): the button was pressed.
    """

    pressed = Signal()

    def __init__(
        self,
        theme: Theme,
        icon: str,
        sentence: str,
        action: str = "",
        keycap: str = "",
        kind: Kind = "secondary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        centre = Qt.AlignmentFlag.AlignHCenter
        column = Column(theme, self, (24, 24, 24, 24), 12)
        column.addStretch(1)
        column.addWidget(Icon(theme, icon, "ink3", 32), 0, centre)
        self.words = TextLabel(theme, sentence, "plainrow", "ink2", align=centre)
        fix(theme, self.words, max_width=440)
        row = Column(theme)
        row.addWidget(self.words)
        column.addLayout(row)
        column.setAlignment(row, centre)
        self.button: Button | None = None
        if action:
            self.button = Button(theme, action, kind, keycap=keycap)
            self.button.clicked.connect(self.pressed)
            column.addWidget(self.button, 0, centre)
        column.addStretch(1)
