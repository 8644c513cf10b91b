# SPDX-License-Identifier: GPL-3.0-or-later
"""`ports.Keeping` over an open vault: everything of one session becomes rows and objects on the vault thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from clinicam.camera.port import ArrivedFrame
from clinicam.capture.ports import Stored
from clinicam.capture.quality import Renditions
from clinicam.identity import NOBODY, FrameId, ImageId, PatientId, SessionId
from clinicam.vault.acts import What
from clinicam.vault.model import NewFile, NewFrame, NewRow, StoredFrame
from clinicam.vault.objectfile import Rendition
from clinicam.vault.openvault import OpenVault
from clinicam.vault.thread import VaultThread


class SessionWords(Protocol):
    """The part of `practice.sessions.SessionRegister` that keeps words of one session. Vault thread."""

    def note(self, patient: PatientId, session: SessionId, text: str, *, now_ms: int) -> None: ...
    def label(self, patient: PatientId, session: SessionId, frame: FrameId, text: str, *, now_ms: int) -> None: ...
    def happened(self, patient: PatientId, session: SessionId, what: str, *, now_ms: int, cause: str = "") -> None: ...


class VaultKeeping:
    """Of one session of one patient. `withdrawing` and `closing` run on the vault thread and come from `compose`."""

    def __init__(
        self,
        vault: OpenVault,
        thread: VaultThread,
        patient: PatientId,
        session: SessionId,
        sessions: SessionWords,
        *,
        wall_ms: Callable[[], int],
        withdrawing: Callable[[], Any],
        closing: Callable[[str, int], Any],
    ) -> None:
        self._vault = vault
        self._thread = thread
        self._sessions = sessions
        self._wall_ms = wall_ms
        self._patient = patient
        self._session = session
        self._withdrawing = withdrawing
        self._closing = closing

    def store(self, frame: ArrivedFrame, media_types: tuple[str, ...], view: str) -> Future[Stored]:
        """One frame, all its files in one batch (vault.md 2.5)."""
        new = NewFrame(
            permit=frame.permit,
            frame=frame.frame,
            captured_ms=frame.exposed_ms,
            camera=frame.camera,
            proof=frame.proof,
            view=view,
            files=tuple(
                NewFile(Rendition.SECOND if place else Rendition.ORIGINAL, kind, file.data)
                for place, (kind, file) in enumerate(zip(media_types, frame.files, strict=True))
            ),
            simulated=frame.simulated,
        )
        return self._thread.submit(self._add, new)

    def refuse(self, frame: FrameId, reason: str) -> Future[Any]:
        """The act of a dropped frame: its id and one word."""
        detail = f"frame={frame.hex()} reason={reason}"
        row = NewRow(What.CAPTURE_REFUSED, self._patient, self._session, "", NOBODY, None, detail)
        return self._thread.submit(self._vault.append, (row,))

    def renditions(self, image: ImageId, made: Renditions) -> Future[Any]:
        """Preview and thumbnail, each an object of its own under the session's key."""
        return self._thread.submit(keep_renditions, self._vault, image, made)

    def label(self, frame: FrameId, text: str) -> Future[Any]:
        """Last label wins."""
        return self._thread.submit(
            self._sessions.label, self._patient, self._session, frame, text, now_ms=self._wall_ms()
        )

    def note(self, text: str) -> Future[Any]:
        """Last note wins."""
        return self._thread.submit(self._sessions.note, self._patient, self._session, text, now_ms=self._wall_ms())

    def event(self, what: str, cause: str = "") -> Future[Any]:
        """A word of the program about the session."""
        return self._thread.submit(
            self._sessions.happened, self._patient, self._session, what, now_ms=self._wall_ms(), cause=cause
        )

    def withdraw(self) -> Future[Any]:
        """The consent event."""
        return self._thread.submit(self._withdrawing)

    def close(self, ending: str, unfiled: int) -> Future[Any]:
        """The end of the session, with the tasks it leaves."""
        return self._thread.submit(self._closing, ending, unfiled)

    def _add(self, new: NewFrame) -> StoredFrame:
        return self._vault.add(new)


def keep_renditions(vault: OpenVault, image: ImageId, made: Renditions) -> None:
    """Preview and thumbnail of one image. Vault thread."""
    vault.add_rendition(image, Rendition.PREVIEW, "image/jpeg", made.preview)
    vault.add_rendition(image, Rendition.THUMBNAIL, "image/jpeg", made.thumbnail)
