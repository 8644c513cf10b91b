# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage on which a picture lies: neutral grey in both themes, zoomed and panned by mouse, keys or two fingers."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QSizePolicy, QWidget

from clinicam.ui.kit import OWN_FOCUS
from clinicam.ui.picture import Picture
from clinicam.ui.viewpoint import Viewpoint

STAGE = QColor("#1E1E1E")
STRIP = QColor("#141414")
STAGE_INK = QColor("#FFFFFF")
STAGE_INK2 = QColor("#C9C9C9")
SELECTION = QColor("#7FE3F7")

KEY_STEP = 1.25
"""One press of plus or minus zooms by this."""

PAN_STEP = 0.1
"""One press of an arrow moves the picture by this part of its fitted long side."""

WHEEL_STEP = 1.0015
"""One eighth of a degree of the wheel zooms by this: one notch (120) is 1.2."""


class ImageStage(QWidget):
    """Shows one `Picture`, and on demand a second one over it.

    Signals:
        focused(): this stage has the keyboard now (compare marks the pane one acts on).
    """

    focused = Signal()

    def __init__(self, viewpoint: Viewpoint, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._viewpoint = viewpoint
        self._picture: Picture | None = None
        self._over: Picture | None = None
        self._opacity = 1.0
        self._note = ""
        self._drag: QPointF | None = None
        self.marked = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setProperty(OWN_FOCUS, True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.grabGesture(Qt.GestureType.PinchGesture)
        viewpoint.changed.connect(self.update)

    # What lies on the stage

    @property
    def viewpoint(self) -> Viewpoint:
        """Where this stage is seen from."""
        return self._viewpoint

    @property
    def picture(self) -> Picture | None:
        """The picture on the stage."""
        return self._picture

    def set_viewpoint(self, viewpoint: Viewpoint) -> None:
        """Look from another viewpoint: the same object as another stage's means linked."""
        self._viewpoint.changed.disconnect(self.update)
        self._viewpoint = viewpoint
        viewpoint.changed.connect(self.update)
        self.update()

    def show_picture(self, picture: Picture | None, note: str = "") -> None:
        """Put `picture` on the stage; `note` is said in its place when there is none."""
        self._picture = picture
        self._note = note
        self.update()

    def show_over(self, picture: Picture | None, opacity: float = 1.0) -> None:
        """Lay a second picture over the first, from 0.0 (not seen) to 1.0 (the first not seen)."""
        self._over = picture
        self._opacity = opacity
        self.update()

    def set_marked(self, marked: bool) -> None:
        """Draw the frame of the pane one acts on."""
        self.marked = marked
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 140)

    # Where things are

    def fitted_scale(self, picture: Picture) -> float:
        """Widget pixels for each picture pixel when the whole picture fits."""
        size = picture.size
        return min(self.width() / max(1, size.width()), self.height() / max(1, size.height()))

    def placement(self, picture: Picture) -> QTransform:
        """From picture pixels to widget pixels, with the viewpoint applied."""
        size = picture.size
        long_side = max(1, size.width(), size.height())
        shown = self.fitted_scale(picture) * long_side
        to_units = QTransform.fromTranslate(-size.width() / 2, -size.height() / 2) * QTransform.fromScale(
            1 / long_side, 1 / long_side
        )
        to_widget = QTransform.fromScale(shown, shown) * QTransform.fromTranslate(self.width() / 2, self.height() / 2)
        return to_units * self._viewpoint.transform * to_widget

    def is_actual_size(self) -> bool:
        """Whether one picture pixel is one pixel of the screen."""
        if self._picture is None:
            return False
        return math.isclose(self.placement(self._picture).m11() * self.devicePixelRatioF(), 1.0, rel_tol=1e-6)

    def _units_at(self, point: QPointF) -> QPointF:
        shown = self._shown_long_side()
        return QPointF((point.x() - self.width() / 2) / shown, (point.y() - self.height() / 2) / shown)

    def _shown_long_side(self) -> float:
        if self._picture is None:
            return float(max(1, self.width(), self.height()))
        size = self._picture.size
        return max(1.0, self.fitted_scale(self._picture) * max(size.width(), size.height()))

    # Acting

    def fit(self) -> None:
        """Show the whole picture."""
        self._viewpoint.fit()

    def actual_size(self) -> None:
        """One picture pixel on one pixel of the screen, around the middle of the pane."""
        if self._picture is not None:
            wanted = 1 / (self.fitted_scale(self._picture) * self.devicePixelRatioF())
            self._viewpoint.zoom_by(wanted / self._viewpoint.zoom, QPointF(0, 0))

    def toggle_actual_size(self) -> None:
        """From 1:1 to the whole picture, from anything else to 1:1."""
        if self.is_actual_size():
            self.fit()
        else:
            self.actual_size()

    def zoom_by(self, factor: float) -> None:
        """Zoom around the middle of the pane."""
        self._viewpoint.zoom_by(factor, QPointF(0, 0))

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self._viewpoint.zoom_by(WHEEL_STEP**turned, self._units_at(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            moved = event.position() - self._drag
            self._drag = event.position()
            shown = self._shown_long_side()
            self._viewpoint.pan_by(moved.x() / shown, moved.y() / shown)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self.unsetCursor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        pans = {
            Qt.Key.Key_Left: (PAN_STEP, 0.0),
            Qt.Key.Key_Right: (-PAN_STEP, 0.0),
            Qt.Key.Key_Up: (0.0, PAN_STEP),
            Qt.Key.Key_Down: (0.0, -PAN_STEP),
        }
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        if plain and key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_by(KEY_STEP)
        elif plain and key == Qt.Key.Key_Minus:
            self.zoom_by(1 / KEY_STEP)
        elif plain and key == Qt.Key.Key_0:
            self.fit()
        elif plain and key in pans and self._picture is not None:
            self._viewpoint.pan_by(*pans[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                where = self.mapFromGlobal(pinch.centerPoint().toPoint())
                self._viewpoint.zoom_by(pinch.scaleFactor(), self._units_at(QPointF(where)))
                return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._viewpoint.zoom_by(1 + event.value(), self._units_at(event.position()))
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), STAGE)
        if self._picture is not None:
            self._draw(painter, self._picture, 1.0)
            if self._over is not None and self._opacity > 0:
                self._draw(painter, self._over, self._opacity)
        elif self._note:
            painter.setPen(STAGE_INK2)
            painter.setFont(self.font())
            inner = self.rect().adjusted(24, 24, -24, -24)
            painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap), self._note)
        if self.marked or self.hasFocus():
            painter.setPen(QPen(SELECTION, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5))
        painter.end()

    def _draw(self, painter: QPainter, picture: Picture, opacity: float) -> None:
        place = self.placement(picture)
        level = picture.level_for(place.m11() * self.devicePixelRatioF())
        # Only the part that can be seen: the cost follows the pane, not the picture.
        seen = (
            place.inverted()[0].mapRect(QRectF(self.rect())).intersected(QRectF(QPointF(0, 0), picture.size.toSizeF()))
        )
        if seen.isEmpty():
            return
        across, down = level.width() / picture.size.width(), level.height() / picture.size.height()
        source = QRectF(seen.x() * across, seen.y() * down, seen.width() * across, seen.height() * down)
        painter.save()
        painter.setOpacity(opacity)
        # Beyond 3:1 one wants to see the pixels, not the filter.
        smooth = place.m11() * self.devicePixelRatioF() < 3.0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(place.mapRect(seen), level, source)
        painter.restore()
