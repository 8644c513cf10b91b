# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that waits: paper forms, diagnoses, pictures not filed. It never stops a clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QWidget

from clinicam.practice.tasks import Task, TaskKind
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import (
    Button,
    Card,
    Column,
    Divider,
    EmptyState,
    HeaderBar,
    Icon,
    PatientBand,
    Row,
    Scroll,
    TextLabel,
    fix,
)
from clinicam.ui.messages import message_for
from clinicam.ui.move_ways import close_sheets
from clinicam.ui.screen import Screen
from clinicam.ui.theme import Theme
from clinicam.ui.todo_rows import TodoRow, todo_rows
from clinicam.ui.words import apart

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

_MIDDLE = Qt.AlignmentFlag.AlignVCenter


class TodoScreen(Screen):
    """One row a task, the oldest first.

    Signals:
        opened(object): a `Patient` whose chart is wanted.
        aside_wanted(object): a `Patient` with pictures set aside.
        decision_wanted(): what withdrawn sessions took is to be kept or destroyed.
        and `Screen`'s.
    """

    opened = Signal(object)
    aside_wanted = Signal(object)
    decision_wanted = Signal()

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("TodoScreen", "To do"), parent)
        self._surgery = surgery
        self._bridge = bridge
        page = Column(theme, self)
        self.header = HeaderBar(theme, self.title, self.tr("never stops today's clinic"))
        page.addWidget(self.header)
        inner = QWidget()
        body = Column(theme, inner, (24, 20, 24, 16))
        self.card = Card(theme, (20, 6, 20, 6), 0)
        fix(theme, self.card, max_width=960)
        body.addWidget(self.card)
        self._none = EmptyState(theme, "circle-check", self.tr("Nothing is waiting."))
        body.addWidget(self._none)
        body.addStretch(1)
        page.addWidget(Scroll(theme, inner), 1)
        self.card.hide()

    def enter(self) -> None:
        self._bridge.run(
            todo_rows,
            self._surgery,
            done=self._show,
            failed=self._failed,
            owner=self,
            what=self.tr("Reading what is left to do"),
        )

    def leave(self) -> None:
        close_sheets(self)

    def _show(self, rows: tuple[TodoRow, ...]) -> None:
        while (item := self.card.body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for at, row in enumerate(rows):
            if at:
                self.card.body.addWidget(Divider(self.theme))
            self.card.body.addWidget(self._line(row))
        self.card.setVisible(bool(rows))
        self._none.setVisible(not rows)
        first = next(iter(self.card.findChildren(Button)), None)
        if first is not None:
            first.setFocus()

    def _line(self, row: TodoRow) -> QWidget:
        theme = self.theme
        line = QWidget()
        layout = Row(theme, line, (0, 10, 0, 10), 14)
        band = PatientBand(theme, 8)
        band.show_patient(row.patient.patient if row.patient else None)
        layout.addWidget(band)
        layout.addWidget(Icon(theme, row.icon, row.color, 22))
        words = Column(theme)
        words.addWidget(TextLabel(theme, row.words, "row"))
        name = apart(row.patient.shown_name) if row.patient else self.tr("A patient who cannot be read")
        note = f"  ·  {row.task.record.note}" if row.task.record.note else ""
        words.addWidget(TextLabel(theme, f"{name}  ·  {row.since}{note}", "body", "ink2"))
        layout.addLayout(words, 1)
        if row.patient is not None:
            patient = row.patient
            chart = Button(theme, self.tr("Open chart"), "secondary")
            chart.setAccessibleName(self.tr("Open the chart of {name}").format(name=patient.shown_name))
            chart.clicked.connect(lambda: self.opened.emit(patient))
            layout.addWidget(chart, 0, _MIDDLE)
        layout.addWidget(self._decide(row) if row.is_decided_elsewhere else self._tick(row), 0, _MIDDLE)
        return line

    def _decide(self, row: TodoRow) -> QWidget:
        button = Button(self.theme, self.tr("Look into it"), "secondary", "search")
        button.setAccessibleName(self.tr("Look into it: {words}").format(words=row.words))
        button.setObjectName("todo.decide")
        button.clicked.connect(lambda: self._look_into(row))
        return button

    def _look_into(self, row: TodoRow) -> None:
        if row.task.kind is TaskKind.WITHDRAWN_PICTURES:
            self.decision_wanted.emit()
        elif row.patient is not None:
            self.aside_wanted.emit(row.patient)

    def _tick(self, row: TodoRow) -> QWidget:
        done = Button(self.theme, self.tr("Done"), "secondary", "check")
        done.setAccessibleName(self.tr("Done: {words}").format(words=row.words))
        done.setObjectName("todo.done")
        done.clicked.connect(lambda: self._done(row.task))
        return done

    def _done(self, task: Task) -> None:
        def close() -> tuple[TodoRow, ...]:
            self._surgery.tasks.done(task.task, now_ms=self._surgery.clock.wall_ms())
            return todo_rows(self._surgery)

        self._bridge.run(close, done=self._show, failed=self._failed, owner=self, what=self.tr("Closing the task"))

    def _failed(self, problem: BaseException) -> None:
        self.trouble.emit(message_for(problem))
