# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that stands before the camera: what it is, what lifts it, the button that does, the code for support."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.ui.kit.button import Button, Kind
from clinicam.ui.kit.card import Icon
from clinicam.ui.kit.layout import Column, Row
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import Run, TextLabel
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_SHOOT


class BlockerRow(QFrame):
    """`large` is Session's form: a box with an amber edge, 24 px sentence, 57 px button with its digit.

    The small form (consent screen) is a row without a box.

    Signals:
        pressed(str): the blocker's code, when its button was pressed.
    """

    pressed = Signal(str)

    def __init__(
        self,
        theme: Theme,
        sentence: str,
        lift: str,
        code: str,
        action: str = "",
        keycap: str = "",
        *,
        large: bool = False,
        primary: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._large = large
        self.code = code
        self.setAccessibleName(f"{sentence}. {lift} ({code})")
        row = Row(theme, self, (24, 12, 16, 12) if large else (0, 8, 0, 8), 16 if large else 12)
        row.addWidget(Icon(theme, "triangle-alert", "attention", 28 if large else 24), 0, Qt.AlignmentFlag.AlignTop)
        words = Column(theme, spacing=2 if large else 0)
        head = TextLabel(theme, "", "title" if large else "row")
        head.set_runs([Run(sentence), Run(f" {code}", 400, "ink3")])
        words.addWidget(head)
        words.addWidget(TextLabel(theme, lift, "plainrow" if large else "body", "ink2"))
        row.addLayout(words, 1)
        self.button: Button | None = None
        if action:
            kind: Kind = "primary" if primary else "secondary"
            self.button = Button(
                theme,
                action,
                kind,
                keycap=keycap,
                size="large" if large else "normal",
                role="section" if large else None,
            )
            self.button.clicked.connect(lambda: self.pressed.emit(code))
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._large:
            return
        painter = QPainter(self)
        box = QRectF(self.rect())
        radius = self._theme.px(RADIUS_SHOOT)
        rounded(painter, box, radius, self._theme.color("surface"), self._theme.color("line"))
        shape = QPainterPath()
        shape.addRoundedRect(box, radius, radius)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(shape)
        painter.fillRect(QRectF(0, 0, self._theme.px(6), box.height()), self._theme.color("attention_edge"))
        painter.end()
