# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on the Vault health page: the rolling check's tile, one line a chain, and damage that asks for a decision."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from clinicam.practice.checks import ChainLine, CheckState
from clinicam.ui.bridge import Bridge
from clinicam.ui.checks_words import chain_name, found_words, moment_words, progress_words, rows_words, since_words
from clinicam.ui.damage_sheet import DamageSheet
from clinicam.ui.kit import Bar, Button, Card, Chip, Divider, Icon, Notice, Row, TextLabel
from clinicam.ui.ledger_details import spaced
from clinicam.ui.messages import message_for
from clinicam.ui.theme import Theme
from clinicam.vault.scrub import ScrubProgress

LOOK_MS = 5000


class Desk(Protocol):
    """`practice.checks.Checks`; on the vault thread."""

    def state(self) -> CheckState:
        """See `Checks.state`."""
        ...

    def decide(self, words: str) -> None:
        """See `Checks.decide`."""
        ...


class RollingTile(Card):
    """How far the rolling check is: percent, pictures, what it found, a bar."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, (18, 14, 18, 16), 4, parent=parent)
        head = Row(theme, spacing=10)
        head.addWidget(Icon(theme, "refresh-cw", "work", 20))
        head.addWidget(TextLabel(theme, self.tr("Rolling check"), "strong", "ink2"), 1)
        self.body.addLayout(head)
        self.big = TextLabel(theme, "", "title")
        self.small = TextLabel(theme, "", "body", "ink2")
        self.bar = Bar(theme, "work")
        for part in (self.big, self.small):
            self.body.addWidget(part)
        self.body.addWidget(self.bar)
        self.body.addStretch(1)

    def show_progress(self, progress: ScrubProgress, now_ms: int) -> None:
        """Say how far it is."""
        big, small = progress_words(progress, now_ms)
        self.big.setText(big)
        self.small.setText(small)
        self.small.set_color("stopped" if progress.found else "ink2")
        self.bar.set_value(progress.percent, 100)
        self.bar.setVisible(bool(progress.of))
        self.bar.set_color("attention_edge" if progress.found else "work")
        self.setAccessibleName(f"{self.tr('Rolling check')}: {big}, {small}")


class LedgerCard(Card):
    """One line for each workstation's chain, and the code of the newest checkpoint."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, (18, 14, 18, 8), 6, parent=parent)
        self._theme = theme
        head = Row(theme, spacing=8)
        head.addWidget(TextLabel(theme, self.tr("Ledger, one chain for each workstation"), "strong"), 1)
        self.code_before = TextLabel(theme, self.tr("Checkpoint"), "body", "ink2")
        self.code = TextLabel(theme, "", "strong")
        self.code_after = TextLabel(theme, "", "body", "ink2")
        for label in (self.code_before, self.code, self.code_after):
            head.addWidget(label)
        self.body.addLayout(head)
        self._lines = QWidget()
        self._grid: QGridLayout | None = None
        self.body.addWidget(self._lines)
        self._shown: tuple[tuple[ChainLine, str], ...] = ()

    def show_state(self, state: CheckState) -> None:
        """A line a chain; nothing is painted anew while nothing has changed."""
        self.code.setText(spaced(state.code))
        words = self.tr("taken {when}").format(when=moment_words(state.code_ms, state.now_ms))
        self.code_after.setText(words if state.code_ms else "")
        for label in (self.code_before, self.code, self.code_after):
            label.setVisible(bool(state.code))
        lines = tuple((line, since_words(line.last_ms, state.now_ms)) for line in state.chains)
        if lines == self._shown:
            return
        self._shown = lines
        old, self._lines = self._lines, QWidget()
        grid = self._grid = QGridLayout(self._lines)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(self._theme.px(24))
        grid.setVerticalSpacing(self._theme.px(6))
        grid.setColumnStretch(2, 1)
        for number, (line, since) in enumerate(lines):
            self._add(grid, 2 * number, line, since)
        self.body.replaceWidget(old, self._lines)
        old.hide()
        old.deleteLater()

    def _add(self, grid: QGridLayout, at: int, line: ChainLine, since: str) -> None:
        theme = self._theme
        grid.addWidget(Divider(theme), at, 0, 1, 4)
        name = TextLabel(theme, chain_name(line), "strong")
        rows = TextLabel(theme, rows_words(line.rows), "body", "ink2")
        last = TextLabel(theme, since, "body", "ink2")
        chip = (
            Chip(theme, "check", self.tr("Unbroken"), "safe")
            if line.is_whole
            else Chip(theme, "triangle-alert", self.tr("Damaged"), "stopped")
        )
        for column, widget in enumerate((name, rows, last)):
            grid.addWidget(widget, at + 1, column, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(chip, at + 1, 3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ChecksPart(QWidget):
    """Tile, ledger and notice, driven together; a page places them where they belong. Itself it is never shown.

    Signals:
        trouble(object): a `messages.Message`.
        said(str): good news.
        asked(object): a `Sheet` to show.
        waiting(int): 1 while damage waits for a decision.
        known(object): the `CheckState` that is shown now.
    """

    trouble = Signal(object)
    said = Signal(str)
    asked = Signal(object)
    waiting = Signal(int)
    known = Signal(object)

    def __init__(
        self, theme: Theme, bridge: Bridge, desk: Desk, *, may_manage: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bridge = bridge
        self._desk = desk
        self._state: CheckState | None = None
        self.tile = RollingTile(theme)
        self.ledger = LedgerCard(theme)
        self.notice = Notice(theme)
        self.notice.hide()
        self.button = Button(theme, self.tr("Look at it"), "primary")
        self.button.setObjectName("checks.decide")
        self.button.setVisible(may_manage)
        self.button.clicked.connect(self._ask)
        self.notice.buttons.addWidget(self.button)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._fetch)
        self.hide()

    def enter(self) -> None:
        """Fetch what is known, now and every few seconds."""
        self._fetch()
        self._look.start()

    def leave(self) -> None:
        """Stop looking."""
        self._look.stop()

    def _fetch(self) -> None:
        self._bridge.run(self._desk.state, done=self._show, failed=self._failed, owner=self)

    def _show(self, state: CheckState) -> None:
        self._state = state
        self.tile.show_progress(state.progress, state.now_ms)
        self.ledger.show_state(state)
        self.notice.setVisible(bool(state.damages))
        if state.damages:
            words = self.tr(
                "No pictures are taken until a manager has looked and decided. Nothing was deleted or overwritten."
            )
            lead = self.tr("The vault: {found}").format(found=found_words(len(state.damages)))
            self.notice.show_notice(words, "stopped", "", lead)
        self.waiting.emit(1 if state.damages else 0)
        self.known.emit(state)

    def _ask(self) -> None:
        if self._state is None or not self._state.damages:
            return
        sheet = DamageSheet(self._theme, self._bridge, self._state, self._desk.decide)
        sheet.finished.connect(self._decided)
        self.asked.emit(sheet)

    def _decided(self, said: str) -> None:
        self.said.emit(said)
        self._fetch()

    def _failed(self, problem: BaseException) -> None:
        self._look.stop()
        self.trouble.emit(message_for(problem))
