# SPDX-License-Identifier: GPL-3.0-or-later
"""In place of the stage while the shutter is shut: what to do first, with digits, and how the checks stand."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from clinicam.capture.views import SittingView
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.badge import draw_shot_badge
from clinicam.ui.kit.blocker_row import BlockerRow
from clinicam.ui.kit.columns import Scroll
from clinicam.ui.kit.layout import Column, Row, fix
from clinicam.ui.kit.text import TextLabel, draw_text
from clinicam.ui.problem_words import Check, ProblemRow, checks, checks_head, headline, problem_rows, support
from clinicam.ui.theme import Theme

_SIDE_BY_SIDE = 640
"""Below this width, in unscaled px, the checks stand in one column."""


class CheckLine(QWidget):
    """A tick or an hourglass, a name, and what is known.

    Signals:
        none
    """

    def __init__(self, theme: Theme, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._check = check
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        fix(theme, self, height=36)
        self.show_check(check)

    def show_check(self, check: Check) -> None:
        """Show another state."""
        self._check = check
        state = self.tr("fine") if check.fine else self.tr("not known") if check.unknown else self.tr("open")
        self.setAccessibleName(f"{check.name}: {state}, {check.words}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """One line."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        side = px(24)
        mark = QRectF(0, (self.height() - side) / 2, side, side)
        if self._check.fine:
            draw_shot_badge(painter, theme, mark, "safe")
        elif self._check.unknown:
            draw_icon(painter, "hourglass", theme.tokens.work, mark.adjusted(px(2), px(2), -px(2), -px(2)))
        else:
            draw_icon(painter, "triangle-alert", theme.tokens.attention, mark.adjusted(px(1), px(1), -px(1), -px(1)))
        name = QRectF(px(34), 0, px(76), self.height())
        draw_text(painter, theme, name, self._check.name, "strong")
        words = QRectF(px(112), 0, self.width() - px(112), self.height())
        draw_text(painter, theme, words, self._check.words, "body", "ink2")
        painter.end()


class ProblemPanel(QWidget):
    """Rebuilt only when a row changes, so that the focus and a half-pressed button survive each second's look.

    Signals:
        lifted(str): the key of the row whose button was pressed.
    """

    lifted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[ProblemRow, ...] = ()
        self._widgets: list[BlockerRow] = []
        self._lines: list[CheckLine] = []
        self._headline = TextLabel(theme, "", "headline")
        self._support = TextLabel(theme, "", "plainrow", "ink2")
        self._checks_head = TextLabel(theme, "", "row")
        inside = QWidget()
        page = Column(theme, inside, (24, 18, 24, 12), 0)
        page.addWidget(self._headline)
        page.addWidget(self._support)
        page.gap(12)
        self._places = Column(theme, spacing=10)
        page.addLayout(self._places)
        page.gap(14)
        head = Row(theme)
        head.addWidget(self._checks_head, 1)
        head.addWidget(TextLabel(theme, self.tr("looked at every second"), "body", "ink2", wrap=False))
        page.addLayout(head)
        page.gap(4)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._halves.setSpacing(0)
        self._columns = (Column(theme), Column(theme))
        for column in self._columns:
            self._halves.addLayout(column, 1)
        page.addLayout(self._halves)
        page.gap(6)
        page.addWidget(
            TextLabel(theme, self.tr("Or finish now: the series remembers which views are open."), "body", "ink2")
        )
        page.addStretch(1)
        outer = Column(theme, self)
        self._scroll = Scroll(theme, inside)
        outer.addWidget(self._scroll)
        self.setObjectName("session.problem")
        self.setProperty("ground", "bg")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    @property
    def rows(self) -> tuple[ProblemRow, ...]:
        """What is listed."""
        return self._rows

    def show_view(self, view: SittingView) -> int:
        """List what stands. Returns how many things there are to do."""
        rows = problem_rows(view)
        if rows:
            self._headline.setText(headline(view, rows))
            self._support.setText(support(view))
            self.setAccessibleName(self._headline.text())
            if rows != self._rows:
                self._rebuild(rows)
            self._show_checks(checks(view))
        self._rows = rows
        return len(rows)

    def set_compact(self, compact: bool) -> None:
        """A smaller headline, where room is short."""
        self._headline.set_role("title" if compact else "headline")

    def press(self, digit: int) -> bool:
        """Press the button with `digit`. False if there is none."""
        buttons = [row.button for row in self._widgets if row.button is not None]
        if not 1 <= digit <= len(buttons):
            return False
        buttons[digit - 1].click()
        return True

    def focus_first(self) -> bool:
        """Put the focus on the first button. False if there is none."""
        for row in self._widgets:
            if row.button is not None:
                row.button.setFocus(Qt.FocusReason.OtherFocusReason)
                self._scroll.ensureWidgetVisible(row)
                return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What lifts a blocker stays in sight."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._reveal)

    def _reveal(self) -> None:
        for row in self._widgets:
            if row.button is not None and row.button.hasFocus():
                self._scroll.ensureWidgetVisible(row)

    def _rebuild(self, rows: tuple[ProblemRow, ...]) -> None:
        self._scroll.verticalScrollBar().setValue(0)
        for old in self._widgets:
            self._places.removeWidget(old)
            old.hide()
            old.setParent(None)
            old.deleteLater()
        self._widgets = []
        digit = 0
        for row in rows:
            digit += bool(row.action)
            widget = BlockerRow(
                self._theme,
                row.sentence,
                row.next_step,
                row.code,
                row.action,
                str(digit) if row.action else "",
                large=True,
                primary=bool(row.action) and digit == 1,
            )
            if widget.button is not None:
                widget.button.setObjectName("session.resume")
                widget.button.clicked.connect(partial(self.lifted.emit, row.key))
            self._places.addWidget(widget)
            widget.show()
            self._widgets.append(widget)

    def _show_checks(self, shown: tuple[Check, ...]) -> None:
        self._checks_head.setText(checks_head(shown))
        if not self._lines:
            self._lines = [CheckLine(self._theme, check) for check in shown]
            for at, line in enumerate(self._lines):
                self._columns[at * 2 // len(self._lines)].addWidget(line)
        for line, check in zip(self._lines, shown, strict=True):
            line.show_check(check)
        side = self.width() >= self._theme.px(_SIDE_BY_SIDE)
        way = QBoxLayout.Direction
        self._halves.setDirection(way.LeftToRight if side else way.TopToBottom)
