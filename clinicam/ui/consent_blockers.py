# SPDX-License-Identifier: GPL-3.0-or-later
"""Beside the staff's part: everything that is open before the camera opens, everything that is done, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.consent.draft import Point, PointKind
from clinicam.consent.refusal import refuse
from clinicam.identity import Patient
from clinicam.ui.kit import BlockerRow, Button, Column, Divider, Icon, Notice, Row, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.pane_scroll import PaneScroll
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart

READY = frozenset({CameraState.READY, CameraState.ARMED})


class ConsentBlockers(QFrame):
    """Lists, then the buttons. `open_codes` are the blockers listed now. A disabled first button always stands below what lifts it.

    Signals:
        hand_over(): the first button: to the patient, or record a spoken yes.
        said_no(): the patient refused; needs nothing but a confirmed patient and a question.
        paper(bool): a paper form; True if it was signed in front of the clinician who explained it.
        take_back(): take the patient's screen back.
    """

    hand_over = Signal()
    said_no = Signal()
    paper = Signal(bool)
    take_back = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._given = ""
        self.open_codes: tuple[str, ...] = ()
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        frame = Column(theme, self, (0, 16, 0, 16))
        lists = QWidget()
        self._lists = PaneScroll(theme, lists)
        column = Column(theme, lists, (24, 0, 24, 0))
        self._title = TextLabel(theme, self.tr("Before the camera opens"), "section")
        self._count = TextLabel(theme, "", "body", "ink2")
        column.addWidget(self._title)
        column.addWidget(self._count)
        self._open = Column(theme)
        column.addLayout(self._open)
        column.gap(4)
        self._line = Divider(theme)
        column.addWidget(self._line)
        column.gap(8)
        self._done = Column(theme, spacing=4)
        column.addLayout(self._done)
        column.gap(14)
        later = Notice(theme, "", "neutral")
        later.show_notice(
            self.tr("come after the pictures. They never hold up care."),
            "neutral",
            "clock",
            self.tr("Teaching, website and so on"),
        )
        column.addWidget(later)
        column.addStretch(1)
        frame.addWidget(self._lists, 1)
        frame.gap(12)
        column = Column(theme, margins=(24, 0, 24, 0))
        frame.addLayout(column)
        self._hand = Button(theme, "", "primary", "pen-line", size="large")
        self._hand.setObjectName("consent.hand_over")
        self._hand.clicked.connect(self.hand_over)
        column.addWidget(self._hand)
        column.gap(10)
        self._others = QWidget()
        pair = Row(theme, self._others, spacing=10)
        self._no = Button(theme, self.tr("Said no"))
        self._no.setObjectName("consent.said_no")
        self._no.clicked.connect(self.said_no)
        self._paper = Button(theme, self.tr("Paper form"))
        self._paper.setObjectName("consent.paper")
        self._paper.setCheckable(True)
        self._paper.toggled.connect(self._show_paper)
        pair.addWidget(self._no, 1)
        pair.addWidget(self._paper, 1)
        column.addWidget(self._others)
        self._papers = self._build_papers()
        column.addWidget(self._papers)
        self._back = Button(theme, self.tr("Take the screen back"))
        self._back.setObjectName("consent.take_back")
        self._back.clicked.connect(self.take_back)
        self._back.hide()
        column.addWidget(self._back)
        column.gap(10)
        words = self.tr("“No” is recorded. Treatment goes on without pictures.")
        self._note = TextLabel(theme, words, "small", "ink2")
        column.addWidget(self._note)

    def _build_papers(self) -> QWidget:
        box = QWidget()
        column = Column(self._theme, box, (0, 8, 0, 0), 8)
        self._seen = Button(self._theme, self.tr("Signed in front of me"))
        self._seen.setObjectName("consent.paper_seen")
        self._seen.clicked.connect(lambda: self.paper.emit(True))
        later = Button(self._theme, self.tr("It is to come, or signed elsewhere"))
        later.setObjectName("consent.paper_later")
        later.clicked.connect(lambda: self.paper.emit(False))
        column.addWidget(self._seen)
        column.addWidget(later)
        box.hide()
        return box

    def set_full(self, full: bool) -> None:
        """Whether everything is shown, for a scroll further out."""
        self._lists.set_full(full)

    def begin(self, patient: Patient) -> None:
        """Words for this patient."""
        self._given = apart(patient.given or patient.family)
        self._paper.setChecked(False)
        self.set_with_patient(False)

    def show_points(
        self, points: Sequence[Point], camera: CameraStatus, *, spoken: bool, paper_opens: bool, signer: str
    ) -> None:
        """Redraw the lists and enable what may be pressed. `signer`: who decides for the patient, if somebody does."""
        opened = [one for one in points if not one.is_done]
        done = [one for one in points if one.is_done and one.kind is not PointKind.STAFF]
        self._count.setText(self._counted(len(opened), len(done) + 1))
        _clear(self._open)
        _clear(self._done)
        told: set[str] = set()
        for point in opened:
            if point.refusal is not None:
                message = message_for(refuse(point.refusal))
                if message.sentence not in told:
                    told.add(message.sentence)
                    row = BlockerRow(self._theme, message.sentence, message.next_step, point.code)
                    self._open.addWidget(row)
        self.open_codes = tuple(one.code for one in opened)
        self._line.setVisible(bool(opened))
        for point in done:
            self._add_done(self._words(point.kind, signer), "check", "accent")
        if camera.state in READY:
            self._add_done(self.tr("Vault and camera are ready"), "check", "accent")
        else:
            self._add_done(self.tr("Vault is ready. The camera can be connected later."), "hourglass", "work")
        to = apart(signer) if signer else self._given
        said = self.tr("{name} said yes").format(name=to)
        self._hand.set_words(said if spoken else self.tr("Hand to {name}").format(name=to))
        self._hand.set_icon("message-circle" if spoken else "pen-line")
        self._hand.setEnabled(not opened)
        # A no and a paper form need the question, not the way it would have been answered.
        asked = all(one.is_done or one.kind is PointKind.METHOD for one in points)
        self._no.setEnabled(asked)
        self._paper.setEnabled(asked)
        self._seen.setEnabled(paper_opens)

    def set_with_patient(self, on: bool) -> None:
        """While the form is with the patient staff can only take it back."""
        for widget in (self._hand, self._others, self._note):
            widget.setVisible(not on)
        self._papers.setVisible(not on and self._paper.isChecked())
        self._back.setVisible(on)
        self._title.setText(
            self.tr("It is with {name} now").format(name=self._given) if on else self.tr("Before the camera opens")
        )

    def _counted(self, opened: int, done: int) -> str:
        if opened == 0:
            return self.tr("Nothing is open, {done} are done").format(done=done)
        if opened == 1:
            return self.tr("1 thing is open, {done} are done").format(done=done)
        return self.tr("{open} things are open, {done} are done").format(open=opened, done=done)

    def _words(self, kind: PointKind, signer: str) -> str:
        return {
            PointKind.IDENTITY: self.tr("Right patient, two identifiers"),
            PointKind.REASON: self.tr("Reason and body area"),
            PointKind.WHO: self.tr("{name} can decide").format(name=apart(signer) if signer else self._given),
            PointKind.DISCUSSION: self.tr("Who explained it"),
            PointKind.METHOD: self.tr("How the answer comes"),
            PointKind.FORM: self.tr("Form is current, in the right language"),
            PointKind.STAFF: self.tr("You may record it"),
        }[kind]

    def _add_done(self, words: str, icon: str, color: str) -> None:
        line = QWidget()
        row = Row(self._theme, line, (2, 3, 0, 3), 14)
        row.addWidget(Icon(self._theme, icon, color, 20))
        row.addWidget(TextLabel(self._theme, words, "body", align=Qt.AlignmentFlag.AlignVCenter), 1)
        self._done.addWidget(line)

    def _show_paper(self, on: bool) -> None:
        self._papers.setVisible(on)


def _clear(column: Column) -> None:
    while column.count():
        item = column.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
