# SPDX-License-Identifier: GPL-3.0-or-later
"""A choice from a list that opens in its place, under the field: no popup, so Esc and STOP keep their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.layout import Column
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import TextLabel, draw_text, text_width
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the list."""

    key: str
    text: str
    support: str = ""


class _Line(QAbstractButton):
    """The closed field or one open line."""

    def __init__(self, theme: Theme, *, head: bool, icon: str = "") -> None:
        super().__init__()
        self._theme = theme
        self._head = head
        self._icon = icon
        self.open = False
        self.support = ""
        self.placeholder = False
        self.high = 44.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        words = text_width(self._theme, self.text(), "body") + text_width(self._theme, self.support, "small")
        return QSize(int(words) + self._theme.px(100), self._theme.px(self.high))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(120), self._theme.px(self.high))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, color = self._theme.px, self._theme.color
        box = QRectF(self.rect())
        lit = self.isChecked() or (not self._head and (self.underMouse() or self.hasFocus()))
        ground = color("accent_soft" if lit else "surface") if self.isEnabled() else color("sunken")
        edge = color("edge" if self.isEnabled() else "line") if self._head else None
        rounded(painter, box, px(RADIUS_CONTROL), ground, edge, max(1.0, round(self._theme.scale)))
        x = float(px(14))
        right = box.width() - px(14)
        ink = "ink" if self.isEnabled() and not self.placeholder else "ink3"
        if self._icon:
            draw_icon(painter, self._icon, color("ink2").name(), QRectF(x, box.center().y() - px(10), px(20), px(20)))
            x += px(30)
        if self._head:
            right -= px(22)
            arrow = "chevron-up" if self.open else "chevron-down"
            draw_icon(painter, arrow, color("ink").name(), QRectF(right, box.center().y() - px(10), px(20), px(20)))
        elif self.isChecked():
            right -= px(22)
            draw_icon(
                painter, "check", color("accent").name(), QRectF(right, box.center().y() - px(10), px(20), px(20))
            )
        used = draw_text(painter, self._theme, QRectF(x, 0, right - x - px(8), box.height()), self.text(), "body", ink)
        if self.support:
            x += used + px(10)
            draw_text(
                painter,
                self._theme,
                QRectF(x, 0, max(1.0, right - x - px(8)), box.height()),
                self.support,
                "small",
                "ink2",
            )
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.click()
            return
        event.ignore() if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down} else super().keyPressEvent(event)


class ChoiceField(QWidget):
    """Label, field, and the list inline below while it is open. Up and Down walk, Enter takes, Esc closes.

    Signals:
        chosen(str): key of the option taken.
    """

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        label: str,
        options: Sequence[Option] = (),
        placeholder: str = "",
        *,
        icon: str = "",
        tall: bool = False,
        show_label: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name = label
        self._placeholder = placeholder
        self._options: tuple[Option, ...] = ()
        self._lines: list[_Line] = []
        self._key: str | None = None
        column = Column(theme, self, spacing=6)
        self._label = TextLabel(theme, label, "label", "ink2")
        column.addWidget(self._label)
        self._label.setVisible(show_label)
        self._head = _Line(theme, head=True, icon=icon)
        self._head.high = 57.0 if tall else 44.0
        self._head.clicked.connect(self._toggle)
        column.addWidget(self._head)
        self._list = QWidget()
        self._rows = Column(theme, self._list, spacing=2)
        self._list.hide()
        column.addWidget(self._list)
        column.addStretch(1)
        self.setFocusProxy(self._head)
        self.set_options(options)

    @property
    def key(self) -> str | None:
        """The option taken; None while nothing is."""
        return self._key

    def set_options(self, options: Sequence[Option]) -> None:
        """Other options; a choice that is no longer among them is dropped."""
        for one in self._lines:
            self._rows.removeWidget(one)
            one.deleteLater()
        self._lines = []
        self._options = tuple(options)
        for option in self._options:
            line = _Line(self._theme, head=False)
            line.setText(option.text)
            line.support = option.support
            line.setCheckable(True)
            line.setAccessibleName(f"{option.text}. {option.support}" if option.support else option.text)
            line.clicked.connect(lambda _on=False, key=option.key: self._take(key))
            self._rows.addWidget(line)
            self._lines.append(line)
        if self._key not in {one.key for one in self._options}:
            self._key = None
        self._refresh()

    def choose(self, key: str | None, *, quietly: bool = True) -> None:
        """Take `key` without opening the list; None empties the field."""
        self._key = key
        self._refresh()
        if key is not None and not quietly:
            self.chosen.emit(key)

    def _refresh(self) -> None:
        found = next((one for one in self._options if one.key == self._key), None)
        self._head.setText(found.text if found else self._placeholder)
        self._head.support = found.support if found else ""
        self._head.placeholder = found is None
        self._head.setAccessibleName(f"{self._name}: {self._head.text()}")
        for line, option in zip(self._lines, self._options, strict=True):
            line.setChecked(option.key == self._key)
        self._head.update()

    def _open(self, wide_open: bool) -> None:
        self._head.open = wide_open
        self._list.setVisible(wide_open)
        self._head.update()
        if wide_open and self._lines:
            at = next((i for i, one in enumerate(self._options) if one.key == self._key), 0)
            self._lines[at].setFocus()
        else:
            self._head.setFocus()

    def _toggle(self) -> None:
        self._open(not self._head.open)

    def _take(self, key: str) -> None:
        self._key = key
        self._refresh()
        self._open(False)
        self.chosen.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if self._head.open and key == Qt.Key.Key_Escape:
            self._open(False)
            return
        if key in {Qt.Key.Key_Up, Qt.Key.Key_Down} and self._lines:
            if not self._head.open:
                self._open(True)
                return
            at = next((i for i, one in enumerate(self._lines) if one.hasFocus()), 0)
            step = 1 if key == Qt.Key.Key_Down else -1
            self._lines[min(max(at + step, 0), len(self._lines) - 1)].setFocus()
            return
        super().keyPressEvent(event)
