# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns live-view JPEGs into pixels ready to be painted, away from the UI thread, the newest frame always first."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

LARGEST_LIVE_PIXELS = 12_000_000
"""A live-view frame is about one megapixel; anything far larger is not one and is never unpacked."""

HISTOGRAM_BARS = 60

_NOT_A_PICTURE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One decoded frame: `image` fits the size asked for, `histogram` has 60 heights from 0 to 1."""

    image: QImage
    histogram: tuple[float, ...]


def to_qimage(picture: Image.Image) -> QImage:
    """The same pixels as an opaque QImage of its own memory (RGB in) or a premultiplied one (RGBA in)."""
    width, height = picture.size
    if picture.mode == "RGBA":
        raw = picture.tobytes("raw", "BGRA")
        straight = QImage(raw, width, height, width * 4, QImage.Format.Format_ARGB32)
        return straight.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
    raw = picture.tobytes("raw", "BGRX")
    return QImage(raw, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def fit(width: int, height: int, into_width: int, into_height: int) -> tuple[int, int]:
    """The largest size of the same shape as `width` x `height` that fits, at least 1 x 1."""
    scale = min(into_width / width, into_height / height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    # A sliver of one or two px would only look like a fault of the screen.
    is_close = into_width - fitted[0] <= 2 and into_height - fitted[1] <= 2
    return (into_width, into_height) if is_close else fitted


def open_jpeg(untrusted: bytes, into: tuple[int, int]) -> Image.Image | None:
    """An RGB picture at least as large as needed for `into` if the JPEG has it, or None if it is not a JPEG.

    Pillow and not QImage: `QImage.fromData` keeps the interpreter lock for the whole of its 8 ms, which the UI thread
    then waits for; Pillow frees it, and skips the detail the screen cannot show.
    """
    try:
        picture = Image.open(io.BytesIO(untrusted), formats=("JPEG",))
        if picture.width * picture.height > LARGEST_LIVE_PIXELS:
            return None
        picture.draft("RGB", into)
        return picture.convert("RGB")
    except _NOT_A_PICTURE:
        return None


def histogram_of(picture: Image.Image) -> tuple[float, ...]:
    """60 bars of brightness, dark to light, the tallest is 1."""
    counts = picture.reduce(4).convert("L").histogram() if min(picture.size) >= 4 else picture.convert("L").histogram()
    step = 256 / HISTOGRAM_BARS
    bars = [sum(counts[int(i * step) : int((i + 1) * step)]) for i in range(HISTOGRAM_BARS)]
    last = HISTOGRAM_BARS - 1
    soft = [(bars[max(0, i - 1)] + 2 * bars[i] + bars[min(last, i + 1)]) / 4 for i in range(HISTOGRAM_BARS)]
    top = max(soft) or 1
    return tuple(bar / top for bar in soft)


class LiveDecoder(QObject):
    """One thread between `open` and `close`, one waiting frame. `offer` may be called on any thread, the rest only
    on the UI thread.

    A frame that arrives while another is being decoded replaces the one that waits: the picture on screen is never
    older than one decode, however slow the machine.

    Signals:
        ready: a newer frame can be fetched with `take`. Not repeated until it was fetched.
    """

    ready = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._waiting: bytes | None = None
        self._latest: bytes | None = None
        self._frame: LiveFrame | None = None
        self._busy = False
        self._told = False
        self._closed = True
        self._epoch = 0
        self._into = (752, 501)
        self._flipped = False
        self._pool: ThreadPoolExecutor | None = None

    def open(self) -> None:
        """Take frames from now on. Nothing if it is open already."""
        with self._lock:
            if self._closed:
                self._closed, self._busy, self._told = False, False, False
                self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-view")

    def offer(self, jpeg: bytes) -> None:
        """Decode `jpeg` (untrusted) as soon as possible, unless a newer one comes first."""
        with self._lock:
            if self._closed or self._pool is None:
                return
            self._waiting = self._latest = jpeg
            if self._busy:
                return
            self._busy = True
            self._pool.submit(self._work)

    def set_target(self, width: int, height: int, flipped: bool) -> None:
        """The size in device pixels frames are fitted into from now on, and whether left and right change places."""
        target = (max(1, width), max(1, height))
        with self._lock:
            if (self._into, self._flipped) == (target, flipped):
                return
            self._into, self._flipped = target, flipped
            again = self._latest
        if again is not None:
            self.offer(again)

    def take(self) -> LiveFrame | None:
        """The newest decoded frame, or None if it was taken already or cleared meanwhile."""
        with self._lock:
            frame, self._frame, self._told = self._frame, None, False
            return frame

    def clear(self) -> None:
        """Forget every frame, also the one being decoded."""
        with self._lock:
            self._epoch += 1
            self._waiting = self._latest = self._frame = None

    def close(self) -> None:
        """Forget everything and join the thread. Frames offered while closed are dropped."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        self.clear()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                untrusted, self._waiting = self._waiting, None
                if untrusted is None or self._closed:
                    self._busy = False
                    return
                epoch, into, flipped = self._epoch, self._into, self._flipped
            frame = _decode(untrusted, into, flipped)
            with self._lock:
                if frame is None or epoch != self._epoch or self._closed:
                    continue
                self._frame = frame
                tell, self._told = not self._told, True
            if tell:
                self.ready.emit()


def _decode(untrusted: bytes, into: tuple[int, int], flipped: bool) -> LiveFrame | None:
    picture = open_jpeg(untrusted, into)
    if picture is None:
        return None
    fitted = picture.resize(fit(picture.width, picture.height, *into), Image.Resampling.BILINEAR)
    if flipped:
        fitted = fitted.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return LiveFrame(to_qimage(fitted), histogram_of(fitted))
