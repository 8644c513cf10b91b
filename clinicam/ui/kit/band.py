# SPDX-License-Identifier: GPL-3.0-or-later
"""The patient's own band: a colour and a pattern made from the id, repeated wherever the patient appears."""

from __future__ import annotations

import hashlib
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from clinicam.identity import PatientId
from clinicam.ui.kit.layout import fix
from clinicam.ui.theme import Theme

COLORS: Final = (
    ("#7A46A0", "#C79BE3"),
    ("#2C5AA0", "#DCE8FA"),
    ("#8A5626", "#D9A877"),
    ("#1F6B57", "#8ED0BC"),
    ("#A03A62", "#EDA9C3"),
    ("#5A6470", "#C4CCD4"),
    ("#7B6B12", "#DDCD6C"),
    ("#9C4A12", "#F0B68C"),
)
"""Ground and figure; dark enough to be told from white and from the dark theme's surface by the figure."""

PATTERNS: Final = ("stripes", "dots", "bars", "checks", "chevrons")


def band_of(patient: PatientId) -> tuple[str, str, str]:
    """Ground, figure and pattern of a patient. The same on every workstation, for ever."""
    digest = hashlib.sha256(b"clinicam band" + patient).digest()
    ground, figure = COLORS[digest[0] % len(COLORS)]
    return ground, figure, PATTERNS[digest[1] % len(PATTERNS)]


def draw_band(painter: QPainter, theme: Theme, box: QRectF, patient: PatientId) -> None:
    """Paint the band of `patient` into `box`."""
    ground, figure, pattern = band_of(patient)
    painter.save()
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.fillRect(box, QColor(ground))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = box.width()
    unit = theme.px(12)
    pen = QPen(QColor(figure), max(2.0, unit / 4))
    painter.setPen(pen)
    y = box.top()
    if pattern == "stripes":
        while y < box.bottom() + 2 * width:
            painter.drawLine(QLineF(box.left(), y - width, box.right(), y))
            y += unit
    elif pattern == "bars":
        while y < box.bottom():
            painter.drawLine(QLineF(box.left(), y + unit / 2, box.right(), y + unit / 2))
            y += unit
    elif pattern == "chevrons":
        middle = box.center().x()
        while y < box.bottom() + width:
            painter.drawPolyline([QPointF(box.left(), y), QPointF(middle, y - width / 2), QPointF(box.right(), y)])
            y += unit
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(figure))
        cell = max(3.0, width / 2)
        row = 0
        while y < box.bottom():
            for column in range(3):
                if (row + column) % 2:
                    continue
                x = box.left() + column * cell
                if pattern == "checks":
                    painter.drawRect(QRectF(x, y, cell, cell))
                else:
                    painter.drawEllipse(QPointF(x, y + cell / 2), cell * 0.36, cell * 0.36)
            y += cell
            row += 1
    painter.restore()


class PatientBand(QWidget):
    """14 wide (or `width`), as high as its place. Says nothing aloud: the name beside it does."""

    def __init__(self, theme: Theme, width: float = 14, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._patient: PatientId | None = None
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fix(theme, self, width=width)
        theme.changed.connect(self.update)

    def show_patient(self, patient: PatientId | None) -> None:
        """Whose band; None paints nothing."""
        self._patient = patient
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._patient is None:
            return
        painter = QPainter(self)
        draw_band(painter, self._theme, QRectF(self.rect()), self._patient)
        painter.end()
