# SPDX-License-Identifier: GPL-3.0-or-later
"""Step 5: the kit typed back from the paper. Nothing of it is on the screen any more."""

from __future__ import annotations

import hmac

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.ui.first_start_step import Step
from clinicam.ui.kit import Card, Notice, fix
from clinicam.ui.kit_entry import KitEntry
from clinicam.ui.theme import Theme
from clinicam.vault.kit import ROWS


class BackStep(Step):
    """Six rows and their check codes. Signals as of `Step`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("BackStep", "Type it back from the paper"),
            translate(
                "BackStep", "Row by row, with the check code at its end. The first four letters of a word are enough."
            ),
            parent,
        )
        self._expected: tuple[str, ...] = ()
        card = Card(theme, (20, 16, 20, 16), 8)
        fix(theme, card, max_width=860)
        self.entry = KitEntry(theme)
        self.entry.name_rows("first")
        card.body.addWidget(self.entry)
        self.body.addWidget(card)
        self.notice = Notice(
            theme, self.tr("These words belong to another kit. Use the paper written in the step before.")
        )
        self.notice.hide()
        self.body.addWidget(self.notice)
        self.entry.changed.connect(self._changed)
        self.entry.entered.connect(self.entered)

    def expect(self, words: tuple[str, ...]) -> None:
        """The words shown in the step before; an empty tuple forgets them and what was typed."""
        self._expected = words
        if not words:
            self.entry.clear()

    def _same(self) -> bool:
        typed = " ".join(self.entry.words).encode()
        return bool(self._expected) and hmac.compare_digest(typed, " ".join(self._expected).encode())

    def _changed(self) -> None:
        self.notice.setVisible(bool(self.entry.words) and not self._same())
        self.changed.emit()

    def lacks(self) -> tuple[str, ...]:
        left = ROWS - self.entry.right
        if left:
            return (self.tr("{count} more rows").format(count=left) if left > 1 else self.tr("1 more row"),)
        return () if self._same() else (self.tr("the words of this vault's kit"),)

    def note(self) -> str:
        return self.tr("Typed back")

    def first_focus(self) -> QWidget | None:
        return next((row.typed for row in self.entry.rows if not row.done), self.entry.rows[-1].code)
