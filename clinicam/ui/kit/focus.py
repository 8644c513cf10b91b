# SPDX-License-Identifier: GPL-3.0-or-later
"""The focus ring: one frame that follows the focus, 3 px, 2 px away from what has it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QFocusFrame,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from clinicam.ui.kit.paint import rounded
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FOCUS_GAP, FOCUS_WIDTH, RADIUS_CONTROL

OWN_FOCUS = "ownFocus"
"""Dynamic property of a widget that paints its focus itself (lists whose delegate rings the row, the window)."""
RING_PARENT = "ringParent"
"""Dynamic property of a bare field inside a painted box: the box is ringed."""
FOCUS_RADIUS = "focusRadius"
"""Dynamic property: radius of the control in unscaled px, where it is not 6."""


class _Margins(QProxyStyle):
    """A style whose focus frame stands gap + width away from the control."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Fusion")
        self._theme = theme

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric in {QStyle.PixelMetric.PM_FocusFrameHMargin, QStyle.PixelMetric.PM_FocusFrameVMargin}:
            return self._theme.px(FOCUS_GAP + FOCUS_WIDTH)
        return super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        # Above: the frame becomes a child of the window or viewport, so no tight parent cuts it.
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0
        return super().styleHint(hint, option, widget, returned)


class FocusRing(QFocusFrame):
    """Follows the application's focus. Make one for each top-level window."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._margins = _Margins(theme)
        self._margins.setParent(self)
        self.setStyle(self._margins)
        self.setAccessibleName("")
        # Rings nothing: a frame cannot be told to ring no widget and stay hidden, so it rings one never shown.
        self._nowhere = QWidget(window)
        self._nowhere.hide()
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._moved)
        theme.changed.connect(self._rescaled)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is None or now.window() is not self._window:
            self.setWidget(self._nowhere)
            return
        parent = now.parentWidget()
        if now.property(RING_PARENT) and parent is not None:
            self.setWidget(parent)
            return
        own = bool(now.property(OWN_FOCUS)) or (isinstance(now, QAbstractScrollArea) and not now.property("ring"))
        self.setWidget(self._nowhere if own or now is self._window else now)

    def _rescaled(self) -> None:
        ringed: QWidget | None = self.widget()
        self.setWidget(self._nowhere)
        if ringed is not None:
            self.setWidget(ringed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        ringed: QWidget | None = self.widget()
        if ringed is None or ringed is self._nowhere:
            return
        named = ringed.property(FOCUS_RADIUS)
        inner = float(named) if isinstance(named, int | float) else float(RADIUS_CONTROL)
        painter = QPainter(self)
        px = self._theme.px
        width = px(FOCUS_WIDTH)
        box = QRectF(self.rect())
        rounded(painter, box, px(inner + FOCUS_GAP + 1) + width / 2, None, self._theme.color("focus"), width)
        painter.end()
