# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of one frame from our memory to the tick, and what follows the tick.

Order (design.md 4): size and markers here; everything durable in the vault thread; then the acknowledgement; only
then release in camera, renditions and verdict. Any failure drops the frame and is recorded; nothing is retried.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from clinicam.camera.port import ArrivedFrame
from clinicam.capture.markers import media_type
from clinicam.capture.ports import Camera, Keeping, Stored
from clinicam.capture.quality import Renditions, render
from clinicam.capture.session import Quality, ShotState, Tone
from clinicam.errors import CliniCamError, FrameRefused, PermitRefused, WriteFailed
from clinicam.identity import FrameId, ImageId
from clinicam.permits import Admission

Moved = Callable[[FrameId, ShotState, CliniCamError | None, ImageId | None], None]
"""Told of each step: frame, new state, cause if refused, id of the stored original if safe."""
Rendered = Callable[[FrameId, Quality | None, bytes | None], None]
"""Told once a safe frame has a verdict and a thumbnail (None, None where it cannot be decoded)."""


class FramePath:
    """Takes frames on the camera link thread; answers through `moved` and `rendered` on whatever thread ends the step."""

    def __init__(
        self,
        keeping: Keeping,
        pool: Executor,
        camera: Camera,
        moved: Moved,
        rendered: Rendered,
        tone: Callable[[Tone], None],
    ) -> None:
        self._keeping = keeping
        self._pool = pool
        self._camera = camera
        self._moved = moved
        self._rendered = rendered
        self._tone = tone

    def take(self, arrived: ArrivedFrame, view_code: str) -> None:
        """Check markers, then hand the frame to the vault thread. Exactly one outcome is reported for it."""
        self._moved(arrived.frame, ShotState.ENCRYPTING, None, None)
        try:
            kinds = tuple(media_type(file.data) for file in arrived.files)
            if not kinds:
                raise FrameRefused("empty")
        except FrameRefused as refused:
            self._refuse(arrived.frame, refused, refused.reason)
            return
        storing = self._keeping.store(arrived, kinds, view_code)
        storing.add_done_callback(lambda answer: self._stored(arrived, kinds, answer))

    def _stored(self, arrived: ArrivedFrame, kinds: tuple[str, ...], answer: Future[Stored]) -> None:
        error = answer.exception()
        if isinstance(error, PermitRefused):
            self._refuse(arrived.frame, error, f"permit-{error.state}")
            return
        if error is not None:
            cause = error if isinstance(error, CliniCamError) else WriteFailed("storing failed")
            self._refuse(arrived.frame, cause, type(cause).__name__)
            return
        stored = answer.result()
        state = ShotState.SAFE if stored.admission is Admission.FILED else ShotState.UNFILED
        original = stored.images[0]
        self._moved(arrived.frame, state, None, original)
        self._tone(Tone.KEPT)
        self._camera.release(arrived.frame)
        shown = next((i for i, kind in enumerate(kinds) if kind == "image/jpeg"), 0)
        rendering = self._pool.submit(render, arrived.files[shown].data)
        rendering.add_done_callback(lambda made: self._made(arrived.frame, original, made))

    def _made(self, frame: FrameId, image: ImageId, made: Future[Renditions]) -> None:
        if made.exception() is not None:
            # The original is safe as it came; that it cannot be shown is the nurse's to know, not ours to hide.
            self._tone(Tone.POOR)
            self._rendered(frame, None, None)
            return
        renditions = made.result()
        if renditions.quality is not Quality.GOOD:
            self._tone(Tone.POOR)
        self._rendered(frame, renditions.quality, renditions.thumbnail)
        self._keeping.renditions(image, renditions)

    def _refuse(self, frame: FrameId, cause: CliniCamError, reason: str) -> None:
        kept: Future[Any] = self._keeping.refuse(frame, reason)
        del kept  # recorded in order on the vault thread; the picture's fate does not wait for it
        self._moved(frame, ShotState.REFUSED, cause, None)
        self._tone(Tone.REFUSED)
