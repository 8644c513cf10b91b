# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions a session asks in the stage, never over it: equal rows, each with a digit. No dialog, nothing hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.columns import Scroll
from clinicam.ui.kit.layout import Column
from clinicam.ui.kit.paint import draw_keycap, keycap_width, rounded
from clinicam.ui.kit.text import Run, TextLabel, draw_text, layout_of
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_SHOOT


@dataclass(frozen=True, slots=True)
class Choice:
    """One row: `name` is its object name, `icon` a Lucide name, `words` what it does and `support` what follows."""

    name: str
    icon: str
    words: str
    support: str


class ChoiceRow(QAbstractButton):
    """A whole row as one button: icon, words, what follows, digit. All rows of a sheet look the same."""

    def __init__(self, theme: Theme, choice: Choice, keycap: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._choice = choice
        self._keycap = keycap
        self.setObjectName(choice.name)
        self.setText(choice.words)
        self.setAccessibleName(f"{choice.words}. {choice.support}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("focusRadius", RADIUS_SHOOT)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.updateGeometry)

    def hasHeightForWidth(self) -> bool:
        """The support may need two lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Title line and support with 16 px above and below, at least 76 px."""
        return max(
            self._theme.px(76), int(self._theme.line("title") + self._support_height(width) + self._theme.px(34))
        )

    def sizeHint(self) -> QSize:
        """A stage wide."""
        width = self._theme.px(560)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for 200 % text."""
        return QSize(self._theme.px(280), self._theme.px(76))

    def _room(self, width: float) -> float:
        return width - self._theme.px(24 + 32 + 18 + 18 + 20) - keycap_width(self._theme, self._keycap)

    def _support_height(self, width: float) -> float:
        theme = self._theme
        runs = (Run(self._choice.support),)
        lead = Qt.AlignmentFlag.AlignLeading
        font, line = theme.font("plainrow"), theme.line("plainrow")
        return layout_of(theme, runs, font, line, self._room(width), lead)[1]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One row."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        box = QRectF(self.rect())
        rounded(
            painter, box, px(RADIUS_SHOOT), theme.color("sunken" if self.isDown() else "surface"), theme.color("edge")
        )
        side = px(32)
        mark = QRectF(px(24), box.center().y() - side / 2, side, side)
        draw_icon(painter, self._choice.icon, theme.tokens.ink, mark)
        room = self._room(box.width())
        support = self._support_height(box.width())
        left, title = mark.right() + px(18), theme.line("title")
        top = (box.height() - title - support - px(2)) / 2
        draw_text(painter, theme, QRectF(left, top, room, title), self._choice.words, "title")
        below = QRectF(left, top + title + px(2), room, support)
        draw_text(painter, theme, below, self._choice.support, "plainrow", "ink2", wrap=True)
        key_left = box.right() - px(20) - keycap_width(theme, self._keycap)
        draw_keycap(painter, theme, self._keycap, key_left, box.center().y(), theme.color("ink"))
        painter.end()


class Sheet(QWidget):
    """Headline, support and up to nine rows in place of the stage.

    Signals:
        answered(str): the object name of the row a person chose.
    """

    answered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[ChoiceRow] = []
        self._headline = TextLabel(theme, "", "headline")
        self._support = TextLabel(theme, "", "plainrow", "ink2")
        self._foot = TextLabel(theme, "", "body", "ink2")
        inside = QWidget()
        self._column = Column(theme, inside, (24, 16, 24, 16), 12)
        self._column.addWidget(self._headline)
        self._column.addWidget(self._support)
        self._column.gap(4)
        self._places = Column(theme, spacing=12)
        self._column.addLayout(self._places)
        self._column.addWidget(self._foot)
        self._column.addStretch(1)
        outer = Column(theme, self)
        outer.addWidget(Scroll(theme, inside))
        self.setProperty("ground", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def ask(self, headline: str, support: str, choices: Sequence[Choice], foot: str = "") -> None:
        """Show the question; rows are numbered from 1 and the first takes the focus."""
        self._headline.setText(headline)
        self._support.setText(support)
        self._foot.setText(foot)
        self._foot.setVisible(bool(foot))
        self.setAccessibleName(f"{headline}. {support}")
        for row in self._rows:
            self._places.removeWidget(row)
            row.hide()
            row.setParent(None)
            row.deleteLater()
        self._rows = [ChoiceRow(self._theme, choice, str(at + 1), self) for at, choice in enumerate(choices)]
        for row in self._rows:
            row.clicked.connect(partial(self.answered.emit, row.objectName()))
            self._places.addWidget(row)
            row.show()

    def set_compact(self, compact: bool) -> None:
        """A smaller headline, where room is short."""
        self._headline.set_role("title" if compact else "headline")

    def focus_first(self) -> None:
        """Put the focus on the first row."""
        if self._rows:
            self._rows[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def press(self, digit: int) -> bool:
        """Choose row `digit`, counted from 1. False if there is no such row."""
        if not 1 <= digit <= len(self._rows):
            return False
        self._rows[digit - 1].click()
        return True
