# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice's device key as words and a code, for a manager to take to another computer. Nothing is copied or printed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.first_start_kit import KitCode, KitSheet
from clinicam.ui.kit import TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.ui.words import shown_date, today


class DeviceKeySheet(StaffSheet):
    """Shows `words` until it closes; then they are taken out of the widgets. Signals as of `Sheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, words: tuple[str, ...], practice: str, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("DeviceKeySheet", "The device key of {practice}").format(practice=practice),
            translate("DeviceKeySheet", "Hide the words"),
            support=translate(
                "DeviceKeySheet",
                "On the other computer, choose a name and type a password: it asks for these 24 words once, or takes the "
                "code from a scanner. They open nothing without a password. That they were shown is in the ledger.",
            ),
            width=1100,
            parent=parent,
        )
        self.sheet, self.code = KitSheet(theme), KitCode(theme)
        self.sheet.setAccessibleName(self.tr("Device key, 24 words on screen"))
        head = self.tr("Device key  ·  {practice}  ·  {day}").format(practice=practice, day=shown_date(today()))
        self.sheet.show_words(words, head)
        self.code.show_words(words)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._box.addWidget(self.sheet, 1)
        self._box.addWidget(self.code)
        self.body.addLayout(self._box)
        note = self.tr("Do not keep them: the recovery kit opens without, and any manager can show them again.")
        self.body.addWidget(TextLabel(theme, note, "small", "ink2"))
        self.back.hide()
        self.confirmed.connect(self.close_sheet)
        theme.changed.connect(self._arrange)
        self._arrange()

    def forget(self) -> None:
        self.sheet.show_words((), "")
        self.code.show_words(())

    def _arrange(self) -> None:
        stacked = self.width() < self.theme.px(860)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._box.setDirection(way)
        self._box.setSpacing(self.theme.px(20))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
