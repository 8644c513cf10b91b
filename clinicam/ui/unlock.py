# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock screen: who is working, their password or PIN; or the recovery kit; or the words that make this computer known."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from clinicam.errors import KeyStoreRefused, LockedOut, PinRefused
from clinicam.ui.kit import Button, Column, Field, FootBar, ProgressLine, Row, Scroll, TextLabel, fix
from clinicam.ui.kit_entry import KitEntry
from clinicam.ui.messages import message_for, span
from clinicam.ui.screen import Screen
from clinicam.ui.theme import Theme
from clinicam.ui.unlock_device import DeviceKeyPage
from clinicam.ui.unlock_notice import UnlockNotice
from clinicam.ui.unlock_panel import UnlockPanel
from clinicam.ui.unlock_staff import StaffList, name_and_post
from clinicam.vault.kit import ROWS
from clinicam.vault.model import Login

PEOPLE, KIT, DEVICE = range(3)
"""The pages."""


class UnlockScreen(Screen):
    """Asks; the shell unlocks and calls `refused` when it did not work.

    Signals:
        unlock_wanted(object, str): a `Login` and the password.
        pin_wanted(object, str): a `Login` and the PIN they set on this computer.
        kit_wanted(object): the 24 words, a tuple.
        device_key_given(object): the 24 words of the practice's device key, a tuple.
        go_on_wanted(object, object): the `Login` of a manager, and why the vault did not open.
        help_wanted(): the list of keys.
        text_wanted(): the next text size.
        dark_wanted(): the other colours.
        and `Screen`'s.
    """

    unlock_wanted = Signal(object, str)
    pin_wanted = Signal(object, str)
    kit_wanted = Signal(object)
    device_key_given = Signal(object)
    go_on_wanted = Signal(object, object)
    help_wanted = Signal()
    text_wanted = Signal()
    dark_wanted = Signal()

    wants_rail = False

    def __init__(self, theme: Theme, place: str, support: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("UnlockScreen", "Unlock"), parent)
        self._wait = 0
        self._by_pin = False
        self._working = False
        self._panel = UnlockPanel(theme, place, support)
        self._pages = QStackedWidget()
        self.device = DeviceKeyPage(theme)
        self.device.given.connect(self.device_key_given)
        self.device.left.connect(lambda: self._show_page(PEOPLE))
        self._scrolls: list[Scroll] = []
        for made in (self._make_people(), self._make_kit(), self.device):
            fix(theme, made, max_width=800)
            self._scrolls.append(Scroll(theme, made))
            self._pages.addWidget(self._scrolls[-1])
        page = Row(theme, self)
        page.addWidget(self._panel)
        right = Column(theme)
        right.addWidget(self._pages, 1)
        right.addLayout(self._make_foot())
        page.addLayout(right, 1)
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._count)
        theme.changed.connect(self._fold)
        self._refresh()

    def _make_people(self) -> QWidget:
        inner = QWidget()
        page = Column(self.theme, inner, (75, 38, 75, 8), 0)
        head = Row(self.theme, margins=(5, 0, 5, 0))
        head.addWidget(TextLabel(self.theme, self.tr("Who is working?"), "name"))
        page.addLayout(head)
        page.gap(11)
        self.people = StaffList(self.theme)
        page.addWidget(self.people)
        page.gap(16)
        row = Row(self.theme, margins=(5, 0, 5, 0), spacing=12)
        self.password = Field(self.theme, self.tr("Password"), secret=True, tall=True, longest=256)
        self.password.edit.installEventFilter(self)
        self.button = Button(self.theme, self.tr("Unlock"), "primary", size="large")
        fix(self.theme, self.button, min_width=168, height=57)
        row.addWidget(self.password, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        page.addLayout(row)
        page.gap(12)
        self.other_way = Button(self.theme, "", "quiet", "key-round", role="body", ink="ink2")
        self.other_way.setObjectName("unlock.other_way")
        self.other_way.clicked.connect(self._turn)
        self.other_way.hide()
        beside = Row(self.theme)
        beside.addWidget(self.other_way)
        beside.addStretch(1)
        page.addLayout(beside)
        below = Column(self.theme, margins=(5, 0, 5, 0), spacing=12)
        self._words = TextLabel(self.theme, "", "body", "ink2")
        self._notice = UnlockNotice(self.theme)
        self._notice.go_on_wanted.connect(self.go_on_wanted)
        self._notice.hide()
        self._progress = ProgressLine(self.theme, "", cancel=False)
        self._progress.hide()
        for widget in (self._words, self._notice, self._progress):
            below.addWidget(widget)
        page.addLayout(below)
        page.addStretch(1)
        self.people.setObjectName("unlock.staff")
        self.password.edit.setObjectName("unlock.password")
        self.button.setObjectName("unlock.go")
        self.people.chosen.connect(self._chosen)
        for signal in (self.people.activated, self.people.clicked):
            signal.connect(lambda _index: self.password.edit.setFocus())
        self.password.changed.connect(lambda _text: self._typed())
        self.password.entered.connect(self._go)
        self.button.clicked.connect(self._go)
        return inner

    def _make_kit(self) -> QWidget:
        inner = QWidget()
        page = Column(self.theme, inner, (80, 38, 80, 8), 12)
        page.addWidget(TextLabel(self.theme, self.tr("Open with the recovery kit"), "name"))
        words = self.tr("Type the 24 words from the paper, row by row, with the check code at each row's end.")
        page.addWidget(TextLabel(self.theme, words, "body", "ink2"))
        self.kit = KitEntry(self.theme)
        page.addWidget(self.kit)
        self._kit_notice = UnlockNotice(self.theme)
        self._kit_notice.hide()
        page.addWidget(self._kit_notice)
        self._kit_back = Button(self.theme, self.tr("Back"), "secondary", size="large")
        self.kit_button = Button(self.theme, self.tr("Unlock"), "primary", size="large")
        self._kit_foot = FootBar(self.theme, self._kit_back, self.kit_button)
        page.addWidget(self._kit_foot)
        page.addStretch(1)
        self.kit.name_rows("unlock")
        self.kit_button.setObjectName("unlock.kit_go")
        self._kit_back.setObjectName("unlock.kit_back")
        self.kit.changed.connect(self._refresh)
        self.kit.entered.connect(self._go_kit)
        self.kit_button.clicked.connect(self._go_kit)
        self._kit_back.clicked.connect(lambda: self._show_page(PEOPLE))
        return inner

    def _make_foot(self) -> Row:
        foot = Row(self.theme, margins=(72, 8, 72, 12), spacing=4)
        theme = self.theme
        help_button = Button(theme, self.tr("Help"), "quiet", "circle-question-mark", "F1", role="body", ink="ink2")
        kit_button = Button(theme, self.tr("Recovery kit"), "quiet", "life-buoy", role="body", ink="ink2")
        self._text_button = Button(theme, "", "quiet", "a-large-small", role="body", ink="ink2")
        self._dark_button = Button(theme, "", "quiet", "moon", role="body", ink="ink2")
        kit_button.setObjectName("unlock.kit")
        help_button.setObjectName("unlock.help")
        self._text_button.setObjectName("unlock.text_size")
        self._dark_button.setObjectName("unlock.dark")
        help_button.clicked.connect(self.help_wanted)
        kit_button.clicked.connect(lambda: self._show_page(KIT))
        self._text_button.clicked.connect(self.text_wanted)
        self._dark_button.clicked.connect(self.dark_wanted)
        for button in (help_button, kit_button, self._text_button):
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(self._dark_button)
        return foot

    # what the shell calls

    def show_logins(self, logins: Sequence[Login]) -> None:
        """Whom this computer knows."""
        self.people.show_logins(logins)
        self._refresh()

    def refused(self, problem: BaseException) -> None:
        """It did not work: say why, and where a wait is asked for, count it down."""
        self._working = False
        at = self._pages.currentIndex()
        if at == DEVICE:
            self.device.refused(message_for(problem))
            return
        if isinstance(problem, LockedOut) and at == PEOPLE:
            self._wait = problem.seconds
            self.password.set_text("")
            self._countdown.start()
        if isinstance(problem, PinRefused) and problem.reason != "wrong":
            self.people.drop_pin()
            self._set_way(by_pin=False)
        if isinstance(problem, KeyStoreRefused) and problem.reason == "missing":
            self._show_page(DEVICE)
            return
        notice = self._kit_notice if at == KIT else self._notice
        notice.show_problem(problem, None if at == KIT else self.people.login)
        self._refresh()
        if at == PEOPLE and self._wait:
            self.people.setFocus()
        elif at == PEOPLE:
            self.password.edit.selectAll()
            self.password.edit.setFocus()
        # Its place is known on the next turn; with large letters it lies below the edge.
        QTimer.singleShot(0, self, lambda: self._scrolls[at].ensureWidgetVisible(notice))

    def device_key_kept(self) -> None:
        """This computer holds the device key now: the password opens."""
        self._show_page(PEOPLE)
        words = self.tr("Now unlock with your password.")
        self._notice.show_good(words, self.tr("This computer holds the device key."))

    def enter(self) -> None:
        self._panel.start()
        self.password.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self._panel.stop()
        self._working = False
        self._end_wait()
        self.password.set_text("")
        self.kit.clear()
        self.device.forget()

    # inside

    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        for typed in (self.kit.clear, self.device.forget):
            typed()
        if page == KIT:
            self.password.set_text("")
            self.kit.rows[0].typed.setFocus()
        elif page == DEVICE:
            self.password.set_text("")
            self.device.enter()
        else:
            self.password.edit.setFocus()
        self._refresh()

    def _chosen(self, login: Login) -> None:
        self._set_way(by_pin=login.has_pin)
        self._notice.hide()
        self._end_wait()  # tries are counted for each person; the vault asks for the wait again where there is one

    def _set_way(self, *, by_pin: bool) -> None:
        """Ask for a PIN or a password."""
        login = self.people.login
        if login is None:
            return
        self._by_pin = by_pin and login.has_pin
        name = name_and_post(login.shown)[0]
        if self._by_pin:
            self.password.set_label(self.tr("PIN of {name}").format(name=name))
        else:
            self.password.set_label(self.tr("Password of {name}").format(name=name))
        digits = Qt.InputMethodHint.ImhDigitsOnly if self._by_pin else Qt.InputMethodHint.ImhNone
        self.password.edit.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhHiddenText | digits
        )
        self.other_way.set_words(self.tr("Use your password") if self._by_pin else self.tr("Use your PIN"))
        self.other_way.setVisible(login.has_pin)
        self.password.set_text("")

    def _turn(self) -> None:
        self._set_way(by_pin=not self._by_pin)
        self._notice.hide()
        self.password.edit.setFocus()

    def _typed(self) -> None:
        if self.password.text():
            self._notice.hide()
        self._refresh()

    def _count(self) -> None:
        self._wait = max(0, self._wait - 1)
        if not self._wait:
            self._end_wait()
            self._notice.hide()
            self.password.edit.setFocus()
        self._refresh()

    def _end_wait(self) -> None:
        self._wait = 0
        self._countdown.stop()
        self._refresh()

    def _refresh(self) -> None:
        self.button.setEnabled(
            bool(self.people.login and self.password.text()) and not self._wait and not self._working
        )
        self.password.edit.setEnabled(not self._wait)
        if self._wait:
            login = self.people.login
            name = name_and_post(login.shown)[0] if login is not None else ""
            words = self.tr("{name} can try again in {wait}.")
            self._words.setText(words.format(name=name, wait=span(self._wait)))
        else:
            self._words.setText(self.tr("Forgotten? The practice manager or the recovery kit opens the vault."))
        self._words.setVisible(not self._working)
        self._progress.setVisible(self._working)
        left = ROWS - self.kit.right
        self.kit_button.setEnabled(not left and not self._working)
        self._kit_foot.set_words(self.tr("Still needed: {count} rows.").format(count=left) if left else "")
        percent = round(self.theme.text_scale * 100)
        self._text_button.set_words(self.tr("Text size {percent} %").format(percent=percent))
        self._dark_button.set_words(self.tr("Light") if self.theme.dark else self.tr("Dark"))
        self._dark_button.set_icon("sun" if self.theme.dark else "moon")

    def _go(self) -> None:
        login = self.people.login
        if login is None or not self.button.isEnabled():
            return
        self._start()
        (self.pin_wanted if self._by_pin else self.unlock_wanted).emit(login, self.password.text())

    def _go_kit(self) -> None:
        if self.kit_button.isEnabled():
            self._start()
            self.kit_wanted.emit(self.kit.words)

    def _start(self) -> None:
        self._working = True
        self._notice.hide()
        self._kit_notice.hide()
        self._progress.start(self.tr("Unlocking. Guessing is made slow on purpose."), cancel=False)
        self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self.people.step(step)
                return True
        return super().eventFilter(watched, event)

    def _fold(self) -> None:
        """With large letters the dark half gives its room to the list."""
        self._panel.setVisible(self.width() >= self.theme.px(1040) or self.width() == 0)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()
