# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one looks at a picture: zoom and pan as a single `QTransform`, shared by every pane that is linked.

The transform works in *fitted units*: the origin is the middle of the picture and 1.0 is its long side as it lies
when the whole picture fits its pane. So one transform means the same place in pictures and panes of any size.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QTransform

LARGEST = 64.0
"""The farthest one may zoom in, as a multiple of the fitted size."""

SMALLEST = 0.25
"""The farthest one may zoom out, as a multiple of the fitted size."""


class Viewpoint(QObject):
    """One zoom and pan. Panes that hold the same viewpoint are linked.

    Signals:
        changed(): the transform is another one than before.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._transform = QTransform()

    @property
    def transform(self) -> QTransform:
        """The transform from fitted units to fitted units; the identity shows the whole picture."""
        return QTransform(self._transform)

    @property
    def zoom(self) -> float:
        """How much larger than fitted; 1.0 is fitted."""
        return self._transform.m11()

    def set_transform(self, transform: QTransform) -> None:
        """Look from there: zoom within limits, and never so far aside that the middle of the pane leaves the picture."""
        zoom = min(LARGEST, max(SMALLEST, transform.m11()))
        reach = zoom / 2
        dx = min(reach, max(-reach, transform.dx()))
        dy = min(reach, max(-reach, transform.dy()))
        wanted = QTransform(zoom, 0, 0, zoom, dx, dy)
        if wanted != self._transform:
            self._transform = wanted
            self.changed.emit()

    def fit(self) -> None:
        """The whole picture."""
        self.set_transform(QTransform())

    def zoom_by(self, factor: float, around: QPointF) -> None:
        """Zoom by `factor`; the point `around` (fitted units, as seen in the pane) stays where it is."""
        limited = min(LARGEST, max(SMALLEST, self.zoom * factor)) / self.zoom
        step = QTransform(limited, 0, 0, limited, around.x() * (1 - limited), around.y() * (1 - limited))
        self.set_transform(self._transform * step)

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by fitted units, as seen in the pane."""
        self.set_transform(self._transform * QTransform.fromTranslate(dx, dy))
