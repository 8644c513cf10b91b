# SPDX-License-Identifier: GPL-3.0-or-later
"""Columns side by side that stack in one vertical scroll when the words are too large for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QScrollArea, QSizePolicy, QWidget

from clinicam.ui.theme import Theme


class Following(QScrollArea):
    """Brings what takes the focus into sight, however it got it; Qt by itself does so for Tab only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isVisible() and self.isAncestorOf(now):
            self.ensureWidgetVisible(now, 0, self._theme.px(24))


class Scroll(Following):
    """A vertical scroll without a frame, transparent. `content` is the widget inside."""

    def __init__(self, theme: Theme, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.content = content
        content.setObjectName(content.objectName() or "scrolled")
        self.setWidget(content)
        theme.changed.connect(self._rescaled)
        self._rescaled()

    def _rescaled(self) -> None:
        self.verticalScrollBar().setSingleStep(self._theme.px(40))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.content.minimumSizeHint().width(), self._theme.px(120))


class Columns(Following):
    """`parts` are (widget, width in unscaled px or 0 for "what is left"). Below `stack_below` unscaled px of width
    (at the present scale) they stand under each other, each as high as it needs, in one scroll."""

    def __init__(
        self,
        theme: Theme,
        parts: Sequence[tuple[QWidget, float]],
        *,
        stack_below: float,
        gap: float = 0,
        margins: tuple[float, float, float, float] = (0, 0, 0, 0),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self._parts = tuple(parts)
        self._below = stack_below
        self._gap = gap
        self._margins = margins
        self.stacked = False
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, inner)
        for widget, width in self._parts:
            self._box.addWidget(widget, 0 if width else 1)
        self.setWidget(inner)
        theme.changed.connect(self._arrange)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(240), self._theme.px(160))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        px = self._theme.px
        self.stacked = self.width() < px(self._below)
        way = QBoxLayout.Direction.TopToBottom if self.stacked else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != way:
            self._box.setDirection(way)
        left, top, right, bottom = self._margins
        self._box.setContentsMargins(px(left), px(top), px(right), px(bottom))
        self._box.setSpacing(px(self._gap))
        for widget, width in self._parts:
            narrow = bool(width) and not self.stacked
            widget.setMinimumWidth(px(width) if narrow else 0)
            widget.setMaximumWidth(px(width) if narrow else 16777215)
            widget.setSizePolicy(
                QSizePolicy.Policy.Preferred,
                QSizePolicy.Policy.Minimum if self.stacked else QSizePolicy.Policy.Preferred,
            )
        self.verticalScrollBar().setSingleStep(px(40))


class Stacking(QWidget):
    """Widgets side by side with equal shares; below `stack_below` unscaled px under each other. Does not scroll."""

    def __init__(
        self,
        theme: Theme,
        widgets: Sequence[QWidget],
        *,
        stack_below: float,
        gap: float = 16,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._below = stack_below
        self._gap = gap
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self._box.addWidget(widget, 1)
        theme.changed.connect(self._arrange)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        # Narrow enough to be asked to stack: the sum of the widgets side by side would forbid it.
        return QSize(self._theme.px(200), super().minimumSizeHint().height())

    def _arrange(self) -> None:
        stacked = self.width() < self._theme.px(self._below)
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._box.direction() != way:
            self._box.setDirection(way)
        self._box.setSpacing(self._theme.px(self._gap))
