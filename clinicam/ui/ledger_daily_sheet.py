# SPDX-License-Identifier: GPL-3.0-or-later
"""The daily sheet on the screen: a code to write on paper, and what stands around it. Nothing goes to a printer's spool."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from clinicam.practice.ledger import DailySheet
from clinicam.ui.kit import Card, TextLabel
from clinicam.ui.ledger_details import spaced
from clinicam.ui.ledger_words import sheet_lines
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme


class DailySheetSheet(Sheet):
    """The text can be copied: it names no patient. Signals as of `Sheet`."""

    def __init__(self, theme: Theme, sheet: DailySheet, practice: str, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            translate("DailySheetSheet", "Daily sheet"),
            translate("DailySheetSheet", "Copy the text"),
            support=translate(
                "DailySheetSheet",
                "Write the code into the day book, or send the text to somebody outside. Whoever keeps it can later "
                "prove that no act before it was taken away or changed.",
            ),
            parent=parent,
        )
        lines = sheet_lines(sheet, practice)
        self._text = "\n".join(lines) + "\n"
        card = Card(theme, (20, 16, 20, 16), 6)
        self.code = TextLabel(theme, spaced(sheet.code), "name")
        self.code.setAccessibleName(self.tr("Code: {code}").format(code=" ".join(sheet.code)))
        card.body.addWidget(self.code)
        code = spaced(sheet.code)
        shown = [line for line in lines[1:] if line and code not in line]
        self.lines = TextLabel(theme, "\n".join(shown), "body", "ink2")
        card.body.addWidget(self.lines)
        self.body.addWidget(card)
        self.copied = TextLabel(theme, "", "body", "ink2")
        self.copied.hide()
        self.body.addWidget(self.copied)
        self.confirmed.connect(self._copy)
        self.back.setText(self.tr("Close"))
        self.back.setAccessibleName(self.tr("Close"))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)
        self.copied.setText(self.tr("Copied. It names no patient."))
        self.copied.show()
