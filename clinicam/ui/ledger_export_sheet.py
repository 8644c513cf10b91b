# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing an extract of the ledger to a file of one's choice, with a signed note beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from clinicam.practice.ledger import LedgerBook
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.kit import Field, SegmentedChoice, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.extract import Extract, Form
from clinicam.vault.ledgerfilter import ActFilter


class ExportSheet(Sheet):
    """Where to, and in which form. Signals:

    finished(str): it is written; the words of a toast. Otherwise as of `Sheet`.
    """

    finished = Signal(str)

    def __init__(
        self, theme: Theme, bridge: Bridge, book: LedgerBook, wanted: ActFilter, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("ExportSheet", "Write an extract"),
            translate("ExportSheet", "Write it"),
            support=translate(
                "ExportSheet",
                "Every act that the filters keep, as a file to hand over. No patient is named in it: each is a pseudonym. "
                "A signed note is put beside it, which shows any later change.",
            ),
            parent=parent,
        )
        self._bridge = bridge
        self._book = book
        self._wanted = wanted
        self._job: Job | None = None
        self.form = SegmentedChoice(
            theme,
            self.tr("Form"),
            ((Form.CSV.value, self.tr("Table (CSV)")), (Form.JSONL.value, self.tr("JSON lines"))),
        )
        self.form.setObjectName("export.form")
        self.body.addWidget(TextLabel(theme, self.tr("Form"), "label", "ink2"))
        self.body.addWidget(self.form)
        self.file = Field(theme, self.tr("File"), longest=1000)
        self.file.edit.setObjectName("export.file")
        self.body.addWidget(self.file)
        if wanted == ActFilter():
            self.body.addWidget(
                TextLabel(theme, self.tr("No filter is set: every act of the ledger will be in it."), "body", "ink2")
            )
        self.form.chosen.connect(lambda _key: self._suggest())
        self.confirmed.connect(self._write)
        self.cancelled.connect(self._stop)
        self._suggested = ""
        self._suggest()

    def _suggest(self) -> None:
        """A name nobody has used, unless something else was typed."""
        if self.file.text() not in {"", self._suggested}:
            return
        now = datetime.now().astimezone()
        self._suggested = str(Path.home() / f"clinicam-acts-{now:%Y-%m-%d-%H%M%S}.{self.form.key}")
        self.file.set_text(self._suggested)

    def _write(self) -> None:
        if not self.file.text():
            self.file.set_problem(self.tr("Name a file."))
            return
        path, form = Path(self.file.text()).expanduser(), Form(self.form.key)
        if not path.is_absolute():
            self.file.set_problem(self.tr("Name the folder too, from the first: /home/…"))
            return

        def work(job: Job) -> Extract:
            return self._book.extract(self._wanted, path, form, progress=job.progress, cancelled=job.cancelled)

        self.work(self.tr("Writing the extract"), can_stop=True)
        # Its answer is wanted even when it was stopped: then the file is gone, and the sheet may be used again.
        self._job = self._bridge.run_job(work, done=self._written, failed=self._failed, owner=self)
        self._job.progressed.connect(self.progress.set_value)
        self._job.ended.connect(self._ended)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _ended(self) -> None:
        self._job = None
        self.idle()

    def _written(self, made: Extract) -> None:
        words = self.tr("{count} acts are written, with their note beside them.")
        self.finished.emit(words.format(count=format(made.rows, ",")))
        self.close_sheet()

    def _failed(self, problem: BaseException) -> None:
        self.refused(message_for(problem))
