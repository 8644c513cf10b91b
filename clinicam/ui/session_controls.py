# SPDX-License-Identifier: GPL-3.0-or-later
"""The right column of a session: the view, the camera, the ghost, what happens to the shot, and the shutter."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QSizePolicy, QWidget

from clinicam.capture.session import OVER, SessionState
from clinicam.capture.views import SittingView
from clinicam.ui.camera_card import CameraCard
from clinicam.ui.icons import draw_icon
from clinicam.ui.kit.button import Button
from clinicam.ui.kit.layout import Column, Row, fix
from clinicam.ui.kit.paint import rounded
from clinicam.ui.kit.text import TextLabel, draw_text, text_width
from clinicam.ui.session_ghost import GhostPanel
from clinicam.ui.shot_line import ShotLine, shot_line
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CONTROL, TextRole

_MOVING = frozenset({SessionState.READY, SessionState.EXPOSING})


class StatusLine(QWidget):
    """What happens to the newest shot, in one soft line; empty when there is nothing to say.

    Signals:
        none
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._line: ShotLine | None = None
        self.setObjectName("session.status")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        fix(theme, self, height=44)
        theme.changed.connect(self.update)

    @property
    def line(self) -> ShotLine | None:
        """What is shown."""
        return self._line

    def show_line(self, line: ShotLine | None) -> None:
        """Show something else."""
        if line != self._line:
            self._line = line
            self.setAccessibleName(line.words if line is not None else "")
            self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(self._theme.px(239), self._theme.px(44))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Icon and words; words that are too long take two smaller lines."""
        if self._line is None:
            return
        theme, px, line = self._theme, self._theme.px, self._line
        soft = "accent_soft" if line.meaning == "safe" else f"{line.meaning}_soft"
        ink = "accent" if line.meaning == "safe" else line.meaning
        painter = QPainter(self)
        box = QRectF(self.rect())
        rounded(painter, box, px(RADIUS_CONTROL), theme.color(soft))
        side = px(24)
        mark = QRectF(px(11), box.center().y() - side / 2, side, side)
        draw_icon(painter, line.icon, theme.color(ink).name(), mark)
        room = box.adjusted(px(44), 0, -px(8), 0)
        role: TextRole = "section"
        if text_width(theme, line.words, role) > room.width():
            role = "row"
        if text_width(theme, line.words, role) > room.width():
            role = "label"
        draw_text(painter, theme, room, line.words, role, ink, wrap=role == "label")
        painter.end()


class SessionControls(QFrame):
    """Everything the hand needs. As a bar (200 % text) only what must never go: status, retake, next, shoot, finish.

    Signals:
        shoot_wanted(), retake_wanted(), next_wanted(), pause_wanted(), note_wanted(), finish_wanted(): pressed.
        looks_changed(): grid, flip, ghost mode or strength are different.
    """

    shoot_wanted = Signal()
    retake_wanted = Signal()
    next_wanted = Signal()
    pause_wanted = Signal()
    note_wanted = Signal()
    finish_wanted = Signal()
    looks_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bar = False
        self._large = False
        self._view: SittingView | None = None
        self._name = TextLabel(theme, "", "name")
        self._code = TextLabel(theme, "", "body", "ink2")
        self._camera = CameraCard(theme)
        self.ghost = GhostPanel(theme)
        self.ghost.changed.connect(self.looks_changed)
        self.status = StatusLine(theme)
        self.grid = self._tool("session.grid", self.tr("Grid"), "grid-3x3", self.tr("Grid of thirds (T)"))
        self.flip = self._tool("session.flip", self.tr("Flip"), "flip-horizontal-2", self.tr("As in a mirror (M)"))
        self.pause = self._tool("session.pause", self.tr("Pause"), "pause", self.tr("Pause (P)"))
        self.note = self._tool("session.write", self.tr("Note"), "notebook-pen", self.tr("Note for this session (N)"))
        for toggle in (self.grid, self.flip):
            toggle.setCheckable(True)
            toggle.toggled.connect(lambda _on: self.looks_changed.emit())
        self.grid.setChecked(True)
        self.pause.clicked.connect(self.pause_wanted)
        self.note.clicked.connect(self.note_wanted)
        self.retake = Button(theme, self.tr("Retake"), keycap="R", stacked=True, role="title")
        self.next = Button(theme, self.tr("Next"), keycap="Enter", stacked=True, role="title")
        self.shoot = Button(theme, self.tr("Shoot"), "shoot", "aperture", "Space")
        self.finish = Button(theme, self.tr("Finish"), "secondary", keycap="F", stacked=True, role="title")
        for button, name, wanted in (
            (self.retake, "session.retake", self.retake_wanted),
            (self.next, "session.next", self.next_wanted),
            (self.shoot, "session.shoot", self.shoot_wanted),
            (self.finish, "session.finish-short", self.finish_wanted),
        ):
            button.setObjectName(name)
            button.setMinimumWidth(1)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(wanted)
        self._lay_out()
        theme.changed.connect(self._arrange)

    def _tool(self, name: str, text: str, icon: str, tip: str) -> Button:
        button = Button(self._theme, text, "tool", icon)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setMinimumWidth(1)
        button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        return button

    def _lay_out(self) -> None:
        theme = self._theme
        self._top = QWidget()
        top = Column(theme, self._top)
        for widget, after in ((self._name, 0), (self._code, 10), (self._camera, 10), (self.ghost, 10)):
            top.addWidget(widget)
            if after:
                top.gap(after)
        tools = Row(theme, spacing=4)
        for button in (self.grid, self.flip, self.pause, self.note):
            tools.addWidget(button, 1)
        top.addLayout(tools)
        top.addStretch(1)
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for button in (self.retake, self.next, self.finish):
            self._pair.addWidget(button, 1)
        self._box = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._box.addWidget(self._top, 1)
        self._box.addWidget(self.status)
        self._box.addLayout(self._pair)
        self._box.addWidget(self.shoot)
        self._arrange()

    def set_form(self, *, bar: bool, large: bool) -> None:
        """A column, a large column (full HD), or a bar at the bottom."""
        if (bar, large) != (self._bar, self._large):
            self._bar, self._large = bar, large
            self._arrange()

    def _arrange(self) -> None:
        px = self._theme.px
        way = QBoxLayout.Direction
        self._top.setVisible(not self._bar)
        self.finish.setVisible(self._bar)
        self._box.setDirection(way.LeftToRight if self._bar else way.TopToBottom)
        self._box.setContentsMargins(px(13), px(8 if self._bar else 12), px(12), px(8 if self._bar else 12))
        self._box.setSpacing(px(10))
        self._pair.setSpacing(px(8))
        for index, share in ((1, 3), (2, 6), (3, 3)):
            self._box.setStretch(index, share if self._bar else 0)
        self._box.setStretch(0, 0 if self._bar else 1)
        self.status.setSizePolicy(
            QSizePolicy.Policy.Ignored if self._bar else QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed
        )
        self.shoot.setFixedHeight(px(68 if self._bar else 132 if self._large else 100))
        self.ghost.set_large(self._large)
        self._fit_name()
        self._fit_icon()
        self.show_words()

    def show_view(self, view: SittingView, things_to_do: int) -> None:
        """Show the newest snapshot; `things_to_do` is how many blockers the stage lists."""
        self._view = view
        self._camera.show_status(view.camera)
        self.status.show_line(shot_line(view))
        over = view.state in OVER or view.state in {SessionState.STOP_ASKED, SessionState.FINISHING}
        # Exposing keeps the button as it is: greying it for half a second would flicker and take the focus away.
        self.shoot.setEnabled(view.state in _MOVING)
        self.retake.setEnabled(view.state in _MOVING and any(shot.frame is not None for shot in view.shots))
        self.next.setEnabled(view.state in _MOVING)
        self.pause.setEnabled(not over and view.state is not SessionState.PAUSED)
        self.note.setEnabled(not over)
        self.finish.setEnabled(not over)
        if view.state in _MOVING:
            self.shoot.set_words(self.tr("Shoot"))
        elif over:
            self.shoot.set_words(self.tr("Closed"), self.tr("the camera is off"))
        elif things_to_do:
            count = self.tr("1 thing to do first") if things_to_do == 1 else self.tr("{count} things to do first")
            self.shoot.set_words(self.tr("Not yet"), count.format(count=things_to_do))
        else:
            self.shoot.set_words(self.tr("Not yet"), self.tr("the camera gets ready"))
        self._fit_icon()
        self.show_words()

    def _fit_icon(self) -> None:
        """In the bar the words need the room of the icon, except the one that matters."""
        moving = self._view is not None and self._view.state in _MOVING
        self.shoot.set_icon("aperture" if moving or not self._bar else "")

    def show_words(self) -> None:
        """Name and code of the view, and how it is shown."""
        if self._view is None:
            return
        view = self._view.series.views[self._view.view_index]
        if self._name.text() != view.name:
            self._name.setText(view.name)
        self._fit_name()
        note = self.tr("in the mirror") if view.mirror else self.tr("direct")
        if self.flip.isChecked():
            note = self.tr("shown flipped, stored as shot")
        self._code.setText(f"{view.code}  ·  {note}")

    def _fit_name(self) -> None:
        room = self._theme.px(319 if self._large else 239)
        steps: tuple[TextRole, ...] = ("headline", "name", "title", "section")
        for role in steps if self._large else steps[1:]:
            self._name.set_role(role)
            if text_width(self._theme, self._name.text(), role) <= room:
                break

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground and the line towards the stage."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("surface"))
        line = QRectF(0, 0, self.width(), 1) if self._bar else QRectF(0, 0, 1, self.height())
        painter.fillRect(line, self._theme.color("line"))
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """The screen decides; the column never asks for more."""
        return QSize(1, 1)

    def layoutDirection(self) -> Qt.LayoutDirection:
        """As the application's."""
        return super().layoutDirection()
