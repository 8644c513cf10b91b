# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene in front of the camera: stills and live view of it, a little different each time, every one marked.

A scene is painted once and kept (ten large ones, all small ones); a frame is a crop of it with hand-held sway, a breath
of exposure, and the marks. Thread-safe.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import OrderedDict

from PIL import Image

from clinicam.camera.simulator import jpegfile, marks, rawfile, scenes
from clinicam.camera.simulator.picture import Exposure, Flaw, Shot

STILL = (3000, 2000)
LIVE = (960, 640)
DEFAULT_MARKER = "CLINICAM-SIMULATED"
_SWAY = 0.02
"""Share of the picture a hand may move."""
_KEPT_LARGE = 10
_STILL_QUALITY = 88
_LIVE_QUALITY = 82
_BREATH = (0.985, 1.0, 1.015)


class SceneStudio:
    """Photographs painted scenes. `frame_bytes` and `raw_bytes` are what files grow to; 0 leaves them as they come."""

    def __init__(self, scene: str, *, marker: str, serial: str, frame_bytes: int = 0, raw_bytes: int = 0) -> None:
        self._marker = marker
        self._serial = serial
        self._frame_bytes = frame_bytes
        self._raw_bytes = raw_bytes
        self._lock = threading.Lock()
        self._large: OrderedDict[str, Image.Image] = OrderedDict()
        self._small: dict[str, Image.Image] = {}
        self._scene = scenes.find(scene) or scenes.DEFAULT
        self._live_count = 0
        self._paint(self._scene)

    @property
    def scene(self) -> str:
        """The code of the scene in front of the camera."""
        return self._scene

    def show(self, scene: str) -> bool:
        """Put another scene in front of the camera, painted before this returns; False for an unknown one."""
        code = scenes.find(scene)
        if code is None:
            return False
        self._paint(code)
        self._scene = code
        return True

    def still(self, shot: Shot) -> Exposure:
        """The files of one frame: 3000 x 2000 pixels."""
        large, _ = self._paint(self._scene)
        chance = random.Random(shot.number)  # noqa: S311
        image = _crop(large, STILL, chance.uniform(-1, 1), chance.uniform(-1, 1))
        image = _flawed(image, shot.flaw, _BREATH[shot.number % len(_BREATH)])
        marks.stamp(image, label=f"FRAME {shot.number}", marker=self._marker)
        block = jpegfile.exif(image, shot, marker=self._marker, serial=self._serial)
        plain = jpegfile.encode(image, quality=_STILL_QUALITY, exif_block=block)
        jpeg = raw = None
        if shot.jpeg:
            jpeg = jpegfile.with_ballast(plain, self._frame_bytes, marker=self._marker, number=shot.number)
        if shot.raw:
            raw = rawfile.make(image, plain, shot, marker=self._marker, serial=self._serial, size=self._raw_bytes)
        return Exposure(jpeg, raw, *STILL)

    def live(self) -> bytes:
        """The next live view frame: 960 x 640 pixels, swaying as a hand does."""
        _, small = self._paint(self._scene)
        now = time.monotonic()
        image = _crop(small, LIVE, 0.6 * math.sin(now * 0.9), 0.6 * math.sin(now * 1.3 + 1))
        self._live_count += 1
        marks.stamp(image, label=f"LIVE {self._live_count}", marker=self._marker)
        return jpegfile.encode(image, quality=_LIVE_QUALITY)

    def _paint(self, scene: str) -> tuple[Image.Image, Image.Image]:
        """The scene large and small, each with room to sway. Painting takes a second and holds up nobody else."""
        with self._lock:
            if scene in self._large:
                self._large.move_to_end(scene)
                return self._large[scene], self._small[scene]
        large = scenes.paint(scene, _with_room(STILL))
        small = large.resize(_with_room(LIVE), Image.Resampling.LANCZOS)
        with self._lock:
            self._large[scene] = large
            self._large.move_to_end(scene)
            while len(self._large) > _KEPT_LARGE:
                self._large.popitem(last=False)
            return large, self._small.setdefault(scene, small)


def _with_room(size: tuple[int, int]) -> tuple[int, int]:
    return round(size[0] * (1 + 2 * _SWAY)), round(size[1] * (1 + 2 * _SWAY))


def _crop(image: Image.Image, size: tuple[int, int], x: float, y: float) -> Image.Image:
    """The part of `image` the camera sees when the hand has moved by (x, y), each from -1 to 1."""
    left = round((image.width - size[0]) / 2 * (1 + x))
    top = round((image.height - size[1]) / 2 * (1 + y))
    return image.crop((left, top, left + size[0], top + size[1]))


def _flawed(image: Image.Image, flaw: Flaw, breath: float) -> Image.Image:
    if flaw is Flaw.BLURRED:
        tiny = (image.width // 28, image.height // 28)
        image = image.resize(tiny, Image.Resampling.BOX).resize(image.size, Image.Resampling.BICUBIC)
    gain = {Flaw.DARK: 0.16, Flaw.BRIGHT: 2.6}.get(flaw, breath)
    return image.point([min(255, round(v * gain)) for v in range(256)] * 3)
