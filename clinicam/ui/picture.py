# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoded pictures: bytes of the vault in, images of Qt out. Runs in the pool, never on the UI thread.

`QImageReader.read` lets go of the interpreter while it works (`QImage.fromData` does not: half a second for a frame
of 24 million pixels, measured), so decoding here never holds up the window.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter, QPainterPath

from clinicam.errors import Corrupt
from clinicam.ui.tokens import FIXED

FORMATS = {"image/jpeg": b"jpeg", "image/png": b"png", "image/tiff": b"tiff", "image/webp": b"webp"}
"""What we decode, by media type. Anything else (RAW files) is seen through its preview."""

SMALLEST_LEVEL = 512
"""No level is made whose long side would be shorter than this, in pixels."""

STRIP_ROWS = 256
"""Rows of a smaller level drawn at a time."""

LIMIT_MIB = 1024
"""The most one decoded level may take; Qt's own 256 MiB is too little for a body of 100 million pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture at several sizes. `levels[0]` is full size, each next one half of the one before.

    All levels are `Format_RGB32` or `Format_ARGB32`: what the raster painter draws without converting.
    """

    levels: tuple[QImage, ...]

    @property
    def size(self) -> QSize:
        """Width and height in pixels of the full picture."""
        return self.levels[0].size()

    def level_for(self, scale: float) -> QImage:
        """The smallest level that still has a pixel for each device pixel when drawn at `scale` of full size."""
        chosen = self.levels[0]
        for number, level in enumerate(self.levels):
            if scale * (1 << number) <= 1.0:
                chosen = level
        return chosen


def can_decode(media_type: str) -> bool:
    """Whether `decode` knows this media type."""
    return media_type in FORMATS


def decode(data: bytes, media_type: str) -> Picture:
    """The picture in `data` at full size with its smaller levels, turned the way its EXIF says. Pool thread.

    Raises:
        Corrupt: not a picture of that type, or one too large to hold.
    """
    levels = [_read(data, media_type, None)]
    while max(levels[-1].width(), levels[-1].height()) // 2 >= SMALLEST_LEVEL:
        levels.append(_halved(levels[-1]))
    return Picture(tuple(levels))


def decode_small(data: bytes, media_type: str, long_side: int) -> QImage:
    """The picture in `data` with its long side at most `long_side` pixels. Pool thread.

    Raises:
        Corrupt: not a picture of that type.
    """
    return _read(data, media_type, long_side)


def framed(image: QImage, size: QSize, ratio: float, radius: float, ground: str) -> QImage:
    """The picture as a tile of `size` (device-independent px): whole, on neutral grey, its corners rounded. Pool thread.

    Done here once, and opaque on `ground` (``#RRGGBB``), so that the list that shows it only has to copy it.
    """
    tile = QImage(round(size.width() * ratio), round(size.height() * ratio), QImage.Format.Format_RGB32)
    tile.setDevicePixelRatio(ratio)
    tile.fill(QColor(ground))
    whole = QRectF(0, 0, size.width(), size.height())
    shape = QPainterPath()
    shape.addRoundedRect(whole, radius, radius)
    fitted = QSizeF(image.size()).scaled(whole.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(
        (whole.width() - fitted.width()) / 2, (whole.height() - fitted.height()) / 2, fitted.width(), fitted.height()
    )
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.fillPath(shape, QColor(FIXED.stage))
    painter.setClipPath(shape)
    painter.drawImage(place, image)
    painter.end()
    return tile


def _halved(image: QImage) -> QImage:
    """Each pixel the mean of four. In strips, because the painter holds the interpreter while it draws one."""
    half = QImage(max(1, image.width() // 2), max(1, image.height() // 2), image.format())
    half.fill(Qt.GlobalColor.transparent)
    painter = QPainter(half)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for top in range(0, half.height(), STRIP_ROWS):
        rows = min(STRIP_ROWS, half.height() - top)
        painter.drawImage(QRectF(0, top, half.width(), rows), image, QRectF(0, 2 * top, 2 * half.width(), 2 * rows))
    painter.end()
    return half


def _read(data: bytes, media_type: str, long_side: int | None) -> QImage:
    name = FORMATS.get(media_type)
    if name is None:
        raise Corrupt(f"picture: no decoder for {media_type}")
    QImageReader.setAllocationLimit(LIMIT_MIB)
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    # The format is named, not guessed, so that a file can never choose its own decoder.
    reader = QImageReader(buffer, QByteArray(name))
    reader.setDecideFormatFromContent(False)
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if long_side is not None and size.isValid() and max(size.width(), size.height()) > long_side:
        reader.setScaledSize(size.scaled(long_side, long_side, Qt.AspectRatioMode.KeepAspectRatio))
    image = reader.read()
    if image.isNull():
        raise Corrupt(f"picture: cannot be decoded as {media_type}")
    wanted = QImage.Format.Format_ARGB32_Premultiplied if image.hasAlphaChannel() else QImage.Format.Format_RGB32
    return image if image.format() == wanted else image.convertToFormat(wanted)
