# SPDX-License-Identifier: GPL-3.0-or-later
"""The shots of one sitting, in order. Plain data under the sitting's lock; it knows no thread and no camera."""

from __future__ import annotations

from dataclasses import replace

from clinicam.capture.session import ON_ITS_WAY, Quality, ShotState, move_shot
from clinicam.capture.views import ShotView
from clinicam.errors import CliniCamError
from clinicam.identity import FrameId, ImageId


class ShotBook:
    """Appends and moves shots; a shot is found by its frame id. Not thread-safe: the sitting holds the lock."""

    def __init__(self) -> None:
        self._shots: list[ShotView] = []

    @property
    def shots(self) -> tuple[ShotView, ...]:
        """All shots, oldest first; numbers run from 1."""
        return tuple(self._shots)

    @property
    def last(self) -> ShotView | None:
        """The newest shot that was meant to become a picture."""
        return next((shot for shot in reversed(self._shots) if shot.frame is not None), None)

    def on_its_way(self) -> bool:
        """Whether the fate of any shot is still open."""
        return any(shot.state in ON_ITS_WAY for shot in self._shots)

    def unfiled(self) -> int:
        """How many safe shots a person still has to file."""
        return sum(shot.state is ShotState.UNFILED for shot in self._shots)

    def safe(self) -> int:
        """How many shots the vault has acknowledged."""
        return sum(shot.state in {ShotState.SAFE, ShotState.UNFILED} for shot in self._shots)

    def done(self, views: int) -> tuple[bool, ...]:
        """For each of `views` views: is there a safe picture of it?"""
        kept = {shot.view_index for shot in self._shots if shot.state in {ShotState.SAFE, ShotState.UNFILED}}
        return tuple(index in kept for index in range(views))

    def exposed(self, frame: FrameId, view_index: int, view_name: str) -> None:
        """A frame left the camera's sensor; nothing if that frame is known already."""
        if self._find(frame) is None:
            self._shots.append(ShotView(len(self._shots) + 1, frame, view_index, view_name, ShotState.EXPOSED))

    def unclaimed(self, view_name: str, cause: CliniCamError) -> None:
        """The camera's own button was pressed without a permit: a refused shot with no pixels."""
        self._shots.append(ShotView(len(self._shots) + 1, None, -1, view_name, ShotState.REFUSED, cause=cause))

    def moved(
        self, frame: FrameId, state: ShotState, *, cause: CliniCamError | None = None, image: ImageId | None = None
    ) -> None:
        """Move the shot of `frame`; `image` is the stored original of a safe one. An unknown frame is ignored.

        Raises:
            InvalidTransition: it may not go there.
        """
        index = self._find(frame)
        if index is not None:
            shot = self._shots[index]
            self._shots[index] = replace(shot, state=move_shot(shot.state, state), cause=cause, image=image)

    def rendered(self, frame: FrameId, quality: Quality | None, thumbnail: bytes | None) -> None:
        """Thumbnail and verdict arrived, some time after the tick."""
        index = self._find(frame)
        if index is not None:
            self._shots[index] = replace(self._shots[index], quality=quality, thumbnail=thumbnail)

    def labelled(self, number: int, text: str) -> FrameId | None:
        """Set the label of shot `number`; the frame it belongs to, None if there is no such stored shot."""
        for index, shot in enumerate(self._shots):
            if shot.number == number and shot.image is not None:
                self._shots[index] = replace(shot, label=text)
                return shot.frame
        return None

    def state_of(self, frame: FrameId) -> ShotState | None:
        """Where the shot of `frame` is, None if unknown."""
        index = self._find(frame)
        return None if index is None else self._shots[index].state

    def _find(self, frame: FrameId) -> int | None:
        return next((i for i in range(len(self._shots) - 1, -1, -1) if self._shots[i].frame == frame), None)
