# SPDX-License-Identifier: GPL-3.0-or-later
"""The foot of a form: the way back at the left, what is still needed, the one primary button at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit.button import Button
from clinicam.ui.kit.layout import Column, Margins, Row
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme

_NARROW = 760
_ALIGN = Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter


class FootBar(QWidget):
    """Where the room is narrow the sentence stands above the buttons."""

    def __init__(
        self,
        theme: Theme,
        back: Button,
        primary: Button,
        margins: Margins = (0, 0, 0, 0),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._beside = TextLabel(theme, "", "body", "ink2", align=_ALIGN)
        self._above = TextLabel(theme, "", "body", "ink2")
        column = Column(theme, self, margins, 8)
        column.addWidget(self._above)
        row = Row(theme, spacing=16)
        row.addWidget(back)
        row.addWidget(self._beside, 1)
        row.addWidget(primary)
        column.addLayout(row)
        theme.changed.connect(self._arrange)
        self._arrange()

    @property
    def words(self) -> str:
        """The sentence on show."""
        return self._above.text()

    def set_words(self, text: str) -> None:
        """What is still needed; empty for nothing."""
        self._above.setText(text)
        self._beside.setText(text)
        self._arrange()

    def _arrange(self) -> None:
        narrow = 0 < self.width() < self._theme.px(_NARROW)
        # The one beside stays in the layout, empty: it keeps the buttons apart.
        self._above.setVisible(narrow and bool(self._above.text()))
        wanted = "" if narrow else self._above.text()
        if self._beside.text() != wanted:
            self._beside.setText(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
