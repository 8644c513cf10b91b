# SPDX-License-Identifier: GPL-3.0-or-later
"""Lucide's drawings, read from the installed package and inked in the theme's colours; nothing of it is copied here."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


@lru_cache(maxsize=1)
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@lru_cache(maxsize=256)
def _drawing(name: str) -> str:
    return _archive().read(f"{name}.svg").decode("utf-8")


@lru_cache(maxsize=512)
def _renderer(name: str, color: str, stroke: float) -> QSvgRenderer:
    # Qt paints currentColor black, so the ink is written into the drawing.
    text = _drawing(name).replace("currentColor", color).replace('stroke-width="2"', f'stroke-width="{stroke}"')
    return QSvgRenderer(QByteArray(text.encode("utf-8")))


def has_icon(name: str) -> bool:
    """Whether the package draws `name`."""
    return f"{name}.svg" in _archive().namelist()


def draw_icon(painter: QPainter, name: str, color: str, rect: QRectF, stroke: float = 2.0) -> None:
    """Paint the icon `name` in ``#RRGGBB`` into `rect`. UI thread.

    Raises:
        KeyError: the package has no such drawing.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _renderer(name, color, stroke).render(painter, rect)
    painter.restore()


@lru_cache(maxsize=512)
def _pixmap(name: str, color: str, px: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(round(px * ratio), round(px * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_icon(painter, name, color, QRectF(0, 0, px, px))
    painter.end()
    return pixmap


def pixmap(name: str, color: str, px: int) -> QPixmap:
    """The icon `name` in ``#RRGGBB``, `px` by `px`, sharp on the sharpest screen attached. Needs an application."""
    app = QGuiApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QGuiApplication) else 1.0
    return _pixmap(name, color, px, ratio)


def icon(name: str, color: str, px: int) -> QIcon:
    """`pixmap` as a QIcon."""
    return QIcon(pixmap(name, color, px))
