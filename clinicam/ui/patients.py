# SPDX-License-Identifier: GPL-3.0-or-later
"""The first screen after unlocking: search, today, whom the surgery's program sent, what is left to do."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.consent.model import Confirmed, IdentityCheck
from clinicam.identity import Patient
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import (
    Button,
    Card,
    Chip,
    Column,
    Columns,
    EmptyState,
    HeaderBar,
    Icon,
    Row,
    TextLabel,
)
from clinicam.ui.match_card import MatchCard
from clinicam.ui.messages import message_for
from clinicam.ui.patient_list import PatientList
from clinicam.ui.patient_rows import PatientRow, are_similar
from clinicam.ui.patients_data import DayView, Match, asked_for, day_row, find_match, found_row, load_day
from clinicam.ui.screen import Screen
from clinicam.ui.search_box import SearchBox
from clinicam.ui.theme import Theme
from clinicam.ui.todo_rows import TodoRow, todo_summary
from clinicam.ui.words import today, weekday_date
from clinicam.vault.model import PatientHit

if TYPE_CHECKING:
    from clinicam.chart.call import LaunchCall
    from clinicam.surgery import Surgery

TYPING_MS = 90
"""After this pause in typing the register is searched."""
MOST_FOUND = 50


class PatientsScreen(Screen):
    """Search as you type, today's list, the match card.

    Signals:
        opened(object, object): a `Patient`; the `IdentityCheck` of the match card, or None.
        add_wanted(object, str): a `Patient` as a call describes it or None, and the words that found nobody.
        and `Screen`'s.
    """

    opened = Signal(object, object)
    add_wanted = Signal(object, str)

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("PatientsScreen", "Patients"), parent)
        self._surgery = surgery
        self._bridge = bridge
        self._asked = 0
        self._calls: deque[LaunchCall] = deque()
        self._matching = False
        page = Column(theme, self)
        self.header = HeaderBar(theme, self.title, weekday_date(today(), year=False))
        page.addWidget(self.header)
        page.addWidget(
            Columns(
                theme,
                [(self._make_lists(), 0), (self._make_side(), 416)],
                stack_below=1000,
                gap=24,
                margins=(24, 20, 24, 12),
            ),
            1,
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_MS)
        self._pause.timeout.connect(self._search)

    def _make_lists(self) -> QWidget:
        theme = self.theme
        holder = QWidget()
        column = Column(theme, holder, spacing=14)
        self.box = SearchBox(theme)
        column.addWidget(self.box)
        self.found = PatientList(theme, self.tr("Found"), most=4)
        self._similar = Chip(theme, "", self.tr("Similar names: check the date of birth"), "attention")
        self.found.head.addWidget(self._similar)
        self._nobody = EmptyState(
            theme,
            "search",
            self.tr("Nobody found. Look at the spelling, or add the patient."),
            self.tr("Add a patient"),
        )
        self._nobody.pressed.connect(lambda: self.add_wanted.emit(None, self.box.edit.text().strip()))
        self.found.set_empty(self._nobody)
        self.found.hide()
        column.addWidget(self.found)
        self.day = PatientList(theme, self.tr("Today"))
        self._free = EmptyState(
            theme, "calendar-days", self.tr("Nobody is on today's list. Search finds every patient.")
        )
        self.day.set_empty(self._free)
        column.addWidget(self.day)
        column.addStretch(1)
        self.box.edit.setObjectName("patients.search")
        self.found.view.setObjectName("patients.results")
        self.day.view.setObjectName("patients.today")
        self.box.edit.textChanged.connect(lambda _text: self._pause.start())
        self.box.edit.returnPressed.connect(self._enter_pressed)
        self.box.edit.installEventFilter(self)
        for one in (self.found, self.day):
            one.opened.connect(self._row_opened)
        return holder

    def _make_side(self) -> QWidget:
        theme = self.theme
        holder = QWidget()
        column = Column(theme, holder, spacing=16)
        self.match = MatchCard(theme)
        self.match.hide()
        column.addWidget(self.match)
        self.todo = Card(theme, (20, 16, 20, 12), 4)
        head = Row(theme)
        head.addWidget(TextLabel(theme, self.tr("To do"), "row"))
        head.addStretch(1)
        head.addWidget(TextLabel(theme, self.tr("never stops today's clinic"), "small", "ink2", wrap=False))
        self.todo.body.addLayout(head)
        self._todo_lines = Column(theme, margins=(0, 4, 0, 0))
        self.todo.body.addLayout(self._todo_lines)
        column.addWidget(self.todo)
        self.add = Button(theme, self.tr("Add a patient"), "secondary", "plus", "Ctrl Shift N", "large")
        self.add.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.add.setObjectName("patients.add")
        self.add.clicked.connect(lambda: self.add_wanted.emit(None, ""))
        column.addWidget(self.add)
        column.addStretch(1)
        self.match.confirmed.connect(self._confirmed)
        self.match.add_wanted.connect(self._add_called)
        self.match.refused.connect(self._next_call)
        self._show_todo(())
        return holder

    # what the shell calls

    def enter(self) -> None:
        self.header.support.setText(weekday_date(today(), year=False))
        self._bridge.run(
            load_day,
            self._surgery,
            done=self._show_day,
            failed=self._failed,
            owner=self,
            what=self.tr("Reading today's list"),
        )
        if self.match.isHidden():
            self.search()
        else:
            self.match.first_focus().setFocus()

    def leave(self) -> None:
        self._pause.stop()
        self._asked += 1
        self.box.edit.clear()
        self.found.show_rows(())
        self.found.hide()

    def search(self) -> None:
        """The search key: ready to type."""
        self.box.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.box.edit.selectAll()

    def receive(self, call: LaunchCall) -> None:
        """The surgery's program asks for a patient: one card at a time, in the order they came."""
        self._calls.append(call)
        if self.match.isHidden() and not self._matching:
            self._take_call()

    # calls

    def _take_call(self) -> None:
        if not self._calls:
            self.match.hide()
            return
        call = self._calls.popleft()
        self._matching = True
        self._bridge.run(
            find_match,
            self._surgery,
            call,
            done=self._matched,
            failed=self._call_failed,
            owner=self,
            what=self.tr("Looking for the patient sent by the surgery program"),
        )

    def _matched(self, match: Match | None) -> None:
        self._matching = False
        if match is None:
            self.said.emit(self.tr("The surgery program named nobody known here. Search by name."))
            self._take_call()
            return
        source = self.tr("Sent by the surgery program, just now")
        self.match.show_match(match.patient, source, known=match.known, waiting=len(self._calls))
        self.match.show()
        self.match.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _call_failed(self, problem: BaseException) -> None:
        self._matching = False
        self._failed(problem)
        self._take_call()

    def _next_call(self) -> None:
        self.match.hide()
        self._take_call()
        if self.match.isHidden():
            self.search()

    def _confirmed(self, patient: Patient) -> None:
        self.match.hide()
        self._take_call()
        check = IdentityCheck(
            confirmed=(Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED),
            verified_by=self._surgery.me.staff,
            at_ms=self._surgery.clock.wall_ms(),
        )
        self.opened.emit(patient, check)

    def _add_called(self, patient: Patient) -> None:
        self.match.hide()
        self._take_call()
        self.add_wanted.emit(patient, "")

    # search

    def _search(self) -> None:
        text = self.box.edit.text().strip()
        self._asked += 1
        if not text:
            self.found.show_rows(())
            self.found.hide()
            return
        asked = self._asked
        self._bridge.run(
            self._surgery.patients.search,
            text,
            MOST_FOUND,
            done=lambda hits: self._show_found(asked, text, hits),
            failed=self._failed,
            owner=self,
        )

    def _show_found(self, asked: int, text: str, hits: tuple[PatientHit, ...]) -> None:
        if asked != self._asked:
            return
        self.found.show_rows([found_row(one) for one in hits], text)
        if len(hits) >= MOST_FOUND:
            self.found.title.setText(self.tr("The first {count} found").format(count=len(hits)))
        elif hits:
            self.found.title.setText(self.tr("{count} found").format(count=len(hits)))
        else:
            self.found.title.setText(self.tr("None found"))
        self._similar.setVisible(are_similar([one.patient for one in hits]))
        self._nobody.setVisible(not hits)
        self.found.show()

    def _enter_pressed(self) -> None:
        if self._pause.isActive():
            # What is typed has not been searched yet: opening the old first row could open the wrong chart.
            self._pause.stop()
            self._search()
            return
        if not self.found.isHidden():
            self.found.open_current()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None and not self.found.isHidden():
                self.found.step(step)
                return True
        return super().eventFilter(watched, event)

    def _row_opened(self, row: PatientRow) -> None:
        self.opened.emit(row.patient, None)

    # the day

    def _show_day(self, view: DayView) -> None:
        self.day.show_rows([day_row(one) for one in view.lines])
        booked, asked = len(view.lines), asked_for(view.lines)
        words = self.tr("{booked} booked, {asked} with pictures asked for").format(booked=booked, asked=asked)
        self.day.support.setText(words if booked else "")
        self._free.setVisible(not booked)
        self._show_todo(view.todo)

    def _show_todo(self, rows: tuple[TodoRow, ...]) -> None:
        while (item := self._todo_lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        lines = todo_summary(rows)
        for icon, color, words in lines:
            line = QWidget()
            row = Row(self.theme, line, (0, 8, 0, 8), 12)
            row.addWidget(Icon(self.theme, icon, color, 20))
            row.addWidget(TextLabel(self.theme, words, "body"), 1)
            self._todo_lines.addWidget(line)
        if not lines:
            self._todo_lines.addWidget(TextLabel(self.theme, self.tr("Nothing is waiting."), "body", "ink2"))

    def _failed(self, problem: BaseException) -> None:
        self.trouble.emit(message_for(problem))
