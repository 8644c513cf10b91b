# SPDX-License-Identifier: GPL-3.0-or-later
"""This computer: the signed-in person's PIN here, and for managers the practice's device key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from clinicam.errors import KeyStoreRefused
from clinicam.identity import Role
from clinicam.ui.bridge import Bridge
from clinicam.ui.device_key_sheet import DeviceKeySheet
from clinicam.ui.kit import Button, Card, Column, Notice, Scroll, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.pin_sheet import PinSheet
from clinicam.ui.practice_section import Section
from clinicam.ui.sheet import Sheet
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.vault.enrolment import DeviceStatus, Enrolment

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

_STACK_BELOW = 720


@dataclass(frozen=True, slots=True)
class Computer:
    """What the section shows. `key` is None where no key store was handed over."""

    takes_pins: bool
    has_pin: bool
    key: DeviceStatus | None


def load_computer(surgery: Surgery) -> Computer:
    """Vault thread."""
    machine, enrolment = surgery.machine, surgery.enrolment
    return Computer(
        takes_pins=machine is not None and machine.has_pins(),
        has_pin=machine is not None and machine.has_pin(surgery.me.staff),
        key=enrolment.status() if enrolment is not None else None,
    )


class ComputerSection(Section):
    """Two cards. Signals as of `Section`."""

    name = "computer"
    icon = "monitor"

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("ComputerSection", "This computer"), parent)
        self._surgery = surgery
        self._bridge = bridge
        inner = QWidget()
        page = Column(theme, inner, (24, 20, 24, 20), 16)
        page.addWidget(TextLabel(theme, self.title, "name"))
        self.pin_words, self.pin_more, self.pin_buttons = self._card(page, self.tr("Your PIN here"))
        self.key_words, self.key_more, self.key_buttons = self._card(page, self.tr("The practice's device key"))
        self.set_pin = self._button(self.pin_buttons, "computer.set_pin", self._ask_pin, main=True)
        self.drop_pin = self._button(self.pin_buttons, "computer.drop_pin", self._drop_pin)
        self.drop_pin.set_words(self.tr("Drop it"))
        self.turn_on = self._button(self.key_buttons, "computer.key_on", self._turn_on, main=True)
        self.turn_on.set_words(self.tr("Turn it on"))
        self.show_words = self._button(self.key_buttons, "computer.key_words", self._show_words)
        self.show_words.set_words(self.tr("Show its words"))
        self.require = self._button(self.key_buttons, "computer.key_require", self._require)
        self.require.set_words(self.tr("Do not wait for the others"))
        self.turn_off = self._button(self.key_buttons, "computer.key_off", self._turn_off)
        self.turn_off.set_words(self.tr("Turn it off"))
        for buttons in (self.pin_buttons, self.key_buttons):
            buttons.addStretch(1)
        self.notice = Notice(theme)
        self.notice.hide()
        page.addWidget(self.notice)
        page.addStretch(1)
        outer = Column(theme, self)
        outer.addWidget(Scroll(theme, inner))
        theme.changed.connect(self._arrange)
        self._arrange()
        self._show(Computer(False, False, None))

    def _card(self, page: Column, title: str) -> tuple[TextLabel, TextLabel, QBoxLayout]:
        card = Card(self.theme)
        card.body.addWidget(TextLabel(self.theme, title, "section"))
        words, more = TextLabel(self.theme, "", "body"), TextLabel(self.theme, "", "small", "ink2")
        card.body.addWidget(words)
        card.body.addWidget(more)
        buttons = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        card.body.addLayout(buttons)
        page.addWidget(card)
        return words, more, buttons

    def _button(self, row: QBoxLayout, name: str, act: Callable[[], None], *, main: bool = False) -> Button:
        button = Button(self.theme, "", "primary" if main else "secondary")
        button.setObjectName(name)
        button.clicked.connect(act)
        row.addWidget(button)
        return button

    def _arrange(self) -> None:
        """Where the room is narrow, or letters large, the buttons stand under each other."""
        stacked = self.width() < self.theme.px(_STACK_BELOW)
        for box in (self.pin_buttons, self.key_buttons):
            box.setDirection(QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight)
            box.setSpacing(self.theme.px(10))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        # Narrow enough to be asked to stack: the buttons side by side would forbid it.
        return QSize(self.theme.px(240), self.theme.px(200))

    def enter(self) -> None:
        self._bridge.run(load_computer, self._surgery, done=self._show, failed=self._failed, owner=self)

    def _show(self, now: Computer) -> None:
        if now.has_pin:
            self.pin_words.setText(self.tr("You have a PIN on this computer."))
        elif now.takes_pins:
            self.pin_words.setText(self.tr("You have no PIN on this computer: unlocking takes your password."))
        else:
            self.pin_words.setText(self.tr("This computer cannot keep a PIN safely: unlocking takes your password."))
        self.pin_more.setText(
            self.tr("A PIN is dropped after 8 hours, after 5 wrong tries, and when the computer sleeps.")
        )
        self.set_pin.set_words(self.tr("Set another PIN") if now.has_pin else self.tr("Set a PIN"))
        self.set_pin.setVisible(now.takes_pins)
        self.drop_pin.setVisible(now.has_pin)
        self._show_key(now.key)

    def _show_key(self, key: DeviceStatus | None) -> None:
        manages = Role.MANAGER in self._surgery.me.roles and key is not None
        is_on = key is not None and key.is_on
        self.turn_on.setVisible(manages and not is_on)
        self.show_words.setVisible(manages and is_on)
        self.turn_off.setVisible(manages and is_on)
        waits = key is not None and is_on and key.waiting > 0 and not key.is_required
        self.require.setVisible(manages and waits)
        self.key_words.setText(self._key_words(key))
        if key is None or not is_on:
            more = self.tr(
                "With it, a stolen disk gives nobody a password to guess at. The recovery kit never needs it."
            )
        else:
            more = self.tr(
                "{sealed} of {slots} people's passwords need it. Each changes at their own next unlock."
            ).format(sealed=key.sealed, slots=key.slots)
        self.key_more.setText(more)

    def _key_words(self, key: DeviceStatus | None) -> str:
        if key is None or not key.is_on:
            return self.tr("The practice has none: passwords alone protect a stolen disk.")
        if not key.is_here:
            why = message_for(KeyStoreRefused(key.reason or "none"))
            return self.tr("The practice has one, but it is not on this computer. {why}").format(why=why.sentence)
        if key.waiting and not key.is_required:
            words = self.tr(
                "It is on this computer. Computers without it: {count}. Until they have it, no password needs it."
            )
            return words.format(count=key.waiting)
        return self.tr("It is on this computer.")

    # what may be asked for

    def _ask_pin(self) -> None:
        machine = self._surgery.machine
        if machine is not None:
            self._ask_for(PinSheet(self.theme, self._bridge, machine.set_pin))

    def _ask_for(self, sheet: StaffSheet) -> None:
        sheet.finished.connect(self._done)
        self.ask(sheet)

    def _drop_pin(self) -> None:
        machine = self._surgery.machine
        if machine is not None:
            self._do(lambda: machine.forget_pins(self._surgery.me.staff), self.tr("Your PIN is dropped."))

    def _turn_on(self) -> None:
        self._with_key(lambda one: one.turn_on(), self.tr("The practice has a device key now."))

    def _require(self) -> None:
        words = self.tr("From now on passwords need it. Other computers ask for its words once.")
        self._with_key(lambda one: one.require(), words)

    def _turn_off(self) -> None:
        self._with_key(lambda one: one.turn_off(), self.tr("Passwords go back to needing nothing else, one by one."))

    def _with_key(self, act: Callable[[Enrolment], None], said: str) -> None:
        enrolment = self._surgery.enrolment
        if enrolment is not None:
            self._do(lambda: act(enrolment), said)

    def _show_words(self) -> None:
        enrolment = self._surgery.enrolment
        if enrolment is not None:
            self._bridge.run(enrolment.words, done=self._words_came, failed=self._failed, owner=self)

    def _words_came(self, words: tuple[str, ...]) -> None:
        sheet: Sheet = DeviceKeySheet(self.theme, self._bridge, words, self._surgery.practice_name)
        self.ask(sheet)

    def _do(self, act: Callable[[], None], said: str) -> None:
        self.notice.hide()
        self._bridge.run(act, done=lambda _none: self._done(said), failed=self._failed, owner=self)

    def _done(self, said: str) -> None:
        self.said.emit(said)
        self.enter()

    def _failed(self, problem: BaseException) -> None:
        message = message_for(problem)
        self.notice.show_notice(message.next_step, "attention", "", message.sentence)
        self.notice.show()
