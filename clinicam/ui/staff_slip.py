# SPDX-License-Identifier: GPL-3.0-or-later
"""The slip of a locum place: six words to be written down. Painted, like a recovery kit: nothing to select or copy."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from clinicam.practice.locums import LocumSlip
from clinicam.ui.kit import TextLabel, draw_text, rounded
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CARD

_ACROSS = 3


class SlipWords(QFrame):
    """Six numbered words in two rows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words: tuple[str, ...] = ()
        self.setAccessibleName(self.tr("Six words on screen"))
        self.setAccessibleDescription(self.tr("The words are shown only as a drawing. Have somebody write them down."))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    def show_words(self, words: tuple[str, ...]) -> None:
        """Show them; an empty tuple forgets them."""
        self._words = words
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(480), self._theme.px(124))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(300), self._theme.px(124))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        rounded(painter, QRectF(self.rect()), px(RADIUS_CARD), color("surface"), color("line"))
        step = (self.width() - px(32)) / _ACROSS
        for at, word in enumerate(self._words):
            x = px(16) + (at % _ACROSS) * step
            y = px(16) + (at // _ACROSS) * px(46)
            draw_text(
                painter,
                self._theme,
                QRectF(x, y, px(20), px(46)),
                str(at + 1),
                "small",
                "ink2",
                align=Qt.AlignmentFlag.AlignRight,
            )
            draw_text(painter, self._theme, QRectF(x + px(28), y, step - px(32), px(46)), word, "section")
        painter.end()


class SlipSheet(Sheet):
    """Signals as of `Sheet`."""

    def __init__(self, theme: Theme, slip: LocumSlip, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("SlipSheet", "The slip of locum place {number}").format(number=slip.number),
            translate("SlipSheet", "It is written down"),
            support=translate(
                "SlipSheet",
                "Write these six words on a slip and lock it away where clinicians find it. They are shown once. "
                "Together, with one blank between, they are the locum's password.",
            ),
            parent=parent,
        )
        self.words = SlipWords(theme)
        self.words.show_words(slip.words)
        self.body.addWidget(self.words)
        note = self.tr("The slip alone opens nothing in CliniCam: a clinician lets its bearer in, for one day, once.")
        self.body.addWidget(TextLabel(theme, note, "small", "ink2"))
        self.back.hide()
        self.confirmed.connect(self.close_sheet)

    def forget(self) -> None:
        self.words.show_words(())
