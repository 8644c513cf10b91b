# SPDX-License-Identifier: GPL-3.0-or-later
"""A scroll for one of several columns: small where it stands beside others, as high as its content in a stack."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Scroll
from clinicam.ui.theme import Theme


class PaneScroll(Scroll):
    """Asks for little height, so that the column beside it does not grow with its content; see `set_full`."""

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(theme, content, parent)
        self._full = False
        content.installEventFilter(self)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), 0)

    def set_full(self, full: bool) -> None:
        """Whether everything is shown and a scroll further out moves it."""
        self._full = full
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.content and event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Resize}:
            self._fit()
        return False

    def _fit(self) -> None:
        wanted = 0
        if self._full:
            layout = self.content.layout()
            width = max(1, self.viewport().width())
            tall = layout.hasHeightForWidth() if layout is not None else False
            wanted = layout.heightForWidth(width) if layout is not None and tall else self.content.sizeHint().height()
        if wanted != self.minimumHeight():
            self.setMinimumHeight(wanted)
