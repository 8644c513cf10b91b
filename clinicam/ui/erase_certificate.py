# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of an erasure, shown, and kept as a text file where somebody chooses. It names nobody."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from clinicam.practice.certificate import Certificate
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import Field, fix
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.vault.keeptext import keep_text


class CertificateSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        certificate: Certificate,
        text: str,
        vault: Path,
        parent: QWidget | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("CertificateSheet", "Certificate of erasure"),
            translate("CertificateSheet", "Keep as a text file"),
            support=translate(
                "CertificateSheet", "It is kept in the vault. A copy outside names nobody: ids and counts only."
            ),
            width=860,
            parent=parent,
        )
        self._text = text
        self._vault = vault
        self.back.setText(self.tr("Close"))
        self.page = QPlainTextEdit()
        self.page.setReadOnly(True)
        self.page.setPlainText(text)
        self.page.setAccessibleName(self.title)
        self.page.setObjectName("certificate.text")
        self.page.setTabChangesFocus(True)
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.px(14))
        self.page.setFont(font)
        fix(theme, self.page, min_height=260)
        self.body.addWidget(self.page)
        name = f"clinicam-erasure-{certificate.rid.hex()[:8]}.txt"
        self.file = Field(theme, self.tr("File"), longest=1000)
        self.file.edit.setObjectName("certificate.file")
        self.file.set_text(str(Path.home() / name))
        self.body.addWidget(self.file)
        self.confirmed.connect(self._keep)

    def _keep(self) -> None:
        path = Path(self.file.text()).expanduser()
        if not self.file.text() or not path.is_absolute():
            self.file.set_problem(self.tr("Name the folder too, from the first: /home/…"))
            return
        self.request(
            self.tr("Writing the certificate"),
            self.tr("The certificate is written."),
            keep_text,
            path,
            self._text,
            vault=self._vault,
        )
