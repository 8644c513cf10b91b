# SPDX-License-Identifier: GPL-3.0-or-later
"""Old pictures without a consent: say where one looked, and they are for care only from then on."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Button, Column, Field, TextLabel
from clinicam.ui.theme import Theme


class NothingFoundCard(QWidget):
    """A sentence, where somebody looked, a button that waits for it.

    Signals:
        recorded(str): nothing was found; the text says where somebody looked.
    """

    recorded = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = Column(theme, self, spacing=8)
        words = self.tr("There are pictures here, and no consent for them. Look for one; if there is none, say so.")
        column.addWidget(TextLabel(theme, words, "body", "ink2"))
        self._where = Field(theme, self.tr("Where you looked"), longest=400)
        self._where.edit.setObjectName("chart.looked_in")
        self._where.changed.connect(lambda _: self._refresh())
        column.addWidget(self._where)
        self._record = Button(theme, self.tr("Nothing found: for care only"), icon="eye")
        self._record.setObjectName("chart.nothing_found")
        self._record.clicked.connect(lambda: self.recorded.emit(self._where.text()))
        column.addWidget(self._record)
        self._refresh()

    def begin(self) -> None:
        """Empty again."""
        self._where.set_text("")

    def _refresh(self) -> None:
        self._record.setEnabled(bool(self._where.text()))
