# SPDX-License-Identifier: GPL-3.0-or-later
"""Naming the folder for backups, and beginning the first one there. It closes as soon as the folder was accepted."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QWidget

from clinicam.errors import BackupRefused, CliniCamError
from clinicam.practice.backups import Progress
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.kit import Field, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.backup import BackupReport
from clinicam.vault.restorereport import RestoreReport

LOOK_MS = 200


class Keeper(Protocol):
    """The part of `practice.backups.BackupKeeper` that the screens drive."""

    progress: Progress | None

    @property
    def is_running(self) -> bool:
        """Whether something is under way."""
        ...

    def start(self, place: Path | None = None) -> Future[BackupReport]:
        """See `BackupKeeper.start`."""
        ...

    def drill(self) -> Future[RestoreReport]:
        """See `BackupKeeper.drill`."""
        ...

    def cancel(self) -> None:
        """See `BackupKeeper.cancel`."""
        ...


class BackupSheet(Sheet):
    """Signals:
    started(object): the backup's `Future`; the folder was accepted and the sheet closes. Otherwise as `Sheet`.
    """

    started = Signal(object)

    def __init__(self, theme: Theme, bridge: Bridge, keeper: Keeper, place: str, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("BackupSheet", "Where backups go"),
            translate("BackupSheet", "Use this folder and back up"),
            support=translate(
                "BackupSheet",
                "Everything in it is sealed: whoever runs the server sees no patient and no picture. Only what is new is copied, "
                "and what was written is read back and compared.",
            ),
            parent=parent,
        )
        self._bridge = bridge
        self._keeper = keeper
        self._future: Future[BackupReport] | None = None
        self._job: Job | None = None
        self.folder = Field(
            theme,
            self.tr("Folder"),
            self.tr("/mnt/nas/clinicam"),
            help_text=self.tr("An empty folder for this vault alone, or the one it was backed up to before."),
            longest=4096,
        )
        self.folder.edit.setObjectName("backup.folder")
        self.folder.set_text(place)
        self.body.addWidget(self.folder)
        words = self.tr(
            "On a server or a NAS: then fire or theft does not take both. Never on a stick, a card or a disk on a cable. Somebody "
            "erased can still be in an older backup until it is removed, after at most 35 days; a restore erases them again."
        )
        self.body.addWidget(TextLabel(theme, words, "small", "ink2"))
        self.folder.entered.connect(self._go)
        self.confirmed.connect(self._go)
        self.cancelled.connect(keeper.cancel)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._watch)

    def _go(self) -> None:
        text = self.folder.text()
        if not text.startswith("/"):
            self.folder.set_problem(self.tr("Write the whole path, from / on."))
            self.folder.edit.setFocus()
            return
        try:
            future = self._keeper.start(Path(text))
        except CliniCamError as refused:
            self.refused(message_for(refused))
            return
        self.work(self.tr("Looking at the folder"), can_stop=True)
        self._future = future
        self._job = self._bridge.watch(future, done=lambda _report: self._accepted(), failed=self._failed, owner=self)
        self._look.start()

    def _watch(self) -> None:
        """It has begun to copy: so the folder will do, and what is left to see is to be seen on the page."""
        if self._keeper.progress is not None:
            self._accepted()

    def _accepted(self) -> None:
        self._look.stop()
        future, self._future = self._future, None
        if future is None:  # copying and finishing may both be told before the sheet is gone
            return
        self.idle()
        self.started.emit(future)
        self.close_sheet()

    def _failed(self, problem: BaseException) -> None:
        self._look.stop()
        if self._future is None:  # the page says it
            return
        if isinstance(problem, BackupRefused):
            message = message_for(problem)
            self.idle()
            self.folder.set_problem(f"{message.sentence} {message.next_step}")
            self.folder.edit.setFocus()
        else:
            self.refused(message_for(problem))
