# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the newest earlier picture of each view and makes its ghost in the pool. Nothing of it outlives the session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from clinicam.identity import ImageId, Patient, PatientId, SessionId
from clinicam.permits import Admission
from clinicam.ui.bridge import Bridge
from clinicam.ui.live_ghost import Ghost, make_ghost


class EarlierImage(Protocol):
    """What is needed of one stored picture."""

    @property
    def session(self) -> SessionId | None: ...
    @property
    def view(self) -> str: ...
    @property
    def captured_ms(self) -> int: ...
    @property
    def admission(self) -> Admission: ...
    @property
    def preview(self) -> ImageId | None: ...


class PictureVault(Protocol):
    """The part of `OpenVault` used here."""

    def images(self, *, patient: PatientId | None = None) -> Iterable[EarlierImage]:
        """Every picture of a patient. Vault thread."""
        ...

    def read(self, image: ImageId) -> bytes:
        """The bytes of one picture, fully verified. Any thread."""
        ...


class LockedSessions(Protocol):
    """The part of `practice.sessions.SessionRegister` used here."""

    def withdrawn(self, patient: PatientId) -> frozenset[SessionId]:
        """Sessions whose pictures nobody is shown. Vault thread."""
        ...


class EarlierPictures(QObject):
    """UI thread; reads on the vault thread, decodes in the pool.

    Signals:
        ghost_changed(object): a `Ghost` for the view wanted last, or None if there is none.
    """

    ghost_changed = Signal(object)

    def __init__(
        self, vault: PictureVault, sessions: LockedSessions, bridge: Bridge, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._vault = vault
        self._sessions = sessions
        self._bridge = bridge
        self._newest: dict[str, EarlierImage] = {}
        self._wanted: tuple[str, int, int, bool] | None = None
        self._made: dict[tuple[str, int, int, bool], Ghost | None] = {}
        self._round = 0

    def begin(self, patient: Patient, session: SessionId) -> None:
        """Look for pictures of this patient taken in other sessions."""
        self.forget()
        this_round = self._round

        def find() -> dict[str, EarlierImage]:
            not_shown = self._sessions.withdrawn(patient.patient) | {session}
            return newest_by_view(self._vault.images(patient=patient.patient), not_shown)

        def found(newest: dict[str, EarlierImage]) -> None:
            if this_round == self._round:
                self._newest = newest
                self._make()

        # A session without a ghost is a full session: failing to find one is not told as trouble.
        self._bridge.run(find, done=found, failed=lambda _problem: None, owner=self)

    def want(self, view: str, width: int, height: int, flipped: bool) -> None:
        """The ghost of `view` for a stage of `width` x `height` device pixels."""
        wanted = (view, width, height, flipped)
        if wanted != self._wanted:
            self._wanted = wanted
            self._make()

    def forget(self) -> None:
        """Drop every picture."""
        self._round += 1
        self._newest, self._wanted = {}, None
        self._made.clear()
        self.ghost_changed.emit(None)

    def _make(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        view, width, height, flipped = wanted
        entry = self._newest.get(view)
        if entry is None or entry.preview is None:
            self.ghost_changed.emit(None)
            return
        if wanted in self._made:
            self.ghost_changed.emit(self._made[wanted])
            return
        self.ghost_changed.emit(None)
        preview, taken_ms, this_round = entry.preview, entry.captured_ms, self._round

        def make() -> Ghost | None:
            return make_ghost(self._vault.read(preview), (width, height), taken_ms, flipped)

        def made(ghost: Ghost | None) -> None:
            if this_round != self._round:
                return
            if len(self._made) > 4:
                self._made.clear()
            self._made[wanted] = ghost
            if wanted == self._wanted:
                self.ghost_changed.emit(ghost)

        self._bridge.run_pool(make, done=made, failed=lambda _problem: None, owner=self)


def newest_by_view(images: Iterable[EarlierImage], not_shown: frozenset[SessionId]) -> dict[str, EarlierImage]:
    """For each view code the newest filed picture with a preview that is of none of the sessions `not_shown`."""
    newest: dict[str, EarlierImage] = {}
    for image in images:
        if image.session in not_shown or image.preview is None or image.admission is not Admission.FILED:
            continue
        known = newest.get(image.view)
        if known is None or image.captured_ms > known.captured_ms:
            newest[image.view] = image
    return newest
