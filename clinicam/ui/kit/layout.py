# SPDX-License-Identifier: GPL-3.0-or-later
"""Layouts and fixed sizes given in unscaled px; they follow the theme's scale by themselves."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSize
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QSpacerItem, QVBoxLayout, QWidget

from clinicam.ui.theme import Theme

Margins = tuple[float, float, float, float]


class _Scaled:
    """What `Column` and `Row` share: margins, spacing and gaps in unscaled px."""

    def _start(self, layout: QBoxLayout, theme: Theme, margins: Margins, spacing: float) -> None:
        self._layout = layout
        self._theme = theme
        self._margins = margins
        self._spacing = spacing
        self._gaps: list[tuple[QSpacerItem, float, bool]] = []

    def _apply(self) -> None:
        px = self._theme.px
        left, top, right, bottom = self._margins
        self._layout.setContentsMargins(px(left), px(top), px(right), px(bottom))
        self._layout.setSpacing(px(self._spacing))
        for item, size, upright in self._gaps:
            one = px(size)
            policy = QSizePolicy.Policy
            item.changeSize(0 if upright else one, one if upright else 0, policy.Minimum, policy.Minimum)
        self._layout.invalidate()

    def set_margins(self, margins: Margins) -> None:
        """Other margins: left, top, right, bottom."""
        self._margins = margins
        self._apply()

    def _gap(self, size: float, upright: bool) -> None:
        item = QSpacerItem(0, 0)
        self._gaps.append((item, size, upright))
        self._layout.addItem(item)
        self._apply()


class Column(QVBoxLayout, _Scaled):
    """A vertical layout in unscaled px."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, margins: Margins = (0, 0, 0, 0), spacing: float = 0
    ) -> None:
        if parent is None:
            super().__init__()
        else:
            super().__init__(parent)
        self._start(self, theme, margins, spacing)
        self._apply()
        theme.changed.connect(self.rescale)

    def rescale(self) -> None:
        """The theme has another scale."""
        self._apply()

    def gap(self, size: float) -> None:
        """A fixed empty place of `size` px."""
        self._gap(size, True)


class Row(QHBoxLayout, _Scaled):
    """A horizontal layout in unscaled px."""

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, margins: Margins = (0, 0, 0, 0), spacing: float = 0
    ) -> None:
        if parent is None:
            super().__init__()
        else:
            super().__init__(parent)
        self._start(self, theme, margins, spacing)
        self._apply()
        theme.changed.connect(self.rescale)

    def rescale(self) -> None:
        """The theme has another scale."""
        self._apply()

    def gap(self, size: float) -> None:
        """A fixed empty place of `size` px."""
        self._gap(size, False)


class Sized(QObject):
    """Keeps a widget's fixed, least or greatest size in step with the scale. Lives as the widget's child."""

    def __init__(
        self,
        theme: Theme,
        widget: QWidget,
        *,
        width: float | None = None,
        height: float | None = None,
        min_width: float | None = None,
        min_height: float | None = None,
        max_width: float | None = None,
        max_height: float | None = None,
    ) -> None:
        super().__init__(widget)
        self._theme = theme
        self._widget = widget
        self._least = (width if width is not None else min_width, height if height is not None else min_height)
        self._most = (width if width is not None else max_width, height if height is not None else max_height)
        self.rescale()
        theme.changed.connect(self.rescale)

    def rescale(self) -> None:
        """The theme has another scale."""
        px = self._theme.px
        least, most = self._least, self._most
        self._widget.setMinimumSize(QSize(px(least[0] or 0), px(least[1] or 0)))
        top = 16777215
        self._widget.setMaximumSize(
            QSize(top if most[0] is None else px(most[0]), top if most[1] is None else px(most[1]))
        )


def fix(
    theme: Theme,
    widget: QWidget,
    *,
    width: float | None = None,
    height: float | None = None,
    min_width: float | None = None,
    min_height: float | None = None,
    max_width: float | None = None,
    max_height: float | None = None,
) -> None:
    """Fix sizes of `widget` in unscaled px."""
    Sized(
        theme,
        widget,
        width=width,
        height=height,
        min_width=min_width,
        min_height=min_height,
        max_width=max_width,
        max_height=max_height,
    )
