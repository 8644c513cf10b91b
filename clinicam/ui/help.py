# SPDX-License-Identifier: GPL-3.0-or-later
"""F1: every key, by place. A sheet over the window; Esc or F1 closes it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.kit import Button, Card, Column, Columns, Divider, KeyCap, Row, TextLabel
from clinicam.ui.theme import Theme


class HelpSheet(QWidget):
    """Covers the window below the ribbon while it is open.

    Signals:
        closed(): Esc, F1 or the button.
    """

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Keys"))
        page = Column(theme, self, (40, 24, 40, 24), 12)
        head = Row(theme, spacing=16)
        head.addWidget(TextLabel(theme, self.tr("Every key"), "name"), 1)
        self.button = Button(theme, self.tr("Close"), "secondary", "x", "Esc")
        self.button.setObjectName("help.close")
        self.button.clicked.connect(self.closed)
        head.addWidget(self.button)
        page.addLayout(head)
        self._cards = [self._card(title, rows) for title, rows in self._keys()]
        left, right = QWidget(), QWidget()
        for holder, cards in ((left, self._cards[::2]), (right, self._cards[1::2])):
            holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            column = Column(theme, holder, spacing=16)
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
        page.addWidget(Columns(theme, [(left, 0), (right, 0)], stack_below=900, gap=16, margins=(0, 0, 12, 0)), 1)
        theme.changed.connect(self.update)
        self.hide()

    def open(self) -> None:
        """Show over the parent."""
        self.show()
        self.raise_()
        self.button.setFocus()

    def _keys(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        return (
            (
                self.tr("Everywhere"),
                (
                    ("Ctrl L", self.tr("Lock")),
                    ("F12", self.tr("Privacy: hide everything (Pause does too)")),
                    ("F1", self.tr("These keys")),
                    ("Ctrl F", self.tr("Find a patient")),
                    ("Ctrl N", self.tr("New session")),
                    ("Ctrl Shift N", self.tr("Add a patient")),
                    ("Ctrl +", self.tr("Larger text (Ctrl - smaller, Ctrl 0 usual)")),
                ),
            ),
            (
                self.tr("Session"),
                (
                    ("Space", self.tr("Shoot")),
                    ("Enter", self.tr("Next view")),
                    ("R", self.tr("Retake")),
                    ("Esc", self.tr("STOP, from anywhere")),
                    ("← →", self.tr("Another view")),
                    ("G", self.tr("Ghost of the last visit (hold C: flicker)")),
                    ("L", self.tr("Label the shot")),
                    ("P", self.tr("Pause")),
                    ("F", self.tr("Finish")),
                    ("1 – 9", self.tr("The button of what stands before the camera")),
                    ("Ctrl Enter", self.tr("Press the button that has the focus")),
                ),
            ),
            (
                self.tr("Pictures"),
                (
                    ("1 2 3", self.tr("Side by side, over, flicker")),
                    ("L", self.tr("Linked")),
                    ("A", self.tr("Align")),
                    ("M", self.tr("Measure")),
                    ("Z", self.tr("One to one")),
                    ("Esc", self.tr("Back")),
                ),
            ),
            (
                self.tr("Foot pedal"),
                (
                    ("•", self.tr("Press: shoot")),
                    ("• 0.8 s", self.tr("Hold: STOP")),
                    ("• • •", self.tr("Three switches: retake, shoot, next")),
                ),
            ),
        )

    def _card(self, title: str, rows: tuple[tuple[str, str], ...]) -> Card:
        card = Card(self._theme, (20, 14, 20, 14), 0)
        card.body.addWidget(TextLabel(self._theme, title, "row"))
        card.body.gap(6)
        for at, (key, words) in enumerate(rows):
            if at:
                card.body.addWidget(Divider(self._theme))
            line = Row(self._theme, margins=(0, 6, 0, 6), spacing=12)
            line.addWidget(TextLabel(self._theme, words, "body"), 1)
            line.addWidget(KeyCap(self._theme, key), 0, Qt.AlignmentFlag.AlignVCenter)
            card.body.addLayout(line)
        return card

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), self._theme.color("bg"))
        painter.end()
