# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager looks at what is damaged and decides that pictures may be taken again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.checks import CheckState
from clinicam.ui.bridge import Bridge
from clinicam.ui.checks_words import damage_words
from clinicam.ui.kit import Field, TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme

MOST_SHOWN = 12


class DamageSheet(StaffSheet):
    """`decide` is called on the vault thread with what was written. Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        state: CheckState,
        decide: Callable[[str], None],
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("DamageSheet", "Something in the vault is damaged"),
            translate("DamageSheet", "Take pictures again"),
            support=translate(
                "DamageSheet",
                "Nothing was deleted or overwritten. A backup may hold what is damaged; ask whoever looks after your "
                "computers before you go on. Your decision is kept in the ledger.",
            ),
            parent=parent,
        )
        self._decide = decide
        for damage in state.damages[:MOST_SHOWN]:
            self.body.addWidget(TextLabel(theme, damage_words(damage, state.now_ms), "small", "ink2"))
        more = len(state.damages) - MOST_SHOWN
        if more > 0:
            words = self.tr("and {count} more: “clinicam vault verify” names each of them.").format(count=more)
            self.body.addWidget(TextLabel(theme, words, "small", "ink2"))
        self.words = Field(theme, self.tr("What was done about it"), longest=500)
        self.words.edit.setObjectName("damage.words")
        self.body.addWidget(self.words)
        self.words.entered.connect(self._go)
        self.confirmed.connect(self._go)

    def _go(self) -> None:
        words = self.words.text().strip()
        if not words:
            self.words.set_problem(self.tr("Say in a few words what was done."))
            self.words.edit.setFocus()
            return
        self.request(
            self.tr("Writing it into the ledger"), self.tr("Pictures can be taken again."), self._decide, words
        )
