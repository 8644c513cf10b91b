# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups on the Vault health page: a tile with the last one, remarks that ask for something, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import Cancelled, CliniCamError
from clinicam.practice.backups import BackupState
from clinicam.ui.backup_sheet import BackupSheet, Keeper
from clinicam.ui.backup_words import (
    Remark,
    Wanted,
    backup_remark,
    drill_remark,
    drill_words,
    progress_words,
    tile_words,
)
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Button, Card, Column, Icon, Notice, ProgressLine, Row, TextLabel
from clinicam.ui.messages import Message, message_for
from clinicam.ui.theme import Theme
from clinicam.vault.restorereport import RestoreReport

LOOK_MS = 300


class StatefulKeeper(Keeper, Protocol):
    """A keeper that also says what is known; on the vault thread."""

    def state(self) -> BackupState:
        """See `BackupKeeper.state`."""
        ...


class BackupTile(Card):
    """The last backup: when, where, how much. One button.

    Signals:
        wanted(object): a `Wanted`.
    """

    wanted = Signal(object)

    def __init__(self, theme: Theme, *, may_manage: bool, parent: QWidget | None = None) -> None:
        super().__init__(theme, (18, 14, 18, 16), 4, parent=parent)
        self._may_manage = may_manage
        self._next = Wanted.START
        head = Row(theme, spacing=10)
        head.addWidget(Icon(theme, "archive", "accent", 20))
        head.addWidget(TextLabel(theme, self.tr("Backup"), "strong", "ink2"), 1)
        self.body.addLayout(head)
        self.big = TextLabel(theme, "", "title")
        self.small = TextLabel(theme, "", "body", "ink2")
        self.detail = TextLabel(theme, "", "small", "ink2")
        for label in (self.big, self.small, self.detail):
            self.body.addWidget(label)
        self.body.addStretch(1)
        self.button = Button(theme, self.tr("Back up now"), "secondary", "archive")
        self.button.setObjectName("backup.now")
        self.button.clicked.connect(lambda: self.wanted.emit(self._next))
        self.body.addWidget(self.button)
        self.button.hide()

    def show_state(self, state: BackupState) -> None:
        """Say what is known."""
        big, small, detail = tile_words(state)
        self.big.setText(big)
        self.big.set_color("ink" if state.made is not None and not state.is_old else "stopped")
        self.small.setText(small)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self._next = Wanted.START if state.place else Wanted.PLACE
        self.button.setText(self.tr("Back up now") if state.place else self.tr("Name a folder"))
        self.button.setVisible(bool(state.place) or self._may_manage)
        self.setAccessibleName(f"{self.tr('Backup')}: {big}, {small}")


class BackupRemarks(QWidget):
    """What asks for something: no backup, an old one, a trial restore. Then how far what is running is.

    Signals:
        wanted(object): a `Wanted`.
        stopped(): what is running is to stop.
    """

    wanted = Signal(object)
    stopped = Signal()

    def __init__(self, theme: Theme, *, may_manage: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._may_manage = may_manage
        column = Column(theme, self, spacing=12)
        self.progress = ProgressLine(theme, "")
        self.progress.button.setObjectName("backup.stop")
        self.progress.cancelled.connect(self.stopped)
        self.progress.hide()
        column.addWidget(self.progress)
        self.notices = [Notice(theme), Notice(theme)]
        self.buttons = [self._button(notice) for notice in self.notices]
        for notice in self.notices:
            notice.hide()
            column.addWidget(notice)
        self._wanted: list[Wanted | None] = [None, None]
        self._doing = ""
        self.hide()

    def _button(self, notice: Notice) -> Button:
        button = Button(self._theme, self.tr("Start"), "primary")
        button.clicked.connect(lambda: self._pressed(self.notices.index(notice)))
        notice.buttons.addWidget(button)
        return button

    def _pressed(self, number: int) -> None:
        self.wanted.emit(self._wanted[number])

    def show_state(self, state: BackupState) -> None:
        """Say what is to be done, the most pressing first."""
        for number, remark in enumerate((backup_remark(state), drill_remark(state))):
            self._show(number, remark)
        self._fold()

    def _show(self, number: int, remark: Remark | None) -> None:
        notice, button = self.notices[number], self.buttons[number]
        notice.setVisible(remark is not None)
        self._wanted[number] = remark.wanted if remark is not None else None
        if remark is not None:
            notice.show_notice(remark.text, remark.meaning, "", remark.lead)
            button.setText(remark.button)
            button.setObjectName(f"backup.{remark.wanted.name.lower()}")
            button.setVisible(self._may_manage or remark.wanted is Wanted.START)

    def show_progress(self, words: str, done: int, of: int) -> None:
        """Something is running."""
        if words != self._doing:
            self._doing = words
            self.progress.start(words)
        self.progress.set_value(done, of)
        self.progress.show()
        self._lock(running=True)

    def end_progress(self) -> None:
        """Nothing is."""
        self.progress.hide()
        self._lock(running=False)

    def _lock(self, *, running: bool) -> None:
        for button in self.buttons:
            button.setEnabled(not running)
        self._fold()

    def _fold(self) -> None:
        shown = [self.progress, *self.notices]
        self.setVisible(any(not one.isHidden() for one in shown))


class BackupPart(QWidget):
    """Tile and remarks, driven together; a page places `tile` and `remarks` where they belong. Itself it is never shown.

    Signals:
        trouble(object): a `messages.Message`.
        said(str): good news.
        asked(object): a `Sheet` to show.
        waiting(int): how many remarks there are.
    """

    trouble = Signal(object)
    said = Signal(str)
    asked = Signal(object)
    waiting = Signal(int)

    def __init__(
        self, theme: Theme, bridge: Bridge, keeper: StatefulKeeper, *, may_manage: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bridge = bridge
        self._keeper = keeper
        self._place = ""
        self.tile = BackupTile(theme, may_manage=may_manage)
        self.remarks = BackupRemarks(theme, may_manage=may_manage)
        for one in (self.tile, self.remarks):
            one.wanted.connect(self._do)
        self.remarks.stopped.connect(keeper.cancel)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._watch)
        self.hide()

    def enter(self) -> None:
        """Fetch what is known; follow what is running."""
        self._fetch()
        self._follow()

    def _fetch(self) -> None:
        self._bridge.run(self._keeper.state, done=self._show, failed=self._failed, owner=self)

    def leave(self) -> None:
        """Stop looking; what is running goes on."""
        self._look.stop()

    def _show(self, state: BackupState) -> None:
        self._place = state.place
        self.tile.show_state(state)
        self.remarks.show_state(state)
        self.waiting.emit(sum(one is not None for one in (backup_remark(state), drill_remark(state))))

    def _follow(self) -> None:
        self._watch()
        self._look.start()

    def _watch(self) -> None:
        running = self._keeper.is_running
        self.tile.button.setEnabled(not running)
        if running:
            self.remarks.show_progress(*progress_words(self._keeper.progress))
        elif not self.remarks.progress.isHidden():
            self.remarks.end_progress()
            self._fetch()

    # what is asked for

    def _do(self, wanted: Wanted) -> None:
        if wanted is Wanted.PLACE:
            sheet = BackupSheet(self._theme, self._bridge, self._keeper, self._place)
            sheet.started.connect(lambda future: self._track(future, self._backed_up))
            self.asked.emit(sheet)
        elif wanted is Wanted.START:
            self._run(self._keeper.start, self._backed_up)
        else:
            self._run(self._keeper.drill, self._drilled)

    def _run(self, begin: Callable[[], Future[Any]], words: Callable[[Any], str]) -> None:
        try:
            future = begin()
        except CliniCamError as refused:
            self._failed(refused)
            return
        self._track(future, words)

    def _track(self, future: Future[Any], words: Callable[[Any], str]) -> None:
        """Follow it to its end. What is known is read again then: a quick one is over before the timer looks."""

        def done(report: Any) -> None:
            text = words(report)
            if text:
                self.said.emit(text)
            self._watch()
            self._fetch()

        def failed(problem: BaseException) -> None:
            self._failed(problem)
            self._fetch()

        self._bridge.watch(future, done=done, failed=failed, owner=self)
        self._follow()

    def _backed_up(self, _report: Any) -> str:
        return self.tr("The backup is complete, read back and compared.")

    def _drilled(self, report: RestoreReport) -> str:
        if report.ok:
            return drill_words(report)
        step = QCoreApplication.translate("backup", "Back up again, reading everything, and try once more.")
        self.trouble.emit(Message(drill_words(report), step))
        return ""

    def _failed(self, problem: BaseException) -> None:
        self._watch()
        if not isinstance(problem, Cancelled):
            self.trouble.emit(message_for(problem))
