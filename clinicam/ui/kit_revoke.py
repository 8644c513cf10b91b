# SPDX-License-Identifier: GPL-3.0-or-later
"""A recovery kit that is to open nothing any more: lost, read by others, or replaced."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import TextLabel
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.vault.kits import KitInfo, Kits


class RevokeKitSheet(StaffSheet):
    """Signals as of `StaffSheet`."""

    def __init__(self, theme: Theme, bridge: Bridge, kits: Kits, kit: KitInfo, parent: QWidget | None = None) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            bridge,
            translate("RevokeKitSheet", "Revoke recovery kit {number}").format(number=kit.number),
            translate("RevokeKitSheet", "Revoke this kit"),
            danger=True,
            parent=parent,
        )
        self._kits = kits
        self._kit = kit
        words = self.tr(
            "Its 24 words open nothing from then on, whoever has the paper. Backups made before still know them until "
            "they are old enough to go."
        )
        self.body.addWidget(TextLabel(theme, words, "body", "ink2"))
        self.confirmed.connect(self._revoke)

    def _revoke(self) -> None:
        self.request(
            self.tr("Revoking the kit"),
            self.tr("Recovery kit {number} opens nothing any more.").format(number=self._kit.number),
            self._kits.revoke,
            self._kit.kit,
        )
