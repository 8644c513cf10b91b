# SPDX-License-Identifier: GPL-3.0-or-later
"""The privacy key: at once a plain ground and the time, over everything. No name, no picture, no patient's colour."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import draw_keycap, draw_text, keycap_width, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.words import weekday_date


class PrivacyCover(QWidget):
    """Lies over its parent and takes every key and tap. The same key, Enter or a tap lifts it.

    Signals:
        lifted(): the person wants to go on.
    """

    lifted = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownFocus", True)
        self.setAccessibleName(self.tr("Hidden. Press F12 to go on."))
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self.update)
        theme.changed.connect(self.update)
        self.hide()

    def cover(self, words: str = "") -> None:
        """Cover now; painted before this returns. With `words` (locking) it cannot be lifted."""
        self._words = words
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._clock.start()
        self.repaint()

    def lift(self) -> None:
        """Show again what is below."""
        self._clock.stop()
        self.hide()

    def event(self, event: QEvent) -> bool:
        # Tab would walk to the controls below; shortcuts of theirs must not fire either.
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self.keyPressEvent(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not self._words:
            self.lifted.emit()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if not self._words:
            self.lifted.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, px = self._theme, self._theme.px
        painter.fillRect(self.rect(), theme.color("bg"))
        middle = Qt.AlignmentFlag.AlignHCenter
        wide, y = self.width(), self.height() / 2 - px(90)
        if self._words:
            draw_text(painter, theme, QRectF(0, y + px(70), wide, px(40)), self._words, "title", "ink2", align=middle)
        else:
            now = datetime.now().astimezone()
            draw_text(painter, theme, QRectF(0, y, wide, px(100)), now.strftime("%H:%M"), "clock", align=middle)
            day = weekday_date(now.date())
            draw_text(
                painter, theme, QRectF(0, y + px(104), wide, px(28)), day, "section", "ink2", align=middle, weight=400
            )
            words = self.tr("Tap to go on, or")
            length = text_width(theme, words, "body") + px(10) + keycap_width(theme, "F12")
            x = (wide - length) / 2
            foot = self.height() - px(60)
            draw_text(painter, theme, QRectF(x, foot - px(12), length, px(24)), words, "body", "ink2")
            draw_keycap(painter, theme, "F12", x + text_width(theme, words, "body") + px(10), foot, theme.color("ink2"))
        painter.end()
