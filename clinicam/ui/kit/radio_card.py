# SPDX-License-Identifier: GPL-3.0-or-later
"""One of a few choices as a card: ring, words, a line of support. Put the group's cards in one QButtonGroup."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import Run, draw_text, layout_of
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL, TextRole


class RadioCard(QAbstractButton):
    """Checkable. `mark` paints a ring (radio) or a box (check); `role` of the words is ``strong`` or larger.

    `centred` is the patient's big Yes / No: ink, never accent, identical for both answers.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        support: str = "",
        *,
        role: TextRole = "strong",
        check: bool = False,
        centred: bool = False,
        height: float = 57,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._support = support
        self._role: TextRole = role
        self._check = check
        self._centred = centred
        self._least = height
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text)
        self.setAccessibleDescription(support)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)

    def set_words(self, text: str, support: str = "") -> None:
        """Other words."""
        self.setText(text)
        self._support = support
        self.setAccessibleName(text)
        self.setAccessibleDescription(support)
        self._restyle()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def _left(self) -> int:
        return self._theme.px(48)

    def _heights(self, width: float) -> tuple[float, float]:
        room = max(1.0, width - self._left() - self._theme.px(12))
        lead = Qt.AlignmentFlag.AlignLeading
        one = layout_of(
            self._theme, (Run(self.text()),), self._theme.font(self._role), self._theme.line(self._role), room, lead
        )[1]
        if not self._support:
            return one, 0.0
        two = layout_of(
            self._theme, (Run(self._support),), self._theme.font("small"), self._theme.line("small"), room, lead
        )[1]
        return one, two

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        one, two = self._heights(width)
        return int(max(self._theme.px(self._least), one + two + self._theme.px(18)))

    def sizeHint(self) -> QSize:
        wide = self._left() + self._theme.px(200)
        return QSize(wide, self.heightForWidth(wide))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._left() + self._theme.px(96), self._theme.px(self._least))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        on = self.isChecked()
        box = QRectF(self.rect())
        strong = "ink" if self._centred else "accent"
        thick = (3 if self._centred else 2) if on else 1
        if self.isEnabled():
            fill = color("accent_soft") if on and not self._centred else color("surface")
            if self.isDown():
                fill = color("sunken")
            edge = color(strong if on else "edge")
        else:
            fill, edge = color("sunken"), color("line")
        rounded(painter, box, px(RADIUS_CONTROL), fill, edge, thick * max(1.0, round(self._theme.scale)))
        one, two = self._heights(box.width())
        size = px(28 if self._centred else 20)
        if self._centred:
            words = layout_of(
                self._theme,
                (Run(self.text()),),
                self._theme.font(self._role),
                self._theme.line(self._role),
                1e6,
                Qt.AlignmentFlag.AlignLeading,
            )[2]
            left = (box.width() - size - px(16) - words) / 2
            ring = QRectF(left, (box.height() - size) / 2, size, size)
            text_left = left + size + px(16)
        else:
            ring = QRectF(px(16), (box.height() - size) / 2, size, size)
            text_left = self._left()
        self._paint_mark(painter, ring, on, strong)
        ink = "ink" if self.isEnabled() else "ink3"
        room = box.width() - text_left - (0 if self._centred else px(12))
        top = (box.height() - one - two) / 2
        draw_text(painter, self._theme, QRectF(text_left, top, room, one), self.text(), self._role, ink, wrap=True)
        if self._support:
            place = QRectF(text_left, top + one, room, two)
            draw_text(
                painter, self._theme, place, self._support, "small", "ink2" if self.isEnabled() else "ink3", wrap=True
            )
        painter.end()

    def _paint_mark(self, painter: QPainter, ring: QRectF, on: bool, strong: str) -> None:
        color = self._theme.color
        name = strong if on else ("edge" if self.isEnabled() else "ink3")
        if self._check:
            rounded(painter, ring, self._theme.px(4), color(strong) if on else color("surface"), color(name), 2)
            if on:
                ink = "#FFFFFF" if strong == "ink" and not self._theme.dark else color("on_accent").name()
                draw_icon(painter, "check", ink, ring.adjusted(2, 2, -2, -2), 3)
            return
        radius = ring.height() / 2
        rounded(painter, ring, radius, color(strong) if on else color("surface"), color(name), 2 * self._theme.scale)
        if on:
            inset = ring.height() * 0.3
            dot = ring.adjusted(inset, inset, -inset, -inset)
            rounded(painter, dot, dot.height() / 2, color("surface" if strong == "ink" else "on_accent"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)
