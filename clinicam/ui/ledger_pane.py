# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: filters beside the acts, and what may be taken out of it. A manager's section and an auditor's screen show it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from clinicam.practice.ledger import DailySheet, LedgerBook
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.kit import Button, Column, Columns, ProgressLine
from clinicam.ui.ledger_daily_sheet import DailySheetSheet
from clinicam.ui.ledger_export_sheet import ExportSheet
from clinicam.ui.ledger_filters import LedgerFilters
from clinicam.ui.ledger_list import LedgerList
from clinicam.ui.messages import message_for
from clinicam.ui.theme import Theme
from clinicam.vault.ledgerfilter import ActRow
from clinicam.vault.ledgerstream import ActStream

PAGE = 100
"""acts read at once"""
Page = tuple[ActStream, tuple[ActRow, ...], dict[bytes, str]]


class LedgerPane(QWidget):
    """`open_book` is called on the vault thread when the pane is first entered.

    Signals:
        trouble(object): a `messages.Message`.
        said(str): good news.
        sheet_wanted(object): a `Sheet` over the whole screen.
        patient_wanted(): a manager looks for a patient by name; `narrow_to` answers.
    """

    trouble = Signal(object)
    said = Signal(str)
    sheet_wanted = Signal(object)
    patient_wanted = Signal()

    def __init__(
        self,
        open_book: Callable[[], LedgerBook],
        bridge: Bridge,
        theme: Theme,
        *,
        practice: str,
        knows_patients: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_book = open_book
        self._bridge = bridge
        self._theme = theme
        self._practice = practice
        self._book: LedgerBook | None = None
        self._stream: ActStream | None = None
        self._job: Job | None = None
        self._stopped = threading.Event()
        page = Column(theme, self)
        self.filters = LedgerFilters(theme, knows_patients=knows_patients)
        self.filters.changed.connect(self.search)
        self.filters.patient_wanted.connect(self.patient_wanted)
        self.daily = Button(theme, self.tr("Daily sheet"), "secondary", "file-text")
        self.daily.setObjectName("ledger.daily")
        self.daily.clicked.connect(self._daily)
        self.export = Button(theme, self.tr("Write an extract"), "secondary", "file-down")
        self.export.setObjectName("ledger.export")
        self.export.clicked.connect(self._export)
        holder = QWidget()
        self._side = Column(theme, holder, spacing=10)
        self._side.addWidget(self.filters, 1)
        self.add_tool(self.daily)
        self.add_tool(self.export)
        main = QWidget()
        right = Column(theme, main, spacing=12)
        self.progress = ProgressLine(theme, "")
        self.progress.button.setObjectName("ledger.cancel")
        self.progress.cancelled.connect(self._stop)
        self.progress.hide()
        self.list = LedgerList(theme)
        self.list.more_wanted.connect(self._more)
        self.list.further.clicked.connect(self._more)
        self.list.subject_wanted.connect(self.filters.narrow_to)
        self.list.everything_wanted.connect(self.filters.clear)
        right.addWidget(self.progress)
        right.addWidget(self.list, 1)
        parts = Columns(theme, [(holder, 236), (main, 0)], stack_below=760, gap=16, margins=(24, 20, 24, 16))
        page.addWidget(parts, 1)

    def enter(self) -> None:
        """Read anew."""
        if self._book is None:
            self._bridge.run(self._open_book, done=self._opened, failed=self._failed, owner=self)
        else:
            self.search()
        self.list.view.setFocus()

    def leave(self) -> None:
        """Stop reading."""
        self._drop()

    def add_tool(self, button: Button) -> None:
        """One button more under the filters."""
        self._side.addWidget(button)

    def narrow_to(self, subject: bytes) -> None:
        """Only acts about this pseudonym."""
        self.filters.narrow_to(subject)

    # reading

    def _opened(self, book: LedgerBook) -> None:
        self._book = book
        self.search()

    def search(self) -> None:
        """The first page of what the filters keep."""
        book, wanted = self._book, self.filters.wanted()
        if book is None:
            return
        self._drop()
        self.list.clear()

        def work(job: Job, stopped: threading.Event) -> Page:
            stream = book.open(wanted)
            return stream, _take(stream, job, stopped), book.names()

        self._start(work, self._found)

    def _found(self, page: Page) -> None:
        self._idle()
        self._stream, rows, names = page
        self.filters.show_names(names)
        self.list.show_rows(rows, names, more=self._goes_on(rows))
        self._show_stopped()

    def _more(self) -> None:
        stream = self._stream
        if stream is None or self._job is not None:
            return

        self._start(partial(_take, stream), self._further)

    def _further(self, rows: tuple[ActRow, ...]) -> None:
        self._idle()
        self.list.add_rows(rows, more=self._goes_on(rows))
        self._show_stopped()

    def _goes_on(self, rows: tuple[ActRow, ...]) -> bool:
        """Whether the list may ask for more by itself: not after somebody stopped it."""
        return self._stream is not None and not self._stream.is_done and len(rows) == PAGE

    def _show_stopped(self) -> None:
        stream = self._stream
        if stream is not None and not stream.is_done and self._stopped.is_set():
            self.list.show_stopped(stream.looked, stream.of)

    def _start(self, work: Callable[[Job, threading.Event], object], done: Callable[..., None]) -> None:
        # Named here rather than to the shell: its line stays beside the list.
        self._stopped = threading.Event()
        stopped = self._stopped
        job = self._bridge.run_job(lambda job: work(job, stopped), done=done, failed=self._failed, owner=self)
        self._job = job
        job.progressed.connect(self._tell)

    def _tell(self, done: int, of: int) -> None:
        if self._job is None:
            return
        if not self.progress.isVisible():
            self.progress.start(self.tr("Looking through the ledger"))
            self.progress.show()
        self.progress.set_value(done, of)

    def _stop(self) -> None:
        """A person stopped it: what was found so far is shown, and it can be gone on with."""
        self._stopped.set()

    def _drop(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._idle()

    def _idle(self) -> None:
        self._job = None
        self.progress.hide()

    def _failed(self, problem: BaseException) -> None:
        self._idle()
        self.list.show_broken()
        self.trouble.emit(message_for(problem))

    # taking out

    def _daily(self) -> None:
        book = self._book
        if book is not None:
            self._bridge.run(book.daily_sheet, done=self._show_daily, failed=self._failed_sheet, owner=self)

    def _show_daily(self, sheet: DailySheet) -> None:
        self.sheet_wanted.emit(DailySheetSheet(self._theme, sheet, self._practice))

    def _failed_sheet(self, problem: BaseException) -> None:
        self.trouble.emit(message_for(problem))

    def _export(self) -> None:
        book = self._book
        if book is not None:
            sheet = ExportSheet(self._theme, self._bridge, book, self.filters.wanted())
            sheet.finished.connect(self.said)
            self.sheet_wanted.emit(sheet)


def _take(stream: ActStream, job: Job, stopped: threading.Event) -> tuple[ActRow, ...]:
    """Vault thread."""
    return stream.take(PAGE, progress=job.progress, cancelled=lambda: job.cancelled() or stopped.is_set())
