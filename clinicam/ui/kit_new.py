# SPDX-License-Identifier: GPL-3.0-or-later
"""Another recovery kit: its words are written down from the screen, typed back from the paper, and count only then."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedLayout, QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.first_start_kit import KitCode, KitSheet
from clinicam.ui.kit import Column, Notice, TextLabel
from clinicam.ui.kit_entry import KitEntry
from clinicam.ui.messages import Message
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.ui.words import shown_date, today
from clinicam.vault.kit import ROWS
from clinicam.vault.kits import Kits, NewKit


class NewKitSheet(StaffSheet):
    """Two pages. Signals as of `StaffSheet`."""

    def __init__(
        self, theme: Theme, bridge: Bridge, kits: Kits, kit: NewKit, practice: str, parent: QWidget | None = None
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("NewKitSheet", "Recovery kit {number}").format(number=kit.number),
            translate("NewKitSheet", "It is written down"),
            width=1100,
            parent=parent,
        )
        self._kits = kits
        self._kit: NewKit | None = kit
        self.sheet, self.code = KitSheet(theme), KitCode(theme)
        head = self.tr("Kit {number}  ·  {practice}  ·  {day}")
        self.sheet.show_words(kit.words, head.format(number=kit.number, practice=practice, day=shown_date(today())))
        self.code.show_words(kit.words)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._make_words())
        self._pages.addWidget(self._make_back())
        self.body.addLayout(self._pages)
        self.confirmed.connect(self._next)
        theme.changed.connect(self._arrange)
        self._arrange()

    def _make_words(self) -> QWidget:
        page = QWidget()
        column = Column(self.theme, page, spacing=14)
        words = self.tr(
            "Write the 24 words on paper. They open the vault if every password is lost, so they belong under lock, not "
            "in the same room as this computer."
        )
        column.addWidget(TextLabel(self.theme, words, "body", "ink2"))
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._box.addWidget(self.sheet, 1)
        self._box.addWidget(self.code)
        column.addLayout(self._box)
        column.addStretch(1)
        return page

    def _make_back(self) -> QWidget:
        page = QWidget()
        column = Column(self.theme, page, spacing=14)
        words = self.tr("Now from the paper, row by row. The first four letters of a word are enough.")
        column.addWidget(TextLabel(self.theme, words, "body", "ink2"))
        self.entry = KitEntry(self.theme)
        self.entry.name_rows("kit")
        self.entry.changed.connect(self._look)
        column.addWidget(self.entry)
        self.other = Notice(self.theme, self.tr("These words belong to another kit. Use the paper just written."))
        self.other.hide()
        column.addWidget(self.other)
        column.addStretch(1)
        return page

    @property
    def is_typing_back(self) -> bool:
        """Whether the words are off the screen."""
        return self._pages.currentIndex() == 1

    def forget(self) -> None:
        self._kit = None
        self.sheet.show_words((), "")
        self.code.show_words(())
        self.entry.clear()

    def _next(self) -> None:
        kit = self._kit
        if kit is None:
            return
        if not self.is_typing_back:
            self.sheet.show_words((), "")
            self.code.show_words(())
            self._pages.setCurrentIndex(1)
            self.primary.set_words(self.tr("Let this kit count"))
            self._look()
            self.entry.rows[0].typed.setFocus()
            return
        self.request(
            self.tr("Making the kit count"),
            self.tr("Recovery kit {number} opens the vault now.").format(number=kit.number),
            self._kits.confirm,
            kit,
            self.entry.words,
        )

    def _look(self) -> None:
        kit = self._kit
        complete = self.entry.right == ROWS
        same = kit is not None and self.entry.words == kit.words
        self.other.setVisible(complete and not same)
        self.primary.setEnabled(complete and same)

    def refused(self, message: Message) -> None:
        super().refused(message)
        if self.is_typing_back:
            self._look()

    def _arrange(self) -> None:
        stacked = self.width() < self.theme.px(860)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._box.setDirection(way)
        self._box.setSpacing(self.theme.px(20))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
