# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up: five steps from an empty computer to the lock screen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.ui.first_start_back import BackStep
from clinicam.ui.first_start_kit import KitStep
from clinicam.ui.first_start_place import JudgePlace, PlaceStep
from clinicam.ui.first_start_practice import PracticeStep
from clinicam.ui.first_start_step import Step
from clinicam.ui.first_start_you import YouStep
from clinicam.ui.kit import (
    Button,
    Column,
    Divider,
    FootBar,
    Notice,
    ProgressLine,
    Row,
    Scroll,
    TextLabel,
    draw_step,
    draw_text,
    fix,
)
from clinicam.ui.messages import Message
from clinicam.ui.screen import Screen
from clinicam.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Answers:
    """What the first three steps asked; the fields of `compose.NewPractice`."""

    practice_name: str
    staff_name: str
    post: str
    registration: str
    password: str = field(repr=False)
    place: Path
    training: bool


class StepList(QWidget):
    """The five steps at the left: done, now, still to come; painted 64 px each."""

    def __init__(self, theme: Theme, names: tuple[tuple[str, str], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = names
        self._notes = [support for _, support in names]
        self._now = 0
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        fix(theme, self, min_height=64 * len(names))
        theme.changed.connect(self.update)
        self.set_now(0)

    def set_now(self, now: int, note: str = "") -> None:
        """Step `now` (from 0) is open; `note` replaces the support line of the one before."""
        self._now = now
        if now and note:
            self._notes[now - 1] = note
        words = self.tr("Step {count} of {total}: {name}")
        last = min(now, len(self._names) - 1)
        self.setAccessibleName(words.format(count=last + 1, total=len(self._names), name=self._names[last][0]))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px = self._theme.px
        for at, (name, _) in enumerate(self._names):
            top = px(64) * at
            circle = QRectF(0, top + px(8), px(32), px(32))
            if at + 1 < len(self._names):
                painter.setPen(QPen(self._theme.color("line"), max(1, px(2))))
                x = circle.center().x()
                painter.drawLine(int(x), int(circle.bottom() + px(1)), int(x), int(top + px(64) + px(7)))
            draw_step(painter, self._theme, circle, at + 1, done=at < self._now, now=at == self._now)
            room = self.width() - px(46)
            weight = 600 if at == self._now else 500 if at < self._now else 400
            draw_text(painter, self._theme, QRectF(px(46), top + px(3), room, px(24)), name, "plainrow", weight=weight)
            draw_text(
                painter, self._theme, QRectF(px(46), top + px(27), room, px(18)), self._notes[at], "small", "ink2"
            )
        painter.end()


class FirstStart(Screen):
    """The frame around the steps: list, page, buttons, and what is still needed beside the primary.

    Signals:
        create_wanted(object): `Answers`; the shell makes the vault and calls `show_kit` or `create_failed`.
        kit_confirmed(): the kit was typed back; the words are out of this window.
        answers `Screen`'s signals too.
    """

    create_wanted = Signal(object)
    kit_confirmed = Signal()

    wants_rail = False

    def __init__(self, theme: Theme, default_place: Path, judge: JudgePlace, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("FirstStart", "Setting up"), parent)
        self.practice = PracticeStep(theme)
        self.you = YouStep(theme)
        self.place = PlaceStep(theme, default_place, judge)
        self.kit = KitStep(theme)
        self.back = BackStep(theme)
        self._steps: tuple[Step, ...] = (self.practice, self.you, self.place, self.kit, self.back)
        self._at = 0
        self._words: tuple[str, ...] = ()
        self._waiting = False
        page = Row(theme, self)
        page.addWidget(self._make_side())
        right = Column(theme)
        self._stack = QStackedWidget()
        for step in self._steps:
            self._stack.addWidget(Scroll(theme, step))
            step.changed.connect(self._refresh)
            step.entered.connect(self._forward)
        right.addWidget(self._stack, 1)
        right.addLayout(self._make_foot())
        page.addLayout(right, 1)
        theme.changed.connect(self._fold)
        self._show(0)

    def _make_side(self) -> QWidget:
        self._side = QWidget()
        self._side.setProperty("ground", "surface")
        self._side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        fix(self.theme, self._side, width=288)
        across = Row(self.theme, self._side)
        column = Column(self.theme, None, (24, 32, 24, 24), 0)
        across.addLayout(column, 1)
        across.addWidget(Divider(self.theme, upright=True))
        column.addWidget(TextLabel(self.theme, self.tr("Setting up"), "section"))
        column.gap(28)
        self.steps = StepList(
            self.theme,
            (
                (self.tr("Practice"), self.tr("Its name")),
                (self.tr("You"), self.tr("Name and password")),
                (self.tr("Where the vault lies"), self.tr("Patients or training")),
                (self.tr("Recovery kit"), self.tr("Write it down")),
                (self.tr("Type it back"), self.tr("Before the first picture")),
            ),
        )
        column.addWidget(self.steps)
        column.addStretch(1)
        self._foot_words = TextLabel(self.theme, "", "small", "ink2")
        column.addWidget(self._foot_words)
        return self._side

    def _make_foot(self) -> Column:
        foot = Column(self.theme, margins=(40, 8, 40, 24), spacing=12)
        self._notice = Notice(self.theme)
        self._notice.hide()
        self._progress = ProgressLine(self.theme, "", cancel=False)
        self._progress.hide()
        self._back = Button(self.theme, self.tr("Back"), "secondary", size="large")
        self._next = Button(self.theme, self.tr("Go on"), "primary", size="large")
        self._back.setObjectName("first.back")
        self._next.setObjectName("first.next")
        self._back.clicked.connect(self._backward)
        self._next.clicked.connect(self._forward)
        foot.addWidget(self._notice)
        foot.addWidget(self._progress)
        self._foot = FootBar(self.theme, self._back, self._next)
        foot.addWidget(self._foot)
        return foot

    @property
    def now(self) -> int:
        """The open step, from 0."""
        return self._at

    def enter(self) -> None:
        self._focus()

    def leave(self) -> None:
        self._forget()

    def _show(self, at: int) -> None:
        note = self._steps[at - 1].note() if at else ""
        self._at = at
        self._stack.setCurrentIndex(at)
        self.steps.set_now(at, note)
        self._notice.hide()
        if at < 3:
            words = self.tr("Nothing is written before the end of step 3.")
        else:
            words = self.tr("Stay until step 5 is done. The words are shown only now.")
        self._foot_words.setText(words)
        self.you.practice = self.practice.note()
        self._refresh()
        self._focus()

    def _focus(self) -> None:
        wanted = self._steps[self._at].first_focus() or self._next
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        lacks = self._steps[self._at].lacks()
        labels = (
            self.tr("Go on"),
            self.tr("Go on"),
            self.tr("Make the vault"),
            self.tr("I have written it down: type it back"),
            self.tr("Finish, to the lock screen"),
        )
        self._next.set_words(labels[self._at])
        self._next.setEnabled(not lacks and not self._waiting)
        self._back.setVisible(self._at in {1, 2, 4})
        self._back.setEnabled(not self._waiting)
        needed = self.tr("Still needed: {things}.").format(things=", ".join(lacks)) if lacks else ""
        self._foot.set_words("" if self._waiting else needed)

    def _backward(self) -> None:
        if self._back.isVisible() and self._back.isEnabled():
            self._show(self._at - 1)

    def _forward(self) -> None:
        if self._waiting or self._steps[self._at].lacks():
            return
        if self._at == 2:
            self._waiting = True
            self._progress.start(self.tr("Making the vault. The password is being made hard to guess."), cancel=False)
            self._progress.show()
            self._notice.hide()
            self._refresh()
            self.create_wanted.emit(self.answers())
        elif self._at == 4:
            self._forget()
            self.kit_confirmed.emit()
        else:
            self._show(self._at + 1)

    def answers(self) -> Answers:
        """What was asked so far."""
        return Answers(
            practice_name=self.practice.name.text(),
            staff_name=self.you.name.text(),
            post=self.you.post.text(),
            registration=self.you.registration.text(),
            password=self.you.password.text(),
            place=self.place.place,
            training=self.place.training,
        )

    def show_kit(self, words: tuple[str, ...]) -> None:
        """The vault was made: show its 24 words."""
        self._waiting = False
        self._progress.hide()
        self.you.forget()
        self._words = words
        self.kit.show_kit(words, self.practice.note(), training=self.place.training)
        self.back.expect(words)
        self._show(3)

    def create_failed(self, message: Message) -> None:
        """The vault was not made: say why, stay in step 3."""
        self._waiting = False
        self._progress.hide()
        self._notice.show_notice(message.next_step, "attention", "", message.sentence)
        self._notice.show()
        self._refresh()

    def _forget(self) -> None:
        """Nothing secret stays in this window."""
        self._words = ()
        self.you.forget()
        self.kit.show_kit((), "", training=self.place.training)
        self.back.expect(())

    def _fold(self) -> None:
        """With large letters the list of steps gives its room to the page."""
        self._side.setVisible(self.width() >= self.theme.px(960) or self.width() == 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()
