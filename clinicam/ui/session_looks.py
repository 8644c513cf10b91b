# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies over the live picture: grid, flip and the ghost of an earlier visit. None of it changes what is stored."""

from __future__ import annotations

from PySide6.QtCore import QObject

from clinicam.capture.views import SittingView
from clinicam.identity import Patient, SessionId
from clinicam.ui.bridge import Bridge
from clinicam.ui.live_ghost import Ghost
from clinicam.ui.session_earlier import EarlierPictures, LockedSessions, PictureVault
from clinicam.ui.session_parts import SessionParts


class SessionLooks(QObject):
    """Keeps stage and ghost controls in step with view, size and switches.

    Signals:
        none
    """

    def __init__(
        self, vault: PictureVault, sessions: LockedSessions, bridge: Bridge, parts: SessionParts, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._parts = parts
        self._view: SittingView | None = None
        self._earlier = EarlierPictures(vault, sessions, bridge, self)
        self._earlier.ghost_changed.connect(self._ghost_came)
        parts.control.looks_changed.connect(self._switched)
        parts.stage.resized.connect(lambda _width, _height: self._want_ghost())

    def begin(self, patient: Patient, session: SessionId) -> None:
        """Look for earlier pictures of `patient`, taken in other sessions than `session`."""
        self._earlier.begin(patient, session)
        self._switched()

    def show_view(self, view: SittingView) -> None:
        """The newest snapshot: another view has another ghost."""
        before, self._view = self._view, view
        if before is None or before.view_index != view.view_index:
            self._want_ghost()

    def forget(self) -> None:
        """Drop every earlier picture."""
        self._view = None
        self._earlier.forget()

    def _switched(self) -> None:
        control, stage = self._parts.control, self._parts.stage
        stage.set_guides(grid=control.grid.isChecked(), flipped=control.flip.isChecked())
        control.show_words()
        self._want_ghost()
        self._show_ghost(stage.ghost)

    def _want_ghost(self) -> None:
        if self._view is not None:
            size = self._parts.stage.device_size()
            code = self._view.series.views[self._view.view_index].code
            self._earlier.want(code, size.width(), size.height(), self._parts.control.flip.isChecked())

    def _ghost_came(self, ghost: Ghost | None) -> None:
        self._parts.control.ghost.show_ghost(ghost)
        self._show_ghost(ghost)

    def _show_ghost(self, ghost: Ghost | None) -> None:
        panel = self._parts.control.ghost
        self._parts.stage.set_ghost(ghost, panel.mode, panel.share)
