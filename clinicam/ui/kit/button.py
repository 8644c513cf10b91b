# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons: one painted class, seven kinds. Danger is never the default and never stands beside the primary."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, QTimerEvent
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.paint import draw_keycap, keycap_width, rounded
from clinicam.ui.kit.text import Run, draw_text, layout_of
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_CONTROL, RADIUS_SHOOT, TARGET, TARGET_GLOVES, TextRole

Kind = Literal["primary", "secondary", "danger", "quiet", "stop", "shoot", "tool"]
ButtonSize = Literal["normal", "large"]


class Button(QAbstractButton):
    """A verb with its object. Enter and Space press it; checkable ones show their state by fill, edge and tick.

    Kinds: primary, secondary, danger (outline), quiet (words only), stop (fixed red, 72 high, square),
    shoot (100 high), tool (icon above a 13 px word; for Session and viewer).
    Sizes: normal 44 high, large 57. `ink` is the token of a quiet button's words, by default accent. `stacked` puts the keycap under the words (Retake, Next).
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        kind: Kind = "secondary",
        icon: str = "",
        keycap: str = "",
        size: ButtonSize = "normal",
        *,
        stacked: bool = False,
        role: TextRole | None = None,
        ink: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ink = ink
        self._kind: Kind = kind
        self._icon = icon
        self._keycap = keycap
        self._size: ButtonSize = size
        self._stacked = stacked or kind in {"shoot", "tool"}
        self._role: TextRole | None = role
        self._support = ""
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        policy = QSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        theme.changed.connect(self._restyle)

    @property
    def kind(self) -> Kind:
        """What the button looks like."""
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        """Another look, e.g. secondary to primary when it becomes the next step."""
        self._kind = kind
        self._restyle()

    def set_words(self, text: str, support: str = "") -> None:
        """Other words; `support` is a second, smaller line instead of the keycap (Shoot: "2 things to do first")."""
        self.setText(text)
        self.setAccessibleName(f"{text}. {support}" if support else text)
        self._support = support
        self._restyle()

    def set_icon(self, icon: str) -> None:
        """Another icon."""
        self._icon = icon
        self._restyle()

    def set_keycap(self, keycap: str) -> None:
        """Another key."""
        self._keycap = keycap
        self._restyle()

    def press(self) -> None:
        """What a key's shortcut calls: clicks if enabled."""
        if self.isEnabled() and self.isVisible():
            self.click()

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    # sizes

    def _font_role(self) -> TextRole:
        if self._role is not None:
            return self._role
        if self._kind in {"stop", "shoot"}:
            return "stop"
        if self._kind == "tool":
            return "label"
        return "row" if self._size == "large" else "strong"

    def _icon_px(self) -> int:
        if self._kind in {"stop", "shoot"}:
            return self._theme.px(34)
        if self._kind == "tool":
            return self._theme.px(22)
        return self._theme.px(22 if self._size == "large" else 20)

    def _high(self) -> int:
        px = self._theme.px
        if self._kind == "stop":
            return px(72)
        if self._kind == "shoot":
            return px(100)
        if self._stacked and self._kind != "tool":
            return px(64)
        return px(TARGET_GLOVES if self._size == "large" or self._kind == "tool" else TARGET)

    def _pad(self) -> int:
        if self._kind == "quiet":
            return self._theme.px(6)
        if self._kind == "tool":
            return self._theme.px(8)
        if self._size == "large" or self._kind in {"stop", "shoot"}:
            return self._theme.px(20 if self._kind == "stop" else 24)
        return self._theme.px(14 if self._icon else 18)

    def _parts(self) -> tuple[float, float, float]:
        """Widths of icon, words and keycap with the gaps before them, px."""
        px = self._theme.px
        words = QFontMetricsF(self._theme.font(self._font_role())).horizontalAdvance(self.text())
        icon = float(self._icon_px()) if self._icon else 0.0
        if icon and self.text():
            words += px(12 if self._kind in {"stop", "shoot"} else 10)
        key = 0.0
        if self._keycap and not self._stacked:
            key = keycap_width(self._theme, self._keycap) + px(10)
        return icon, words, key

    def sizeHint(self) -> QSize:
        icon, words, key = self._parts()
        if self._kind == "tool":
            extra = keycap_width(self._theme, self._keycap) + self._theme.px(5) if self._keycap else 0
            plain = QFontMetricsF(self._theme.font("label")).horizontalAdvance(self.text()) + extra
            return QSize(round(max(icon, plain) + 2 * self._pad()), self._high())
        support = 0.0
        if self._support:
            support = QFontMetricsF(self._theme.font("strong")).horizontalAdvance(self._support)
        return QSize(int(max(icon + words + key, support) + 2 * self._pad() + 0.99), self._high())

    def minimumSizeHint(self) -> QSize:
        # Narrower than its words it breaks them into two lines rather than cut them.
        wide = self.sizeHint()
        if self._stacked or self._kind == "stop" or " " not in self.text():
            return wide
        metrics = QFontMetricsF(self._theme.font(self._font_role()))
        longest = max(metrics.horizontalAdvance(one) for one in self.text().split())
        icon, _, key = self._parts()
        half = max(longest, metrics.horizontalAdvance(self.text()) * 0.62)
        return QSize(int(icon + self._theme.px(10) + half + key + 2 * self._pad()), self._high())

    # painting

    def _inks(self) -> tuple[QColor, QColor | None, QColor | None]:
        """Words, fill, edge."""
        color = self._theme.color
        down = self.isDown()
        over = self.underMouse() and self.isEnabled()
        if self._kind == "stop":
            edge = color(FIXED.stop_dark_edge) if self._theme.dark else None
            return color(FIXED.on_stop), color(FIXED.stop_pressed if down else FIXED.stop), edge
        if not self.isEnabled():
            return (
                color("ink3"),
                None if self._kind == "quiet" else color("sunken"),
                None if (self._kind == "quiet") else color("line"),
            )
        if self._kind in {"primary", "shoot"}:
            return color("on_accent"), color("accent_pressed" if down or over else "accent"), None
        if self._kind == "quiet":
            return color(self._ink or "accent"), color("accent_soft") if down or over else None, None
        if self._kind == "danger":
            return color("stopped"), color("stopped_soft" if down or over else "surface"), color("stopped")
        if self.isChecked():
            return color("accent"), color("accent_soft"), color("accent")
        return color("ink"), color("sunken" if down or over else "surface"), color("edge")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px = self._theme.px
        ink, fill, edge = self._inks()
        box = QRectF(self.rect())
        radius = 0 if self._kind == "stop" else px(RADIUS_SHOOT if self._kind == "shoot" else RADIUS_CONTROL)
        heavy = self.isChecked() or (self._kind == "stop" and edge is not None)
        rounded(painter, box, radius, fill, edge, (2 if heavy else 1) * max(1.0, round(self._theme.scale)))
        if self._kind == "tool":
            self._paint_tool(painter, box, ink)
        elif self._stacked:
            self._paint_stacked(painter, box, ink)
        else:
            self._paint_line(painter, box, ink)
        painter.end()

    def _paint_tool(self, painter: QPainter, box: QRectF, ink: QColor) -> None:
        px = self._theme.px
        size = self._icon_px()
        line = self._theme.line("label")
        top = (box.height() - size - line - px(2)) / 2
        if self._icon:
            place = QRectF((box.width() - size) / 2, top, size, size)
            draw_icon(painter, self._icon, ink.name(), place)
        words = QRectF(0, top + size + px(2), box.width(), line)
        if not self._keycap:
            centre = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, self._theme, words, self.text(), "label", ink.name(), align=centre)
            return
        wide = QFontMetricsF(self._theme.font("label")).horizontalAdvance(self.text())
        left = (box.width() - wide - px(5) - keycap_width(self._theme, self._keycap)) / 2
        draw_text(painter, self._theme, QRectF(left, words.y(), wide + 2, line), self.text(), "label", ink.name())
        draw_keycap(painter, self._theme, self._keycap, left + wide + px(5), words.center().y(), ink)

    def _paint_stacked(self, painter: QPainter, box: QRectF, ink: QColor) -> None:
        px = self._theme.px
        role = self._font_role()
        line = self._theme.line(role)
        under = px(20) if self._keycap or self._support else 0
        gap = px(6) if self._kind == "shoot" else px(1)
        top = (box.height() - line - (under + gap if under else 0)) / 2
        icon, words, _ = self._parts()
        left = (box.width() - icon - words) / 2
        if self._icon:
            size = self._icon_px()
            draw_icon(painter, self._icon, ink.name(), QRectF(left, top + (line - size) / 2, size, size))
        plain = QFontMetricsF(self._theme.font(role)).horizontalAdvance(self.text())
        start = left + icon + words - plain
        draw_text(painter, self._theme, QRectF(start, top, plain + 2, line), self.text(), role, ink.name())
        middle = top + line + gap + under / 2
        if self._support:
            place = QRectF(0, middle - under / 2, box.width(), under)
            centre = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, self._theme, place, self._support, "strong", ink.name(), align=centre)
        elif self._keycap:
            wide = keycap_width(self._theme, self._keycap)
            draw_keycap(painter, self._theme, self._keycap, (box.width() - wide) / 2, middle, ink)

    def _paint_line(self, painter: QPainter, box: QRectF, ink: QColor) -> None:
        px = self._theme.px
        role = self._font_role()
        icon, words, key = self._parts()
        plain = QFontMetricsF(self._theme.font(role)).horizontalAdvance(self.text())
        room = box.width() - 2 * min(self._pad(), px(10)) - icon - key - (words - plain)
        shown = min(plain, room)
        left = (box.width() - icon - (words - plain) - shown - key) / 2
        middle = box.height() / 2
        if self._icon:
            size = self._icon_px()
            draw_icon(painter, self._icon, ink.name(), QRectF(left, middle - size / 2, size, size))
        left += icon + (words - plain)
        if plain <= room + 1:
            place = QRectF(left, 0, plain + 2, box.height())
            draw_text(painter, self._theme, place, self.text(), role, ink.name())
        else:
            font = self._theme.font(role)
            tight = min(self._theme.line(role), int(box.height() / 2))
            centre = Qt.AlignmentFlag.AlignHCenter
            made, high, _ = layout_of(self._theme, (Run(self.text()),), font, tight, room, centre)
            painter.setPen(ink)
            made.draw(painter, QRectF(left, middle - high / 2, room, high).topLeft())
        if key:
            draw_keycap(painter, self._theme, self._keycap, left + shown + px(10), middle, ink)

    # keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        super().keyPressEvent(event)

    def timerEvent(self, event: QTimerEvent) -> None:
        super().timerEvent(event)
        self.update()
