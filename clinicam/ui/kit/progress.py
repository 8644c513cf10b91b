# SPDX-License-Identifier: GPL-3.0-or-later
"""A bar with counts for whatever takes longer than 400 ms, with a way out. Never a spinner."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.kit.button import Button
from clinicam.ui.kit.layout import Column, Row
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.theme import Theme


class Bar(QWidget):
    """A painted bar, 8 high. Without a total it shows a quarter, which says: at work, length unknown."""

    def __init__(self, theme: Theme, color: str = "work", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._color = color
        self._done, self._total = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def set_value(self, done: int, total: int) -> None:
        """`done` of `total`; total 0 is unknown."""
        self._done, self._total = done, total
        self.setAccessibleName(self.tr("{done} of {total}").format(done=done, total=total) if total else "")
        self.update()

    def set_color(self, color: str) -> None:
        """Token of the filled part."""
        self._color = color
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(80), self._theme.px(8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect())
        radius = box.height() / 2
        rounded(painter, box, radius, self._theme.color("sunken"))
        share = min(1.0, self._done / self._total) if self._total else 0.25
        if share > 0:
            rounded(
                painter,
                QRectF(0, 0, max(box.height(), box.width() * share), box.height()),
                radius,
                self._theme.color(self._color),
            )
        painter.end()


class ProgressLine(QWidget):
    """Words, bar, counts, Cancel.

    Signals:
        cancelled(): Cancel was pressed.
    """

    cancelled = Signal()

    def __init__(self, theme: Theme, what: str = "", *, cancel: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = TextLabel(theme, what, "strong")
        self._count = TextLabel(theme, "", "small", "ink2", wrap=False)
        self._bar = Bar(theme)
        self.button = Button(theme, self.tr("Cancel"), "secondary")
        self.button.clicked.connect(self.cancelled)
        text = Column(theme, spacing=6)
        head = Row(theme, spacing=12)
        head.addWidget(self._words, 1)
        head.addWidget(self._count)
        text.addLayout(head)
        text.addWidget(self._bar)
        row = Row(theme, self, spacing=16)
        row.addLayout(text, 1)
        row.addWidget(self.button)
        self.button.setVisible(cancel)

    def start(self, what: str, *, cancel: bool = True) -> None:
        """Begin with length unknown."""
        self._words.setText(what)
        self.button.setVisible(cancel)
        self.set_value(0, 0)

    def set_value(self, done: int, total: int) -> None:
        """`done` of `total`; total 0 is unknown."""
        self._bar.set_value(done, total)
        self._count.setText(self.tr("{done} of {total}").format(done=f"{done:,}", total=f"{total:,}") if total else "")
