# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of the staff section: somebody or something, where it stands, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from clinicam.ui.kit import Button, Card, Chip, Column, Divider, Icon, Meaning, Row, TextLabel
from clinicam.ui.practice_parts import Initials
from clinicam.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Deed:
    """A button of a line. `name` is its object name; `about` completes its words for a screen reader."""

    words: str
    icon: str
    name: str
    about: str
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A line: initials of `who` or an icon, a title, a line of support, a chip, deeds."""

    title: str
    support: str
    chip: tuple[str, str, Meaning]
    deeds: tuple[Deed, ...] = ()
    who: str = ""
    icon: str = "users"


class Sides(QWidget):
    """`left` takes what room there is, `right` what it needs; below `stack_below` unscaled px `right` stands under it."""

    def __init__(
        self, theme: Theme, left: QWidget, right: QWidget, *, stack_below: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._below = stack_below
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.addWidget(left, 1)
        self._box.addWidget(right)
        theme.changed.connect(self._arrange)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(200), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        stacked = self.width() < self._theme.px(self._below)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != way:
            self._box.setDirection(way)
        self._box.setSpacing(self._theme.px(8 if stacked else 20))


class LinesCard(Card):
    """A titled card of lines, with what can be added at the end of its head."""

    def __init__(self, theme: Theme, title: str, support: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, (20, 16, 20, 12), 10, parent=parent)
        self.setAccessibleName(title)
        head = QWidget()
        words = Column(theme, head, spacing=2)
        words.addWidget(TextLabel(theme, title, "row"))
        words.addWidget(TextLabel(theme, support, "small", "ink2"))
        self._deeds = QWidget()
        self._buttons = Row(theme, self._deeds, spacing=10)
        self._buttons.addStretch(1)
        self.body.addWidget(Sides(theme, head, self._deeds, stack_below=640))
        self._lines = QWidget()
        self.body.addWidget(self._lines)
        self._shown: list[Button] = []

    def focus_first(self) -> None:
        """The focus to the first button of the head, if there is one."""
        if self._shown:
            self._shown[0].setFocus()

    def show_lines(self, lines: Sequence[Line], deeds: Sequence[Deed] = ()) -> None:
        """Replace the lines and the buttons of the head."""
        for one in self._shown:
            self._buttons.removeWidget(one)
            one.deleteLater()
        self._shown = [_button(self._theme, deed, "secondary") for deed in deeds]
        for button in self._shown:
            self._buttons.addWidget(button)
        self._deeds.setVisible(bool(deeds))
        self.body.removeWidget(self._lines)
        self._lines.deleteLater()
        self._lines = QWidget()
        column = Column(self._theme, self._lines, spacing=8)
        for line in lines:
            column.addWidget(Divider(self._theme))
            column.addWidget(_line(self._theme, line))
        self.body.addWidget(self._lines)


def _line(theme: Theme, line: Line) -> QWidget:
    left = QWidget()
    row = Row(theme, left, spacing=14)
    mark: QWidget = Initials(theme, line.who) if line.who else Icon(theme, line.icon, "ink2", 22)
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    words = Column(theme, spacing=2)
    words.addWidget(TextLabel(theme, line.title, "strong"))
    if line.support:
        words.addWidget(TextLabel(theme, line.support, "small", "ink2"))
    row.addLayout(words, 1)
    row.addWidget(Chip(theme, *line.chip), 0, Qt.AlignmentFlag.AlignVCenter)
    if not line.deeds:
        return left
    right = QWidget()
    buttons = Row(theme, right, spacing=12)
    buttons.addStretch(1)
    for deed in line.deeds:
        buttons.addWidget(_button(theme, deed, "quiet"))
    whole = Sides(theme, left, right, stack_below=760)
    whole.setAccessibleName(line.title)
    return whole


def _button(theme: Theme, deed: Deed, kind: str) -> Button:
    made = Button(theme, deed.words, "quiet" if kind == "quiet" else "secondary", deed.icon)
    made.setObjectName(deed.name)
    made.setAccessibleName(f"{deed.words}. {deed.about}" if deed.about else deed.words)
    made.clicked.connect(lambda: deed.act())
    return made
