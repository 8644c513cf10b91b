# SPDX-License-Identifier: GPL-3.0-or-later
"""The window: first start, lock screen, then the practice's screens beside the rail; privacy and lock from anywhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.compose import NewPractice, Workstation
from clinicam.errors import CliniCamError
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.idle import IdleWatch
from clinicam.ui.keys import install_keys
from clinicam.ui.kit import Button, Column, FocusRing, Notice, ProgressLine, Ribbon, Row, Toast
from clinicam.ui.messages import Message, message_for, unexpected
from clinicam.ui.privacy import PrivacyCover
from clinicam.ui.rail import Rail
from clinicam.ui.screen import Screen
from clinicam.ui.suspend import SuspendWatch
from clinicam.ui.theme import Theme
from clinicam.ui.unlock import UnlockScreen
from clinicam.vault.model import CreatedVault, Login
from clinicam.vault.roster import Rank

if TYPE_CHECKING:
    from clinicam.auditroom import AuditRoom
    from clinicam.chart.call import LaunchCall
    from clinicam.surgery import Surgery
    from clinicam.ui.audit_screen import AuditScreen
    from clinicam.ui.first_start import Answers, FirstStart
    from clinicam.ui.help import HelpSheet
    from clinicam.ui.rooms import Rooms


AFTER_PAINT_MS = 150
"""When the lock screen is on show and nobody has typed a letter yet."""


class MainWindow(QWidget):
    """Drives everything a person sees. Locking ends this process: `relaunch` replaces it by a fresh one.

    Signals:
        lock_requested(): the window is covered and about to be replaced.
        look_changed(bool, int): dark, text size in percent; also kept by the workstation.
        opened(object): the `Surgery` of the person who has just unlocked.
    """

    lock_requested = Signal()
    look_changed = Signal(bool, int)
    opened = Signal(object)

    def __init__(self, workstation: Workstation, theme: Theme, relaunch: Callable[[], None]) -> None:
        super().__init__()
        self._workstation = workstation
        self._theme = theme
        self._relaunch = relaunch
        self._calls: deque[LaunchCall] = deque()
        self._locking = False
        self._help_from: QWidget | None = None
        self._current: Screen | None = None
        self.rooms: Rooms | None = None
        self.audit: AuditScreen | None = None
        self.unlock: UnlockScreen | None = None
        self.first_start: FirstStart | None = None
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(self.tr("CliniCam"))
        self.bridge = Bridge(workstation.thread, workstation.pool, self)
        self._build()
        self.idle = IdleWatch(self)
        self.idle.idle.connect(partial(self.lock, "idle"))
        self.idle.warned.connect(self._warn)
        self.idle.stirred.connect(self._warning.hide)
        self.suspend = SuspendWatch(self)
        self.suspend.asleep.connect(self._before_sleep)
        self.suspend.away.connect(partial(self.lock, "away"))
        self.suspend.start()
        self.keys = install_keys(
            self,
            {
                "lock": self.lock,
                "privacy": self.toggle_privacy,
                "help": self.toggle_help,
                "search": self._search_key,
                "session": self._session_key,
                "patient": self._patient_key,
                "larger": theme.larger,
                "smaller": theme.smaller,
                "usual": theme.usual,
            },
        )
        theme.changed.connect(self._look_changed)
        self.setMinimumSize(640, 400)
        self.resize(1280, 720)
        if workstation.vault is None:
            self._set_up()
        else:
            self._show_unlock()

    def _build(self) -> None:
        theme = self._theme
        page = Column(theme, self)
        self.ribbon = Ribbon(theme)
        page.addWidget(self.ribbon)
        self.ribbon.setVisible(self._workstation.training)
        row = Row(theme)
        self.rail = Rail(theme)
        self.rail.hide()
        row.addWidget(self.rail)
        content = Column(theme)
        self._stack = QStackedWidget()
        content.addWidget(self._stack, 1)
        foot = Column(theme, margins=(16, 0, 16, 0), spacing=8)
        self.notice = Notice(theme)
        self._close_notice = Button(theme, self.tr("Close"), "quiet", "x")
        self._close_notice.setObjectName("shell.close_notice")
        self._close_notice.clicked.connect(self.notice.hide)
        self.notice.buttons.addWidget(self._close_notice)
        self.notice.hide()
        self.progress = ProgressLine(theme)
        self.progress.hide()
        foot.addWidget(self.notice)
        foot.addWidget(self.progress)
        content.addLayout(foot)
        row.addLayout(content, 1)
        page.addLayout(row, 1)
        self._toast = Toast(theme, self)
        self._warning = Toast(theme, self, "hourglass", "work")
        self._help: HelpSheet | None = None
        self.cover = PrivacyCover(theme, self)
        self.ring = FocusRing(theme, self)
        self.cover.lifted.connect(self.toggle_privacy)
        self.rail.wanted.connect(self._rail_pressed)
        self.rail.privacy_wanted.connect(self.toggle_privacy)
        self.rail.lock_wanted.connect(self.lock)
        self.bridge.trouble.connect(self.show_trouble)
        self.bridge.slow.connect(self._show_slow)

    # screens

    @property
    def current(self) -> Screen | None:
        """The screen on show."""
        return self._current

    def show_screen(self, screen: Screen, place: str = "") -> None:
        """Leave the screen on show, enter `screen`."""
        before = self._current
        if before is not None and before is not screen:
            before.leave()
        self.notice.hide()
        self._current = screen
        if self._stack.indexOf(screen) < 0:
            self._stack.addWidget(screen)
            screen.trouble.connect(self.show_trouble)
            screen.said.connect(self._toast.say)
        self._stack.setCurrentWidget(screen)
        self.rail.setVisible(screen.wants_rail)
        for toast in (self._toast, self._warning):
            toast.left = self.rail.sizeHint().width() if screen.wants_rail else 0
            toast.place()
        if place:
            self.rail.show_place(place)
        if self.rooms is not None:
            self.idle.set_limit(self.rooms.idle_limit_s(screen))
        screen.enter()

    def show_trouble(self, message: Message) -> None:
        """Say what happened and what to do; stays until it is closed or another screen is entered."""
        text = f"{message.next_step} ({message.code})" if message.code else message.next_step
        self.notice.show_notice(text, "attention", "", message.sentence)
        self.notice.show()

    def show_unexpected(self, reference: str) -> None:
        """An error nobody expected: a fixed sentence and the reference that is in the log."""
        self.show_trouble(unexpected(reference))

    def _show_slow(self, job: Job) -> None:
        self.progress.start(job.what)
        self.progress.show()
        job.progressed.connect(self.progress.set_value)
        job.ended.connect(self.progress.hide)
        self.progress.cancelled.connect(job.cancel)
        self.progress.cancelled.connect(self.progress.hide)

    # first start

    def _set_up(self) -> None:
        from clinicam.ui.first_start import FirstStart

        station = self._workstation
        self.first_start = FirstStart(
            self._theme,
            station.folders.default_vault,
            lambda place, training: station.judge_place(place, training=training),
        )
        self.first_start.create_wanted.connect(self._create)
        self.first_start.kit_confirmed.connect(self._adopt)
        self.show_screen(self.first_start)

    def _create(self, answers: Answers) -> None:
        new = NewPractice(
            practice_name=answers.practice_name,
            staff_name=answers.staff_name,
            post=answers.post,
            registration=answers.registration,
            password=answers.password,
            place=answers.place,
            training=answers.training,
        )
        self.bridge.run(self._workstation.create, new, done=self._created, failed=self._not_created, owner=self)

    def _created(self, created: CreatedVault) -> None:
        if self.first_start is not None:
            self.ribbon.setVisible(self.first_start.place.training)
            self.first_start.show_kit(created.kit_words)

    def _not_created(self, problem: BaseException) -> None:
        if self.first_start is not None:
            self.first_start.create_failed(message_for(problem))

    def _adopt(self) -> None:
        if self.first_start is not None:
            place = self.first_start.place.place
            self.bridge.run(self._workstation.adopt, place, done=lambda _none: self._show_unlock(), owner=self)

    # lock screen

    def _show_unlock(self) -> None:
        station = self._workstation
        self.ribbon.setVisible(station.training)
        here = station.settings.workstation or self.tr("This computer")
        kind = self.tr("training vault") if station.training else self.tr("vault for patients")
        self.unlock = UnlockScreen(self._theme, here, kind)
        self.unlock.unlock_wanted.connect(self._unlock)
        self.unlock.pin_wanted.connect(self._unlock_with_pin)
        self.unlock.kit_wanted.connect(self._unlock_with_kit)
        self.unlock.device_key_given.connect(self._keep_device_key)
        self.unlock.go_on_wanted.connect(self._ask_go_on)
        self.unlock.help_wanted.connect(self.toggle_help)
        self.unlock.text_wanted.connect(self._next_text_size)
        self.unlock.dark_wanted.connect(lambda: self._theme.set_dark(not self._theme.dark))
        self.show_screen(self.unlock)
        self.bridge.run(station.logins, done=self.unlock.show_logins, owner=self.unlock)
        # After the first paint: the simulated body and the camera process take a core for a moment.
        QTimer.singleShot(AFTER_PAINT_MS, self, self._prepare_camera)

    def _prepare_camera(self) -> None:
        self.bridge.run_pool(
            self._workstation.prepare_camera,
            done=lambda _none: self._start_camera(),
            failed=lambda problem: self.show_trouble(message_for(problem)),
            owner=self,
        )

    def _start_camera(self) -> None:
        """After the first paint: the camera process costs a moment, and needs the main thread."""
        try:
            self._workstation.start_camera()
        except CliniCamError as problem:
            self.show_trouble(message_for(problem))

    def _unlock(self, login: Login, password: str) -> None:
        if login.rank is Rank.AUDITOR:
            unlock, done = self._workstation.unlock_audit, self._open_audit
            self.bridge.run(unlock, login.user, password, done=done, failed=self._refused, owner=self)
            return
        self.bridge.run(
            self._workstation.unlock, login.user, password, done=self._open, failed=self._refused, owner=self
        )

    def _unlock_with_pin(self, login: Login, pin: str) -> None:
        self.bridge.run(
            self._workstation.unlock_with_pin, login.user, pin, done=self._open, failed=self._refused, owner=self
        )

    def _keep_device_key(self, words: tuple[str, ...]) -> None:
        screen = self.unlock
        if screen is not None:
            self.bridge.run(
                self._workstation.give_device_key,
                words,
                done=lambda _none: screen.device_key_kept(),
                failed=self._refused,
                owner=screen,
            )

    def _unlock_with_kit(self, words: tuple[str, ...]) -> None:
        self.bridge.run(self._workstation.unlock_with_kit, words, done=self._open, failed=self._refused, owner=self)

    def _ask_go_on(self, login: Login, problem: BaseException) -> None:
        from clinicam.ui.go_on_sheet import GoOnSheet

        if self.unlock is not None:
            sheet = GoOnSheet(self._theme, self.bridge, login, problem, self._workstation.go_on)
            sheet.unlocked.connect(self._open)
            sheet.open_over(self.unlock)

    def _refused(self, problem: BaseException) -> None:
        if self.unlock is not None:
            self.unlock.refused(problem)

    def _open(self, surgery: Surgery) -> None:
        from clinicam.ui.rooms import Rooms

        self.bridge.run(surgery.look_at_place)
        self.rooms = Rooms(surgery, self.bridge, self._theme, self)
        self.rooms.entered.connect(self.show_screen)
        self.rooms.privacy_wanted.connect(self.toggle_privacy)
        self.rooms.go("patients")
        self.idle.start()
        while self._calls:
            self.rooms.receive(self._calls.popleft())
        self.opened.emit(surgery)

    def _open_audit(self, room: AuditRoom) -> None:
        from clinicam.ui.audit_screen import AuditScreen

        self.audit = AuditScreen(room, self.bridge, self._theme)
        self.audit.lock_wanted.connect(self.lock)
        self.idle.set_limit(room.idle_s)
        self.show_screen(self.audit)
        self.idle.start()

    # from outside

    def receive_call(self, call: LaunchCall) -> None:
        """The surgery's program asks for a patient; while locked the call waits. UI thread."""
        if self.rooms is None:
            self._calls.append(call)
        else:
            self.rooms.receive(call)

    def lock(self, cause: str = "person") -> None:
        """Blank at once, then become a new process that has never seen a patient. `cause`: a person, idle, away."""
        if self._locking or (self.rooms is None and self.audit is None):
            return
        self._locking = True
        self._workstation.lock_cause = cause
        self.idle.stop()
        if self._help is not None:
            self._help.hide()
        self.cover.cover(self.tr("Locking"))
        if self._current is not None:
            self._current.conceal(True)
            self._current.leave()
        self.lock_requested.emit()
        # The cover is on the screen before the frames on their way are waited for.
        QTimer.singleShot(0, self, self._relaunch)

    def _before_sleep(self) -> None:
        """Sleep waits for the lock, which ends this process; locked already, it need not wait."""
        self._workstation.before_sleep()
        if self.rooms is None:
            self.suspend.release()

    def toggle_privacy(self) -> None:
        """Cover everything, or lift the cover."""
        if self._locking:
            return
        if self.cover.isVisible():
            self.cover.lift()
            if self._current is not None:
                self._current.conceal(False)
                self._current.setFocus()
            return
        if self._current is not None:
            self._current.conceal(True)
        self.cover.cover()

    @property
    def help(self) -> HelpSheet:
        """The list of keys, made when it is first asked for."""
        if self._help is None:
            from clinicam.ui.help import HelpSheet

            self._help = HelpSheet(self._theme, self)
            self._help.closed.connect(self.toggle_help)
            self._help.hide()
            self._place_sheets()
        return self._help

    def toggle_help(self) -> None:
        """The list of keys, or away with it."""
        if self.cover.isVisible():
            return
        if self.help.isVisible():
            self.help.hide()
            if self._help_from is not None:
                self._help_from.setFocus()
            return
        self._help_from = self.focusWidget()
        self._place_sheets()
        self.help.open()

    # keys

    def _free(self) -> Rooms | None:
        """The rooms, when one may walk to another screen now."""
        rooms = self.rooms
        blocked = self._locking or self.cover.isVisible() or rooms is None or rooms.in_session
        return None if blocked else rooms

    def _rail_pressed(self, place: str) -> None:
        rooms = self._free()
        if rooms is not None:
            rooms.go(place)

    def _search_key(self) -> None:
        rooms = self._free()
        if rooms is not None:
            rooms.go("patients")
            rooms.patients.search()

    def _session_key(self) -> None:
        rooms = self._free()
        if rooms is not None:
            rooms.new_session(self._current)

    def _patient_key(self) -> None:
        rooms = self._free()
        if rooms is not None:
            rooms.add_patient()

    def _next_text_size(self) -> None:
        if self._theme.text_scale >= 2.0:
            self._theme.usual()
        else:
            self._theme.larger()

    def _look_changed(self) -> None:
        dark, percent = self._theme.dark, round(self._theme.text_scale * 100)
        self._place_sheets()
        self.look_changed.emit(dark, percent)
        try:
            self._workstation.save_look(theme="dark" if dark else "light", text_percent=percent)
        except CliniCamError as problem:
            self.show_trouble(message_for(problem))

    def _warn(self, seconds: int) -> None:
        self._warning.say(self.tr("Locking in {seconds} s. Touch anything to stay.").format(seconds=seconds))

    # geometry

    def _place_sheets(self) -> None:
        top = self.ribbon.height() if self.ribbon.isVisible() else 0
        if self._help is not None:
            self._help.setGeometry(0, top, self.width(), self.height() - top)
        self.cover.setGeometry(self.rect())
        self._toast.place()
        self._warning.place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_sheets()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.rooms is not None and self.rooms.in_session and not self._locking:
            self.show_trouble(Message(self.tr("A session is open."), self.tr("Press STOP or finish it first.")))
            event.ignore()
            return
        if self._current is not None:
            self._current.leave()
        self.idle.stop()
        event.accept()
